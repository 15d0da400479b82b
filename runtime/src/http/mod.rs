//! Everything before the sockets: connections, requests, and the shutdown of a server.

pub mod serve;

mod connection;
mod health;
mod origins;
mod sockets;
mod stop_signal;
