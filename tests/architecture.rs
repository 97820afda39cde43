//! The arrows between the rooms: which room may name which. A line here is a decision of docs/architecture.md.

#[path = "architecture/size.rs"]
mod size;
#[path = "architecture/source.rs"]
mod source;

use source::rust_files;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each room, and the rooms that it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("model", &["text"]),
    ("config", &["text", "model"]),
    ("net", &["text", "model", "config"]),
    ("read", &["text", "model"]),
    ("refine", &["text", "model", "read"]),
    ("fetch", &["text", "model", "config", "net"]),
    ("journal", &["text", "model", "config"]),
    ("store", &["text", "model", "config", "journal"]),
    ("ingest", &["text", "model", "config", "net", "fetch", "read", "refine", "journal", "store"]),
    ("feeds", &["text", "model", "config", "journal", "store"]),
    ("serve", &["text", "model", "config", "journal", "store", "ingest", "feeds"]),
    (
        "node",
        &[
            "text", "model", "config", "net", "fetch", "read", "refine", "journal", "store",
            "ingest", "feeds", "serve",
        ],
    ),
    (
        "cli",
        &[
            "text", "model", "config", "node", "read", "refine", "journal", "store", "ingest",
            "feeds", "net", "fetch",
        ],
    ),
];

/// Names that say nothing about what a room is for.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helpers", "manager", "misc"];

/// The rooms that a file names by `crate::ROOM`, comments aside.
fn named_rooms(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or("");
        for rest in code.split("crate::").skip(1) {
            let (list, braced) = match rest.strip_prefix('{') {
                Some(inner) => (inner.split('}').next().unwrap_or(""), true),
                None => (rest, false),
            };
            let names = if braced { list.split(',').collect() } else { vec![list] };
            for name in names {
                let end = name.trim().find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let name = name.trim();
                rooms.insert(name[..end.unwrap_or(name.len())].to_owned());
            }
        }
    }
    rooms.remove("");
    rooms
}

fn room_of(file: &Path, src: &Path) -> String {
    let inside = file.strip_prefix(src).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_name_only_the_rooms_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in rust_files(&src) {
        let room = room_of(&file, &src);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(allowed) = arrows.get(room.as_str()) else {
            wrong.push(format!("{}: `{room}` is not in the table of arrows", file.display()));
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        for named in named_rooms(&text) {
            seen += 1;
            if named != room
                && arrows.contains_key(named.as_str())
                && !allowed.contains(&named.as_str())
            {
                wrong.push(format!("{}: {room} -> {named}", file.display()));
            }
        }
    }
    assert!(seen > 0, "no arrows found: the test reads the wrong folder");
    assert!(wrong.is_empty(), "arrows that DESIGN.md does not allow:\n{}", wrong.join("\n"));
}

#[test]
fn no_room_has_an_empty_name() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let parent = file.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        for name in [stem, parent] {
            assert!(!EMPTY_NAMES.contains(&name.as_str()), "{}", file.display());
        }
    }
}

#[test]
fn only_net_makes_an_outgoing_client() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut made = 0;
    for file in rust_files(&src) {
        let text = std::fs::read_to_string(&file).unwrap();
        let clients = ["reqwest", "hyper::client", "client::conn", "client::legacy"];
        if clients.iter().any(|client| text.contains(client)) {
            assert_eq!(room_of(&file, &src), "net", "{}", file.display());
        }
        made += text.matches("Client::builder()").count() + text.matches("ClientBuilder").count();
        let shortcuts = ["reqwest::Client::new", "reqwest::get", "reqwest::Client::default"];
        assert!(!shortcuts.iter().any(|s| text.contains(s)), "{}", file.display());
    }
    assert_eq!(made, 1, "every client is made in one place");
}

#[test]
fn the_scanner_sees_what_it_should() {
    let text = "use crate::{store, journal::Journal};\nlet x = crate::serve::y(); // crate::node\n";
    let rooms: Vec<String> = named_rooms(text).into_iter().collect();
    assert_eq!(rooms, ["journal", "serve", "store"]);
}

/// Pages whose tables name tests, as `file::function` or `::function` of the file named before.
const NAMING_PAGES: &[&str] = &["docs/bad-inputs.md", "docs/promises.md"];

/// The names in backticks on a line that are tests or files of tests.
fn named_tests(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut file = String::new();
    for name in line.split('`').skip(1).step_by(2) {
        let (before, function) = name.split_once("::").unwrap_or((name, ""));
        let is_file = before.starts_with("tests/") || before.starts_with("src/");
        if is_file {
            file = before.to_owned();
        }
        if is_file || (before.is_empty() && !file.is_empty()) {
            found.push((file.clone(), function.to_owned()));
        }
    }
    found
}

/// Whether a file has a test of this name; a harness of our own names its stories in strings.
fn has_test(text: &str, name: &str) -> bool {
    let attribute = |line: &str| line.trim().starts_with("#[") && line.contains("test]");
    let lines: Vec<&str> = text.lines().collect();
    let at = |line: &&str| line.contains(&format!("fn {name}("));
    let marked = |place: usize| lines[..place].iter().rev().take(3).any(|line| attribute(line));
    lines.iter().position(at).is_some_and(marked)
        || (text.contains("fn main()") && text.contains(&format!("\"{name}\"")))
}

#[test]
fn every_test_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in NAMING_PAGES {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with('|')) {
            for (file, name) in named_tests(line) {
                seen += 1;
                let is_there = root.join(&file).exists();
                let source = std::fs::read_to_string(root.join(&file)).unwrap_or_default();
                if !is_there || !(name.is_empty() || has_test(&source, &name)) {
                    wrong.push(format!("{page}:{}: no test {file}::{name}", number + 1));
                }
            }
        }
    }
    assert!(seen > 100, "the pages name {seen} tests: the test reads the wrong ones");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_bad_input_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/bad-inputs.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|--"));
    for row in rows.filter(|row| !row.ends_with("| test |")) {
        let named = named_tests(row).into_iter().filter(|(_, name)| !name.is_empty());
        assert_ne!(named.count(), 0, "no test: {row}");
    }
}

#[test]
fn the_names_of_tests_are_found() {
    let line =
        "| A `b` | `tests/a.rs::x`, `::y` (more), `src/z.rs::w`, `tests/stories/s`, `c::d` |";
    let found: Vec<String> =
        named_tests(line).into_iter().map(|(file, name)| format!("{file}::{name}")).collect();
    assert_eq!(found, ["tests/a.rs::x", "tests/a.rs::y", "src/z.rs::w", "tests/stories/s::"]);
    assert!(has_test("#[test]\nfn x() {\n", "x") && !has_test("fn x() {\n", "x"));
    assert!(has_test("fn main() {}\n (\"y\", 1)", "y") && !has_test("#[test]\nfn xx() {", "x"));
}
