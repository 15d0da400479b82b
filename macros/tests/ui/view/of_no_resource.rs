use rowcast_schema::prelude::*;

pub struct Size;

#[derive(Serialize, JsonSchema, View)]
#[view(of = Size)]
pub struct SizeName {
    pub id: i64,
}

fn main() {}
