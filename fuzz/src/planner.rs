//! The planner's server in this process. Its connections are pipes in memory: ports would run out in a long run.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::serve::Listener;
use rowcast_runtime::accounts::{Sessions, SignIns};
use rowcast_runtime::serve::{SocketOptions, Sockets};
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use crate::generated::{self, NoHooks};
use crate::sample;
use crate::staff::{Staff, StaffGuard};

const PIPE: usize = 256 * 1024;
const HOUR: Duration = Duration::from_hours(1);

/// A server on a database of its own, with the sample data of the planner. It ends with the runtime it was started in.
pub(crate) struct Planner {
    connections: mpsc::UnboundedSender<DuplexStream>,
    _folder: TempDir,
}

impl Planner {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let store = generated::open(folder.path().join("planner.sqlite3"))?;
        sample::fill(&store).await?;
        let sessions = Sessions::open(store.clone(), HOUR).await?;
        let staff = Staff {
            sessions: sessions.clone(),
            sign_ins: SignIns::default(),
        };
        let guard = StaffGuard {
            sessions,
            require_login: false,
        };
        let app = generated::app(store, staff, NoHooks);
        let sockets = Sockets::new(SocketOptions::default());
        sockets.attach(generated::server(&app).guard(guard));
        let (connections, accepted) = mpsc::unbounded_channel();
        let router = axum::Router::new().layer(sockets.layer());
        tokio::spawn(async move { axum::serve(Pipes(accepted), router).await });
        Ok(Self {
            connections,
            _folder: folder,
        })
    }

    /// The client's end of a new connection.
    pub(crate) fn connect(&self) -> DuplexStream {
        let (client, server) = tokio::io::duplex(PIPE);
        // A server that has ended drops its end, which the client notices.
        let _ = self.connections.send(server);
        client
    }
}

struct Pipes(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Pipes {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(connection) => (connection, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
