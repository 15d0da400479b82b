//! Who may do what: coaches sign in; when the server is started so, only they may write.

use crossfit_schema::{CoachSession, CopiedDay, CopyDay, Login, Logout, NewSchedule};
use rowcast_runtime::accounts::{Session, Sessions, SignIns};
use rowcast_runtime::store::Transaction;
use rowcast_runtime::{Action, Caller, Denied, Error, Guard, Identified, Ref, Verb};
use rowcast_schema::FieldErrors;
use serde_json::Value;

use crate::generated::{App, Commands, Tables};

/// Answers `login`, `logout` and `copy_day`.
#[derive(Debug)]
pub struct Staff {
    pub sessions: Sessions,
    pub sign_ins: SignIns,
}

impl Commands for Staff {
    async fn login(
        &self,
        app: &App<Self>,
        caller: &Caller,
        input: Login,
    ) -> Result<CoachSession, Error> {
        let Login { username, password } = input;
        let attempt = self.sign_ins.attempt(caller, &username)?;
        let name = username.clone();
        let coach = app
            .store()
            .read(move |tx| tx.coaches().by_username(&name))
            .await?;
        let hash = coach.and_then(|coach| coach.password_hash);
        if !attempt.verify(password, hash.clone()).await? {
            return Err(wrong_credentials());
        }
        let sessions = self.sessions.clone();
        let begin = move |tx: &Transaction<'_>| {
            // The password may have been changed while it was checked.
            let coach = tx.coaches().by_username(&username)?;
            let coach = coach.filter(|coach| coach.password_hash == hash);
            let coach = coach.ok_or_else(wrong_credentials)?;
            let (session, token) = sessions.begin_in(tx, coach.id.to_string())?;
            let answer = CoachSession {
                id: coach.id,
                name: coach.name,
                age: coach.age,
                picture: coach.picture,
                username,
                token,
            };
            Ok((session, answer))
        };
        let (session, answer) = app.store().write(begin).await?.value;
        sign_in(caller, session);
        Ok(answer)
    }

    async fn logout(&self, _: &App<Self>, caller: &Caller, _: Logout) -> Result<(), Error> {
        if let Some(session) = caller.identity::<Session>() {
            self.sessions.end(&session).await?;
        }
        caller.sign_out();
        Ok(())
    }

    fn copy_day(
        &self,
        _: &Caller,
        tx: &Transaction<'_>,
        input: CopyDay,
    ) -> Result<CopiedDay, Error> {
        let CopyDay { from, to } = input;
        if from == to {
            return Err(FieldErrors::of("to", "must be another day").into());
        }
        let classes = tx.schedules().list()?;
        let is_taken = |hour: &str| {
            let mut there = classes.iter().filter(|class| class.day == to);
            there.any(|class| class.hour == hour)
        };
        let mut added = 0;
        for class in classes.iter().filter(|class| class.day == from) {
            if !is_taken(&class.hour) {
                tx.schedules().create(NewSchedule {
                    day: to,
                    hour: class.hour.clone(),
                    coach: Ref::to(class.coach.id),
                    workout_plan: Ref::to(class.workout_plan.id),
                })?;
                added += 1;
            }
        }
        Ok(CopiedDay { added })
    }
}

/// Coaches are known by their id, to the log too: a user name may be another coach's tomorrow.
fn sign_in(caller: &Caller, session: Session) {
    let who = session.who.clone();
    caller.sign_in(who.clone(), session);
    caller.log_as(who);
}

/// The same for an unknown name and for a wrong password.
fn wrong_credentials() -> Error {
    let mut errors = FieldErrors::default();
    for field in ["username", "password"] {
        errors.add(field, "username or password is wrong");
    }
    Error::Invalid(errors)
}

/// Lets everybody read, and everybody or only the staff write.
#[derive(Debug)]
pub struct StaffGuard {
    pub sessions: Sessions,
    pub require_login: bool,
}

impl Guard for StaffGuard {
    fn identify<'a>(&'a self, caller: &'a Caller, auth: &'a Value) -> Identified<'a> {
        Box::pin(async move {
            if let Some(token) = auth["token"].as_str() {
                sign_in(caller, self.sessions.find(token).await?);
            }
            Ok(())
        })
    }

    fn authorize(&self, caller: &Caller, action: &Action) -> Result<(), Denied> {
        let writes = matches!(action.verb, Verb::Create | Verb::Update | Verb::Delete)
            || action.resource == "copy_day";
        if writes && self.require_login && !self.is_signed_in(caller) {
            return Err(Denied::unauthenticated());
        }
        Ok(())
    }

    fn is_signed_in(&self, caller: &Caller) -> bool {
        let session = caller.identity::<Session>();
        session.is_some_and(|session| self.sessions.lasts(&session))
    }
}
