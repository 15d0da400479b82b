//! Frames that clients could send, by chance.
#![allow(clippy::unwrap_used, reason = "a test")]

use rowcast_fuzz::bounded::Target;
use rowcast_fuzz::frames::Frames;
use rowcast_fuzz::mutate;

#[test]
fn every_call_is_answered_or_the_connection_closed_and_nobody_else_is_harmed() {
    let target = Target {
        name: "frames",
        times: 1000,
        make: mutate::script,
    };
    let mut frames = Frames::default();
    let times = target
        .run(|input| frames.run(input))
        .unwrap_or_else(|fault| panic!("{fault}"));
    let tally = frames.tally();
    eprintln!("{times} scripts: {tally:?}");
    let times = times as usize;
    assert!(
        tally.accepted > times && tally.refused > times / 2,
        "the scripts said too little: {tally:?}"
    );
    assert!(
        tally.closed > times / 20 && tally.closed < times * 2 / 3,
        "too few broke the protocol, or too many: {tally:?}"
    );
}
