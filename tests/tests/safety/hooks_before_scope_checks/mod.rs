//! No hook runs for a row that the caller may not see or write, or for references to such rows: its error could tell of them.
//! The answer about a row of another tenant is, byte by byte, the one about a row that does not exist.
//!
//! Long, since its cases share one way to set the scene.

mod owners;

use std::sync::{Arc, Mutex};

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Action, Caller, Denied, Error, Guard, Identified, Ref, Scopes, Uuid};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, start};
use crate::scopes::{
    CoachPatch, GymPatch, LessonPatch, MovePatch, NewCoach, NewGym, NewLesson, NewMove, NewPlan,
    PlanPatch,
};
use crate::scopes_server::{self, Hooks, Tables as _};

/// Notes which hooks ran, and tells of a row what it finds, as a careless application may.
#[derive(Clone, Default)]
struct Talkative {
    ran: Arc<Mutex<Vec<&'static str>>>,
    /// Moves new coaches to this gym.
    moves_to: Arc<Mutex<Option<i64>>>,
}

impl Talkative {
    fn runs(&self, hook: &'static str) {
        self.ran.lock().unwrap().push(hook);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.ran.lock().unwrap())
    }

    fn gym_of(tx: &Transaction<'_>, gym: i64) -> Result<(), Error> {
        match tx.gyms().get(gym)? {
            Some(gym) if gym.name == "open" => Ok(()),
            Some(gym) => Err(Error::invalid("_", format!("{} is full", gym.name))),
            None => Err(Error::invalid("_", "no such gym")),
        }
    }
}

impl Hooks for Talkative {
    fn before_create_gym(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        _: &mut NewGym,
    ) -> Result<(), Error> {
        self.runs("create gym");
        Ok(())
    }
    fn before_update_gym(
        &self,
        _: &Caller,
        tx: &Transaction<'_>,
        patch: &mut GymPatch,
    ) -> Result<(), Error> {
        self.runs("update gym");
        Self::gym_of(tx, patch.id)
    }
    fn before_delete_gym(&self, _: &Caller, tx: &Transaction<'_>, id: i64) -> Result<(), Error> {
        self.runs("delete gym");
        Self::gym_of(tx, id)
    }
    fn before_create_coach(
        &self,
        _: &Caller,
        tx: &Transaction<'_>,
        new: &mut NewCoach,
    ) -> Result<(), Error> {
        self.runs("create coach");
        Self::gym_of(tx, new.gym.id)?;
        if let Some(gym) = *self.moves_to.lock().unwrap() {
            new.gym = Ref::to(gym);
        }
        Ok(())
    }
    fn before_update_coach(
        &self,
        _: &Caller,
        tx: &Transaction<'_>,
        patch: &mut CoachPatch,
    ) -> Result<(), Error> {
        self.runs("update coach");
        if let Some(gym) = *self.moves_to.lock().unwrap() {
            patch.gym = Some(Ref::to(gym));
        }
        patch
            .gym
            .as_ref()
            .map_or(Ok(()), |gym| Self::gym_of(tx, gym.id))
    }
    fn before_delete_coach(&self, _: &Caller, tx: &Transaction<'_>, id: Uuid) -> Result<(), Error> {
        self.runs("delete coach");
        match tx.coaches().get(id)? {
            Some(coach) => Err(Error::invalid("_", format!("{} stays", coach.name))),
            None => Ok(()),
        }
    }
    fn before_update_move(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        _: &mut MovePatch,
    ) -> Result<(), Error> {
        self.runs("update move");
        Ok(())
    }
    fn before_delete_move(&self, _: &Caller, _: &Transaction<'_>, _: i64) -> Result<(), Error> {
        self.runs("delete move");
        Ok(())
    }
    fn before_create_plan(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        _: &mut NewPlan,
    ) -> Result<(), Error> {
        self.runs("create plan");
        Ok(())
    }
    fn before_update_plan(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        _: &mut PlanPatch,
    ) -> Result<(), Error> {
        self.runs("update plan");
        Ok(())
    }
    fn before_delete_plan(&self, _: &Caller, _: &Transaction<'_>, _: &str) -> Result<(), Error> {
        self.runs("delete plan");
        Ok(())
    }
    fn before_create_lesson(
        &self,
        _: &Caller,
        tx: &Transaction<'_>,
        new: &mut NewLesson,
    ) -> Result<(), Error> {
        self.runs("create lesson");
        match tx.plans().get(&new.plan.id)? {
            Some(_) => Ok(()),
            None => Err(Error::invalid("_", "no such plan anywhere")),
        }
    }
    fn before_update_lesson(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        _: &mut LessonPatch,
    ) -> Result<(), Error> {
        self.runs("update lesson");
        Ok(())
    }
    fn before_delete_lesson(&self, _: &Caller, _: &Transaction<'_>, _: i64) -> Result<(), Error> {
        self.runs("delete lesson");
        Ok(())
    }
}

/// Lets everybody write in the gym that they name.
struct Members;

impl Guard for Members {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            let gym = auth["gym"].as_i64().unwrap_or_default();
            caller.sign_in(gym.to_string(), gym);
            Ok(())
        })
    }

    fn authorize(&self, _: &Caller, _: &Action) -> Result<(), Denied> {
        Ok(())
    }

    fn scopes(&self, caller: &Caller, _: &'static str) -> Scopes {
        caller
            .identity::<i64>()
            .map_or_else(Scopes::none, |gym| Scopes::of([*gym]))
    }
}

/// A gym with a row of each kind, by the ids that a client would name.
struct Gym {
    id: i64,
    coach: String,
    plan: String,
    lesson: i64,
}

fn gym(tx: &Transaction<'_>, name: &str) -> Result<Gym, Error> {
    let id = tx.gyms().create(NewGym { name: name.into() })?.id;
    let gym = || Ref::to(id);
    let coach = tx.coaches().create(NewCoach {
        name: format!("coach of {name}"),
        gym: gym(),
    })?;
    let plan = format!("plan of {name}");
    let new = NewPlan {
        id: plan.clone(),
        gym: gym(),
        moves: Vec::new(),
    };
    tx.plans().create(new)?;
    let new = NewLesson {
        title: format!("lesson of {name}"),
        gym: gym(),
        plan: Ref::to(plan.clone()),
        follows: None,
        coaches: vec![Ref::to(coach.id)],
    };
    let lesson = tx.lessons().create(new)?.id;
    Ok(Gym {
        id,
        coach: coach.id.to_string(),
        plan,
        lesson,
    })
}

struct Served {
    _folder: TempDir,
    store: Database,
    hooks: Talkative,
    own: Gym,
    other: Gym,
    client: Client,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = scopes_server::open(folder.path().join("gyms.sqlite3")).unwrap();
    let made = store.write(|tx| {
        tx.moves().create(NewMove {
            name: "squat".into(),
        })?;
        Ok((gym(tx, "open")?, gym(tx, "secret")?))
    });
    let (own, other) = made.await.unwrap().value;
    let hooks = Talkative::default();
    let app = scopes_server::app(store.clone(), (), hooks.clone());
    let server = scopes_server::server(&app).guard(Members);
    let address = start(server, SocketOptions::default()).await;
    let auth = json!({ "gym": own.id }).to_string();
    let client = Client::connect_with(address, &auth).await;
    Served {
        _folder: folder,
        store,
        hooks,
        own,
        other,
        client,
    }
}

const NO_UUID: &str = "018f0000-0000-7000-8000-000000000000";
const NO_ID: i64 = 9_999;

impl Served {
    /// Makes a call about rows of another gym and the same about rows that do not exist.
    async fn is_told_the_same(&mut self, event: &str, other: Value, missing: Value, code: &str) {
        let mut told = Vec::new();
        for payload in [other, missing] {
            let ack = self.client.call(event, payload.clone()).await;
            assert_eq!(ack["code"], code, "{event} {payload}: {ack}");
            assert_eq!(
                self.hooks.take(),
                Vec::<&str>::new(),
                "{event} {payload} ran a hook"
            );
            told.push(ack.to_string());
        }
        assert_eq!(told[0], told[1], "{event}");
    }
}

#[tokio::test]
async fn a_row_of_another_tenant_is_no_row() {
    let mut served = served().await;
    let (gym, lesson) = (served.other.id, served.other.lesson);
    let (coach, plan) = (served.other.coach.clone(), served.other.plan.clone());
    let patches = [
        ("update_gym", json!(gym), json!(NO_ID), "name"),
        ("update_coach", json!(coach), json!(NO_UUID), "name"),
        ("update_lesson", json!(lesson), json!(NO_ID), "title"),
    ];
    for (event, other, missing, field) in patches {
        let (other, missing) = (
            json!({ "id": other, field: "x" }),
            json!({ "id": missing, field: "x" }),
        );
        served
            .is_told_the_same(event, other, missing, "not_found")
            .await;
    }
    let (other, missing) = (
        json!({ "id": plan, "moves": [] }),
        json!({ "id": "none", "moves": [] }),
    );
    served
        .is_told_the_same("update_plan", other, missing, "not_found")
        .await;
    let deletions = [
        ("delete_gym", json!(gym), json!(NO_ID)),
        ("delete_coach", json!(coach), json!(NO_UUID)),
        ("delete_plan", json!(plan), json!("none")),
        ("delete_lesson", json!(lesson), json!(NO_ID)),
    ];
    for (event, other, missing) in deletions {
        served
            .is_told_the_same(event, other, missing, "not_found")
            .await;
    }
    // Of what has no scope too, a hook is asked about rows only that are there.
    for event in ["update_move", "delete_move"] {
        let payload = json!({ "id": NO_ID });
        served
            .is_told_the_same(event, payload.clone(), payload, "not_found")
            .await;
    }
}

#[tokio::test]
async fn a_reference_to_a_row_of_another_tenant_is_one_to_no_row() {
    let mut served = served().await;
    let (own, lesson) = (served.own.id, served.own.lesson);
    let (own_plan, own_coach) = (served.own.plan.clone(), served.own.coach.clone());
    let gym = |id: i64| json!({ "id": id });
    let other = served.other.id;
    let new = |gym: Value| json!({ "name": "x", "gym": gym });
    served
        .is_told_the_same("new_coach", new(gym(other)), new(gym(NO_ID)), "invalid")
        .await;
    let new = |gym: Value| json!({ "id": "x", "gym": gym });
    served
        .is_told_the_same("new_plan", new(gym(other)), new(gym(NO_ID)), "invalid")
        .await;
    let new = |gym: i64, plan: &str, coach: &str| {
        let (gym, plan, coach) = (
            json!({ "id": gym }),
            json!({ "id": plan }),
            json!({ "id": coach }),
        );
        json!({ "title": "x", "gym": gym, "plan": plan, "coaches": [coach] })
    };
    let (other_plan, other_coach) = (served.other.plan.clone(), served.other.coach.clone());
    let pairs = [
        (
            new(other, &own_plan, &own_coach),
            new(NO_ID, &own_plan, &own_coach),
        ),
        (
            new(own, &other_plan, &own_coach),
            new(own, "none", &own_coach),
        ),
        (
            new(own, &own_plan, &other_coach),
            new(own, &own_plan, NO_UUID),
        ),
    ];
    for (of_other, missing) in pairs {
        served
            .is_told_the_same("new_lesson", of_other, missing, "invalid")
            .await;
    }
    let other_lesson = served.other.lesson;
    let fields = [
        ("gym", json!({ "id": other }), json!({ "id": NO_ID })),
        ("plan", json!({ "id": other_plan }), json!({ "id": "none" })),
        (
            "follows",
            json!({ "id": other_lesson }),
            json!({ "id": NO_ID }),
        ),
        (
            "coaches",
            json!([{ "id": other_coach }]),
            json!([{ "id": NO_UUID }]),
        ),
    ];
    for (field, of_other, missing) in fields {
        let patch = |value: Value| json!({ "id": lesson, field: value });
        served
            .is_told_the_same("update_lesson", patch(of_other), patch(missing), "invalid")
            .await;
    }
    // Nor may one who sees some gyms add one.
    let ack = served.client.call("new_gym", json!({ "name": "x" })).await;
    assert_eq!(ack["code"], "forbidden");
    assert_eq!(served.hooks.take(), Vec::<&str>::new());
}

#[tokio::test]
async fn hooks_run_for_what_the_caller_may_write_and_are_checked_in_turn() {
    let mut served = served().await;
    let (own, coach) = (served.own.id, served.own.coach.clone());
    let new = json!({ "name": "x", "gym": { "id": own } });
    assert_eq!(
        served.client.call("new_coach", new.clone()).await["ok"],
        true
    );
    let ack = served.client.call("delete_coach", json!(coach)).await;
    assert_eq!(ack["errors"]["_"], json!(["coach of open stays"]));
    assert_eq!(served.hooks.take(), ["create coach", "delete coach"]);

    // A hook that moves rows to where the caller sees none fails like the caller would.
    *served.hooks.moves_to.lock().unwrap() = Some(served.other.id);
    let ack = served.client.call("new_coach", new).await;
    assert_eq!(
        ack["errors"],
        json!({ "gym.id": ["there is no gym with this id"] })
    );
    assert_eq!(served.hooks.take(), ["create coach"]);
    *served.hooks.moves_to.lock().unwrap() = Some(NO_ID);
    let ack = served
        .client
        .call("update_coach", json!({ "id": coach }))
        .await;
    assert_eq!(ack["code"], "invalid");
    let counted = served.store.read(|tx| Ok(tx.coaches().list()?.len()));
    assert_eq!(counted.await.unwrap(), 3);
}

#[tokio::test]
async fn a_key_that_is_taken_elsewhere_says_no_more_than_one_of_ones_own() {
    let mut served = served().await;
    let own = served.own.id;
    let (own_plan, other_plan) = (served.own.plan.clone(), served.other.plan.clone());
    let mut told = Vec::new();
    for id in [&own_plan, &other_plan] {
        let ack = served
            .client
            .call("new_plan", json!({ "id": id, "gym": { "id": own } }))
            .await;
        assert_eq!(ack["code"], "conflict");
        told.push(ack.to_string());
    }
    assert_eq!(told[0], told[1]);
    // A key that begins with the scope is one of each tenant.
    let title = "lesson of secret";
    let new = json!({ "title": title, "gym": { "id": own }, "plan": { "id": own_plan } });
    assert_eq!(
        served.client.call("new_lesson", new.clone()).await["ok"],
        true
    );
    assert_eq!(
        served.client.call("new_lesson", new).await["code"],
        "conflict"
    );
}
