//! What a new planner begins with: a small staff, and a week of classes.

use rowcast_runtime::accounts::passwords;
use rowcast_runtime::store::{Database, Transaction};
use rowcast_runtime::{Error, Reading};
use rowcast_schema::Input;
use serde_json::{Value, json};

use crate::generated::Tables;

/// Name, user name, age.
const COACHES: [(&str, &str, u8); 5] = [
    ("Chris Garcia", "chrisgarcia", 33),
    ("Brent Fikowski", "brentfikowski", 40),
    ("Dan Baily", "danbaily", 30),
    ("Rose Smith", "rosesmith", 25),
    ("Felipe Serrano", "felipeserrano", 35),
];

/// Name, focus, description.
const MOVES: [(&str, &str, &str); 6] = [
    (
        "Bench Press",
        "Chest",
        "Lying on a bench, lower the bar to the chest and press it up again.",
    ),
    (
        "Dead Lift",
        "Back",
        "Lift the bar from the floor with a straight back until you stand upright.",
    ),
    (
        "Burpee",
        "Whole body",
        "Drop to the floor, push up, jump to your feet, and leap with raised arms.",
    ),
    (
        "Clean",
        "Power",
        "Pull the bar from the floor and catch it on the shoulders in one movement.",
    ),
    (
        "Snatch",
        "Power",
        "Pull the bar from the floor and catch it overhead in one movement.",
    ),
    (
        "Run",
        "Endurance",
        "Four hundred metres at a pace you could hold for three more rounds.",
    ),
];

/// Name, difficulty, description, the places of its moves in [`MOVES`].
const PLANS: [(&str, &str, &str, &[usize]); 3] = [
    (
        "Leg Burner",
        "Medium",
        "Heavy pulls between short runs: the legs never rest.",
        &[1, 5, 3],
    ),
    (
        "Beginner Routine",
        "Beginner",
        "Few moves, light weights, and time to learn each of them.",
        &[0, 2, 5],
    ),
    (
        "Advance Workout Class",
        "Hard",
        "The two Olympic lifts, with burpees whenever the bar rests.",
        &[4, 2, 3, 2],
    ),
];

const DAYS: [&str; 6] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

const HOURS: [&str; 6] = ["900", "1000", "1100", "1200", "1300", "1400"];

/// Fills an empty planner; one that has coaches is left alone.
pub async fn fill(store: &Database) -> Result<(), Error> {
    if !store.read(|tx| Ok(tx.coaches().list()?.is_empty())).await? {
        return Ok(());
    }
    let mut hashes = Vec::new();
    for (_, username, _) in COACHES {
        hashes.push(passwords::hash(format!("{username}_password")).await?);
    }
    store
        .write(move |tx| fill_empty(tx, &hashes))
        .await
        .map(|_| ())
}

/// All in one transaction: a planner that was stopped meanwhile is still empty.
fn fill_empty(tx: &Transaction<'_>, hashes: &[String]) -> Result<(), Error> {
    let mut coaches = Vec::new();
    for ((name, username, age), hash) in COACHES.into_iter().zip(hashes) {
        let coach = tx.coaches().create(input(
            json!({ "name": name, "username": username, "age": age }),
        )?)?;
        tx.coaches().set_password_hash(coach.id, Some(hash))?;
        coaches.push(coach.id);
    }
    let moves = fill_moves(tx)?;
    let plans = fill_plans(tx, &moves)?;
    let times = DAYS
        .into_iter()
        .flat_map(|day| HOURS.map(|hour| (day, hour)));
    for (index, (day, hour)) in times.enumerate() {
        tx.schedules().create(input(json!({
            "day": day,
            "hour": hour,
            "coach": { "id": coaches[index % coaches.len()] },
            "workout_plan": { "id": plans[index % plans.len()] },
        }))?)?;
    }
    Ok(())
}

fn fill_moves(tx: &Transaction<'_>) -> Result<Vec<i64>, Error> {
    let create = |(name, focus, description)| {
        let new = input(json!({ "name": name, "focus": focus, "description": description }))?;
        Ok(tx.exercise_moves().create(new)?.id)
    };
    MOVES.into_iter().map(create).collect()
}

fn fill_plans(tx: &Transaction<'_>, moves: &[i64]) -> Result<Vec<i64>, Error> {
    let create = |(name, difficulty, description, places): (_, _, _, &[usize])| {
        let new = input(json!({
            "name": name,
            "difficulty": difficulty,
            "description": description,
            "exercise_moves": places.iter().map(|place| json!({ "id": moves[*place] })).collect::<Value>(),
        }))?;
        Ok(tx.workout_plans().create(new)?.id)
    };
    PLANS.into_iter().map(create).collect()
}

/// Sample rows are read and checked as those of clients are; a field that the schema gains can stay unmentioned.
fn input<I: Input>(value: Value) -> Result<I, Error> {
    I::read(value, Reading::Strict).map_err(Error::Invalid)
}
