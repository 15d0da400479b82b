//! A resource that refers to itself in every way, with lists named like locals of generated code.

use rowcast_schema::prelude::*;

/// Works here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct Employee {
    #[resource(id)]
    pub id: i64,
    pub name: String,
    pub room: Option<u16>,
    #[resource(read_only)]
    pub badge: u32,
    #[resource(belongs_to = Employee)]
    pub manager: Option<EmployeeName>,
    #[resource(has_many = Employee, via = "manager")]
    pub reports: Vec<EmployeeName>,
    #[serde(default)]
    #[resource(many_to_many = Employee, through = "friendships")]
    pub rows: Vec<EmployeeName>,
    #[serde(default)]
    #[resource(many_to_many = Employee)]
    pub row: Vec<EmployeeName>,
}

/// What a list shows of an employee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, View)]
#[view(of = Employee)]
pub struct EmployeeName {
    pub id: i64,
    pub name: String,
    pub badge: u32,
}

pub fn schema() -> Description {
    Schema::new("Staff").resource::<Employee>().describe()
}
