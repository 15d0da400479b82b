use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub enum Status {
    Open,
    Closed,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Ticket {
    #[resource(id)]
    pub id: i64,
    #[resource(read_only)]
    pub status: Status,
}

fn main() {}
