//! Many that sign in at once, or guess passwords, cost the server little and keep nobody else waiting.
//!
//! Long, since its cases share one way to set the scene.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rowcast_runtime::accounts::{Sessions, SignInLimits, SignIns, passwords};
use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::{Database, Options, Read, StoreDefinition};
use rowcast_runtime::{
    Action, AllowAll, Call, Caller, Error, Guard, Identified, Limits, Router, Server, Verb, route,
};
use rowcast_schema::input::Fields;
use rowcast_schema::{FieldErrors, Input, Reading};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::client::{Client, start};

const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[],
    contract: "1",
};
const HOUR: Duration = Duration::from_hours(1);
const MIB: usize = 1024 * 1024;
const TOO_MANY: &str = "too many attempts to sign in, please try again in ";
const CROWDED: &str = "too many passwords are being checked, please try again in a few seconds";

struct Login {
    who: String,
    password: String,
}

impl Input for Login {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let (who, password) = (fields.required("who"), fields.required("password"));
        fields.finish(|| {
            Some(Self {
                who: who?,
                password: password?,
            })
        })
    }
}

/// A server on which `rose` may sign in with `secret`.
#[derive(Clone)]
struct Desk {
    store: Database,
    sign_ins: SignIns,
    hash: String,
    checked: Arc<AtomicUsize>,
    _folder: Arc<TempDir>,
}

impl Desk {
    async fn new(limits: SignInLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.db");
        Self {
            store: Database::open(file, Options::default(), &STORE).unwrap(),
            sign_ins: SignIns::new(limits),
            hash: passwords::hash("secret".into()).await.unwrap(),
            checked: Arc::default(),
            _folder: Arc::new(folder),
        }
    }

    async fn serve(&self, limits: Limits) -> SocketAddr {
        let command = |event| Action::new(Verb::Command, event);
        let routes = [
            route("login", command("login"), Reading::Strict, login),
            route("get", command("get"), Reading::Strict, get),
        ];
        let router = Router::new(self.clone(), routes);
        let server = Server::new(router, self.store.change_log().clone(), Vec::new());
        let server = server.guard(AllowAll).limits(limits);
        start(server, SocketOptions::default()).await
    }
}

async fn login(desk: Desk, call: Call<Login>) -> Result<String, Error> {
    let Login { who, password } = call.input;
    let attempt = desk.sign_ins.attempt(&call.caller, &who)?;
    let hash = (who == "rose").then_some(desk.hash);
    let matches = attempt.verify(password, hash).await?;
    desk.checked.fetch_add(1, Ordering::SeqCst);
    match matches {
        true => Ok(who),
        false => Err(Error::invalid("password", "is wrong")),
    }
}

async fn get(desk: Desk, _: Call<()>) -> Result<bool, Error> {
    desk.store
        .read(|reader| reader.exists("SELECT 1", []))
        .await
}

fn with(who: &str, password: &str) -> Value {
    json!({ "who": who, "password": password })
}

/// What an ack says: its code, or `ok`; of those that are busy also the text, without how long to wait.
fn said(ack: &Value) -> String {
    let Some(code) = ack["code"].as_str() else {
        return "ok".into();
    };
    let text = ack["errors"]["_"][0].as_str().unwrap_or_default();
    match text.strip_prefix(TOO_MANY) {
        Some(time) => {
            let (number, unit) = time.split_once(' ').unwrap();
            let number: u64 = number.parse().unwrap();
            assert!(
                (1..=60).contains(&number) && unit.starts_with("second"),
                "{text}"
            );
            format!("{code}: too many")
        }
        None if text.is_empty() => code.to_owned(),
        None => format!("{code}: {text}"),
    }
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse::<usize>().unwrap() * 1024
}

/// Gives the most memory that the process has had resident while something went on.
async fn watching_memory<T>(work: impl Future<Output = T>) -> (T, usize) {
    let done = Arc::new(AtomicBool::new(false));
    let is_done = done.clone();
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        while !is_done.load(Ordering::SeqCst) {
            most = most.max(resident_bytes());
            std::thread::sleep(Duration::from_millis(2));
        }
        most
    });
    let result = work.await;
    done.store(true, Ordering::SeqCst);
    (result, watch.join().unwrap())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ins_takes_little_memory_and_leaves_others_their_time() {
    let desk = Desk::new(SignInLimits::default()).await;
    let address = desk.serve(Limits::default()).await;
    let sockets = join_all((0..300).map(|_| Client::connect(address))).await;
    let mut other = Client::connect(address).await;
    assert_eq!(said(&other.call("get", json!(null)).await), "ok");

    let before = resident_bytes();
    let mut flood = JoinSet::new();
    for (number, mut socket) in sockets.into_iter().enumerate() {
        flood.spawn(async move {
            let ack = socket
                .call("login", with(&format!("name {number}"), "x"))
                .await;
            (said(&ack), socket)
        });
    }
    let flooded = async {
        let (mut answers, mut gets, mut sockets) = (Vec::new(), 0, Vec::new());
        while answers.len() < 300 {
            assert_eq!(said(&other.call("get", json!(null)).await), "ok");
            gets += 1;
            while let Some(answered) = flood.try_join_next() {
                let (answer, socket) = answered.unwrap();
                answers.push(answer);
                sockets.push(socket);
            }
        }
        (answers, gets, sockets)
    };
    let ((answers, gets, _sockets), most) = watching_memory(flooded).await;

    let slots = std::thread::available_parallelism().unwrap().get();
    let growth = most.saturating_sub(before);
    assert!(growth < (slots * 19 + 64) * MIB, "{} MiB", growth / MIB);
    let crowded = format!("busy: {CROWDED}");
    let rejected = answers.iter().filter(|said| **said == crowded).count();
    let checked = answers.iter().filter(|said| **said == "invalid").count();
    assert_eq!(rejected + checked, 300, "{answers:?}");
    assert_eq!(checked, desk.checked.load(Ordering::SeqCst));
    assert!(checked > 0);
    // One takes far less than the other, whatever the machine, if none waits for the other.
    assert!(gets > checked, "{gets} gets while {checked} passwords");

    // The memory is given back.
    let until = Instant::now() + Duration::from_secs(30);
    while resident_bytes() > before + 16 * MIB {
        assert!(Instant::now() < until, "{} MiB", resident_bytes() / MIB);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        said(&other.call("login", with("rose", "secret")).await),
        "ok"
    );
}

#[tokio::test]
async fn an_account_is_tried_ten_times_a_minute_whether_it_exists_or_not() {
    let desk = Desk::new(SignInLimits::default()).await;
    let mut client = Client::connect(desk.serve(Limits::default()).await).await;
    for who in ["rose", "nobody"] {
        let start = Instant::now();
        let mut answers = Vec::new();
        for number in 0..14 {
            // Another case is no other account.
            let who = if number % 2 == 0 {
                who.to_owned()
            } else {
                who.to_uppercase()
            };
            answers.push(said(&client.call("login", with(&who, "wrong")).await));
        }
        if start.elapsed() < Duration::from_secs(5) {
            assert_eq!(answers[..10], ["invalid"; 10], "{who}");
            assert_eq!(answers[10..], ["busy: too many"; 4], "{who}");
        }
        assert!(
            answers.contains(&"busy: too many".to_owned()),
            "{answers:?}"
        );
    }
    // The right password of one that is throttled is not looked at.
    let checked = desk.checked.load(Ordering::SeqCst);
    assert_eq!(
        said(&client.call("login", with("rose", "secret")).await),
        "busy: too many"
    );
    assert_eq!(desk.checked.load(Ordering::SeqCst), checked);
    assert_eq!(
        said(&client.call("login", with("dan", "wrong")).await),
        "invalid"
    );
}

#[tokio::test]
async fn a_success_gives_an_account_its_attempts_back() {
    let desk = Desk::new(SignInLimits::default()).await;
    let mut client = Client::connect(desk.serve(Limits::default()).await).await;
    for _ in 0..4 {
        for _ in 0..9 {
            assert_eq!(
                said(&client.call("login", with("rose", "wrong")).await),
                "invalid"
            );
        }
        assert_eq!(
            said(&client.call("login", with("rose", "secret")).await),
            "ok"
        );
    }
}

#[tokio::test]
async fn an_account_that_was_throttled_can_sign_in_again_soon() {
    let desk = Desk::new(SignInLimits {
        per_account: NonZeroU32::new(60).unwrap(),
        ..SignInLimits::default()
    })
    .await;
    let caller = Caller::new("");
    let caller = caller.with_address("127.0.0.1".parse().unwrap());
    while desk.sign_ins.attempt(&caller, "rose").is_ok() {}
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let attempt = desk.sign_ins.attempt(&caller, "rose").unwrap();
    assert!(
        attempt
            .verify("secret".into(), Some(desk.hash))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn attempts_at_once_are_counted_as_those_after_each_other() {
    let desk = Desk::new(SignInLimits::default()).await;
    let address = desk.serve(Limits::default()).await;
    let start = Instant::now();
    let answers = join_all((0..50).map(|_| async move {
        let mut client = Client::connect(address).await;
        said(&client.call("login", with("rose", "wrong")).await)
    }))
    .await;
    let most = 10 + start.elapsed().as_secs() / 6;
    let checked = answers.iter().filter(|said| **said == "invalid").count();
    assert!(checked > 0 && checked as u64 <= most, "{checked} of {most}");
}

fn from(address: &str) -> Caller {
    Caller::new("test").with_address(address.parse().unwrap())
}

fn limits(per_account: u32, per_address: u32) -> SignInLimits {
    SignInLimits {
        per_account: NonZeroU32::new(per_account).unwrap(),
        per_address: NonZeroU32::new(per_address).unwrap(),
    }
}

/// How many attempts are let through, of so many, each at another account if `account` is none.
fn let_through(sign_ins: &SignIns, caller: &Caller, account: Option<&str>, times: usize) -> usize {
    let attempt = |number: usize| {
        let invented = format!("invented {number}");
        let attempt = sign_ins.attempt(caller, account.unwrap_or(&invented));
        // It is dropped, as by a command that fails.
        attempt.map(drop)
    };
    (0..times).filter(|number| attempt(*number).is_ok()).count()
}

#[tokio::test]
async fn an_address_tries_sixty_times_a_minute_at_all_accounts_together() {
    let desk = Desk::new(limits(10, 5)).await;
    let proxied = Limits {
        proxies: 1,
        ..Limits::default()
    };
    let address = desk.serve(proxied).await;
    for (from, passed) in [
        ("203.0.113.7", 5),
        ("203.0.113.8", 5),
        ("2001:db8:1:2::1", 5),
        // It has all of the network.
        ("2001:db8:1:2:ffff::9", 0),
        ("2001:db8:1:3::1", 5),
    ] {
        let mut client = Client::forwarded(address, from).await;
        let start = Instant::now();
        let mut answers = Vec::new();
        for number in 0..8 {
            let who = format!("{from} {number}");
            answers.push(said(&client.call("login", with(&who, "wrong")).await));
        }
        let is_slow = start.elapsed() > Duration::from_secs(5);
        let checked = answers.iter().filter(|said| **said == "invalid").count();
        assert!(checked == passed || is_slow, "{from}: {answers:?}");
    }
    assert_eq!(
        let_through(&SignIns::default(), &from("10.0.0.1"), None, 100),
        60
    );
}

#[test]
fn a_stranger_locks_nobody_out() {
    let sign_ins = SignIns::new(limits(10, 1000));
    let sign_in = |caller: &Caller| {
        let attempt = sign_ins.attempt(caller, "rose");
        attempt.map(|attempt| attempt.succeeded()).is_ok()
    };
    let (desk, phone) = (from("10.0.0.1"), from("10.0.0.2"));
    assert!(sign_in(&desk));
    // One address has half of the attempts, so that others have some.
    assert_eq!(
        let_through(&sign_ins, &from("192.0.2.1"), Some("rose"), 900),
        5
    );
    assert!(sign_in(&phone), "another address has attempts");
    // Many have all of them, but not those of addresses that are known.
    let strangers = (1..100).map(|last| from(&format!("198.51.100.{last}")));
    let passed = strangers.map(|caller| let_through(&sign_ins, &caller, Some("rose"), 9));
    assert!(passed.sum::<usize>() <= 6);
    assert!(!sign_in(&from("10.0.0.3")), "an address that is not known");
    for known in [&desk, &phone] {
        assert_eq!(let_through(&sign_ins, known, Some("rose"), 9), 9);
        assert!(sign_in(known), "an address that is known");
        assert_eq!(let_through(&sign_ins, known, Some("rose"), 20), 10);
    }
}

#[test]
fn an_address_without_attempts_uses_up_none_of_an_accounts() {
    let sign_ins = SignIns::new(limits(10, 3));
    let stranger = from("192.0.2.1");
    assert_eq!(let_through(&sign_ins, &stranger, None, 3), 3);
    assert_eq!(let_through(&sign_ins, &stranger, Some("rose"), 100), 0);
    let_through(&sign_ins, &from("127.0.0.1"), Some("rose"), 10);
    let sign_ins = SignIns::new(limits(10, 3));
    assert_eq!(
        let_through(&sign_ins, &from("127.0.0.1"), Some("rose"), 20),
        10
    );
}

#[test]
fn callers_whose_address_is_not_known_share_one_and_this_machines_are_not_counted() {
    let sign_ins = SignIns::new(limits(10, 7));
    assert_eq!(let_through(&sign_ins, &Caller::new("a"), None, 5), 5);
    assert_eq!(let_through(&sign_ins, &Caller::new("b"), None, 5), 2);
    for local in ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(
            let_through(&sign_ins, &from(local), None, 100),
            100,
            "{local}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn invented_names_and_addresses_take_no_more_memory() {
    let sign_ins = SignIns::default();
    let long = "x".repeat(10_000);
    let before = resident_bytes();
    for number in 0..300_000_u32 {
        let address = IpAddr::from((number + (10 << 24)).to_be_bytes());
        let caller = Caller::new("").with_address(address);
        let _ = sign_ins.attempt(&caller, &format!("account {number}"));
        if number % 1000 == 0 {
            let _ = sign_ins.attempt(&caller, &format!("{number}{long}"));
        }
    }
    let growth = resident_bytes().saturating_sub(before);
    assert!(growth < 16 * MIB, "{} KiB", growth / 1024);
}

#[tokio::test]
async fn a_password_without_end_is_neither_hashed_nor_checked() {
    let long = "x".repeat(passwords::MAX_BYTES + 1);
    let refused = passwords::hash(long.clone()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "_: a password must not have more than 1024 bytes"
    );
    let hash = passwords::hash(long[1..].to_owned()).await.unwrap();
    let verify = |password: &str| passwords::verify(password.to_owned(), Some(hash.clone()));
    assert!(verify(&long[1..]).await.unwrap());
    assert!(!verify(&long).await.unwrap());
}

#[derive(Clone)]
struct ByToken(Sessions);

impl Guard for ByToken {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            let token = auth["token"].as_str().unwrap_or_default();
            let session = self.0.find(token).await?;
            caller.sign_in(session.who.clone(), session);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_token_without_end_is_refused_like_any_other() {
    let desk = Desk::new(SignInLimits::default()).await;
    let sessions = Sessions::open(desk.store.clone(), HOUR).await.unwrap();
    let (_, token) = sessions.begin("rose").await.unwrap();
    let router = Router::new(desk.clone(), []);
    let server = Server::new(router, desk.store.change_log().clone(), Vec::new());
    let server = server.guard(ByToken(sessions.clone()));
    let address = start(server, SocketOptions::default()).await;
    for token in [
        "v4.local.".to_owned() + &"A".repeat(8192),
        token.clone() + "." + &"A".repeat(8192),
        "x".to_owned(),
    ] {
        let auth = json!({ "token": token }).to_string();
        let refused = Client::refused(address, &auth).await;
        assert_eq!(
            refused["message"],
            "unauthenticated: your session has ended, please sign in again"
        );
    }
    let auth = json!({ "token": token }).to_string();
    Client::connect_with(address, &auth).await;
    for token in ["v4.local.".to_owned(), token] {
        let refused = sessions.find(&(token + &"A".repeat(64 * MIB))).await;
        assert!(matches!(refused, Err(Error::Unauthenticated(_))));
    }
    // None is given out that would not be taken.
    let refused = sessions.begin("x".repeat(MIB)).await.unwrap_err();
    assert!(matches!(refused, Error::Internal(_)), "{refused}");
    assert!(sessions.begin("x".repeat(1000)).await.is_ok());
}

#[tokio::test]
async fn many_tokens_at_once_leave_the_readers_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        queue: 48,
        ..Options::default()
    };
    let store = Database::open(folder.path().join("s.db"), options, &STORE).unwrap();
    let sessions = Sessions::open(store.clone(), HOUR).await.unwrap();
    let (session, token) = sessions.begin("rose").await.unwrap();
    let finding = join_all((0..2000).map(|_| sessions.find(&token)));
    let others = async {
        for _ in 0..200 {
            store
                .read(|reader| reader.exists("SELECT 1", []))
                .await
                .unwrap();
        }
    };
    let (found, ()) = tokio::join!(finding, others);
    assert_eq!(found.len(), 2000);
    for found in found {
        assert_eq!(found.unwrap(), session);
    }
}

#[tokio::test]
async fn an_account_has_a_thousand_sessions_and_none_scans_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = Database::open(folder.path().join("s.db"), Options::default(), &STORE).unwrap();
    let sessions = Sessions::open(store.clone(), HOUR).await.unwrap();
    let (first, first_token) = sessions.begin("rose").await.unwrap();
    let (dan, _) = sessions.begin("dan").await.unwrap();
    // Another second, so that the first is the oldest.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let mut last = None;
    for _ in 0..11 {
        let begun = join_all((0..100).map(|_| sessions.begin("rose"))).await;
        last = begun.into_iter().map(Result::unwrap).last();
    }
    let count = store
        .read(|reader| {
            let sql = "SELECT count(*) FROM rowcast_sessions WHERE who = 'rose'";
            reader.row(sql, [], |row| row.get::<u32>(0))
        })
        .await;
    assert_eq!(count.unwrap(), Some(1000));
    assert!(!sessions.lasts(&first) && sessions.find(&first_token).await.is_err());
    let (last, last_token) = last.unwrap();
    assert!(sessions.lasts(&last) && sessions.lasts(&dan));
    assert_eq!(sessions.find(&last_token).await.unwrap(), last);

    for (condition, index) in [
        ("who = 'rose'", "rowcast_sessions_who"),
        (
            "who = 'rose' ORDER BY expires DESC LIMIT 9 OFFSET 9",
            "rowcast_sessions_who",
        ),
        (
            "expires < 9 ORDER BY expires LIMIT 9",
            "rowcast_sessions_expires",
        ),
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT id, expires FROM rowcast_sessions WHERE {condition}"
        );
        let plan = store.read(move |reader| reader.rows(&sql, [], |row| row.get::<String>(3)));
        let plan = plan.await.unwrap().join("; ");
        assert!(
            plan.starts_with("SEARCH") && plan.contains(index) && !plan.contains("TEMP"),
            "{condition}: {plan}"
        );
    }
}
