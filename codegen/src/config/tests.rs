use super::*;

#[test]
fn a_misspelled_key_is_answered_with_those_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let cases = [
        (
            "[rsut]\nout = \"a\"",
            "`rsut`, expected one of `rust`, `typescript`, `asyncapi`",
            1,
        ),
        (
            "[rust]\nout = \"a\"\nshema = \"b\"",
            "`shema`, expected `out` or `schema`",
            3,
        ),
        (
            "[rust]\nuot = \"a\"",
            "`uot`, expected `out` or `schema`",
            2,
        ),
        (
            "[typescript]\nout = \"a\"\nzdo = true",
            "`zdo`, expected one of `out`, `zod`, `react`, `tanstack_db`, `branded_ids`, `import_extension`, `runtime`",
            3,
        ),
        (
            "[asyncapi]\nout = \"a\"\nhots = \"b\"",
            "`hots`, expected one of `out`, `version`, `host`",
            3,
        ),
    ];
    for (text, wanted, line) in cases {
        fs::write(&path, text).unwrap();
        let message = Config::read(&path).unwrap_err().to_string();
        assert!(
            message.contains(wanted) && message.contains(&format!("line {line}")),
            "{message}"
        );
    }
}

#[test]
fn what_can_not_be_generated_into_is_refused_with_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    for (own, file) in [("server/src", "main.rs"), ("web/src", "page.ts")] {
        fs::create_dir_all(folder.path().join(own)).unwrap();
        fs::write(folder.path().join(own).join(file), "").unwrap();
    }
    let path = folder.path().join(FILE_NAME);
    let cases = [
        (
            "[rust]\nout = \"server/src\"\nschema = \"a\"",
            "`out = \"server/src\"` in [rust] is a folder of your own sources\n  help: generated files have one for themselves: `out = \"server/src/generated\"`",
        ),
        (
            "[typescript]\nout = \"web/src/\"",
            "`out = \"web/src/generated\"`",
        ),
        (
            "[rust]\nout = \"a\"",
            "there is no `schema` in [rust]\n  help: write the path",
        ),
    ];
    for (text, wanted) in cases {
        fs::write(&path, text).unwrap();
        let message = Config::read(&path).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
    // A package may be nothing but generated.
    fs::write(&path, "[typescript]\nout = \"packages/client/src\"").unwrap();
    assert!(Config::read(&path).is_ok());
}

#[test]
fn imports_end_in_nothing_unless_it_is_said() {
    let typescript = |line: &str| {
        let config: Config =
            toml::from_str(&format!("[typescript]\nout = \"a\"\n{line}\n")).unwrap();
        config.typescript.unwrap().import_extension
    };
    assert_eq!(typescript(""), ImportExtension::None);
    for (name, extension) in [
        ("none", ImportExtension::None),
        ("js", ImportExtension::Js),
        ("ts", ImportExtension::Ts),
    ] {
        let line = format!("import_extension = \"{name}\"");
        assert_eq!(typescript(&line), extension);
    }
}

#[test]
fn the_runtime_is_emitted_unless_it_is_said_to_be_a_package() {
    let runtime = |line: &str| {
        let text = format!("[typescript]\nout = \"a\"\n{line}\n");
        toml::from_str::<Config>(&text).map(|config| config.typescript.unwrap().runtime)
    };
    assert_eq!(runtime("").unwrap(), ClientRuntime::Vendored);
    assert_eq!(
        runtime("runtime = \"vendored\"").unwrap(),
        ClientRuntime::Vendored
    );
    assert_eq!(
        runtime("runtime = \"package\"").unwrap(),
        ClientRuntime::Package
    );
    let message = runtime("runtime = \"npm\"").unwrap_err().to_string();
    let wanted = "unknown variant `npm`, expected `vendored` or `package`";
    assert!(message.contains(wanted), "{message}");
}

#[test]
fn an_unknown_import_extension_is_answered_with_those_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let text = "[typescript]\nout = \"a\"\nimport_extension = \".mjs\"\n";
    fs::write(&path, text).unwrap();
    let message = Config::read(&path).unwrap_err().to_string();
    let wanted = "unknown variant `.mjs`, expected one of `none`, `js`, `ts`";
    assert!(
        message.contains(wanted) && message.contains("line 3"),
        "{message}"
    );
}

#[test]
fn a_schema_that_is_no_path_is_answered_with_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let read = |schema: &str| {
        fs::write(
            &path,
            format!("[rust]\nout = \"a\"\nschema = \"{schema}\"\n"),
        )
        .unwrap();
        Config::read(&path).map_err(|error| error.to_string())
    };
    for schema in [
        "planner_schema",
        "crate::schema",
        "::planner::schema",
        "r#type",
    ] {
        assert!(read(schema).is_ok(), "{schema}");
    }
    let message = read("planner-schema").unwrap_err();
    assert!(
        message.ends_with(
            "`schema = \"planner-schema\"` in [rust] is no path that Rust code can import from\n  \
             help: write `schema = \"planner_schema\"`: the crate of the package `planner-schema` has that name in Rust code"
        ),
        "{message}"
    );
    for schema in ["", "../schema", "planner schema", "type", "a::", "a::<b>"] {
        let message = read(schema).unwrap_err();
        assert!(
            message.contains("help: write the path by which"),
            "{message}"
        );
    }
}

#[test]
fn a_file_without_targets_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "").unwrap();
    assert!(matches!(Config::read(&path), Err(ConfigError::Empty(_))));
}
