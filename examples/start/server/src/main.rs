// server/src/main.rs
#[rustfmt::skip]
mod generated;

use std::time::Duration;

use generated::{App, Events, NoHooks, Tables};
use planner_schema::{CloseGym, Closed, Closing, NewCoach, SignIn, SignOut, SignedIn};
use rowcast_runtime::accounts::{Session, Sessions, SignIns, passwords};
use rowcast_runtime::serve::{Origins, SocketOptions, Sockets, stop_signal};
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Caller, Error, Guard, Identified};
use rowcast_schema::FieldErrors;
use serde_json::Value;
use socketioxide::SocketIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Clients learn of an error of the server only that it is `internal`; its cause is logged.
    tracing_subscriber::fmt().init();
    let sockets = Sockets::new(SocketOptions::default());
    let store = generated::open("sqlite:planner.sqlite3")?; // tables are created
    add_first_coach(&store).await?;
    let sessions = Sessions::open(store.clone(), Duration::from_hours(12)).await?;
    let desk = Desk {
        io: sockets.io().clone(),
        sessions: sessions.clone(),
        sign_ins: SignIns::default(),
    };
    let app = generated::app(store, desk, NoHooks);
    sockets.attach(generated::server(&app).guard(MyGuard { sessions }));
    // Pages of other origins are rejected unless they are named: here those of a development server.
    let origins = Origins::and(&["http://localhost:5173"])?;
    let listener = TcpListener::bind("127.0.0.1:5555").await?;
    sockets
        .serve(listener, axum::Router::new(), &origins, stop_signal())
        .await?;
    Ok(())
}

/// Without an account no client could add one.
async fn add_first_coach(store: &Database) -> Result<(), Error> {
    if !store.read(|tx| tx.coaches().list()).await?.is_empty() {
        return Ok(());
    }
    let hash = passwords::hash("change me".to_owned()).await?;
    let rose = NewCoach {
        name: "Rose Smith".into(),
        age: None,
        username: Some("rose".into()),
    };
    let add = move |tx: &Transaction<'_>| {
        let coach = tx.coaches().create(rose)?;
        tx.coaches().set_password_hash(coach.id, Some(&hash))
    };
    store.write(add).await.map(|_| ())
}

/// Finds out who connects. What they may do is declared in the schema.
struct MyGuard {
    sessions: Sessions,
}

impl Guard for MyGuard {
    // When a client connects: `connect(url, { auth: () => ({ token }) })`
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(token) = auth["token"].as_str() {
                let session = self.sessions.find(token).await?; // or the client gets `unauthenticated`
                caller.sign_in(session.who.clone(), session);
            }
            Ok(())
        })
    }

    fn is_signed_in(&self, caller: &Caller) -> bool {
        let session = caller.identity::<Session>();
        session.is_some_and(|session| self.sessions.lasts(&session))
    }
}

/// Answers the commands.
struct Desk {
    io: SocketIo,
    sessions: Sessions,
    sign_ins: SignIns,
}

impl generated::Commands for Desk {
    async fn sign_in(
        &self,
        app: &App<Self>,
        caller: &Caller,
        input: SignIn,
    ) -> Result<SignedIn, Error> {
        let SignIn { username, password } = input;
        let attempt = self.sign_ins.attempt(caller, &username)?; // bounds how often passwords are guessed
        let name = username.clone();
        let coach = app
            .store()
            .read(move |tx| tx.coaches().by_username(&name))
            .await?;
        let hash = coach.and_then(|coach| coach.password_hash);
        if !attempt.verify(password, hash.clone()).await? {
            return Err(wrong_credentials()); // the same for an unknown name
        }
        let sessions = self.sessions.clone();
        let begin = move |tx: &Transaction<'_>| {
            // The password may have been changed while it was checked.
            let coach = tx.coaches().by_username(&username)?;
            let coach = coach.filter(|coach| coach.password_hash == hash);
            let coach = coach.ok_or_else(wrong_credentials)?;
            let (session, token) = sessions.begin_in(tx, coach.id.to_string())?;
            Ok((session, SignedIn { coach, token }))
        };
        let (session, answer) = app.store().write(begin).await?.value;
        caller.sign_in(session.who.clone(), session); // the account: an id, which no other coach gets
        Ok(answer)
    }

    async fn sign_out(&self, _: &App<Self>, caller: &Caller, _: SignOut) -> Result<(), Error> {
        if let Some(session) = caller.identity::<Session>() {
            self.sessions.end(&session).await?;
        }
        caller.sign_out();
        Ok(())
    }

    async fn close_gym(
        &self,
        app: &App<Self>,
        _: &Caller,
        input: CloseGym,
    ) -> Result<Closed, Error> {
        if input.reason.is_empty() {
            // A message at a field of the input, for a form; `Error::not_found("coach")` stands at `id`.
            return Err(FieldErrors::of("reason", "must be said").into());
        }
        let coaches = app.store().read(|tx| tx.coaches().list()).await?;
        // An event of the schema, to all sockets. Those that do not read miss it, and are no reason to fail.
        let _ = self.io.emit_closing(&Closing { in_minutes: 5 }).await;
        Ok(Closed {
            coaches: coaches.len() as u32,
        })
    }
}

fn wrong_credentials() -> Error {
    FieldErrors::of("password", "username or password is wrong").into()
}
