//! Tokens: whose they are, and when they are worth nothing.

#![cfg(feature = "accounts")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

use std::time::Duration;

use rowcast_runtime::Error;
use rowcast_runtime::accounts::{Session, Sessions, passwords};
use rowcast_runtime::store::{Database, Options, StoreDefinition};
use tempfile::TempDir;

const STORE: StoreDefinition = StoreDefinition {
    tables: &[],
    lists: &[],
    contract: "1",
};

const DAY: Duration = Duration::from_hours(24);

async fn open(folder: &TempDir, lifetime: Duration) -> Sessions {
    let file = folder.path().join("accounts.db");
    let store = Database::open(file, Options::default(), &STORE).unwrap();
    Sessions::open(store, lifetime).await.unwrap()
}

/// Whose session the token is; none if the answer is that it has ended.
async fn whose(sessions: &Sessions, token: &str) -> Option<Session> {
    match sessions.find(token).await {
        Ok(session) => Some(session),
        Err(Error::Unauthenticated(text)) => {
            assert_eq!(text, "your session has ended, please sign in again");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_token_is_known_again_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = open(&folder, DAY).await;
    let (session, token) = sessions.begin("rose").await.unwrap();
    assert!(!token.contains("rose"));
    assert_eq!(whose(&sessions, &token).await, Some(session.clone()));
    drop(sessions);
    let restarted = open(&folder, DAY).await;
    assert_eq!(restarted.find(&token).await.unwrap().who, "rose");
    assert_ne!(restarted.begin("rose").await.unwrap().1, token);
}

#[tokio::test]
async fn what_was_never_given_out_or_was_changed_is_refused_like_what_has_ended() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sessions = open(&folder, DAY).await;
    let (_, token) = sessions.begin("rose").await.unwrap();
    let (_, foreign) = open(&other, DAY).await.begin("rose").await.unwrap();
    let middle = token.len() / 2;
    let swapped = if &token[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let changed = format!("{}{swapped}{}", &token[..middle], &token[middle + 1..]);
    for token in ["", "v4.local.", "x", &foreign, &changed, &token[..middle]] {
        assert_eq!(whose(&sessions, token).await, None, "{token}");
    }
}

#[tokio::test]
async fn an_ended_session_is_over_at_once_and_the_others_last() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = open(&folder, DAY).await;
    let (phone, phone_token) = sessions.begin("rose").await.unwrap();
    let (desk, desk_token) = sessions.begin("rose").await.unwrap();
    let (dan, dan_token) = sessions.begin("dan").await.unwrap();
    sessions.end(&phone).await.unwrap();
    assert_eq!(whose(&sessions, &phone_token).await, None);
    assert!(!sessions.lasts(&phone) && sessions.lasts(&desk));
    sessions.end_all("rose").await.unwrap();
    assert_eq!(whose(&sessions, &desk_token).await, None);
    assert!(!sessions.lasts(&desk) && sessions.lasts(&dan));
    assert_eq!(whose(&sessions, &dan_token).await, Some(dan));
}

#[tokio::test]
async fn a_token_expires() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = open(&folder, Duration::from_secs(1)).await;
    let (_, token) = sessions.begin("rose").await.unwrap();
    assert!(sessions.find(&token).await.is_ok());
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(whose(&sessions, &token).await, None);
}

#[tokio::test]
async fn only_the_right_password_of_somebody_matches() {
    let hash = passwords::hash("secret".into()).await.unwrap();
    assert!(!hash.contains("secret"));
    assert_ne!(passwords::hash("secret".into()).await.unwrap(), hash);
    let matches = |password: &str, hash: Option<&str>| {
        passwords::verify(password.to_owned(), hash.map(str::to_owned))
    };
    assert!(matches("secret", Some(&hash)).await.unwrap());
    assert!(!matches("Secret", Some(&hash)).await.unwrap());
    assert!(!matches("secret", None).await.unwrap());
    assert!(matches("secret", Some("no hash")).await.is_err());
}
