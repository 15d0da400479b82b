//! Tokens that clients could send, by chance.
#![allow(clippy::unwrap_used, reason = "a test")]

use rowcast_fuzz::bounded::Target;
use rowcast_fuzz::mutate;
use rowcast_fuzz::tokens::Tokens;

#[test]
fn a_session_is_found_by_its_token_only() {
    let target = Target {
        name: "tokens",
        times: 10_000,
        make: mutate::token,
    };
    let mut tokens = Tokens::new().unwrap();
    let times = target
        .run(|input| tokens.run(input))
        .unwrap_or_else(|fault| panic!("{fault}"));
    let tally = tokens.tally();
    eprintln!("{times} tokens: {tally:?}");
    let times = times as usize;
    assert!(
        tally.found > times / 200 && tally.refused > times / 5 && tally.refused_sealed > times / 5,
        "some kind is missing: {tally:?}"
    );
}
