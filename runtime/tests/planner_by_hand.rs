//! The shape of generated code, written by hand, compiles and works without a socket.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod planner;

use std::sync::Arc;

use planner::schema::{Coach, CoachPatch, Day, Login, NewCoach, NewSchedule, SchedulePatch};
use planner::server::{App, Commands, Hooks, NoHooks, Tables, open, server};
use rowcast_runtime::store::{Options, Transaction};
use rowcast_runtime::{Call, Caller, Error};
use rowcast_schema::{ErrorCode, FieldCode, FieldErrors, PageQuery, Ref};

struct Nothing;

impl Commands for Nothing {
    async fn login(&self, app: &App<Self>, call: Call<Login>) -> Result<Coach, Error> {
        let username = call.input.username;
        let coach = app
            .store()
            .read(move |reader| reader.coaches().by_username(&username))
            .await?;
        let coach = coach.ok_or_else(|| Error::invalid("username", "is not known"))?;
        call.caller.sign_in(coach.id.to_string(), coach.clone());
        Ok(coach)
    }
}

fn app() -> (tempfile::TempDir, App<Nothing>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("planner.db");
    let store = open(file.to_str().unwrap(), Options::default()).unwrap();
    (folder, App::new(store, Nothing, Arc::new(NoHooks)))
}

fn rose() -> NewCoach {
    NewCoach {
        name: "Rose".into(),
        age: Some(25),
        username: Some("rose".into()),
    }
}

#[tokio::test]
async fn rows_are_written_read_and_refused() {
    let (_folder, app) = app();
    let written = app
        .store()
        .write(|tx| tx.coaches().create(rose()))
        .await
        .unwrap();
    assert_eq!((written.value.id, written.positions[0].1.at), (1, 1));

    let again = app
        .store()
        .write(|tx| tx.coaches().create(rose()))
        .await
        .unwrap_err();
    assert_eq!(again.code(), ErrorCode::Conflict);
    assert_eq!(
        again.errors(),
        FieldErrors::of("username", FieldCode::Taken { with: Vec::new() })
    );

    let new = NewSchedule {
        day: Day::Monday,
        coach: Ref::to(1),
    };
    let schedule = app
        .store()
        .write(|tx| tx.schedules().create(new))
        .await
        .unwrap()
        .value;
    assert_eq!(
        (schedule.day, schedule.coach.name.as_str()),
        (Day::Monday, "Rose")
    );

    let lost = NewSchedule {
        day: Day::Monday,
        coach: Ref::to(9),
    };
    let lost = app
        .store()
        .write(|tx| tx.schedules().create(lost))
        .await
        .unwrap_err();
    assert_eq!(
        lost.errors(),
        FieldErrors::of(
            "coach.id",
            FieldCode::NoSuchRow {
                what: "coach".into()
            }
        )
    );

    let used = app
        .store()
        .write(|tx| tx.coaches().delete(1))
        .await
        .unwrap_err();
    assert_eq!(used.errors(), FieldErrors::general(FieldCode::InUse));
    assert_eq!(used.code(), ErrorCode::Conflict);

    let gone = app
        .store()
        .write(|tx| tx.coaches().delete(9))
        .await
        .unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn patches_tell_absent_from_null_and_reach_dependents() {
    let (_folder, app) = app();
    app.store()
        .write(|tx| tx.coaches().create(rose()))
        .await
        .unwrap();
    let new = NewSchedule {
        day: Day::Monday,
        coach: Ref::to(1),
    };
    app.store()
        .write(|tx| tx.schedules().create(new))
        .await
        .unwrap();

    let patch = CoachPatch {
        id: 1,
        name: None,
        age: Some(None),
        username: None,
    };
    let written = app
        .store()
        .write(|tx| tx.coaches().update(patch))
        .await
        .unwrap();
    assert_eq!(
        (written.value.age, written.value.username.as_deref()),
        (None, Some("rose"))
    );
    assert_eq!(written.position(planner::schedules::LIST), None);

    let patch = CoachPatch {
        id: 1,
        name: Some("Rose Smith".into()),
        age: None,
        username: Some(None),
    };
    let written = app
        .store()
        .write(|tx| tx.coaches().update(patch))
        .await
        .unwrap();
    assert_eq!(
        (written.value.name.as_str(), written.value.username),
        ("Rose Smith", None)
    );
    let positions: Vec<_> = written
        .positions
        .iter()
        .map(|(list, position)| (list.0, position.at))
        .collect();
    assert_eq!(positions, [(0, 3), (1, 2)]);

    let patch = SchedulePatch {
        id: 1,
        day: Some(Day::Tuesday),
        coach: None,
    };
    let schedule = app
        .store()
        .write(|tx| tx.schedules().update(patch))
        .await
        .unwrap()
        .value;
    assert_eq!(
        (schedule.day, schedule.coach.name.as_str()),
        (Day::Tuesday, "Rose Smith")
    );
}

#[tokio::test]
async fn pages_follow_each_other() {
    let (_folder, app) = app();
    let three = |tx: &Transaction<'_>| {
        for name in ["Ann", "Bob", "Cid"] {
            tx.coaches().create(NewCoach {
                name: name.into(),
                age: None,
                username: None,
            })?;
        }
        Ok(())
    };
    app.store().write(three).await.unwrap();
    let page = |query: PageQuery| async {
        app.store()
            .read(move |reader| reader.coaches().page(&query))
            .await
            .unwrap()
    };
    let first = page(PageQuery {
        after: None,
        limit: Some(2),
    })
    .await;
    assert_eq!((first.rows.len(), first.next), (2, Some(2)));
    let second = page(PageQuery {
        after: first.next,
        limit: Some(2),
    })
    .await;
    assert_eq!((second.rows[0].name.as_str(), second.next), ("Cid", None));
}

struct Strict;

impl Hooks for Strict {
    fn before_create_coach(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        new: &mut NewCoach,
    ) -> Result<(), Error> {
        new.name = new.name.trim().to_owned();
        if new.name == "Nobody" {
            Err(Error::invalid("name", "is nobody"))
        } else {
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_generated_server_can_be_built_with_hooks() {
    let (_folder, app) = app();
    let app: App<Nothing> = App::new(app.store().clone(), Nothing, Arc::new(Strict));
    let with_hooks = app.clone();
    let allowed = app
        .store()
        .write(move |tx| {
            let hooks = with_hooks.hooks();
            hooks.before_create_coach(&Caller::new("test"), tx, &mut rose())
        })
        .await;
    assert!(allowed.is_ok());
    assert!(format!("{:?}", server(app)).contains("new_coach"));
}
