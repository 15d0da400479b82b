use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct House {
    #[resource(id)]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = House)]
pub struct HouseName {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(scope = house)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    pub floor: i32,
    #[resource(belongs_to = House)]
    pub house: Option<HouseName>,
}

fn main() {}
