//! The arrows between the rooms: which room may name which. A line here is a decision of docs/architecture.md.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/errors.rs"]
mod errors;
#[path = "architecture/pages.rs"]
mod pages;
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
    ("deliver", &["text", "model", "config", "net", "journal", "store", "feeds"]),
    ("serve", &["text", "model", "config", "journal", "store", "ingest", "feeds", "deliver"]),
    (
        "node",
        &[
            "text", "model", "config", "net", "fetch", "read", "refine", "journal", "store",
            "ingest", "feeds", "deliver", "serve",
        ],
    ),
    ("mirror", &["text", "model", "config", "net", "fetch", "refine", "journal"]),
    ("rehearse", &["model", "net", "fetch", "mirror"]),
    ("cli", &["text", "model", "config", "read", "refine", "feeds", "mirror", "rehearse", "node"]),
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
