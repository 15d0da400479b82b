//! A session that was ended is worth nothing in any process that has the database open, and no trace of it is kept for ever.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use pasetors::claims::{Claims, ClaimsValidationRules};
use pasetors::keys::SymmetricKey;
use pasetors::token::UntrustedToken;
use pasetors::version4::V4;
use pasetors::{Local, local};
use rowcast_runtime::accounts::{Session, Sessions};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Options, Read, StoreDefinition, Transaction};
use rowcast_runtime::{
    Action, Call, Caller, Denied, Error, Guard, Identified, Router, Server, Verb, route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};

use crate::client::{Client, start};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[],
    contract: "1",
};
const DAY: Duration = Duration::from_hours(24);
/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn database(folder: &Path) -> Database {
    Database::open(folder.join("accounts.db"), Options::default(), &STORE).unwrap()
}

async fn open(store: &Database) -> Sessions {
    Sessions::open(store.clone(), DAY).await.unwrap()
}

/// Two processes, as far as the file can tell.
async fn two(folder: &Path) -> [(Database, Sessions); 2] {
    let (here, there) = (database(folder), database(folder));
    let (first, second) = (open(&here).await, open(&there).await);
    [(here, first), (there, second)]
}

async fn until_ended(sessions: &Sessions, session: &Session) {
    let until = Instant::now() + PATIENCE;
    while sessions.lasts(session) {
        assert!(Instant::now() < until, "it still lasts");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn count(store: &Database, sql: &'static str) -> u32 {
    let counted = store.read(move |reader| reader.row(sql, [], |row| row.get(0)));
    counted.await.unwrap().unwrap()
}

async fn execute(store: &Database, sql: &'static str) {
    let run = move |tx: &Transaction<'_>| tx.execute(sql, []);
    store.write(run).await.unwrap();
}

#[tokio::test]
async fn a_session_that_was_ended_is_over_in_all_processes() {
    let folder = tempfile::tempdir().unwrap();
    let [(_, here), (_, there)] = two(folder.path()).await;
    let (phone, phone_token) = here.begin("rose").await.unwrap();
    let (desk, desk_token) = there.begin("rose").await.unwrap();
    let (dan, dan_token) = here.begin("dan").await.unwrap();
    for session in [&phone, &desk, &dan] {
        assert!(here.lasts(session) && there.lasts(session));
    }
    assert_eq!(there.find(&phone_token).await.unwrap(), phone);

    here.end(&phone).await.unwrap();
    assert!(!here.lasts(&phone));
    until_ended(&there, &phone).await;
    assert!(there.find(&phone_token).await.is_err());
    assert!(there.lasts(&desk));

    there.end_all("rose").await.unwrap();
    assert!(!there.lasts(&desk));
    until_ended(&here, &desk).await;
    assert!(here.find(&desk_token).await.is_err());
    assert_eq!(there.find(&dan_token).await.unwrap(), dan);
    assert!(here.lasts(&dan) && there.lasts(&dan));

    // Once more is no harm.
    here.end(&phone).await.unwrap();
    there.end(&phone).await.unwrap();
    let later = open(&database(folder.path())).await;
    assert!(!later.lasts(&phone) && !later.lasts(&desk) && later.lasts(&dan));
}

#[tokio::test]
async fn all_sessions_of_one_process_know_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let (one, other) = (open(&store).await, open(&store).await);
    let (session, token) = one.begin("rose").await.unwrap();
    other.end(&session).await.unwrap();
    assert!(!one.lasts(&session) && !other.lasts(&session));
    assert!(one.find(&token).await.is_err());
}

#[tokio::test]
async fn many_ends_at_once_are_all_followed() {
    let folder = tempfile::tempdir().unwrap();
    let [(_, here), (_, there)] = two(folder.path()).await;
    let mut sessions = Vec::new();
    for who in 0..50 {
        sessions.push(here.begin(format!("coach {who}")).await.unwrap().0);
    }
    // Ended by both, so that each has to follow the other between its own.
    let half = sessions.len() / 2;
    let by_here = async {
        for session in &sessions[..half] {
            here.end(session).await.unwrap();
        }
    };
    let by_there = async {
        for session in &sessions[half..] {
            there.end(session).await.unwrap();
        }
    };
    tokio::join!(by_here, by_there);
    for session in &sessions {
        until_ended(&here, session).await;
        until_ended(&there, session).await;
    }
}

#[tokio::test]
async fn ends_are_followed_after_the_file_was_replaced_by_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let [(store, here), (_, there)] = two(folder.path()).await;
    for _ in 0..3 {
        let (earlier, _) = here.begin("rose").await.unwrap();
        here.end(&earlier).await.unwrap();
        until_ended(&there, &earlier).await;
    }
    let (session, _) = here.begin("rose").await.unwrap();
    execute(&store, "DELETE FROM rowcast_session_ends").await;
    execute(
        &store,
        "DELETE FROM sqlite_sequence WHERE name = 'rowcast_session_ends'",
    )
    .await;
    here.end(&session).await.unwrap();
    until_ended(&there, &session).await;
    until_ended(&here, &session).await;
}

#[tokio::test]
async fn what_would_have_expired_long_ago_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let sessions = open(&store).await;
    execute(
        &store,
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250)
         INSERT INTO rowcast_session_ends (id, expires) SELECT 'old ' || n, n FROM n",
    )
    .await;
    execute(
        &store,
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250)
         INSERT INTO rowcast_sessions (id, who, expires) SELECT 'old ' || n, 'rose', n FROM n",
    )
    .await;
    let mut last = None;
    for _ in 0..4 {
        let (session, _) = sessions.begin("rose").await.unwrap();
        sessions.end(&session).await.unwrap();
        last = Some(session);
    }
    assert_eq!(
        count(&store, "SELECT count(*) FROM rowcast_session_ends").await,
        4
    );
    assert_eq!(
        count(&store, "SELECT count(*) FROM rowcast_sessions").await,
        0
    );
    // Positions go on, though the rows are gone.
    execute(&store, "DELETE FROM rowcast_session_ends").await;
    let (session, _) = sessions.begin("rose").await.unwrap();
    sessions.end(&session).await.unwrap();
    assert!(!sessions.lasts(&session) && !sessions.lasts(&last.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_while_it_is_looked_up_does_not_last() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let sessions = open(&store).await;
    for _ in 0..50 {
        let (session, token) = sessions.begin("rose").await.unwrap();
        let looks_up = tokio::spawn({
            let sessions = sessions.clone();
            async move { sessions.find(&token).await }
        });
        sessions.end(&session).await.unwrap();
        match looks_up.await.unwrap() {
            Ok(found) => assert!(!sessions.lasts(&found)),
            Err(refused) => assert!(matches!(refused, Error::Unauthenticated(_)), "{refused}"),
        }
    }
}

#[tokio::test]
async fn what_is_undone_begins_and_ends_no_session() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let sessions = open(&store).await;
    let (kept, kept_token) = sessions.begin("rose").await.unwrap();
    let (begun, told) = std::sync::mpsc::channel();
    let in_tx = sessions.clone();
    let undone = store
        .write(move |tx| {
            // Ended by a change of the password, which then fails; or begun with one that was changed meanwhile.
            in_tx.end_all_in(tx, "rose")?;
            begun.send(in_tx.begin_in(tx, "rose")?).unwrap();
            Err::<(), _>(Error::invalid("password", "is wrong"))
        })
        .await;
    assert!(matches!(undone, Err(Error::Invalid(_))));
    let (_, token) = told.recv().unwrap();
    assert!(sessions.find(&token).await.is_err());
    assert_eq!(sessions.find(&kept_token).await.unwrap(), kept);
    assert!(sessions.lasts(&kept));

    let in_tx = sessions.clone();
    let changed = store.write(move |tx| in_tx.end_all_in(tx, "rose"));
    changed.await.unwrap();
    assert!(!sessions.lasts(&kept));
    assert!(sessions.find(&kept_token).await.is_err());
}

#[tokio::test]
async fn a_sign_in_under_way_while_all_sessions_end_is_either_ended_or_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let sessions = open(&store).await;
    let (begun, ended) = tokio::join!(sessions.begin("rose"), sessions.end_all("rose"));
    ended.unwrap();
    let (session, token) = begun.unwrap();
    assert_eq!(
        sessions.lasts(&session),
        sessions.find(&token).await.is_ok()
    );
    sessions.end_all("rose").await.unwrap();
    assert!(!sessions.lasts(&session));
    assert!(sessions.find(&token).await.is_err());
}

#[tokio::test]
async fn a_shorter_lifetime_holds_for_tokens_that_are_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let (session, token) = open(&store).await.begin("rose").await.unwrap();
    let longer = Sessions::open(store.clone(), 2 * DAY).await.unwrap();
    assert_eq!(longer.find(&token).await.unwrap(), session);
    let shorter = Sessions::open(store, Duration::ZERO).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert!(shorter.find(&token).await.is_err());
    assert!(longer.find(&token).await.is_ok());
}

/// A token of the same session that says to have been given out at another time.
async fn given_out(store: &Database, token: &str, at: SystemTime) -> String {
    let sql = "SELECT key FROM rowcast_session_key";
    let key = store.read(move |reader| reader.row(sql, [], |row| row.get::<Vec<u8>>(0)));
    let key = SymmetricKey::<V4>::from(&key.await.unwrap().unwrap()).unwrap();
    let untrusted = UntrustedToken::<Local, V4>::try_from(token).unwrap();
    let rules = ClaimsValidationRules::new();
    let token = local::decrypt(&key, &untrusted, &rules, None, None).unwrap();
    let mut claims: Claims = token.payload_claims().unwrap().clone();
    let at = DateTime::<Utc>::from(at).to_rfc3339();
    claims.issued_at(&at).unwrap();
    claims.not_before(&at).unwrap();
    local::encrypt(&key, &claims, None, None).unwrap()
}

#[tokio::test]
async fn a_clock_that_was_set_back_signs_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = database(folder.path());
    let sessions = open(&store).await;
    let (session, token) = sessions.begin("rose").await.unwrap();
    let later = SystemTime::now() + Duration::from_mins(10);
    let token = given_out(&store, &token, later).await;
    assert_eq!(sessions.find(&token).await.unwrap(), session);
    sessions.end(&session).await.unwrap();
    assert!(sessions.find(&token).await.is_err());
}

#[derive(Clone)]
struct Desk(Sessions);

impl Guard for Desk {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            let token = auth["token"].as_str().unwrap_or_default();
            let session = self.0.find(token).await?;
            caller.sign_in(session.who.clone(), session);
            Ok(())
        })
    }

    fn authorize(&self, caller: &Caller, _: &Action) -> Result<(), Denied> {
        match self.is_signed_in(caller) {
            true => Ok(()),
            false => Err(Denied::unauthenticated()),
        }
    }

    fn is_signed_in(&self, caller: &Caller) -> bool {
        let session = caller.identity::<Session>();
        session.is_some_and(|session| self.0.lasts(&session))
    }
}

async fn logout(desk: Desk, call: Call<()>) -> Result<(), Error> {
    if let Some(session) = call.caller.identity::<Session>() {
        desk.0.end(&session).await?;
    }
    call.caller.sign_out();
    Ok(())
}

async fn work(_: Desk, _: Call<()>) -> Result<bool, Error> {
    Ok(true)
}

async fn serve(store: &Database, sessions: &Sessions) -> SocketAddr {
    let desk = Desk(sessions.clone());
    let command = |event| Action::new(Verb::Command, event);
    let routes = [
        route("work", command("work"), Reading::Strict, work),
        route("logout", command("logout"), Reading::Strict, logout),
    ];
    let router = Router::new(desk.clone(), routes);
    let server = Server::new(router, store.change_log().clone(), Vec::new()).guard(desk);
    start(server, SocketOptions::default()).await
}

#[tokio::test]
async fn a_sign_out_ends_the_calls_of_all_sockets_of_the_session_on_all_servers() {
    let folder = tempfile::tempdir().unwrap();
    let [(here, first), (there, second)] = two(folder.path()).await;
    let (here, there) = (serve(&here, &first).await, serve(&there, &second).await);
    let (_, token) = first.begin("rose").await.unwrap();
    let auth = json!({ "token": token }).to_string();
    let mut one = Client::connect_with(here, &auth).await;
    let mut same_server = Client::connect_with(here, &auth).await;
    let mut other_server = Client::connect_with(there, &auth).await;
    for client in [&mut one, &mut same_server, &mut other_server] {
        assert_eq!(client.call("work", json!(null)).await["ok"], true);
    }
    assert_eq!(one.call("logout", json!(null)).await["ok"], true);
    assert_eq!(
        one.call("work", json!(null)).await["code"],
        "unauthenticated"
    );
    let rejected = same_server.call("work", json!(null)).await;
    assert_eq!(rejected["code"], "unauthenticated");
    let until = Instant::now() + PATIENCE;
    while other_server.call("work", json!(null)).await["ok"] == true {
        assert!(Instant::now() < until, "it may still do what it did");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for address in [here, there] {
        let refused = Client::refused(address, &auth).await;
        assert_eq!(
            refused["message"],
            "unauthenticated: your session has ended, please sign in again"
        );
    }
}
