//! Connections as a server sees them.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::*;

const MOMENT: Duration = Duration::from_millis(100);

/// The client's end of a connection, and the server's.
async fn connection() -> (TcpStream, Connection) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut listener = ConnectionListener::new(listener, Arc::default());
    let address = Listener::local_addr(&listener).unwrap();
    let (client, (accepted, _)) = tokio::join!(TcpStream::connect(address), listener.accept());
    (client.unwrap(), accepted)
}

#[tokio::test]
async fn what_comes_while_a_throttle_is_closed_is_read_when_it_opens() {
    let (mut client, mut server) = connection().await;
    let control = server.control.clone();
    let mut read = [0; 3];
    client.write_all(b"one").await.unwrap();
    server.read_exact(&mut read).await.unwrap();
    control.throttle.close();
    client.write_all(b"two").await.unwrap();
    assert!(timeout(MOMENT, server.read_exact(&mut read)).await.is_err());
    // What the server writes is sent all the same.
    server.write_all(b"yes").await.unwrap();
    client.read_exact(&mut [0; 3]).await.unwrap();
    let reading = tokio::spawn(async move {
        server.read_exact(&mut read).await.unwrap();
        read
    });
    tokio::time::sleep(MOMENT).await;
    control.throttle.open();
    assert_eq!(
        timeout(MOMENT * 10, reading).await.unwrap().unwrap(),
        *b"two"
    );
}

#[tokio::test]
async fn a_throttle_that_stays_closed_lets_through_after_a_while_and_not_at_once_again() {
    let (mut client, mut server) = connection().await;
    let control = server.control.clone();
    control.throttle.close();
    let closed = Instant::now();
    client.write_all(b"123").await.unwrap();
    server.read_exact(&mut [0; 3]).await.unwrap();
    assert!(closed.elapsed() >= ReadThrottle::MAX_PAUSE);
    control.throttle.close();
    client.write_all(b"456").await.unwrap();
    let mut read = [0; 3];
    let reading = timeout(ReadThrottle::MAX_PAUSE / 2, server.read_exact(&mut read));
    reading.await.unwrap().unwrap();
}

#[tokio::test]
async fn much_is_read_in_small_portions_and_to_its_end() {
    let (mut client, mut server) = connection().await;
    let sent = vec![7; 300_000];
    let sending = tokio::spawn(async move {
        client.write_all(&sent).await.unwrap();
    });
    let (mut read, mut portion) = (0, vec![0; 65_536]);
    loop {
        let bytes = server.read(&mut portion).await.unwrap();
        assert!(bytes as u64 <= READ_CHUNK);
        read += bytes;
        if bytes == 0 {
            break;
        }
    }
    sending.await.unwrap();
    assert_eq!(read, 300_000);
}

/// Reads until the connection is ended; returns after how long it was.
async fn ended_after(server: &mut Connection) -> Duration {
    let begun = Instant::now();
    let error = server.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    begun.elapsed()
}

fn about(duration: Duration) -> std::ops::Range<Duration> {
    duration..duration + Duration::from_secs(1)
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_whole_request_is_ended() {
    let (mut client, mut server) = connection().await;
    let trickle = tokio::spawn(async move {
        while client.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(7)).await;
        }
    });
    let ended = ended_after(&mut server).await;
    assert!(
        about(active_request::REQUEST_TIMEOUT).contains(&ended),
        "{ended:?}"
    );
    drop(server);
    trickle.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_may_take_as_long_as_it_does_and_then_the_next_has_its_time() {
    let (_client, mut server) = connection().await;
    let request = active_request::ActiveRequest::begin(&server.control, &Limits::default());
    let wait = timeout(active_request::REQUEST_TIMEOUT * 10, server.read_u8());
    assert!(wait.await.is_err());
    let response = request.until_end_of(axum::http::Response::default());
    let wait = timeout(active_request::REQUEST_TIMEOUT * 10, server.read_u8());
    assert!(wait.await.is_err(), "the answer goes on");
    drop(response);
    let ended = ended_after(&mut server).await;
    assert!(about(Duration::from_secs(75)).contains(&ended), "{ended:?}");
    // Proxies keep connections for longer.
    let (_client, mut server) = connection().await;
    let limits = Limits {
        proxies: 1,
        ..Limits::default()
    };
    drop(active_request::ActiveRequest::begin(
        &server.control,
        &limits,
    ));
    let ended = ended_after(&mut server).await;
    assert!(about(Duration::from_mins(11)).contains(&ended), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_of_an_answer_is_not_waited_for() {
    let (_client, mut server) = connection().await;
    let _request = active_request::ActiveRequest::begin(&server.control, &Limits::default());
    let begun = Instant::now();
    let sent = vec![7; 64 * 1024 * 1024];
    let error = server.write_all(&sent).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(begun.elapsed() >= active_request::REQUEST_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_is_waited_for() {
    let (mut client, mut server) = connection().await;
    let (sent, mut read) = (vec![7; 64 * 1024 * 1024], vec![0; 1024 * 1024]);
    for round in 0..4 {
        // A response body that is in memory as a whole has ended for its route before any of it is read.
        if round == 0 {
            let limits = Limits::default();
            drop(active_request::ActiveRequest::begin(
                &server.control,
                &limits,
            ));
        }
        let (mut reads, mut writes) = tokio::io::split(&mut server);
        let writing = timeout(active_request::REQUEST_TIMEOUT / 2, writes.write_all(&sent));
        let mut other = [0];
        tokio::select! {
            written = writing => assert!(written.is_err()),
            ended = reads.read(&mut other) => panic!("it was ended: {ended:?}"),
        }
        tokio::time::resume();
        let reading = async { while client.read(&mut read).await.unwrap() > 0 {} };
        tokio::select! {
            written = server.write(&sent) => assert!(written.unwrap() > 0),
            () = reading => panic!("the connection has ended"),
        }
        tokio::time::pause();
    }
}

#[tokio::test(start_paused = true)]
async fn a_websocket_may_be_silent_but_not_in_a_large_message() {
    let (mut client, mut server) = connection().await;
    server
        .control
        .becomes_websocket(Limits::default(), WebsocketKind::New);
    let wait = timeout(active_request::REQUEST_TIMEOUT * 10, server.read_u8());
    assert!(wait.await.is_err());
    // A frame of a megabyte, of which only the header is received.
    let mut head = vec![0x82, 0x80 | 127];
    head.extend(1_000_000_u64.to_be_bytes());
    head.extend([1, 2, 3, 4]);
    client.write_all(&head).await.unwrap();
    let ended = ended_after(&mut server).await;
    assert!(
        about(unfinished::MESSAGE_TIMEOUT).contains(&ended),
        "{ended:?}"
    );
}
