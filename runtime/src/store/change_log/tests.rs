use rowcast_schema::Position;

use super::*;

/// A position in the epoch that a list is in.
fn cursor(log: &ChangeLog, list: ListId, at: u64) -> Cursor {
    let epoch = log.epoch(list);
    Cursor { epoch, at }
}

fn since(log: &ChangeLog, list: ListId, from: u64, scopes: &Scopes) -> (u64, Since) {
    let (to, since) = log.since(list, &cursor(log, list, from), scopes);
    (to.at, since)
}

fn has_changes(log: &ChangeLog, list: ListId, from: u64, scopes: &Scopes) -> (u64, HasChanges) {
    let (to, has_changes) = log.has_changes(list, &cursor(log, list, from), scopes);
    (to.at, has_changes)
}

fn coarse(log: &ChangeLog, list: ListId, from: u64, scopes: &Scopes) -> u64 {
    log.coarse(list, &cursor(log, list, from), scopes).at
}

const A: ListId = ListId(0);
const B: ListId = ListId(1);

fn put(list: ListId, id: i64) -> Change {
    Change::row(list, id)
}

fn rows(ids: &[i64]) -> Since {
    Since::Rows(ids.iter().copied().map(RowId::from).collect())
}

fn changed_row(id: i64) -> ChangedRow {
    ChangedRow {
        id: RowId::from(id),
        reach: Reach::Everybody,
    }
}

fn at(positions: &[(ListId, Position)]) -> Vec<(ListId, u64)> {
    positions
        .iter()
        .map(|(list, position)| (*list, position.at))
        .collect()
}

#[test]
fn each_job_gets_the_positions_that_contain_its_changes() {
    let log = ChangeLog::new(10);
    let positions = log.commit(vec![
        vec![put(A, 1), put(B, 7), Change::row(A, 2)],
        Vec::new(),
        vec![put(A, 1)],
    ]);
    assert_eq!(at(&positions[0]), [(A, 2), (B, 1)]);
    assert_eq!(at(&positions[1]), []);
    assert_eq!(at(&positions[2]), [(A, 3)]);
    assert_eq!(since(&log, A, 0, &Scopes::All), (3, rows(&[1, 2])));
    assert_eq!(since(&log, A, 1, &Scopes::All), (3, rows(&[2, 1])));
    assert_eq!(since(&log, A, 3, &Scopes::All), (3, rows(&[])));
    assert_eq!(since(&log, B, 0, &Scopes::All), (1, rows(&[7])));
}

#[test]
fn what_is_planned_is_not_visible_and_leaves_no_gap_when_it_is_dropped() {
    let log = ChangeLog::new(10);
    log.commit(vec![vec![put(A, 1)]]);
    let mut dropped = log.plan();
    assert_eq!(at(&dropped.add(vec![put(A, 2)])), [(A, 2)]);
    assert_eq!(at(&dropped.add(vec![put(A, 3)])), [(A, 3)]);
    assert_eq!(since(&log, A, 0, &Scopes::All), (1, rows(&[1])));
    let positions = log.commit(vec![vec![put(A, 3)]]);
    assert_eq!(at(&positions[0]), [(A, 2)]);
    assert_eq!(since(&log, A, 0, &Scopes::All), (2, rows(&[1, 3])));
}

#[test]
fn what_is_not_kept_or_never_was_is_unknown() {
    let log = ChangeLog::new(2);
    log.commit(vec![vec![put(A, 1), put(A, 2), put(A, 3)]]);
    assert_eq!(since(&log, A, 1, &Scopes::All), (3, rows(&[2, 3])));
    assert_eq!(since(&log, A, 0, &Scopes::All), (3, Since::Unknown));
    assert_eq!(since(&log, A, 4, &Scopes::All), (3, Since::Unknown));
    assert_eq!(since(&log, A, u64::MAX, &Scopes::All), (3, Since::Unknown));
}

#[test]
fn a_reset_is_a_change_without_row_ids() {
    let log = ChangeLog::new(10);
    log.commit(vec![vec![put(A, 1), Change::reset(A)]]);
    assert_eq!(since(&log, A, 1, &Scopes::All), (2, Since::Unknown));
    assert_eq!(since(&log, A, 2, &Scopes::All), (2, rows(&[])));
}

#[test]
fn a_reset_begins_an_epoch_of_its_list_in_which_positions_go_on() {
    let log = ChangeLog::new(10);
    let first = log.epoch(A);
    let jobs = vec![
        vec![put(A, 1)],
        vec![Change::reset(A), put(A, 2)],
        vec![put(B, 1)],
    ];
    let positions = log.commit(jobs);
    let second = log.epoch(A);
    assert_ne!(second, first);
    assert_eq!(log.epoch(B), first);
    let of = |job: usize| (&*positions[job][0].1.epoch, positions[job][0].1.at);
    assert_eq!(
        [of(0), of(1), of(2)],
        [(&*first, 1), (&*second, 3), (&*first, 1)]
    );
}

#[test]
fn an_epoch_that_another_process_began_is_entered_once() {
    let log = ChangeLog::new(10);
    log.commit(vec![vec![put(A, 1), put(A, 2)]]);
    let ours = log.cursor(A);
    assert_eq!(log.last_visible_up_to(A, &ours, &Scopes::All), Some(2));
    let mut changed = log.watch(A);
    for _ in 0..2 {
        let mut plan = log.plan();
        plan.set_generation(A, "theirs".into());
        log.publish(plan);
    }
    assert_eq!((log.epoch(A), log.position(A)), (epoch("", "theirs"), 2));
    // The position is the same, but in another epoch.
    assert_eq!(
        log.has_changes(A, &ours, &Scopes::All).1,
        HasChanges::Unknown
    );
    assert_eq!(log.since(A, &ours, &Scopes::All).1, Since::Unknown);
    assert_eq!(log.coarse(A, &ours, &Scopes::All), ours);
    assert_eq!(log.last_visible_up_to(A, &ours, &Scopes::All), None);
    assert_eq!(since(&log, A, 1, &Scopes::All), (2, Since::Unknown));
    assert!(changed.has_changed().unwrap());
    changed.mark_unchanged();
    let mut plan = log.plan();
    plan.set_generation(A, "theirs".into());
    log.publish(plan);
    assert!(!changed.has_changed().unwrap());
}

#[test]
fn a_stored_log_is_taken_up_where_it_ended() {
    let stored = StoredLog {
        generation: "g".into(),
        at: 7,
        changes: [3, 4].map(changed_row).into(),
    };
    let log = ChangeLog::resume("contract".into(), "other", 10, vec![stored]);
    assert_eq!(log.epoch(A), epoch("contract", "g"));
    assert_eq!(log.epoch(B), epoch("contract", "other"));
    assert_ne!(log.epoch(A), epoch("another contract", "g"));
    assert_eq!(since(&log, A, 5, &Scopes::All), (7, rows(&[3, 4])));
    assert_eq!(since(&log, A, 4, &Scopes::All), (7, Since::Unknown));
    assert_eq!(at(&log.commit(vec![vec![put(A, 5)]])[0]), [(A, 8)]);
}

#[test]
fn what_was_given_positions_elsewhere_is_taken_with_them() {
    let log = ChangeLog::new(10);
    log.commit(vec![vec![put(A, 1)]]);
    let mut plan = log.plan();
    plan.add_at(2, put(A, 2));
    plan.add_at(3, put(A, 3));
    plan.add_at(7, put(B, 4));
    log.publish(plan);
    assert_eq!(since(&log, A, 0, &Scopes::All), (3, rows(&[1, 2, 3])));
    assert_eq!(since(&log, B, 0, &Scopes::All), (7, Since::Unknown));
    assert_eq!(since(&log, B, 7, &Scopes::All), (7, rows(&[])));
}

#[test]
fn each_scope_sees_what_came_went_or_changed_in_it() {
    let log = ChangeLog::new(10);
    let (mine, other) = (Scopes::of([1]), Scopes::of([2]));
    log.commit(vec![vec![
        put(A, 10).within([1]),
        put(A, 20).within([2]),
        put(A, 30).within([1, 2]),
    ]]);
    assert_eq!(since(&log, A, 0, &mine), (3, rows(&[10, 30])));
    assert_eq!(since(&log, A, 0, &other), (3, rows(&[20, 30])));
    assert_eq!(
        since(&log, A, 0, &Scopes::of([1, 2])),
        (3, rows(&[10, 20, 30]))
    );
    assert_eq!(since(&log, A, 0, &Scopes::All), (3, rows(&[10, 20, 30])));
    assert_eq!(since(&log, A, 0, &Scopes::none()), (3, rows(&[])));
}

#[test]
fn a_change_of_unknown_scope_has_its_row_for_all_scopes_only() {
    let log = ChangeLog::new(10);
    log.commit(vec![vec![put(A, 10).within([1]), Change::row(A, 20)]]);
    assert_eq!(since(&log, A, 0, &Scopes::All), (2, rows(&[10, 20])));
    assert_eq!(since(&log, A, 0, &Scopes::of([1])), (2, Since::Unknown));
    assert_eq!(since(&log, A, 2, &Scopes::of([1])), (2, rows(&[])));
}

#[test]
fn has_changes_agrees_with_since() {
    let log = ChangeLog::new(3);
    log.commit(vec![vec![
        put(A, 1).within([1]),
        put(A, 2).within([1]),
        put(A, 3).within([2]),
        put(A, 4),
    ]]);
    let all_kinds = [
        Scopes::All,
        Scopes::none(),
        Scopes::of([1]),
        Scopes::of([2]),
        Scopes::of([3]),
    ];
    for scopes in all_kinds {
        for from in 0..6 {
            let (at, since) = since(&log, A, from, &scopes);
            let expected = match since {
                Since::Rows(ids) if ids.is_empty() => HasChanges::Nothing,
                Since::Rows(_) => HasChanges::Rows,
                Since::Unknown => HasChanges::Unknown,
            };
            assert_eq!(
                has_changes(&log, A, from, &scopes),
                (at, expected),
                "{scopes:?} {from}"
            );
        }
    }
}

#[test]
fn few_positions_stand_for_all_and_add_at_most_a_quarter() {
    let log = ChangeLog::new(10_000);
    log.commit(vec![(0..12_000).map(|id| put(A, id)).collect()]);
    let mut different = HashSet::new();
    for from in 2000..12_000 {
        let earlier = coarse(&log, A, from, &Scopes::All);
        let distance = 12_000 - from;
        assert!(earlier <= from && from - earlier <= distance / 4, "{from}");
        assert!(distance >= 8 || earlier == from, "{from}");
        let has_changes = has_changes(&log, A, earlier, &Scopes::All).1;
        assert_eq!(
            has_changes,
            HasChanges::Rows,
            "{earlier} is not known any more"
        );
        different.insert(earlier);
    }
    assert!(different.len() <= 55, "{}", different.len());
    for unknown in [0, 1999, 12_001, u64::MAX] {
        assert_eq!(coarse(&log, A, unknown, &Scopes::All), unknown);
    }
}

#[test]
fn a_coarse_position_is_not_before_a_hidden_change() {
    let log = ChangeLog::new(1000);
    let mine = Scopes::of([1]);
    let changes = (0..400).map(|id| match id {
        // At position 300.
        299 => put(A, id),
        _ => put(A, id).within([1]),
    });
    log.commit(vec![changes.collect()]);
    for from in 300..400 {
        let earlier = coarse(&log, A, from, &mine);
        assert!((300..=from).contains(&earlier), "{from}: {earlier}");
        assert_ne!(has_changes(&log, A, earlier, &mine).1, HasChanges::Unknown);
    }
    assert!(coarse(&log, A, 301, &Scopes::All) < 300);
}

#[test]
fn a_position_is_one_that_the_scope_gets_to() {
    let log = ChangeLog::new(3);
    log.commit(vec![vec![
        put(A, 10).within([1]),
        put(A, 20).within([1]),
        put(A, 30).within([2]),
        put(A, 40).within([1]),
    ]]);
    let seen = |at, scopes: Scopes| log.last_visible_up_to(A, &cursor(&log, A, at), &scopes);
    assert_eq!(seen(4, Scopes::of([1])), Some(4));
    assert_eq!(seen(3, Scopes::of([1])), Some(2));
    assert_eq!(seen(4, Scopes::of([2])), Some(3));
    assert_eq!(seen(2, Scopes::of([2])), None);
    assert_eq!(seen(4, Scopes::none()), None);
    assert_eq!(seen(9, Scopes::of([1])), None);
    assert_eq!(seen(9, Scopes::All), None);
    // A change that concerns all sockets concerns only those with any scope.
    log.commit(vec![vec![put(A, 50)]]);
    assert_eq!(seen(5, Scopes::of([3])), Some(5));
    assert_eq!(seen(5, Scopes::none()), None);
    assert_eq!(seen(4, Scopes::All), Some(4));
}

#[test]
fn epochs_differ() {
    assert_ne!(ChangeLog::new(1).epoch(A), ChangeLog::new(1).epoch(A));
}
