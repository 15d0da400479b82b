//! Clients that only listen, and count what they hear.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Outcome;
use crate::client::Client;
use crate::coaches::join_all;
use crate::frames::{self, Frame};

/// Much longer than what is told late takes.
const QUIET: Duration = Duration::from_millis(200);

/// Many that listen to one event. They end when this is dropped.
pub struct Listeners {
    count: usize,
    heard: Arc<Heard>,
    /// Ends them when it is dropped.
    tasks: JoinSet<Outcome>,
}

#[derive(Debug, Default)]
struct Heard {
    events: AtomicUsize,
    bytes: AtomicUsize,
    /// How many events somebody waits for.
    wanted: AtomicUsize,
    enough: Notify,
}

impl Listeners {
    /// Connects so many at once; each makes the same call before it listens.
    pub async fn connect(
        address: SocketAddr,
        count: usize,
        event: &'static str,
        (call, payload): (&'static str, &str),
    ) -> Outcome<Self> {
        let mut connecting = JoinSet::new();
        for _ in 0..count {
            let payload = payload.to_owned();
            connecting.spawn(async move {
                let mut client = Client::connect(address).await?;
                client.call(call, &payload, None).await?;
                Ok(client)
            });
        }
        let heard = Arc::<Heard>::default();
        let mut tasks = JoinSet::new();
        for client in join_all(connecting).await? {
            tasks.spawn(listen(client, event, heard.clone()));
        }
        Ok(Self {
            count,
            heard,
            tasks,
        })
    }

    /// Waits until nobody hears anything any more, and counts from there on.
    pub async fn settle(&self) {
        loop {
            let heard = self.heard.events.load(Ordering::Relaxed);
            sleep(QUIET).await;
            if self.heard.events.load(Ordering::Relaxed) == heard {
                self.heard.wanted.store(heard, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Waits until each has heard one event more than when this was called last.
    pub async fn all_hear_one_more(&mut self) -> Outcome {
        let wanted = self.heard.wanted.fetch_add(self.count, Ordering::Relaxed) + self.count;
        while self.heard.events.load(Ordering::Relaxed) < wanted {
            tokio::select! {
                () = self.heard.enough.notified() => {}
                Some(ended) = self.tasks.join_next() => ended??,
            }
        }
        Ok(())
    }

    /// Bytes of the events, headers of websocket messages included, of all listeners together.
    pub fn bytes(&self) -> usize {
        self.heard.bytes.load(Ordering::Relaxed)
    }
}

async fn listen(mut client: Client, wanted: &str, heard: Arc<Heard>) -> Outcome {
    loop {
        let frame = client.next().await?;
        if !matches!(frames::parse(&frame), Frame::Event { name, .. } if name == wanted)
            || is_beat(&frame)
        {
            continue;
        }
        let bytes = frames::framed(frame.len());
        heard.bytes.fetch_add(bytes, Ordering::Relaxed);
        let events = heard.events.fetch_add(1, Ordering::Relaxed) + 1;
        if events == heard.wanted.load(Ordering::Relaxed) {
            heard.enough.notify_one();
        }
    }
}

/// Changes without a row come by themselves from time to time.
fn is_beat(frame: &str) -> bool {
    frame.contains(r#""put":[],"dropped":[]"#)
}
