use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Tag {
    #[resource(id)]
    pub id: i64,
    pub word: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(off = Tag)]
pub struct TagWord {
    pub id: i64,
    pub word: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Note {
    #[resource(id)]
    pub id: i64,
    #[resource(belongs_to = Tag)]
    pub main: TagWord,
}

fn main() {
    let _ = Schema::new("Notes").resource::<Tag>().resource::<Note>();
}
