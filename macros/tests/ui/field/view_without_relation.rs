use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Coach {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Coach)]
pub struct CoachName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Class {
    #[resource(id)]
    pub id: i64,
    pub coach: CoachName,
    pub deputy: Option<Coach>,
    pub helpers: Vec<Option<CoachName>>,
    pub by_day: std::collections::BTreeMap<String, Box<CoachName>>,
    pub pair: (CoachName, u8),
}

fn main() {}
