//! A client that keeps lists learns as which account it is signed in, and that its session has ended, without asking.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::{
    Access, Action, Call, Caller, ChangeLog, Error, Guard, IdOnly, Identified, Router, Server,
    Verb, route,
};
use rowcast_schema::Reading;
use serde_json::{Value, json};

use crate::client::{Client, start};

/// Signs in as what `auth` names, for as long as sessions last.
struct Doorman {
    lasts: Arc<AtomicBool>,
}

impl Guard for Doorman {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(name) = auth["token"].as_str() {
                caller.sign_in(name, ());
            }
            Ok(())
        })
    }

    fn is_signed_in(&self, caller: &Caller) -> bool {
        caller.is_signed_in() && self.lasts.load(Ordering::SeqCst)
    }
}

async fn enter(_: (), call: Call<IdOnly<i64>>) -> Result<(), Error> {
    call.caller.sign_in(call.input.0.to_string(), ());
    Ok(())
}

async fn leave(_: (), call: Call<()>) -> Result<(), Error> {
    call.caller.sign_out();
    Ok(())
}

async fn serve() -> (SocketAddr, Arc<AtomicBool>) {
    let lasts = Arc::new(AtomicBool::new(true));
    let open = |event| Action::new(Verb::Command, event).access(Access::Anyone);
    let routes = [
        route("enter", open("enter"), Reading::Strict, enter),
        route("leave", open("leave"), Reading::Strict, leave),
    ];
    let change_log = Arc::new(ChangeLog::new(1));
    let server = Server::new(Router::new((), routes), change_log, Vec::new()).guard(Doorman {
        lasts: lasts.clone(),
    });
    (start(server, SocketOptions::default()).await, lasts)
}

#[tokio::test]
async fn the_end_of_a_session_and_the_next_one_are_each_sent_once() {
    let (address, lasts) = serve().await;
    let auth = json!({ "token": "1", "sync": true }).to_string();
    let mut client = Client::connect_with(address, &auth).await;
    let account = client.event("connected").await["account"].clone();
    assert!(account.is_string(), "{account}");
    lasts.store(false, Ordering::SeqCst);
    let ended = client.event("session").await;
    assert_eq!(
        (&ended["account"], &ended["ended"]),
        (&Value::Null, &json!(true))
    );
    assert!(ended["message"].as_str().unwrap().contains("sign in again"));
    assert_eq!(
        client.read_for(Duration::from_millis(2500)).await,
        [] as [Value; 0]
    );
    lasts.store(true, Ordering::SeqCst);
    let again = client.event("session").await;
    assert_eq!(
        (&again["account"], &again["ended"]),
        (&account, &json!(false))
    );
}

#[tokio::test]
async fn an_account_has_the_same_name_however_it_signs_in() {
    let (address, _) = serve().await;
    let mut visitor = Client::connect_with(address, r#"{"sync":true}"#).await;
    assert_eq!(visitor.event("connected").await["account"], Value::Null);
    visitor.call("enter", json!({ "id": 1 })).await;
    let entered = visitor.event("session").await["account"].clone();
    let auth = json!({ "token": "1", "sync": true }).to_string();
    let mut rose = Client::connect_with(address, &auth).await;
    assert_eq!(rose.event("connected").await["account"], entered);
    visitor.call("enter", json!({ "id": 2 })).await;
    assert_ne!(visitor.event("session").await["account"], entered);
    visitor.call("leave", json!(null)).await;
    let left = visitor.event("session").await;
    assert_eq!(
        (&left["account"], &left["ended"]),
        (&Value::Null, &json!(false))
    );
}

#[tokio::test]
async fn plain_clients_are_greeted_as_ever() {
    let (address, lasts) = serve().await;
    let mut plain = Client::connect_with(address, r#"{"token":"1"}"#).await;
    let greeting = plain.event("connected").await;
    assert_eq!(greeting.as_object().unwrap().len(), 1, "{greeting}");
    lasts.store(false, Ordering::SeqCst);
    assert_eq!(
        plain.read_for(Duration::from_millis(2500)).await,
        [] as [Value; 0]
    );
}
