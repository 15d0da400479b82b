//! A view shows fields by their names: what would change that is refused.
use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Inner {
    pub name: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema, View)]
#[view(of = Coach)]
#[serde(tag = "kind")]
pub struct CoachName {
    pub id: i64,
    #[serde(flatten)]
    pub inner: Inner,
    #[serde(skip)]
    pub name: String,
}

fn main() {}
