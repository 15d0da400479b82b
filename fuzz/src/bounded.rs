//! Runs a body on as many inputs as are wanted, with chance that a seed repeats. Needs nothing but a stable toolchain.
//!
//! `FUZZ_TIMES` says how many, `FUZZ_MINUTES` for how long at most, `FUZZ_SEED` which ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::Fault;

/// The seed of CI, so that what fails there fails here.
const SEED: u64 = 1;

/// A body and what it is given.
pub struct Target<'a> {
    /// The name of its corpus.
    pub name: &'a str,
    /// How many inputs there are if nobody says.
    pub times: u64,
    /// Makes an input of the corpus.
    pub make: fn(&mut Rng, &[Vec<u8>]) -> Vec<u8>,
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Target<'_> {
    /// Runs the body on each input of the corpus, and then on what is made of them. Gives how many those were.
    ///
    /// # Errors
    /// The first fault, with the file in which its input was left and the environment that makes it again.
    pub fn run(&self, mut body: impl FnMut(&[u8]) -> Result<(), Fault>) -> Result<u64, Fault> {
        let corpus = read_corpus(&folder("corpus").join(self.name))?;
        let (times, seed) = (
            asked("FUZZ_TIMES")?.unwrap_or(self.times),
            asked("FUZZ_SEED")?.unwrap_or(SEED),
        );
        for (file, input) in &corpus {
            body(input).map_err(|fault| Fault(format!("{}: {fault}", file.display())))?;
        }
        let inputs: Vec<Vec<u8>> = corpus.into_iter().map(|(_, input)| input).collect();
        let minutes = asked("FUZZ_MINUTES")?;
        let (begun, longest) = (Instant::now(), minutes.map(Duration::from_mins));
        let mut rng = Rng::with_seed(seed);
        for number in 0..times {
            if longest.is_some_and(|longest| begun.elapsed() >= longest) {
                return Ok(number);
            }
            let input = (self.make)(&mut rng, &inputs);
            body(&input).map_err(|fault| self.left(seed, number, &input, &fault))?;
        }
        Ok(times)
    }

    fn left(&self, seed: u64, number: u64, input: &[u8], fault: &Fault) -> Fault {
        let file = folder("artifacts")
            .join(self.name)
            .join(format!("seed-{seed}-{number}"));
        let kept = file.parent().map_or(Ok(()), fs::create_dir_all);
        let kept = kept.and_then(|()| fs::write(&file, input));
        let place = match kept {
            Ok(()) => format!(
                "left in {}; it is tried again once it is in the corpus",
                file.display()
            ),
            Err(error) => format!("which can't be left in {}: {error}", file.display()),
        };
        Fault(format!(
            "{fault}\nby input {number} of FUZZ_SEED={seed}, {place}:\n{}",
            input.escape_ascii()
        ))
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read_corpus(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Fault> {
    let unreadable = |error| Fault(format!("{}: {error}", folder.display()));
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let paths: Result<Vec<PathBuf>, _> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = paths.map_err(unreadable)?;
    // What chance picks must not depend on the order of a folder.
    paths.sort();
    let read = |path: PathBuf| fs::read(&path).map(|bytes| (path, bytes));
    paths
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(unreadable)
}

fn asked(variable: &str) -> Result<Option<u64>, Fault> {
    match std::env::var(variable) {
        Ok(text) => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Fault(format!("{variable}={text} is no number"))),
        },
        Err(_) => Ok(None),
    }
}
