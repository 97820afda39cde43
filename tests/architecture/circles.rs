//! Circles between the files of one room: files that name each other, directly or around several corners.
//!
//! A file names another by a path that begins with `crate::`, `super::`, `self::` or a module of its own. A name that
//! the other file only passes on by `use` counts for the file that defines it, and passing on is not naming. A file
//! may name what the `mod.rs` above it defines: that is where the words of a folder stand. Test code is left out.

use crate::source::{self, File};
use std::collections::{BTreeMap, BTreeSet};

/// How many files of each room are in a circle today. The numbers may only shrink.
const KNOWN: &[(&str, usize)] = &[];

type Path = Vec<String>;

/// A name that a file brings in by `use`.
struct Import {
    name: String,
    path: Path,
    /// Written as `pub use`: the file passes the name on.
    passed_on: bool,
}

/// What the files of `src/` name, by the module that each of them is.
struct Modules<'a> {
    files: BTreeMap<Path, &'a File>,
    imports: BTreeMap<Path, Vec<Import>>,
}

impl<'a> Modules<'a> {
    fn new(files: &'a [File]) -> Self {
        let files: BTreeMap<Path, &File> = files.iter().map(|f| (module(&f.name), f)).collect();
        let imports = files.iter().map(|(path, file)| (path.clone(), imports(&file.code)));
        let imports = imports.collect();
        Modules { files, imports }
    }

    /// The module that defines what a path names, as it is written in the module `from`; `None` for other crates.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Option<Path> {
        let (first, after) = path.split_first()?;
        let mut at = from.to_vec();
        let mut rest = after;
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => at.truncate(at.len().checked_sub(1)?),
            child if self.files.contains_key(&joined(from, child)) => rest = path,
            _ => return None,
        }
        while let Some(name) = rest.first() {
            if name == "super" {
                at.pop()?;
            } else if self.files.contains_key(&joined(&at, name)) {
                at.push(name.clone());
            } else {
                let mut passed = self.imports.get(&at).into_iter().flatten();
                let found = passed.find_map(|import| {
                    let is_it = import.name == *name && depth < 8;
                    is_it.then(|| self.resolve(&at, &import.path, depth + 1)).flatten()
                });
                return Some(found.unwrap_or(at));
            }
            rest = &rest[1..];
        }
        Some(at)
    }

    /// The other files of the same room that a file names.
    fn named_by(&self, from: &Path) -> BTreeSet<&str> {
        let passed_on = self.imports[from].iter().filter(|import| import.passed_on);
        let passed_on: BTreeSet<&Path> = passed_on.map(|import| &import.path).collect();
        let mut paths = inline_paths(&self.files[from].code);
        paths.extend(self.imports[from].iter().map(|import| import.path.clone()));
        let paths = paths.iter().filter(|path| !passed_on.contains(path));
        let modules = paths.filter_map(|path| self.resolve(from, path, 0));
        let in_room = modules.filter(|to| !from.starts_with(to) && to.first() == from.first());
        in_room.filter_map(|module| self.files.get(&module)).map(|f| f.name.as_str()).collect()
    }

    /// Which file of a room names which.
    fn graph(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        self.files.iter().map(|(path, file)| (file.name.as_str(), self.named_by(path))).collect()
    }
}

fn joined(at: &[String], name: &str) -> Path {
    at.iter().cloned().chain([name.to_owned()]).collect()
}

/// The module that a file is: `store/keys.rs` is `store::keys`, `store/mod.rs` is `store`.
fn module(file: &str) -> Path {
    let parts = file.trim_end_matches(".rs").split('/');
    parts.filter(|part| !["mod", "lib", "main"].contains(part)).map(str::to_owned).collect()
}

/// The names that a file brings in by `use`.
fn imports(code: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for (place, _) in code.match_indices("use ") {
        let line = code[..place].rsplit('\n').next().unwrap();
        let visible = line.trim_start().starts_with("pub");
        if visible || line.trim().is_empty() {
            let tree = code[place + 4..].split(';').next().unwrap();
            let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
            for (name, path) in leaves(&tree) {
                found.push(Import { name, path, passed_on: visible });
            }
        }
    }
    found
}

/// The names and paths of a tree such as `a::{b, c::d as e}`.
fn leaves(tree: &str) -> Vec<(String, Path)> {
    let Some((head, inside)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Path = path.split("::").map(|part| part.trim().to_owned()).collect();
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let name =
            if alias.is_empty() { path.last().unwrap().clone() } else { alias.trim().into() };
        return vec![(name, path)];
    };
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for next in inside.chars() {
        match next {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(next),
        }
        depth += i32::from(next == '{') - i32::from(next == '}');
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| leaves(&format!("{head}{part}"))).collect()
}

/// Paths of several parts outside `use`.
fn inline_paths(code: &str) -> Vec<Path> {
    let code: String = code.split(';').filter(|item| !item.contains("use ")).collect();
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_path(c)).filter(|word| word.contains("::"));
    let parts = words.map(|word| word.split("::").filter(|part| !part.is_empty()));
    parts.map(|parts| parts.map(str::to_owned).collect()).collect()
}

/// The circles of a graph, each with its files in order.
fn circles(graph: &BTreeMap<&str, BTreeSet<&str>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(file) = open.pop() {
            for next in graph.get(file.as_str()).into_iter().flatten() {
                if seen.insert((*next).to_owned()) {
                    open.push((*next).to_owned());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&str, BTreeSet<String>> = graph.keys().map(|f| (*f, reached(f))).collect();
    let in_circle = all.iter().filter(|(file, reached)| reached.contains(**file));
    in_circle
        .map(|(file, reached)| {
            let back = |other: &&String| all.get(other.as_str()).is_some_and(|r| r.contains(*file));
            reached.iter().filter(back).cloned().collect()
        })
        .collect()
}

/// The circles of every room, and who names whom in them.
fn described(graph: &BTreeMap<&str, BTreeSet<&str>>) -> String {
    let mut lines = Vec::new();
    for circle in circles(graph) {
        lines.push(format!("circle of {}:", circle.len()));
        for file in &circle {
            let named = graph[file.as_str()].iter().filter(|n| circle.iter().any(|f| f == **n));
            let named: Vec<&str> = named.copied().collect();
            lines.push(format!("  src/{file} names {}", named.join(", ")));
        }
    }
    lines.join("\n")
}

#[test]
fn no_circle_between_files_is_added() {
    let modules = Modules::new(source::files());
    let graph = modules.graph();
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 300, "too few names were found");
    println!("{}", described(&graph));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for circle in circles(&graph) {
        *counts.entry(circle[0].split('/').next().unwrap().to_owned()).or_default() += circle.len();
    }
    let known: BTreeMap<String, usize> = KNOWN.iter().map(|(r, n)| ((*r).to_owned(), *n)).collect();
    for (room, count) in counts {
        let limit = known.get(&room).copied().unwrap_or(0);
        assert!(count <= limit, "{room}: {count} files are in circles, {limit} were known");
    }
}

#[test]
fn circles_are_found_through_names_that_are_passed_on() {
    let file = |name: &str, code: &str| File {
        name: name.into(),
        text: code.into(),
        code: code.into(),
        test_lines: 0,
    };
    let files = [
        file("lib.rs", ""),
        file("a/mod.rs", "pub use b::B;\npub use c::{C, D as E};\n"),
        file("a/b.rs", "use super::{C,\n c::d};\npub struct B;\n"),
        file("a/c.rs", "fn d(x: super::B) { crate::other::f() }\n"),
        file("a/e.rs", "use crate::a::E;\n"),
        file("other.rs", "use crate::a::B;\n"),
    ];
    let modules = Modules::new(&files);
    let graph = modules.graph();
    assert_eq!(graph["a/e.rs"], BTreeSet::from(["a/c.rs"]));
    assert_eq!(graph["a/mod.rs"], BTreeSet::new());
    assert_eq!(circles(&graph), BTreeSet::from([vec!["a/b.rs".to_owned(), "a/c.rs".to_owned()]]));
}
