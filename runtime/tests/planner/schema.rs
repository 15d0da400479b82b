//! What the user declares, and by hand what `derive(Resource)`, `derive(View)` and `derive(Command)` add.

use garde::Validate;
use rowcast_schema::description::ResourceDescription;
use rowcast_schema::input::{Fields, check};
use rowcast_schema::{FieldErrors, Input, Reading, Ref, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Someone who teaches classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coach {
    pub id: i64,
    pub name: String,
    pub age: Option<u8>,
    pub username: Option<String>,
    #[serde(skip)]
    pub password_hash: Option<String>,
}

/// What a schedule shows of its coach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoachName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Monday,
    Tuesday,
}

/// A coach on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    pub id: i64,
    pub day: Day,
    pub coach: CoachName,
}

/// Signs a coach in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Login {
    pub username: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
pub struct NewCoach {
    #[garde(length(chars, min = 2, max = 40))]
    pub name: String,
    #[garde(range(min = 18))]
    pub age: Option<u8>,
    #[garde(skip)]
    pub username: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
pub struct CoachPatch {
    #[garde(skip)]
    pub id: i64,
    #[garde(length(chars, min = 2, max = 40))]
    pub name: Option<String>,
    #[garde(range(min = 18))]
    pub age: Option<Option<u8>>,
    #[garde(skip)]
    pub username: Option<Option<String>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NewSchedule {
    pub day: Day,
    pub coach: Ref<Coach>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SchedulePatch {
    pub id: i64,
    pub day: Option<Day>,
    pub coach: Option<Ref<Coach>>,
}

impl Input for NewCoach {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let (name, age, username) = (
            fields.required("name"),
            fields.optional("age"),
            fields.optional("username"),
        );
        let input = fields.finish(|| {
            Some(Self {
                name: name?,
                age: age?,
                username: username?,
            })
        })?;
        check(&input, &[])?;
        Ok(input)
    }
}

impl Input for CoachPatch {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let (id, name) = (fields.required("id"), fields.patch("name"));
        let (age, username) = (fields.patch("age"), fields.patch("username"));
        let input = fields.finish(|| {
            Some(Self {
                id: id?,
                name: name?,
                age: age?,
                username: username?,
            })
        })?;
        check(&input, &[])?;
        Ok(input)
    }
}

impl Input for NewSchedule {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let (day, coach) = (fields.required("day"), fields.required("coach"));
        fields.finish(|| {
            Some(Self {
                day: day?,
                coach: coach?,
            })
        })
    }
}

impl Input for SchedulePatch {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let (id, day, coach) = (
            fields.required("id"),
            fields.patch("day"),
            fields.patch("coach"),
        );
        fields.finish(|| {
            Some(Self {
                id: id?,
                day: day?,
                coach: coach?,
            })
        })
    }
}

impl Input for Login {
    fn read_json(payload: &RawValue, reading: Reading) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(payload, reading)?;
        let username = fields.required("username");
        fields.finish(|| {
            Some(Self {
                username: username?,
            })
        })
    }
}

impl Resource for Coach {
    type Id = i64;
    type New = NewCoach;
    type Patch = CoachPatch;
    const NAME: &'static str = "Coach";

    fn describe() -> ResourceDescription {
        unimplemented!("no description is needed here")
    }
}
