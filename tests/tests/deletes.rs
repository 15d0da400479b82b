//! What becomes of rows that refer to a deleted one, in the emitted store and in its change log.

#![allow(missing_docs, unreachable_pub, reason = "a test: nobody imports it")]

#[path = "../golden/deletes/schema.rs"]
pub mod deletes;
#[rustfmt::skip]
#[path = "../golden/deletes/rust/mod.rs"]
pub mod server;

use deletes::{NewComment, NewFolder, NewLabel, NewPerson, NewProject, NewTask, TaskPatch};
use rowcast_runtime::store::{Database, MAX_DEPTH, Read, Transaction};
use rowcast_runtime::{Error, ListId, Ref, Uuid};
use rowcast_schema::ErrorCode;
use server::Tables as _;
use server::{folders, labels, people, projects, tasks};
use tempfile::TempDir;

fn open() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let store = server::open(folder.path().join("projects.sqlite3")).unwrap();
    (folder, store)
}

fn folder(tx: &Transaction<'_>, id: &str, parent: Option<&str>) -> Result<String, Error> {
    let parent = parent.map(|parent| Ref::to(parent.to_owned()));
    let id = id.to_owned();
    Ok(tx.folders().create(NewFolder { id, parent })?.id)
}

fn project(tx: &Transaction<'_>, folder: &str) -> Result<Uuid, Error> {
    let folder = Ref::to(folder.to_owned());
    Ok(tx.projects().create(NewProject { folder })?.id)
}

fn new_task(title: &str, project: Uuid) -> NewTask {
    NewTask {
        title: title.to_owned(),
        project: Ref::to(project),
        part_of: None,
        assignee: None,
        reviewer: None,
        labels: Vec::new(),
    }
}

fn person(tx: &Transaction<'_>, name: &str) -> Result<i64, Error> {
    let name = name.to_owned();
    Ok(tx.people().create(NewPerson { name })?.id)
}

/// The changes of one list after a position, as the file has them.
async fn log(store: &Database, list: &'static str, after: u64) -> Vec<String> {
    let sql = "SELECT operation || ' ' || row_id FROM rowcast_changes
        WHERE list = ?1 AND position > ?2 ORDER BY position";
    let read = move |reader: &rowcast_runtime::store::Reader<'_>| {
        reader.rows(sql, (list, after as i64), |row| row.get(0))
    };
    store.read(read).await.unwrap()
}

fn at(store: &Database, list: ListId) -> u64 {
    store.change_log().position(list)
}

#[tokio::test]
async fn what_belongs_to_a_row_goes_with_it_and_every_list_hears_of_it() {
    let (_folder, store) = open();
    let (project, task) = store
        .write(|tx| {
            folder(tx, "all", None)?;
            folder(tx, "inner", Some("all"))?;
            let project = project(tx, "inner")?;
            let assignee = Some(Ref::to(person(tx, "Ann")?));
            let task = NewTask {
                assignee,
                ..new_task("mow", project)
            };
            Ok((project, tx.tasks().create(task)?.id))
        })
        .await
        .unwrap()
        .value;
    let before = [folders::LIST, projects::LIST, tasks::LIST, people::LIST];
    let before = before.map(|list| at(&store, list));
    store.write(|tx| tx.folders().delete("all")).await.unwrap();
    assert_eq!(
        log(&store, "folders", before[0]).await,
        ["put inner", "put all"]
    );
    assert_eq!(
        log(&store, "projects", before[1]).await,
        [format!("put {project}")]
    );
    assert_eq!(
        log(&store, "tasks", before[2]).await,
        [format!("put {task}")]
    );
    // Her list showed the task.
    assert_eq!(log(&store, "people", before[3]).await, ["put 1"]);
    let left = store.read(|tx| tx.people().list()).await.unwrap();
    assert_eq!(left[0].tasks, []);
}

#[tokio::test]
async fn set_null_keeps_the_row_and_counts_as_its_update() {
    let (_folder, store) = open();
    let (ann, before) = store
        .write(|tx| {
            folder(tx, "all", None)?;
            let project = project(tx, "all")?;
            let ann = person(tx, "Ann")?;
            let assignee = Some(Ref::to(ann));
            let task = NewTask {
                assignee,
                ..new_task("mow", project)
            };
            Ok((ann, tx.tasks().create(task)?))
        })
        .await
        .unwrap()
        .value;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let position = at(&store, tasks::LIST);
    store
        .write(move |tx| tx.people().delete(ann))
        .await
        .unwrap();
    let id = before.id;
    let after = store.read(move |tx| tx.tasks().get(id)).await.unwrap();
    let after = after.unwrap();
    assert_eq!((after.assignee, after.title), (None, before.title));
    assert!(after.updated_at > before.updated_at);
    assert_eq!(
        log(&store, "tasks", position).await,
        [format!("put {}", before.id)]
    );
}

#[tokio::test]
async fn a_removed_row_leaves_the_lists_of_others() {
    let (_folder, store) = open();
    let (task, urgent) = store
        .write(|tx| {
            folder(tx, "all", None)?;
            let project = project(tx, "all")?;
            let label = |word: &str| -> Result<i64, Error> {
                let word = word.to_owned();
                Ok(tx.labels().create(NewLabel { word })?.id)
            };
            let (urgent, garden) = (label("urgent")?, label("garden")?);
            let task = NewTask {
                labels: [urgent, garden, urgent].map(Ref::to).into(),
                ..new_task("mow", project)
            };
            Ok((tx.tasks().create(task)?, urgent))
        })
        .await
        .unwrap()
        .value;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let (before, task) = (task.updated_at, task.id);
    let position = at(&store, tasks::LIST);
    store
        .write(move |tx| tx.labels().delete(urgent))
        .await
        .unwrap();
    let left = store.read(move |tx| tx.tasks().get(task)).await.unwrap();
    let left = left.unwrap();
    assert!(left.updated_at > before);
    let words: Vec<String> = left.labels.into_iter().map(|label| label.word).collect();
    assert_eq!(words, ["garden"]);
    assert_eq!(
        log(&store, "tasks", position).await,
        [format!("put {task}")]
    );
    assert_eq!(at(&store, labels::LIST), 3);
}

#[tokio::test]
async fn a_row_that_is_restricted_deep_inside_keeps_everything() {
    let (_folder, store) = open();
    let comment = store
        .write(|tx| {
            folder(tx, "all", None)?;
            let project = project(tx, "all")?;
            let task = tx.tasks().create(new_task("mow", project))?.id;
            let task = Ref::to(task);
            let project = None;
            Ok(tx.comments().create(NewComment { task, project })?.id)
        })
        .await
        .unwrap()
        .value;
    let refused = store.write(|tx| tx.folders().delete("all")).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Conflict);
    let left = store.read(|tx| tx.projects().list()).await.unwrap();
    assert_eq!(left[0].tasks.len(), 1);
    store
        .write(move |tx| tx.comments().delete(comment))
        .await
        .unwrap();
    assert!(store.write(|tx| tx.folders().delete("all")).await.is_ok());
}

#[tokio::test]
async fn of_two_ways_to_a_row_the_restricted_one_counts() {
    let (_folder, store) = open();
    let ann = store
        .write(|tx| {
            folder(tx, "all", None)?;
            let project = project(tx, "all")?;
            let ann = person(tx, "Ann")?;
            let task = NewTask {
                assignee: Some(Ref::to(ann)),
                reviewer: Some(Ref::to(ann)),
                ..new_task("mow", project)
            };
            tx.tasks().create(task)?;
            Ok(ann)
        })
        .await
        .unwrap()
        .value;
    let refused = store.write(move |tx| tx.people().delete(ann)).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Conflict);
    let left = store.read(|tx| tx.tasks().list()).await.unwrap();
    assert!(left[0].assignee.is_some());
}

#[tokio::test]
async fn rows_that_go_by_two_ways_go_once_and_one_that_is_gone_is_not_found() {
    let (_folder, store) = open();
    store
        .write(|tx| {
            folder(tx, "all", None)?;
            let project = project(tx, "all")?;
            let whole = tx.tasks().create(new_task("garden", project))?.id;
            let part_of = Some(Ref::to(whole));
            tx.tasks().create(NewTask {
                part_of,
                ..new_task("mow", project)
            })
        })
        .await
        .unwrap();
    let position = at(&store, tasks::LIST);
    store.write(|tx| tx.folders().delete("all")).await.unwrap();
    assert_eq!(log(&store, "tasks", position).await, ["put 2", "put 1"]);
    let again = store.write(|tx| tx.folders().delete("all")).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn rows_that_belong_to_themselves_or_to_each_other_go() {
    let (_folder, store) = open();
    let circle = store
        .write(|tx| {
            folder(tx, "all", None)?;
            let project = project(tx, "all")?;
            let mut ids = Vec::new();
            for title in ["alone", "one", "two"] {
                ids.push(tx.tasks().create(new_task(title, project))?.id);
            }
            for (id, part_of) in [(0, 0), (1, 2), (2, 1)] {
                tx.tasks().update(TaskPatch {
                    part_of: Some(Some(Ref::to(ids[part_of]))),
                    ..TaskPatch::of(ids[id])
                })?;
            }
            tx.tasks().delete(ids[0])?;
            Ok(ids[1])
        })
        .await
        .unwrap()
        .value;
    let gone = store.write(move |tx| tx.tasks().delete(circle)).await;
    assert!(gone.is_ok());
    let left = store.read(|tx| tx.tasks().list()).await.unwrap();
    assert_eq!(left, []);
}

/// A folder with two projects, a task in each, and a comment on the second that refers to a project or to none.
fn commented(tx: &Transaction<'_>, goes_too: bool) -> Result<(), Error> {
    folder(tx, "all", None)?;
    let first = project(tx, "all")?;
    let second = project(tx, "all")?;
    tx.tasks().create(new_task("dig", first))?;
    let task = Ref::to(tx.tasks().create(new_task("mow", second))?.id);
    let project = goes_too.then(|| Ref::to(first));
    tx.comments().create(NewComment { task, project })?;
    Ok(())
}

#[tokio::test]
async fn whoever_goes_on_after_a_refused_deletion_finds_everything_as_it_was() {
    let (_folder, store) = open();
    store.write(|tx| commented(tx, false)).await.unwrap();
    let before = [projects::LIST, tasks::LIST].map(|list| at(&store, list));
    let goes_on = |tx: &Transaction<'_>| {
        assert!(tx.folders().delete("all").is_err());
        folder(tx, "another", None)
    };
    store.write(goes_on).await.unwrap();
    let count = |tx: &rowcast_runtime::store::Reader<'_>| {
        Ok((
            tx.folders().list()?.len(),
            tx.projects().list()?.len(),
            tx.tasks().list()?.len(),
        ))
    };
    assert_eq!(store.read(count).await.unwrap(), (2, 2, 2));
    assert_eq!(
        [projects::LIST, tasks::LIST].map(|list| at(&store, list)),
        before
    );
}

#[tokio::test]
async fn a_restricted_reference_of_a_row_that_goes_too_does_not_count() {
    let (_folder, store) = open();
    store.write(|tx| commented(tx, true)).await.unwrap();
    store.write(|tx| tx.folders().delete("all")).await.unwrap();
    let left = store.read(|tx| tx.comments().list()).await.unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn references_are_checked_at_once_again_after_a_deletion() {
    let (_folder, store) = open();
    let dangling = |tx: &Transaction<'_>| {
        folder(tx, "all", None)?;
        tx.folders().delete("all")?;
        let insert = "INSERT INTO projects (id, folder_id) VALUES ('x', 'nowhere')";
        Ok(tx.execute(insert, []).is_err())
    };
    assert!(store.write(dangling).await.unwrap().value);
}

#[tokio::test]
async fn long_chains_go_as_a_whole_and_longer_ones_are_refused() {
    let (_folder, store) = open();
    store
        .write(|tx| {
            folder(tx, "0", None)?;
            for depth in 1..=MAX_DEPTH {
                folder(tx, &depth.to_string(), Some(&(depth - 1).to_string()))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let refused = store.write(|tx| tx.folders().delete("0")).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Conflict);
    let written = store.write(|tx| tx.folders().delete("1")).await.unwrap();
    assert!(written.position(folders::LIST).is_some());
    let left = store.read(|tx| tx.folders().list()).await.unwrap();
    assert_eq!(left.len(), 1);
}

#[test]
fn explain_tells_all_that_a_deletion_writes_and_changes() {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["codegen", "explain", "delete_project"];
    rowcast_codegen::run_with(arguments, &deletes::schema(), &mut out, &mut errors);
    let text = String::from_utf8(out).unwrap();
    for part in [
        "projects, tasks, task_labels, comments",
        "`tasks`: rows go with their `project`",
        "`people`, where `tasks` shows it",
        "`comments`: rows go with their `project`",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}
