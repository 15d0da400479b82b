use rowcast_schema::prelude::*;

#[derive(Debug, Deserialize, JsonSchema, Command)]
#[command(evnt = "login")]
pub struct Login {
    pub name: String,
}

fn main() {
    let _ = Schema::new("Gym").command::<Login>();
}
