//! Who sends as fast as they can.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::client::Client;
use crate::frames::{self, Frame};
use crate::server::Subject;
use crate::{Outcome, coaches, report};

/// Calls that are under way: more than a socket may have waiting.
const UNDER_WAY: usize = 5000;
/// Packets that are written before they are sent.
const PACKETS: usize = 1000;
/// By how much the priority of a flood is lower than that of others.
#[cfg(unix)]
const LEAST: i32 = 19;
/// How long nothing may come before more is sent.
const SILENCE: Duration = Duration::from_millis(200);

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub enum Flood {
    /// Nothing. A thread is busy, as that of a flood would be, which shows what the machine makes of that.
    Nothing,
    /// Calls of this event with this payload.
    Calls(&'static str, &'static str),
    /// Frames of Engine.IO that are no calls.
    Packets(&'static str),
    /// Control frames of the websocket, which are to be answered.
    Pings,
}

/// Sends and reads without end, in a thread of its own: what is measured must not wait for that. When it is sent away, it
/// comes again.
pub struct Flooding {
    begun: Instant,
    ends: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Flooding {
    pub fn begin(address: SocketAddr, flood: Flood) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let is_over = ends.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            give_way();
            let mut taken = 0;
            let Ok(runtime) = runtime else { return 0 };
            while !is_over.load(Ordering::Relaxed) {
                // How it was sent away does not matter.
                let _ = runtime.block_on(pour(address, flood, &is_over, &mut taken));
            }
            taken
        });
        Self {
            begun: Instant::now(),
            ends,
            thread,
        }
    }

    /// The answers that it got, or the packets that it could send, a second.
    pub fn end(self) -> f64 {
        self.ends.store(true, Ordering::Relaxed);
        let taken = self.thread.join().unwrap_or_default();
        taken as f64 / self.begun.elapsed().as_secs_f64()
    }
}

/// Elsewhere a flood has a machine of its own. Here it shares that of the server, so it takes what nobody else wants.
fn give_way() {
    #[cfg(unix)]
    if let Err(error) = rustix::process::nice(LEAST) {
        report::note(&format!("The flood is not given way to: {error}"));
    }
}

async fn pour(
    address: SocketAddr,
    flood: Flood,
    is_over: &AtomicBool,
    taken: &mut usize,
) -> Outcome {
    if let Flood::Nothing = flood {
        while !is_over.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        return Ok(());
    }
    let mut client = Client::connect(address).await?;
    coaches::follow_nothing(Subject::Planner, &mut client).await?;
    match flood {
        Flood::Nothing => Ok(()),
        Flood::Calls(event, payload) => call(&mut client, event, payload, is_over, taken).await,
        Flood::Packets(_) | Flood::Pings => send(&mut client, flood, is_over, taken).await,
    }
}

async fn call(
    client: &mut Client,
    event: &str,
    payload: &str,
    is_over: &AtomicBool,
    answered: &mut usize,
) -> Outcome {
    let mut under_way = 0;
    while !is_over.load(Ordering::Relaxed) {
        while under_way < UNDER_WAY {
            client.feed_call(event, payload, None).await?;
            under_way += 1;
        }
        client.flush().await?;
        let Ok(frame) = timeout(SILENCE, client.next()).await else {
            continue;
        };
        if matches!(frames::parse(&frame?), Frame::Ack { .. }) {
            under_way -= 1;
            *answered += 1;
        }
    }
    Ok(())
}

async fn send(
    client: &mut Client,
    flood: Flood,
    is_over: &AtomicBool,
    sent: &mut usize,
) -> Outcome {
    while !is_over.load(Ordering::Relaxed) {
        // A connection that is not read from must not keep the thread from ending.
        let written = async {
            for _ in 0..PACKETS {
                match flood {
                    Flood::Packets(packet) => client.feed(packet).await?,
                    _ => client.feed_ping().await?,
                }
            }
            client.flush().await
        };
        match timeout(SILENCE, written).await {
            Ok(written) => {
                written?;
                *sent += PACKETS;
            }
            Err(_) => continue,
        }
        // What the server sends is taken, so that only the flood is at fault; but nothing is waited for.
        yield_now().await;
        while let Some(frame) = client.next().now_or_never() {
            frame?;
        }
    }
    Ok(())
}
