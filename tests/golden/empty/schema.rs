//! No resource: one command and nothing else.

use rowcast_schema::prelude::*;

/// Tells the time.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(ack = String)]
pub struct Time;

pub fn schema() -> Description {
    Schema::new("Clock").command::<Time>().describe()
}
