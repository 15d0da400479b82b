//! A script: what one client sends, message after message.
//!
//! As bytes it has a message a line. A line is a text message as it is, UTF-8 or not; after a `~`, a binary one.

/// A websocket message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// As text, though it need not be UTF-8.
    Text(Vec<u8>),
    /// As bytes.
    Binary(Vec<u8>),
}

const BINARY: u8 = b'~';

/// Reads a script; there are no bytes that are none.
pub fn parse(bytes: &[u8]) -> Vec<Message> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| match line.strip_prefix(&[BINARY]) {
            Some(binary) => Message::Binary(binary.to_vec()),
            None => Message::Text(line.to_vec()),
        })
        .collect()
}

/// Writes a script. Line ends within a message do not survive this.
pub fn write(script: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in script {
        match message {
            Message::Text(text) => bytes.extend_from_slice(text),
            Message::Binary(binary) => {
                bytes.push(BINARY);
                bytes.extend_from_slice(binary);
            }
        }
        bytes.push(b'\n');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_as_it_was_written() {
        let script = vec![
            Message::Text(b"40".to_vec()),
            Message::Binary(vec![0, 255]),
            Message::Text(vec![b'4', 0xff]),
        ];
        assert_eq!(parse(&write(&script)), script);
        assert_eq!(parse(b"\n\n"), []);
    }
}
