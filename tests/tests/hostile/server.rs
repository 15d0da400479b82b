//! The planner's server as a process of its own, with little memory.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rowcast_runtime::accounts::{Sessions, SignInLimits, SignIns};
use rowcast_runtime::serve::{Origins, SocketOptions, Sockets};
use tokio::net::TcpListener;

use crate::generated::{self, NoHooks};
use crate::sample;
use crate::staff::{Staff, StaffGuard};

/// KiB, as `ulimit -v` counts.
const ADDRESS_SPACE: u64 = 256 * 1024;
/// The test binary itself serves when it is started with this, the database's path.
const SERVE: &str = "HOSTILE_TEST_DATABASE";
const READY: &str = "serves at ";

/// A running server, stopped when this is dropped.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Process {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let limited = format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"");
        let mut child = Command::new("sh")
            .args(["-c", &limited])
            .arg(env::current_exe().unwrap())
            .args([
                "--exact",
                "server::this_process_serves",
                "--ignored",
                "--nocapture",
            ])
            .env(SERVE, folder.path().join("planner.sqlite3"))
            // Without this, glibc reserves 64 MiB of addresses for each thread.
            .env("MALLOC_ARENA_MAX", "2")
            .env_remove("RUST_BACKTRACE")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = output.lines().map_while(Result::ok);
        let ready = lines.find_map(|line| Some(line.split_once(READY)?.1.to_owned()));
        // What the test's own frame says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        let address = ready.unwrap().parse().unwrap();
        Self {
            address,
            child,
            _folder: folder,
        }
    }

    /// The memory that it uses, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most that it ever used, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let value = line.unwrap().split_whitespace().next();
        value.unwrap().parse().unwrap()
    }

    pub(crate) fn stop(mut self) {
        assert!(
            self.child.try_wait().unwrap().is_none(),
            "the server has ended"
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "started by the other test as a process of its own"]
fn this_process_serves() {
    let Ok(file) = env::var(SERVE) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(planner(file));
}

async fn planner(file: String) {
    let store = generated::open(file).unwrap();
    sample::fill(&store).await.unwrap();
    let sessions = Sessions::open(store.clone(), Duration::from_hours(1))
        .await
        .unwrap();
    let staff = Staff {
        sessions: sessions.clone(),
        sign_ins: SignIns::new(SignInLimits::default()),
    };
    let app = generated::app(store, staff, NoHooks);
    let sockets = Sockets::new(SocketOptions::default());
    let guard = StaffGuard {
        sessions,
        require_login: true,
    };
    sockets.attach(generated::server(&app).guard(guard));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut output = std::io::stdout();
    writeln!(output, "{READY}{address}").unwrap();
    output.flush().unwrap();
    let never = std::future::pending();
    sockets
        .serve(listener, axum::Router::new(), &Origins::same(), never)
        .await
        .unwrap();
}
