//! Runs other programs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a step of a command gives: nothing, or one message for the person at the terminal.
pub type Done = Result<(), String>;

/// The root of the repository that this program was built from, or runs in.
pub fn root() -> Result<PathBuf, String> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run this by `cargo xtask`")?;
    let root = Path::new(&package)
        .parent()
        .ok_or("this package has no folder above it")?;
    Ok(root.to_owned())
}

/// Where cargo puts what it builds.
pub fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// A program with its arguments, to be run in a folder.
pub fn program(folder: &Path, line: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).current_dir(folder);
    command
}

/// A cargo command. Settings of the package that runs this program must not leak into it.
pub fn cargo(folder: &Path, line: &str) -> Command {
    let mut command = program(folder, &format!("cargo {line}"));
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_")
            || name == "CARGO_MANIFEST_DIR"
            || name == "CARGO_MANIFEST_PATH"
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end; what it prints goes to the terminal.
pub fn run(command: &mut Command) -> Done {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` failed ({status})", shown(command))),
        Err(error) => Err(not_run(command, &error)),
    }
}

/// Runs a program in place of this one, so that signals reach it; where there is no such thing, to its end.
#[cfg(unix)]
pub fn run_instead(command: &mut Command) -> Done {
    use std::os::unix::process::CommandExt;

    let error = command.exec();
    Err(not_run(command, &error))
}

#[cfg(not(unix))]
pub use run as run_instead;

fn not_run(command: &Command, error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        let program = command.get_program().display();
        return format!("`{program}` is missing: please install it");
    }
    format!("`{}` can't be run: {error}", shown(command))
}

/// Tells whether a program can be run at all.
pub fn exists(folder: &Path, line: &str) -> bool {
    let mut command = program(folder, line);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
