//! Messages of a client to the planner's server, through the websocket, socketioxide's parser and the pipeline to the database.
//!
//! Whatever a client sends: each call is acked once, or the connection is closed, and that only if the client has broken the
//! protocol; no call fails with `internal`; nothing panics and nothing hangs; and somebody else is served.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::law::{Law, Next};
use crate::planner::Planner;
use crate::script::{self, Message};
use crate::wire::{Said, Wire};
use crate::{Fault, panics};

/// Then a new server is started: the lists that grow would slow each script down.
const SCRIPTS_A_SERVER: usize = 300;

/// Parts of texts that are for programmers.
const INTERNALS: [&str; 6] = [
    "SQL", "serde", "panicked", "RawValue", "at line", "rusqlite",
];

/// Runs scripts, each on a connection of its own.
#[derive(Default)]
pub struct Frames {
    stage: Option<Stage>,
    tally: Tally,
}

/// How far the scripts have come, which shows whether anything was tested.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Calls that were carried out.
    pub accepted: usize,
    /// Calls that were refused.
    pub refused: usize,
    /// Connections that were closed.
    pub closed: usize,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").finish_non_exhaustive()
    }
}

/// A server, and a client who has nothing to do with the scripts.
struct Stage {
    runtime: Runtime,
    planner: Planner,
    witness: Wire,
    scripts: usize,
}

impl Frames {
    /// What has come of the scripts so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Sends the messages of a [`script`].
    ///
    /// # Errors
    /// The first thing that is wrong with what the server does.
    pub fn run(&mut self, input: &[u8]) -> Result<(), Fault> {
        panics::watch();
        let mut stage = match self.stage.take() {
            Some(stage) => stage,
            None => Stage::start()?,
        };
        let script = script::parse(input);
        stage.run(&script, &mut self.tally)?;
        let seen = panics::take();
        if let Some(first) = seen.first() {
            return Err(Fault::new(format!("something panicked: {first}")));
        }
        stage.scripts += 1;
        if stage.scripts < SCRIPTS_A_SERVER {
            self.stage = Some(stage);
        }
        Ok(())
    }
}

impl Stage {
    fn start() -> Result<Self, Fault> {
        let failed = |error: &dyn std::fmt::Display| {
            Fault::new(format!("the server does not start: {error}"))
        };
        // With one thread, a task that never yields would stop the clock that it is found by.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let (planner, witness) = runtime.block_on(async {
            let planner = Planner::start().await.map_err(|error| failed(&error))?;
            let mut witness = Wire::open(planner.connect()).await?;
            witness.send_text(r#"40{"sync":true}"#).await?;
            while !matches!(witness.next().await?, Said::Joined(true)) {}
            Ok((planner, witness))
        })?;
        Ok(Self {
            runtime,
            planner,
            witness,
            scripts: 0,
        })
    }

    fn run(&mut self, script: &[Message], tally: &mut Tally) -> Result<(), Fault> {
        let Self {
            runtime,
            planner,
            witness,
            ..
        } = self;
        runtime.block_on(async {
            play(planner, script, tally).await?;
            is_served(witness).await
        })
    }
}

/// Sends all of a script, then a call that shows that the ones before it are done.
async fn play(planner: &Planner, script: &[Message], tally: &mut Tally) -> Result<(), Fault> {
    let mut wire = Wire::open(planner.connect()).await?;
    let mut law = Law::default();
    let mut acks = Acks::default();
    let mut is_open = true;
    for message in script {
        match law.note(message) {
            Next::Go => wire.send(message).await?,
            Next::Wait => match wire.join(message).await? {
                Some(is_in) => law.joined(is_in),
                None => is_open = false,
            },
        }
    }
    let last = free_id(law.due());
    let was_kept = law.is_kept();
    wire.send_text(&format!(r#"42{last}["get_coach",1]"#))
        .await?;
    while is_open && !acks.given.contains_key(&last) {
        let said = wire.next().await?;
        is_open = acks.take(said)?;
    }
    acks.given.remove(&last);
    // A connection that is about to be closed still carries the acks of what came behind the reason.
    while is_open && !was_kept && acks.is_missing(law.due()) {
        let said = wire.next().await?;
        is_open = acks.take(said)?;
    }
    tally.accepted += acks.accepted;
    tally.refused += acks.refused;
    tally.closed += usize::from(!is_open);
    acks.compare(law.due(), is_open)?;
    if was_kept && !is_open {
        return Err(Fault::new("the connection was closed without a reason"));
    }
    Ok(())
}

/// An id that no call has.
fn free_id(due: &HashMap<i64, usize>) -> i64 {
    (1_000_000..).find(|id| !due.contains_key(id)).unwrap_or(0)
}

/// The acks that came, by call.
#[derive(Debug, Default)]
struct Acks {
    given: HashMap<i64, usize>,
    accepted: usize,
    refused: usize,
}

impl Acks {
    /// Takes what was said; false if the connection is over.
    fn take(&mut self, said: Said) -> Result<bool, Fault> {
        match said {
            Said::Closed => return Ok(false),
            Said::Ack(call, answer) => {
                check_ack(call, &answer)?;
                let refused = answer["ok"] == false;
                self.refused += usize::from(refused);
                self.accepted += usize::from(!refused);
                *self.given.entry(call).or_default() += 1;
            }
            Said::Joined(_) | Said::Other => {}
        }
        Ok(true)
    }

    fn compare(&self, due: &HashMap<i64, usize>, is_open: bool) -> Result<(), Fault> {
        for (call, times) in &self.given {
            let due = due.get(call).copied().unwrap_or(0);
            if *times > due {
                let text = format!("call {call} was made {due} times, and acked {times} times");
                return Err(Fault(text));
            }
        }
        match self.is_missing(due) && is_open {
            true => Err(Fault(format!("not all were acked of the calls {due:?}"))),
            false => Ok(()),
        }
    }

    fn is_missing(&self, due: &HashMap<i64, usize>) -> bool {
        due.keys().any(|call| self.given.get(call) != due.get(call))
    }
}

fn check_ack(call: i64, answer: &Value) -> Result<(), Fault> {
    let fault = |what: &str| Err(Fault(format!("the ack of call {call} {what}: {answer}")));
    if answer.is_null() {
        return Ok(());
    }
    let (Some(is_ok), Some(errors)) = (answer["ok"].as_bool(), answer["errors"].as_object()) else {
        return fault("has another form than acks");
    };
    if is_ok != errors.is_empty() || is_ok != answer["code"].is_null() {
        return fault("says both yes and no");
    }
    if answer["code"] == "internal" {
        return fault("blames the server");
    }
    // That names the event as it was sent.
    let is_echo = answer["code"] == "unknown_event";
    let messages: Vec<&Value> = errors.values().collect();
    let messages = json!(messages).to_string();
    match INTERNALS.iter().any(|text| messages.contains(text)) {
        true if !is_echo => fault("tells internals"),
        _ => Ok(()),
    }
}

/// Whoever has nothing to do with it gets the answer to a call.
async fn is_served(witness: &mut Wire) -> Result<(), Fault> {
    witness.send_text(r#"421["get_coach",{"id":1}]"#).await?;
    loop {
        match witness.next().await? {
            Said::Ack(1, answer) if answer["ok"] == true && answer["data"]["id"] == 1 => {
                return Ok(());
            }
            Said::Ack(_, answer) => {
                return Err(Fault(format!("somebody else was answered {answer}")));
            }
            Said::Closed => return Err(Fault::new("somebody else was cut off")),
            Said::Joined(_) | Said::Other => {}
        }
    }
}
