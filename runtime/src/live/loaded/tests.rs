use super::*;

fn to(at: u64) -> Cursor {
    let epoch = "e".into();
    Cursor { epoch, at }
}

#[test]
fn answers_are_bounded_by_count_and_by_bytes() {
    let mut answers = Answers::default();
    for from in 0..2 * MAX_ANSWERS as u64 {
        answers.answer(from, &to(1000));
    }
    assert_eq!(answers.since.len(), MAX_ANSWERS);
    answers.add_size(0, &to(1000), MAX_ANSWER_BYTES);
    answers.add_size(1, &to(1000), 1);
    assert!(answers.since.contains_key(&0) && !answers.since.contains_key(&1));
    // Another position discards the answers of the earlier one.
    answers.answer(0, &to(1001));
    assert_eq!((answers.since.len(), answers.bytes), (1, 0));
    answers.add_size(5, &to(1000), MAX_ANSWER_BYTES);
    assert_eq!(answers.bytes, 0);
}

#[test]
fn equal_answers_are_one_and_older_ones_are_not_kept() {
    let mut answers = Answers::default();
    let one = answers.answer(3, &to(7));
    assert!(Arc::ptr_eq(&one, &answers.answer(3, &to(7))));
    assert!(!Arc::ptr_eq(&one, &answers.answer(4, &to(7))));
    let older = answers.answer(3, &to(6));
    assert!(!Arc::ptr_eq(&older, &answers.answer(3, &to(6))));
    assert!(Arc::ptr_eq(&one, &answers.answer(3, &to(7))));
    let other_epoch = Cursor {
        epoch: "f".into(),
        at: 7,
    };
    assert!(!Arc::ptr_eq(&one, &answers.answer(3, &other_epoch)));
}
