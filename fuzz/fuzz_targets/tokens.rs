//! `cargo +nightly fuzz run --features libfuzzer tokens`
#![no_main]

use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use rowcast_fuzz::tokens::Tokens;

static TOKENS: LazyLock<Mutex<Tokens>> =
    LazyLock::new(|| Mutex::new(Tokens::new().expect("there is room for a database")));

fuzz_target!(|input: &[u8]| {
    let mut tokens = TOKENS.lock().expect("no input before this one has failed");
    if let Err(fault) = tokens.run(input) {
        panic!("{fault}");
    }
});
