//! Holds nothing: the tests stand in `tests/`.
