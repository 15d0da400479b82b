//! A command is read field by field: attributes that would be ignored are refused by name, all at once.
use rowcast_schema::prelude::*;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Details {
    pub reason: String,
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
#[serde(deny_unknown_fields, rename = "Approval", expecting = "an approval")]
pub struct Approve {
    pub amount: u32,
    #[serde(skip_deserializing)]
    pub approved: bool,
    #[serde(skip)]
    pub seen: bool,
    #[serde(alias = "note")]
    pub text: String,
}

#[derive(Debug, Deserialize, JsonSchema, Command)]
pub struct Reject {
    pub amount: u32,
    #[serde(flatten)]
    pub details: Details,
}

#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[serde(from = "Details")]
pub struct Withdraw {
    pub reason: String,
}

impl From<Details> for Withdraw {
    fn from(Details { reason }: Details) -> Self {
        Self { reason }
    }
}

fn main() {}
