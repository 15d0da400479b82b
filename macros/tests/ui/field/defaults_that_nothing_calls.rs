use rowcast_schema::prelude::*;

fn boss() -> String {
    "boss".into()
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Doctor {
    #[resource(id)]
    pub id: i64,
    #[serde(default = "boss")]
    #[resource(read_only)]
    pub role: String,
    #[serde(default)]
    #[resource(read_only)]
    pub level: u8,
    #[resource(read_only, unique)]
    pub badge: String,
    #[resource(read_only, unique)]
    pub pass: Option<String>,
    #[serde(skip)]
    #[resource(hidden, unique)]
    pub key: String,
}

fn main() {}
