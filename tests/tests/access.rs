//! Who may do what: every event of a contract, called by everybody, with the outcome that its author would expect.
//!
//! The events come from the contract, so a new one without a line in the table fails the test.
//!
//! Long, since it is a table of cases.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../golden/access/schema.rs"]
pub mod access;
#[path = "../../runtime/tests/client/mod.rs"]
mod client;
#[rustfmt::skip]
#[path = "../golden/access/rust/mod.rs"]
pub mod server;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use access::{NewArticle, NewCoach, NewLesson, NewRule, NewStudio, SignIn, SignOut};
use client::{Client, start};
use rowcast_runtime::accounts::{Session, Sessions};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Caller, Error, Guard, Identified, Ref, Scopes};
use serde_json::{Value, json};
use server::{App, NoHooks, Tables as _};
use tempfile::TempDir;

struct Desk(Sessions);

impl server::Commands for Desk {
    async fn sign_in(&self, _: &App<Self>, caller: &Caller, input: SignIn) -> Result<(), Error> {
        let session = self.0.find(&input.token).await?;
        caller.sign_in(session.who.clone(), session);
        Ok(())
    }

    async fn sign_out(&self, _: &App<Self>, caller: &Caller, _: SignOut) -> Result<(), Error> {
        if let Some(session) = caller.identity::<Session>() {
            self.0.end(&session).await?;
        }
        caller.sign_out();
        Ok(())
    }

    fn clear(&self, _: &Caller, tx: &Transaction<'_>, _: access::Clear) -> Result<(), Error> {
        for article in tx.articles().list()? {
            tx.articles().delete(article.id)?;
        }
        Ok(())
    }

    fn reset(&self, _: &Caller, _: &Transaction<'_>, _: access::Reset) -> Result<(), Error> {
        Ok(())
    }
}

/// Whoever signs in is a coach, `studio/coach`, or the manager of a studio, `studio/manager`.
struct Doorkeeper(Sessions);

impl Doorkeeper {
    /// The studio, and what they are there.
    fn who(&self, caller: &Caller) -> Option<(i64, String)> {
        let session = caller.identity::<Session>()?;
        let (studio, role) = session.who.split_once('/')?;
        let lasts = self.0.lasts(&session);
        lasts.then_some((studio.parse().ok()?, role.to_owned()))
    }
}

impl Guard for Doorkeeper {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(token) = auth["token"].as_str() {
                let session = self.0.find(token).await?;
                caller.sign_in(session.who.clone(), session);
            }
            Ok(())
        })
    }

    fn is_signed_in(&self, caller: &Caller) -> bool {
        self.who(caller).is_some()
    }

    fn has_role(&self, caller: &Caller, role: &'static str) -> bool {
        self.who(caller).is_some_and(|(_, own)| own == role)
    }

    fn owns(&self, caller: &Caller, of: &'static str) -> Scopes {
        assert_eq!(of, "Coach");
        if self.has_role(caller, "administrator") {
            return Scopes::All;
        }
        let coach = self
            .who(caller)
            .and_then(|(_, role)| role.parse::<i64>().ok());
        coach.map_or_else(Scopes::none, |coach| Scopes::of([coach]))
    }

    fn scopes(&self, caller: &Caller, of: &'static str) -> Scopes {
        assert_eq!(of, "Studio");
        let studio = self.who(caller).map(|(studio, _)| studio);
        studio.map_or_else(Scopes::none, |studio| Scopes::of([studio]))
    }
}

/// The rows that the calls are about: all of the first studio.
struct Rows {
    studio: i64,
    other_studio: i64,
    coach: i64,
    colleague: i64,
    stranger: i64,
    lesson: i64,
    article: i64,
    rule: i64,
}

fn rows(tx: &Transaction<'_>) -> Result<Rows, Error> {
    let studio = |name: &str| tx.studios().create(NewStudio { name: name.into() });
    let (studio, other_studio) = (studio("first")?.id, studio("second")?.id);
    let coach = |name: &str, studio: i64| {
        tx.coaches().create(NewCoach {
            name: name.into(),
            studio: Ref::to(studio),
        })
    };
    let owner = coach("owner", studio)?.id;
    Ok(Rows {
        studio,
        other_studio,
        coach: owner,
        colleague: coach("colleague", studio)?.id,
        stranger: coach("stranger", other_studio)?.id,
        lesson: tx
            .lessons()
            .create(NewLesson {
                title: "yoga".into(),
                studio: Ref::to(studio),
                coach: Some(Ref::to(owner)),
            })?
            .id,
        article: tx
            .articles()
            .create(NewArticle {
                text: "news".into(),
            })?
            .id,
        rule: tx
            .rules()
            .create(NewRule {
                text: "be kind".into(),
            })?
            .id,
    })
}

impl Rows {
    /// A good payload for each event.
    fn payload(&self, event: &str) -> Value {
        let (studio, coach) = (json!({ "id": self.studio }), json!({ "id": self.coach }));
        match event {
            "new_studio" => json!({ "name": "third" }),
            "update_studio" => json!({ "id": self.studio, "name": "renamed" }),
            "delete_studio" | "get_studio" => json!(self.studio),
            "new_coach" => json!({ "name": "new", "studio": studio }),
            "update_coach" => json!({ "id": self.coach, "name": "renamed" }),
            "delete_coach" => json!(self.colleague),
            "get_coach" => json!(self.coach),
            "new_lesson" => json!({ "title": "new", "studio": studio, "coach": coach }),
            "update_lesson" => json!({ "id": self.lesson, "title": "renamed" }),
            "delete_lesson" | "get_lesson" => json!(self.lesson),
            "new_article" => json!({ "text": "more" }),
            "update_article" => json!({ "id": self.article, "text": "changed" }),
            "delete_article" | "get_article" => json!(self.article),
            "new_rule" => json!({ "text": "more" }),
            "update_rule" => json!({ "id": self.rule, "text": "changed" }),
            "delete_rule" | "get_rule" => json!(self.rule),
            "sign_in" => json!({ "token": "nonsense" }),
            _ => json!({}),
        }
    }
}

struct Served {
    _folder: TempDir,
    store: Database,
    rows: Rows,
    sessions: Sessions,
    short: Sessions,
    address: SocketAddr,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("studio.sqlite3")).unwrap();
    let rows = store.write(rows).await.unwrap().value;
    let hour = Duration::from_secs(3600);
    let sessions = Sessions::open(store.clone(), hour).await.unwrap();
    // Of the same key, but for a moment only.
    let short = Sessions::open(store.clone(), Duration::from_secs(2))
        .await
        .unwrap();
    let app = server::app(store.clone(), Desk(sessions.clone()), NoHooks);
    let server = server::server(&app).guard(Doorkeeper(sessions.clone()));
    let address = start(server, SocketOptions::default()).await;
    Served {
        _folder: folder,
        store,
        rows,
        sessions,
        short,
        address,
    }
}

const CALLERS: [&str; 7] = [
    "anonymous",
    "colleague",
    "owner",
    "manager",
    "other scope",
    "expired",
    "revoked",
];

impl Served {
    async fn client(&self, caller: &str) -> Client {
        let Rows {
            studio,
            other_studio,
            coach,
            colleague,
            stranger,
            ..
        } = &self.rows;
        let who = match caller {
            "anonymous" => return Client::connect(self.address).await,
            "owner" | "expired" | "revoked" => format!("{studio}/{coach}"),
            "colleague" => format!("{studio}/{colleague}"),
            "manager" => format!("{studio}/manager"),
            "administrator" => format!("{studio}/administrator"),
            _ => format!("{other_studio}/{stranger}"),
        };
        let sessions = if caller == "expired" {
            &self.short
        } else {
            &self.sessions
        };
        let (session, token) = sessions.begin(who).await.unwrap();
        let auth = json!({ "token": token }).to_string();
        let client = Client::connect_with(self.address, &auth).await;
        if caller == "expired" {
            tokio::time::sleep(Duration::from_millis(3100)).await;
        }
        if caller == "revoked" {
            self.sessions.end(&session).await.unwrap();
        }
        client
    }

    /// Everything as it was before, so that no call is helped or hindered by another.
    async fn restore(&self) {
        let Rows {
            studio,
            coach,
            colleague,
            lesson,
            article,
            rule,
            ..
        } = &self.rows;
        let statements = format!(
            "INSERT OR IGNORE INTO coaches (id, name, secret, studio_id) VALUES ({coach}, 'owner', '', {studio});
             INSERT OR IGNORE INTO coaches (id, name, secret, studio_id) VALUES ({colleague}, 'colleague', '', {studio});
             INSERT OR REPLACE INTO lessons (id, title, studio_id, coach_id) VALUES ({lesson}, 'yoga', {studio}, {coach});
             INSERT OR REPLACE INTO articles (id, text) VALUES ({article}, 'news');
             INSERT OR REPLACE INTO rules (id, text) VALUES ({rule}, 'be kind')"
        );
        let restored = self.store.write(move |tx| {
            for statement in statements.split(';') {
                tx.execute(statement, [])?;
            }
            Ok(())
        });
        restored.await.unwrap();
    }
}

const OK: &str = "ok";
const NO: &str = "forbidden";
const WHO: &str = "unauthenticated";
const GONE: &str = "not_found";
const BAD: &str = "invalid";

/// The outcome for each caller, in the order of [`CALLERS`].
#[rustfmt::skip]
const TABLE: &[(&str, [&str; 7])] = &[
    // event             anonymous colleague owner manager other expired revoked
    ("new_studio",     [NO  , NO  , NO  , NO  , NO  , NO  , NO]),
    ("update_studio",  [WHO , NO  , NO  , OK  , NO  , WHO , WHO]),
    ("delete_studio",  [NO  , NO  , NO  , NO  , NO  , NO  , NO]),
    ("get_studio",     [WHO , OK  , OK  , OK  , GONE, WHO , WHO]),
    ("list_studios",   [WHO , OK  , OK  , OK  , OK  , WHO , WHO]),
    ("new_coach",      [WHO , NO  , NO  , OK  , NO  , WHO , WHO]),
    ("update_coach",   [WHO , NO  , OK  , NO  , GONE, WHO , WHO]),
    ("delete_coach",   [WHO , NO  , NO  , OK  , NO  , WHO , WHO]),
    ("get_coach",      [WHO , OK  , OK  , OK  , GONE, WHO , WHO]),
    ("list_coaches",   [WHO , OK  , OK  , OK  , OK  , WHO , WHO]),
    ("new_lesson",     [WHO , NO  , OK  , NO  , BAD , WHO , WHO]),
    ("update_lesson",  [WHO , NO  , OK  , NO  , GONE, WHO , WHO]),
    ("delete_lesson",  [WHO , NO  , OK  , NO  , GONE, WHO , WHO]),
    ("get_lesson",     [WHO , OK  , OK  , OK  , GONE, WHO , WHO]),
    ("list_lessons",   [WHO , OK  , OK  , OK  , OK  , WHO , WHO]),
    ("new_article",    [WHO , OK  , OK  , OK  , OK  , WHO , WHO]),
    ("update_article", [WHO , OK  , OK  , OK  , OK  , WHO , WHO]),
    ("delete_article", [WHO , NO  , NO  , OK  , NO  , WHO , WHO]),
    ("get_article",    [OK  , OK  , OK  , OK  , OK  , OK  , OK]),
    ("list_articles",  [OK  , OK  , OK  , OK  , OK  , OK  , OK]),
    ("new_rule",       [NO  , NO  , NO  , NO  , NO  , NO  , NO]),
    ("update_rule",    [NO  , NO  , NO  , NO  , NO  , NO  , NO]),
    ("delete_rule",    [NO  , NO  , NO  , NO  , NO  , NO  , NO]),
    ("get_rule",       [OK  , OK  , OK  , OK  , OK  , OK  , OK]),
    ("list_rules",     [OK  , OK  , OK  , OK  , OK  , OK  , OK]),
    // It is let through to the command, which knows no such token.
    ("sign_in",        [WHO , WHO , WHO , WHO , WHO , WHO , WHO]),
    ("sign_out",       [WHO , OK  , OK  , OK  , OK  , WHO , WHO]),
    ("clear",          [WHO , NO  , NO  , OK  , NO  , WHO , WHO]),
    ("reset",          [NO  , NO  , NO  , NO  , NO  , NO  , NO]),
];

fn events() -> BTreeSet<String> {
    let contract = rowcast_schema::resolve(&access::schema()).unwrap();
    let calls = contract
        .resources()
        .iter()
        .flat_map(|resource| &resource.calls);
    let calls = calls.flat_map(|call| std::iter::once(&call.event).chain(&call.aliases));
    let commands = contract.commands().iter().map(|command| &command.event);
    calls.chain(commands).map(ToString::to_string).collect()
}

#[test]
fn the_table_has_every_event_of_the_contract() {
    let listed: BTreeSet<String> = TABLE.iter().map(|(event, _)| (*event).to_owned()).collect();
    assert_eq!(listed, events());
}

#[tokio::test]
async fn everybody_may_do_what_is_declared_and_nothing_else() {
    let served = served().await;
    let mut wrong = Vec::new();
    for (index, caller) in CALLERS.iter().enumerate() {
        let mut client = served.client(caller).await;
        for (event, outcomes) in TABLE {
            served.restore().await;
            let ack = client.call(event, served.rows.payload(event)).await;
            let outcome = ack["code"].as_str().unwrap_or("ok");
            if outcome != outcomes[index] {
                wrong.push(format!(
                    "{event} by {caller}: {outcome}, not {}",
                    outcomes[index]
                ));
            }
            if *event == "sign_out" && outcome == "ok" {
                client = served.client(caller).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_refused_payload_is_not_even_read() {
    let served = served().await;
    let mut client = served.client("anonymous").await;
    for event in events() {
        let expected = TABLE.iter().find(|(listed, _)| *listed == event).unwrap().1[0];
        let ack = client.call(&event, json!({ "nonsense": [1, 2, 3] })).await;
        if expected != OK && event != "sign_in" {
            assert_eq!(ack["code"], expected, "{event}");
        } else {
            assert_ne!(ack["code"], WHO, "{event}");
        }
    }
}

#[tokio::test]
async fn nobody_gives_rows_away_or_takes_those_of_others() {
    let served = served().await;
    let Rows {
        coach,
        colleague,
        lesson,
        studio,
        ..
    } = &served.rows;
    let mut owner = served.client("owner").await;
    let mut other = served.client("colleague").await;
    let to_other = json!({ "id": lesson, "coach": { "id": colleague } });
    assert_eq!(
        owner.call("update_lesson", to_other.clone()).await["code"],
        NO
    );
    assert_eq!(other.call("update_lesson", to_other).await["code"], NO);
    let to_nobody = json!({ "id": lesson, "coach": null });
    assert_eq!(owner.call("update_lesson", to_nobody).await["code"], NO);
    let for_other = json!({ "title": "x", "studio": { "id": studio }, "coach": { "id": coach } });
    assert_eq!(other.call("new_lesson", for_other).await["code"], NO);
    let row = owner.call("get_lesson", json!(lesson)).await;
    assert_eq!(row["data"]["coach"]["id"], *coach);
    assert_eq!(
        owner.call("list_lessons", json!({})).await["data"]["rows"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// As the README has it: an owner or an administrator, by what `Guard::owns` gives.
#[tokio::test]
async fn all_rows_are_those_of_an_administrator() {
    let served = served().await;
    let Rows {
        colleague, lesson, ..
    } = &served.rows;
    let to_other = json!({ "id": lesson, "coach": { "id": colleague } });
    let mut administrator = served.client("administrator").await;
    let ack = administrator.call("update_lesson", to_other).await;
    assert_eq!(ack["data"]["coach"]["id"], *colleague, "{ack}");
}

#[tokio::test]
async fn lists_are_empty_for_those_who_may_not_read_them() {
    let served = served().await;
    let mut client = served.client("anonymous").await;
    let all = json!({ "coaches": null, "articles": null });
    let before = client.call("sync", all).await;
    assert_eq!(before["data"]["coaches"]["put"], json!([]));
    assert_eq!(
        before["data"]["articles"]["put"].as_array().unwrap().len(),
        1
    );
    let who = format!("{}/{}", served.rows.studio, served.rows.coach);
    let (session, token) = served.sessions.begin(who).await.unwrap();
    let ack = client.call("sign_in", json!({ "token": token })).await;
    assert_eq!(ack["ok"], true, "{ack}");
    // Who has signed in has all that they may read when the answer comes.
    let told = client.events();
    let coaches: Vec<&Value> = told
        .iter()
        .filter_map(|(event, news)| (event == "coaches:changes").then_some(news))
        .collect();
    assert_eq!(coaches.len(), 1, "{told:?}");
    assert_eq!(coaches[0]["put"].as_array().unwrap().len(), 2);
    // Whose session ends, by whatever way, sees nothing any more.
    served.sessions.end(&session).await.unwrap();
    let nothing = client.event("coaches:changes").await;
    assert_eq!(
        (&nothing["from"], &nothing["put"]),
        (&Value::Null, &json!([]))
    );
}
