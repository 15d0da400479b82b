use rowcast_schema::prelude::*;

type Maybe<T> = Option<T>;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Room {
    #[resource(id)]
    pub id: i64,
    pub name: Maybe<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Room)]
pub struct RoomName {
    pub id: i64,
    pub name: Maybe<String>,
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Book {
    pub note: Maybe<String>,
}

fn main() {}
