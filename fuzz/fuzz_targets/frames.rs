//! `cargo +nightly fuzz run --features libfuzzer frames`
#![no_main]

use std::sync::{LazyLock, Mutex};

use fastrand::Rng;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use rowcast_fuzz::frames::Frames;
use rowcast_fuzz::mutate;

static FRAMES: LazyLock<Mutex<Frames>> = LazyLock::new(Mutex::default);

fuzz_target!(|input: &[u8]| {
    let mut frames = FRAMES.lock().expect("no input before this one has failed");
    if let Err(fault) = frames.run(input) {
        panic!("{fault}");
    }
});

// Half of the time by what scripts are, half of the time blindly.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2) {
        return fuzzer_mutate(data, size, max_size);
    }
    let made = mutate::script(&mut Rng::with_seed(seed.into()), &[data[..size].to_vec()]);
    let size = made.len().min(max_size);
    data[..size].copy_from_slice(&made[..size]);
    size
});
