//! Server processes: how they are started, killed and watched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::Outcome;

/// What Linux counts processor time in, on every machine that Rust supports: hundredths of a second.
const TICKS: u64 = 100;
/// What the runtime logs each time it loads the whole of a list.
const LIST_LOADED: &str = "a whole list was loaded";

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The generated one.
    Planner,
    /// The one that is written by hand.
    ByHand,
}

impl Subject {
    /// Both, in the order in which they take turns.
    pub const BOTH: [Self; 2] = [Self::Planner, Self::ByHand];

    /// As it stands in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::ByHand => "by hand",
        }
    }
}

/// The programs, and where their databases go.
#[derive(Debug)]
pub struct Programs {
    pub planner: PathBuf,
    pub by_hand: PathBuf,
    /// Connections in the pool of the one that is written by hand.
    pub connections: u32,
    /// A folder on the disk that is measured.
    pub data: PathBuf,
}

impl Programs {
    /// Starts a server on a file; port 0 takes a free one.
    pub fn start(&self, subject: Subject, file: &Path, port: u16) -> Outcome<Server> {
        let mut command = match subject {
            Subject::Planner => {
                let mut command = Command::new(&self.planner);
                command
                    .args(["--port", &port.to_string(), "--database-url"])
                    .arg(file);
                command
            }
            Subject::ByHand => {
                let mut command = Command::new(&self.by_hand);
                command
                    .arg(port.to_string())
                    .arg(file)
                    .arg(self.connections.to_string());
                command
            }
        };
        command.env("RUST_LOG", "warn,rowcast_runtime::live=debug");
        Server::spawn(&mut command)
    }
}

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    lists_loaded: Arc<AtomicUsize>,
}

impl Server {
    fn spawn(command: &mut Command) -> Outcome<Self> {
        let program = command.get_program().display().to_string();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{program}` can't be run: {error}"))?;
        let lists_loaded = Arc::new(AtomicUsize::new(0));
        if let Some(stderr) = child.stderr.take() {
            let counter = lists_loaded.clone();
            thread::spawn(move || watch_log(BufReader::new(stderr), &counter));
        }
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().rsplit("http://").next().unwrap_or_default();
        let address = address
            .parse()
            .map_err(|_| format!("`{program}` did not say where it listens: {line:?}"))?;
        Ok(Self {
            child,
            address,
            lists_loaded,
        })
    }

    /// The processor time that it has used so far, all threads together.
    pub fn processor_time(&self) -> Outcome<Duration> {
        processor_time(&self.child.id().to_string())
    }

    /// The most memory that it has held, in bytes.
    pub fn peak_memory(&self) -> Outcome<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = read_proc(&path)?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kilobytes.ok_or_else(|| format!("{path} does not tell VmHWM"))? * 1024)
    }

    /// Bytes that it has had written to the disk so far.
    pub fn bytes_written(&self) -> Outcome<u64> {
        let path = format!("/proc/{}/io", self.child.id());
        let io = read_proc(&path)?;
        let written = io
            .lines()
            .find_map(|line| line.strip_prefix("write_bytes: "));
        written
            .and_then(|written| written.parse().ok())
            .ok_or_else(|| format!("{path} does not tell write_bytes").into())
    }

    /// How often it has loaded the whole of a list. Always 0 for a server that does not log that.
    pub fn lists_loaded(&self) -> usize {
        self.lists_loaded.load(Ordering::Relaxed)
    }

    /// Ends it by SIGKILL, and waits until it is gone.
    pub fn kill(mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended is no trouble.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Counts what is to be counted, and passes on what a person should see.
fn watch_log(log: impl BufRead, lists_loaded: &AtomicUsize) {
    for line in log.lines().map_while(Result::ok) {
        if line.contains(LIST_LOADED) {
            lists_loaded.fetch_add(1, Ordering::Relaxed);
        } else if !line.contains("DEBUG") {
            eprintln!("server: {line}");
        }
    }
}

/// The processor time of this process.
pub fn own_processor_time() -> Outcome<Duration> {
    processor_time("self")
}

fn processor_time(process: &str) -> Outcome<Duration> {
    let path = format!("/proc/{process}/stat");
    let stat = read_proc(&path)?;
    ticks(&stat)
        .map(|ticks| Duration::from_millis(ticks * 1000 / TICKS))
        .ok_or_else(|| format!("{path} is not understood").into())
}

/// The sum of `utime` and `stime`. The name of the program, in brackets, may contain anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn read_proc(path: &str) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| {
        format!(
            "{path}: {error}\nhelp: processor times are read from /proc; please run this on Linux"
        )
        .into()
    })
}

/// Sees to it that this process and the servers it starts may have so many connections.
pub fn check_open_files(connections: usize) -> Outcome {
    let limits = read_proc("/proc/self/limits")?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let limit = line.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok());
    // Databases, pipes and what the process has open anyway.
    let wanted = connections + 100;
    match limit {
        Some(limit) if limit < wanted => Err(format!(
            "only {limit} files may be open at once\nhelp: run `ulimit -n {wanted}` before this"
        )
        .into()),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 700 33 0 0 20";
        assert_eq!(ticks(stat), Some(733));
        assert_eq!(ticks("12"), None);
    }
}
