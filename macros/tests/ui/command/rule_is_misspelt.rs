use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    #[garde(lenght(max = 3))]
    pub name: String,
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Book {
    #[garde(lenght(max = 3))]
    pub note: String,
}

fn main() {}
