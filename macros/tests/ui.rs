//! What a user sees who declares something wrong. One mistake a file; the expected text stands beside it.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
