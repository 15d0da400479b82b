//! Rows that belong to a gym, in the emitted store: who is confined to one finds, adds, changes and moves nothing else.
//!
//! Long, since its cases share one way to set the scene.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../golden/scopes/schema.rs"]
pub mod scopes;
#[rustfmt::skip]
#[path = "../golden/scopes/rust/mod.rs"]
pub mod server;

use rowcast_runtime::store::{Database, Read, Transaction};
use rowcast_runtime::{Error, PageQuery, Ref, RowId, Scopes, Uuid};
use rowcast_schema::ErrorCode;
use scopes::{
    CoachPatch, GymPatch, LessonPatch, NewCoach, NewGym, NewLesson, NewMove, NewPlan, PlanPatch,
};
use server::Tables as _;
use tempfile::TempDir;

/// Two gyms with a coach, a plan and a lesson each.
struct Gyms {
    _folder: TempDir,
    store: Database,
    mine: Gym,
    other: Gym,
}

#[derive(Debug, Clone)]
struct Gym {
    id: i64,
    coach: Uuid,
    plan: String,
    lesson: i64,
}

impl Gym {
    fn only(&self) -> Scopes {
        Scopes::of([self.id])
    }

    fn new_lesson(&self, title: &str) -> NewLesson {
        NewLesson {
            title: title.to_owned(),
            gym: Ref::to(self.id),
            plan: Ref::to(self.plan.clone()),
            follows: Some(Ref::to(self.lesson)),
            coaches: vec![Ref::to(self.coach)],
        }
    }
}

fn gym(tx: &Transaction<'_>, name: &str) -> Result<Gym, Error> {
    let id = tx.gyms().create(NewGym { name: name.into() })?.id;
    let coach = NewCoach {
        name: format!("coach of {name}"),
        gym: Ref::to(id),
    };
    let plan = NewPlan {
        id: format!("plan of {name}"),
        gym: Ref::to(id),
        moves: Vec::new(),
    };
    let (coach, plan) = (tx.coaches().create(coach)?.id, tx.plans().create(plan)?.id);
    let lesson = NewLesson {
        title: "first".into(),
        gym: Ref::to(id),
        plan: Ref::to(plan.clone()),
        follows: None,
        coaches: vec![Ref::to(coach)],
    };
    let lesson = tx.lessons().create(lesson)?.id;
    Ok(Gym {
        id,
        coach,
        plan,
        lesson,
    })
}

async fn gyms() -> Gyms {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("gyms.sqlite3")).unwrap();
    let made = store.write(|tx| Ok((gym(tx, "mine")?, gym(tx, "other")?)));
    let (mine, other) = made.await.unwrap().value;
    Gyms {
        _folder: folder,
        store,
        mine,
        other,
    }
}

impl Gyms {
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &Gym, &Gym) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (mine, other) = (self.mine.clone(), self.other.clone());
        let written = self.store.write(move |tx| work(tx, &mine, &other)).await;
        written.map(|written| written.value)
    }

    /// The fields that a write is refused for.
    async fn refused<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &Gym, &Gym) -> Result<T, Error> + Send + 'static,
    ) -> (ErrorCode, Vec<String>) {
        let Err(refusal) = self.write(work).await else {
            return (ErrorCode::Internal, vec!["it was accepted".to_owned()]);
        };
        let errors = refusal.errors();
        let said = errors.iter().flat_map(|(path, messages)| {
            messages.iter().map(move |text| format!("{path}: {text}"))
        });
        (refusal.code(), said.collect())
    }

    /// The latest change of a list, with the scopes that it reaches.
    async fn last_change(&self, list: &'static str) -> String {
        let sql = "SELECT operation || ' ' || ifnull(scopes, 'everybody') FROM rowcast_changes
            WHERE list = ?1 ORDER BY position DESC LIMIT 1";
        let read = move |reader: &rowcast_runtime::store::Reader<'_>| {
            reader.row(sql, [list], |row| row.get::<String>(0))
        };
        self.store.read(read).await.unwrap().unwrap()
    }
}

fn invalid(errors: &[&str]) -> (ErrorCode, Vec<String>) {
    let errors = errors.iter().map(|error| (*error).to_owned()).collect();
    (ErrorCode::Invalid, errors)
}

#[tokio::test]
async fn only_rows_of_the_scope_are_found() {
    let gyms = gyms().await;
    let found = gyms.write(|tx, mine, other| {
        let lessons = tx.lessons().within(mine.only());
        let titles: Vec<_> = lessons.list()?.iter().map(|row| row.gym.id).collect();
        assert_eq!(titles, [mine.id]);
        assert_eq!(lessons.get(other.lesson)?, None);
        assert_eq!(lessons.get(mine.lesson)?.unwrap().coaches.len(), 1);
        let both = [RowId::from(mine.lesson), RowId::from(other.lesson)];
        assert_eq!(lessons.by_ids(&both)?.len(), 1);
        assert_eq!(lessons.by_gym_and_title(other.id, "first")?, None);
        let page = lessons.page(&PageQuery {
            after: None,
            limit: Some(1),
        })?;
        assert_eq!((page.rows.len(), page.next), (1, None));
        let coaches = tx.coaches().within(mine.only());
        assert_eq!(coaches.by_name("coach of other")?.len(), 0);
        assert_eq!(coaches.by_name("coach of mine")?.len(), 1);
        assert_eq!(tx.gyms().within(mine.only()).list()?.len(), 1);
        assert_eq!(tx.lessons().within(Scopes::none()).list()?.len(), 0);
        assert_eq!(
            tx.lessons()
                .within(Scopes::of([mine.id, other.id]))
                .list()?
                .len(),
            2
        );
        assert_eq!(tx.lessons().list()?.len(), 2);
        Ok(())
    });
    found.await.unwrap();
}

#[tokio::test]
async fn a_page_is_full_although_rows_of_others_lie_between() {
    let gyms = gyms().await;
    let pages = gyms.write(|tx, mine, other| {
        for number in 0..6 {
            tx.lessons()
                .create(mine.new_lesson(&format!("m{number}")))?;
            tx.lessons()
                .create(other.new_lesson(&format!("o{number}")))?;
        }
        let lessons = tx.lessons().within(mine.only());
        let first = lessons.page(&PageQuery {
            after: None,
            limit: Some(4),
        })?;
        assert_eq!(first.rows.len(), 4);
        assert!(
            first
                .rows
                .iter()
                .all(|row| row.gym.id == mine.id && row.coaches.len() == 1)
        );
        let rest = lessons.page(&PageQuery {
            after: first.next,
            limit: Some(4),
        })?;
        assert_eq!((rest.rows.len(), rest.next), (3, None));
        Ok(())
    });
    pages.await.unwrap();
}

#[tokio::test]
async fn rows_of_another_scope_are_neither_changed_nor_deleted() {
    let gyms = gyms().await;
    let not_found = |what: &str| {
        let text = format!("id: there is no {what} with this id");
        (ErrorCode::NotFound, vec![text])
    };
    let change = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = LessonPatch {
            title: Some("stolen".into()),
            ..LessonPatch::of(other.lesson)
        };
        tx.lessons().within(mine.only()).update(patch)
    };
    assert_eq!(gyms.refused(change).await, not_found("lesson"));
    let take = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = LessonPatch {
            gym: Some(Ref::to(mine.id)),
            ..LessonPatch::of(other.lesson)
        };
        tx.lessons().within(mine.only()).update(patch)
    };
    assert_eq!(gyms.refused(take).await, not_found("lesson"));
    let delete = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        tx.lessons().within(mine.only()).delete(other.lesson)
    };
    assert_eq!(gyms.refused(delete).await, not_found("lesson"));
    let rate = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        tx.coaches().within(mine.only()).set_rating(other.coach, 1)
    };
    assert_eq!(gyms.refused(rate).await, not_found("coach"));
    let rename = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = GymPatch {
            name: Some("ours".into()),
            ..GymPatch::of(other.id)
        };
        tx.gyms().within(mine.only()).update(patch)
    };
    assert_eq!(gyms.refused(rename).await, not_found("gym"));
    let close = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        tx.gyms().within(mine.only()).delete(other.id)
    };
    assert_eq!(gyms.refused(close).await, not_found("gym"));
    let untouched = gyms.write(|tx, _, other| tx.lessons().get(other.lesson));
    assert_eq!(untouched.await.unwrap().unwrap().title, "first");
}

#[tokio::test]
async fn nothing_is_added_to_another_scope_or_moved_there() {
    let gyms = gyms().await;
    let nowhere = invalid(&["gym.id: there is no gym with this id"]);
    let add = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let coach = NewCoach {
            name: "spy".into(),
            gym: Ref::to(other.id),
        };
        tx.coaches().within(mine.only()).create(coach)
    };
    assert_eq!(gyms.refused(add).await, nowhere);
    let add_nowhere = |tx: &Transaction<'_>, mine: &Gym, _: &Gym| {
        let coach = NewCoach {
            name: "lost".into(),
            gym: Ref::to(999),
        };
        tx.coaches().within(mine.only()).create(coach)
    };
    assert_eq!(gyms.refused(add_nowhere).await, nowhere);
    let send = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = CoachPatch {
            gym: Some(Ref::to(other.id)),
            ..CoachPatch::of(mine.coach)
        };
        tx.coaches().within(mine.only()).update(patch)
    };
    let (code, errors) = gyms.refused(send).await;
    assert_eq!(code, ErrorCode::Invalid);
    assert!(errors.contains(&nowhere.1[0]), "{errors:?}");
    let open = |tx: &Transaction<'_>, mine: &Gym, _: &Gym| {
        tx.gyms().within(mine.only()).create(NewGym {
            name: "third".into(),
        })
    };
    let (code, errors) = gyms.refused(open).await;
    assert_eq!(code, ErrorCode::Forbidden);
    assert_eq!(errors, ["_: you may not add a gym"]);
}

#[tokio::test]
async fn rows_refer_to_rows_of_their_own_scope_only_whoever_writes_them() {
    let gyms = gyms().await;
    let foreign = invalid(&[
        "coaches[0].id: there is no coach with this id",
        "follows.id: there is no lesson with this id",
        "plan.id: there is no plan with this id",
    ]);
    let create = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let gym = Ref::to(mine.id);
        tx.lessons().create(NewLesson {
            gym,
            ..other.new_lesson("mixed")
        })
    };
    assert_eq!(gyms.refused(create).await, foreign);
    let update = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        tx.lessons().update(LessonPatch {
            plan: Some(Ref::to(other.plan.clone())),
            follows: Some(Some(Ref::to(other.lesson))),
            coaches: Some(vec![Ref::to(other.coach)]),
            ..LessonPatch::of(mine.lesson)
        })
    };
    assert_eq!(gyms.refused(update).await, foreign);
    // What belongs to no scope may be referred to from each.
    let shared = gyms.write(|tx, mine, _| {
        let shared = tx.moves().create(NewMove {
            name: "squat".into(),
        })?;
        let moves = Some(vec![Ref::to(shared.id)]);
        let plan = tx.plans().within(mine.only()).update(PlanPatch {
            moves,
            ..PlanPatch::of(mine.plan.clone())
        })?;
        Ok(plan.moves.len())
    });
    assert_eq!(shared.await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_moves_only_with_all_that_it_refers_to_and_that_refers_to_it() {
    let gyms = gyms().await;
    let both = |mine: &Gym, other: &Gym| Scopes::of([mine.id, other.id]);
    let alone = move |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = LessonPatch {
            gym: Some(Ref::to(other.id)),
            ..LessonPatch::of(mine.lesson)
        };
        tx.lessons().within(both(mine, other)).update(patch)
    };
    let strays = invalid(&["coaches: is of another gym", "plan.id: is of another gym"]);
    assert_eq!(gyms.refused(alone).await, strays);
    let used = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = PlanPatch {
            gym: Some(Ref::to(other.id)),
            ..PlanPatch::of(mine.plan.clone())
        };
        tx.plans().update(patch)
    };
    let refers = invalid(&["gym.id: lessons of its present gym refer to it"]);
    assert_eq!(gyms.refused(used).await, refers);
    let taught = |tx: &Transaction<'_>, mine: &Gym, other: &Gym| {
        let patch = CoachPatch {
            gym: Some(Ref::to(other.id)),
            ..CoachPatch::of(mine.coach)
        };
        tx.coaches().update(patch)
    };
    assert_eq!(gyms.refused(taught).await, refers);
    let moved = gyms.write(move |tx, mine, other| {
        tx.lessons().within(both(mine, other)).update(LessonPatch {
            gym: Some(Ref::to(other.id)),
            title: Some("moved".into()),
            plan: Some(Ref::to(other.plan.clone())),
            coaches: Some(vec![Ref::to(other.coach)]),
            ..LessonPatch::of(mine.lesson)
        })?;
        assert_eq!(tx.lessons().within(mine.only()).list()?.len(), 0);
        assert_eq!(tx.lessons().within(other.only()).list()?.len(), 2);
        Ok(())
    });
    moved.await.unwrap();
    let scopes = format!("put [{},{}]", gyms.mine.id, gyms.other.id);
    assert_eq!(gyms.last_change("lessons").await, scopes);
}

#[tokio::test]
async fn each_change_reaches_the_scopes_that_the_row_is_in_or_was_in() {
    let gyms = gyms().await;
    let (mine, other) = (gyms.mine.id, gyms.other.id);
    assert_eq!(gyms.last_change("lessons").await, format!("put [{other}]"));
    assert_eq!(gyms.last_change("gyms").await, format!("put [{other}]"));
    gyms.write(|tx, mine, _| tx.lessons().delete(mine.lesson))
        .await
        .unwrap();
    assert_eq!(gyms.last_change("lessons").await, format!("put [{mine}]"));
    assert_eq!(gyms.last_change("plans").await, format!("put [{mine}]"));
    gyms.write(|tx, mine, _| tx.coaches().set_rating(mine.coach, 5))
        .await
        .unwrap();
    assert_eq!(gyms.last_change("coaches").await, format!("put [{mine}]"));
    gyms.write(|tx, _, _| tx.moves().create(NewMove { name: "row".into() }))
        .await
        .unwrap();
    assert_eq!(gyms.last_change("moves").await, "put everybody");
    // What goes with a row is told to those who saw it.
    gyms.write(|tx, mine, _| {
        tx.plans().delete(&mine.plan)?;
        tx.gyms().delete(mine.id)
    })
    .await
    .unwrap();
    assert_eq!(gyms.last_change("coaches").await, format!("put [{mine}]"));
    assert_eq!(gyms.last_change("gyms").await, format!("put [{mine}]"));
}

#[tokio::test]
async fn statements_of_ones_own_reach_everybody_unless_they_say_what_the_row_leaves() {
    let gyms = gyms().await;
    let drop_lesson = |tx: &Transaction<'_>, lesson: i64| {
        tx.execute("DELETE FROM lesson_coaches WHERE lesson_id = ?1", [lesson])?;
        tx.execute("DELETE FROM lessons WHERE id = ?1", [lesson])?;
        tx.changed(server::lessons::LIST, lesson);
        Ok(())
    };
    gyms.write(move |tx, mine, _| drop_lesson(tx, mine.lesson))
        .await
        .unwrap();
    assert_eq!(gyms.last_change("lessons").await, "put everybody");
    let other = gyms.other.id;
    gyms.write(move |tx, _, other| {
        assert_eq!(
            tx.leaves(server::lessons::LIST, other.lesson)?,
            Some(RowId::from(other.id))
        );
        drop_lesson(tx, other.lesson)
    })
    .await
    .unwrap();
    assert_eq!(gyms.last_change("lessons").await, format!("put [{other}]"));
}

#[tokio::test]
async fn of_a_key_within_a_scope_the_other_fields_are_named() {
    let gyms = gyms().await;
    let again = gyms.refused(|tx, mine, _| tx.lessons().create(mine.new_lesson("first")));
    assert_eq!(
        again.await,
        (
            ErrorCode::Conflict,
            vec!["title: is already taken".to_owned()]
        )
    );
}
