//! Each limit counts what it says: sockets, connections, calls, bytes.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use rowcast_runtime::Limits;
use rowcast_runtime::serve::SocketOptions;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, start};
use crate::echo::{self, served};
use crate::http::{POLLING, WEBSOCKET, request};

const ONE: NonZeroU32 = NonZeroU32::MIN;
const ADDRESS: &str = "10.0.0.1";
const OTHER: &str = "10.0.0.2";
const CROWDED: &str = "busy: too many connections from this address";

/// Of which the first call of a socket is answered at once, and the others in seconds.
fn slow() -> Limits {
    Limits {
        calls_per_second: ONE,
        burst: ONE,
        proxies: 1,
        ..Limits::default()
    }
}

async fn status(address: SocketAddr, path: &str, from: &str) -> u16 {
    request(address, path, &[("x-forwarded-for", from.as_bytes())])
        .await
        .0
}

#[tokio::test]
async fn calls_that_wait_are_no_sockets() {
    let address = served(Limits {
        sockets_per_address: 2,
        ..slow()
    })
    .await;
    let mut first = Client::forwarded(address, ADDRESS).await;
    for _ in 0..1100 {
        first.call_later("echo", json!("a")).await;
    }
    let mut second = Client::forwarded(address, ADDRESS).await;
    assert_eq!(second.call("echo", json!("b")).await["data"], "b");
    // And these two are counted.
    let refused = Client::refused_forwarded(address, ADDRESS).await;
    assert_eq!(refused["message"], CROWDED);
}

#[tokio::test]
async fn a_socket_that_has_left_is_none_though_its_calls_wait() {
    let address = served(Limits {
        sockets_per_address: 1,
        ..slow()
    })
    .await;
    let mut client = Client::forwarded(address, ADDRESS).await;
    for _ in 0..1000 {
        client.call_later("echo", json!("a")).await;
    }
    client.reconnect().await;
    // Those of the socket from before are answered for a quarter of an hour.
    assert_eq!(client.call("echo", json!("b")).await["data"], "b");
    let refused = Client::refused_forwarded(address, ADDRESS).await;
    assert_eq!(refused["message"], CROWDED);
}

#[tokio::test]
async fn connections_count_before_they_are_sockets() {
    let address = served(Limits {
        sockets_per_address: 2,
        ..slow()
    })
    .await;
    for path in [POLLING, POLLING, POLLING, POLLING] {
        assert_eq!(status(address, path, ADDRESS).await, 200);
    }
    for path in [POLLING, WEBSOCKET] {
        let header = ("x-forwarded-for", ADDRESS.as_bytes());
        let (status, text) = request(address, path, &[header]).await;
        assert_eq!(
            (status, text.as_str()),
            (429, "busy: too many connections from this address\n")
        );
    }
    // Requests for something else are not, and other addresses have their own.
    assert_eq!(status(address, "/", ADDRESS).await, 404);
    let mut other = Client::forwarded(address, OTHER).await;
    assert_eq!(other.call("echo", json!("a")).await["data"], "a");
}

#[tokio::test]
async fn a_socket_that_polled_first_is_one_connection() {
    let address = served(Limits {
        sockets_per_address: 1,
        proxies: 0,
        ..slow()
    })
    .await;
    // Nothing is counted of this machine's.
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::moved(address).await);
    }
    for client in &mut clients {
        assert_eq!(client.call("echo", json!("a")).await["data"], "a");
    }
    // Behind a proxy it is. The two connections of one that moves are one.
    let address = served(Limits {
        sockets_per_address: 1,
        ..slow()
    })
    .await;
    let mut moved = Client::moved(address).await;
    assert_eq!(moved.call("echo", json!("a")).await["data"], "a");
    let refused = Client::refused(address, "").await;
    assert_eq!(refused["message"], CROWDED);
}

#[tokio::test]
async fn bytes_that_wait_are_bounded_for_an_address() {
    let address = served(Limits {
        max_waiting_bytes_per_address: 300_000,
        ..slow()
    })
    .await;
    let large = json!("x".repeat(100_000));
    let mut first = Client::forwarded(address, ADDRESS).await;
    let mut second = Client::forwarded(address, ADDRESS).await;
    assert_eq!(first.call("echo", json!("a")).await["data"], "a");
    // Two of these fit; a third one does not, nor one of another socket of the address.
    for _ in 0..2 {
        first.call_later("echo", large.clone()).await;
    }
    assert_eq!(first.call("echo", large.clone()).await["code"], "busy");
    assert_eq!(second.call("echo", large.clone()).await["code"], "busy");
    assert_eq!(second.call("echo", json!("b")).await["data"], "b");
    let mut elsewhere = Client::forwarded(address, OTHER).await;
    assert_eq!(elsewhere.call("echo", large.clone()).await["data"], large);
    for call in 2..=3 {
        assert_eq!(first.ack_of(call).await["data"], large);
    }
    assert_eq!(first.call("echo", large.clone()).await["data"], large);
}

#[tokio::test]
async fn calls_of_a_socket_are_bounded_by_count_while_they_wait() {
    let address = served(Limits {
        max_in_flight: 3,
        ..slow()
    })
    .await;
    let mut client = Client::forwarded(address, ADDRESS).await;
    assert_eq!(client.call("echo", json!("a")).await["data"], "a");
    let mut calls = Vec::new();
    for _ in 0..20 {
        calls.push(client.call_later("echo", json!("a")).await);
    }
    let (mut answered, mut busy) = (0, 0);
    for call in calls {
        let ack = client.ack_of(call).await;
        match ack["code"].as_str() {
            None => answered += 1,
            Some(code) => {
                assert_eq!(code, "busy", "{ack}");
                busy += 1;
            }
        }
    }
    // Three wait, and one more if the first was taken from among them before the fourth came.
    assert!((3..=4).contains(&answered), "{answered} of {busy}");
}

#[tokio::test]
async fn to_connect_again_and_again_counts_as_calls() {
    let address = served(Limits {
        calls_per_second_per_address: NonZeroU32::new(20).unwrap(),
        ..slow()
    })
    .await;
    let mut client = Client::forwarded(address, ADDRESS).await;
    let begun = Instant::now();
    for _ in 0..50 {
        client.reconnect().await;
    }
    // Twenty at once, and thirty more at twenty a second.
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn a_client_that_comes_back_does_not_find_a_new_allowance() {
    let address = served(Limits {
        calls_per_second_per_address: NonZeroU32::new(20).unwrap(),
        proxies: 1,
        ..Limits::default()
    })
    .await;
    let begun = Instant::now();
    for _ in 0..5 {
        let mut client = Client::forwarded(address, ADDRESS).await;
        for _ in 0..10 {
            assert_eq!(client.call("echo", json!("a")).await["data"], "a");
        }
    }
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn who_waits_for_answers_is_not_idle() {
    let address = served(Limits {
        idle_time: Some(Duration::from_millis(300)),
        ..slow()
    })
    .await;
    let mut client = Client::forwarded(address, ADDRESS).await;
    for _ in 0..3 {
        client.call_later("echo", json!("a")).await;
    }
    for call in 1..=3 {
        assert_eq!(client.ack_of(call).await["data"], "a");
    }
    // The others come a second after one another, and then it is.
    assert_eq!(client.event("disconnected").await["code"], "idle");
}

#[tokio::test]
async fn a_message_is_as_large_as_it_may_be() {
    let options = SocketOptions {
        max_message_bytes: 10_000,
        ..SocketOptions::default()
    };
    let address = start(echo::server(Limits::default()), options).await;
    let mut client = Client::connect(address).await;
    let long = json!("x".repeat(9_000));
    assert_eq!(client.call("echo", long.clone()).await["data"], long);
    let larger = json!("x".repeat(11_000));
    client.call_later("echo", larger).await;
    assert_eq!(client.until_closed().await.1, [] as [(u64, Value); 0]);
}

#[tokio::test]
async fn connections_that_ask_for_nothing_are_closed() {
    let address = served(Limits::default()).await;
    let whole = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut idle = Vec::new();
    for sent in ["", "G", "GET / HTTP/1.1\r\nhost: ", &whole] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        idle.push((sent, stream));
    }
    // They have come, and the one request is answered.
    for (sent, stream) in &mut idle {
        if *sent == whole {
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.unwrap();
            assert_eq!(status, *b"HTTP/1.1 404");
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    for (sent, mut stream) in idle {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        let ended = tokio::time::timeout(Duration::from_mins(5), ended).await;
        assert!(ended.is_ok(), "{sent:?}");
    }
    assert!(begun.elapsed() > Duration::from_secs(50));
}

#[tokio::test]
async fn all_connections_together_are_bounded() {
    let address = served(Limits {
        max_connections: 3,
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(address).await;
    let _idle = TcpStream::connect(address).await.unwrap();
    let other = TcpStream::connect(address).await.unwrap();
    assert_eq!(client.call("echo", json!("a")).await["data"], "a");
    let mut refused = TcpStream::connect(address).await.unwrap();
    let ended = refused.read_to_end(&mut Vec::new()).await;
    assert!(ended.is_err() || ended.unwrap() == 0);
    drop(other);
    // The server hears of it sooner or later.
    loop {
        let stream = TcpStream::connect(address).await.unwrap();
        if tokio::time::timeout(Duration::from_millis(300), stream.readable())
            .await
            .is_err()
        {
            break;
        }
    }
    assert_eq!(client.call("echo", json!("b")).await["data"], "b");
}
