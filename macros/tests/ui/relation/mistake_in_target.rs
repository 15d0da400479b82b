use rowcast_schema::prelude::*;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Tag {
    #[resource(id)]
    pub id: i64,
    #[resource(uniqe)]
    pub word: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Tag)]
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
    #[serde(default)]
    #[resource(many_to_many = Tag)]
    pub tags: Vec<Tag>,
}

fn main() {
    let _ = Schema::new("Notes").resource::<Tag>().resource::<Note>();
}
