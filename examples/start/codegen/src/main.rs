// codegen/src/main.rs
fn main() -> std::process::ExitCode {
    rowcast_codegen::run(&planner_schema::schema())
}
