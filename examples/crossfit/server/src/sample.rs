//! What a new planner begins with: a small staff, and a week of classes.

use crossfit_schema::{Coach, Day, ExerciseMove, NewCoach, NewExerciseMove, NewSchedule, NewWorkoutPlan, WorkoutPlan};
use rowcast_runtime::sqlite::{Database, Transaction};
use rowcast_runtime::{Ref, StoreError};

use crate::generated::Tables;
use crate::passwords;

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
    ("Bench Press", "Chest", "Lying on a bench, lower the bar to the chest and press it up again."),
    ("Dead Lift", "Back", "Lift the bar from the floor with a straight back until you stand upright."),
    ("Burpee", "Whole body", "Drop to the floor, push up, jump to your feet, and leap with raised arms."),
    ("Clean", "Power", "Pull the bar from the floor and catch it on the shoulders in one movement."),
    ("Snatch", "Power", "Pull the bar from the floor and catch it overhead in one movement."),
    ("Run", "Endurance", "Four hundred metres at a pace you could hold for three more rounds."),
];

/// Name, difficulty, description, the places of its moves in [`MOVES`].
const PLANS: [(&str, &str, &str, &[usize]); 3] = [
    ("Leg Burner", "Medium", "Heavy pulls between short runs: the legs never rest.", &[1, 5, 3]),
    ("Beginner Routine", "Beginner", "Few moves, light weights, and time to learn each of them.", &[0, 2, 5]),
    ("Advance Workout Class", "Hard", "The two Olympic lifts, with burpees whenever the bar rests.", &[4, 2, 3, 2]),
];

const DAYS: [Day; 6] = [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday];

const HOURS: [&str; 6] = ["900", "1000", "1100", "1200", "1300", "1400"];

/// Fills an empty planner; one that has coaches is left alone.
pub async fn fill(store: &Database) -> Result<(), StoreError> {
    if !store.read(|tx| Ok(tx.coaches().list()?.is_empty())).await? {
        return Ok(());
    }
    let mut hashes = Vec::new();
    for (_, username, _) in COACHES {
        hashes.push(passwords::hash(format!("{username}_password")).await?);
    }
    store.write(move |tx| fill_empty(tx, &hashes)).await.map(|_| ())
}

/// All in one transaction: a planner that was stopped meanwhile is still empty.
fn fill_empty(tx: &Transaction<'_>, hashes: &[String]) -> Result<(), StoreError> {
    let mut coaches: Vec<Coach> = Vec::new();
    for ((name, username, age), hash) in COACHES.into_iter().zip(hashes) {
        let new = NewCoach {
            name: name.into(),
            age: Some(age),
            picture: None,
            username: Some(username.into()),
        };
        let coach = tx.coaches().create(new)?;
        tx.coaches().set_password_hash(coach.id, Some(hash))?;
        coaches.push(coach);
    }
    let moves = fill_moves(tx)?;
    let plans = fill_plans(tx, &moves)?;
    for (index, (day, hour)) in DAYS.into_iter().flat_map(|day| HOURS.map(|hour| (day, hour))).enumerate() {
        tx.schedules().create(NewSchedule {
            day,
            hour: hour.into(),
            coach: Ref::to(coaches[index % coaches.len()].id),
            workout_plan: Ref::to(plans[index % plans.len()].id),
        })?;
    }
    Ok(())
}

fn fill_moves(tx: &Transaction<'_>) -> Result<Vec<ExerciseMove>, StoreError> {
    let create = |(name, focus, description): (&str, &str, &str)| {
        tx.exercise_moves().create(NewExerciseMove {
            name: name.into(),
            focus: focus.into(),
            description: Some(description.into()),
            video_link: None,
        })
    };
    MOVES.into_iter().map(create).collect()
}

fn fill_plans(tx: &Transaction<'_>, moves: &[ExerciseMove]) -> Result<Vec<WorkoutPlan>, StoreError> {
    let create = |(name, difficulty, description, places): (&str, &str, &str, &[usize])| {
        tx.workout_plans().create(NewWorkoutPlan {
            name: name.into(),
            difficulty: difficulty.into(),
            description: Some(description.into()),
            exercise_moves: places.iter().map(|place| Ref::to(moves[*place].id)).collect(),
        })
    };
    PLANS.into_iter().map(create).collect()
}
