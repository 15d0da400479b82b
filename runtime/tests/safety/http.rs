//! Requests as a client may write them by hand.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Begins a session that polls.
pub(crate) const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
/// Begins a session with a websocket.
pub(crate) const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

/// Sends a request with these headers, and gives the status and the body of the answer.
pub(crate) async fn request(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &[u8])],
) -> (u16, String) {
    let mut sent = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n").into_bytes();
    for (name, value) in headers {
        sent.extend(format!("{name}: ").bytes());
        sent.extend(*value);
        sent.extend(b"\r\n");
    }
    sent.extend(b"connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&sent).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}
