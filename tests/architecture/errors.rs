//! Public functions that return a `Result` say under `# Errors` when they fail.
//!
//! clippy's `missing_errors_doc` looks at no item of a private room, or, told to, at every private function too.

use crate::source::{self, File};
use std::collections::BTreeMap;

/// How many public functions of each room do not say it yet. The numbers may only shrink.
const KNOWN: &[(&str, usize)] = &[];

/// The public functions of a file that return a `Result` and have no `# Errors` in their comment, with their lines.
fn silent(file: &File) -> Vec<(usize, String)> {
    let text: Vec<&str> = file.text.lines().collect();
    let (mut found, mut place) = (Vec::new(), 0);
    for (number, line) in file.code.split('\n').enumerate() {
        let name = line.trim_start().strip_prefix("pub ").and_then(|rest| {
            let name = rest.split_once("fn ")?;
            let words = ["", "async ", "const ", "const async "];
            words.contains(&name.0).then(|| name.1.split(['(', '<']).next().unwrap().to_owned())
        });
        if let Some(name) = name
            && returns_result(&file.code[place..])
            && !comment_above(&text, number).contains("# Errors")
        {
            found.push((number + 1, name));
        }
        place += line.len() + 1;
    }
    found
}

/// Whether the function that begins here returns a `Result`.
fn returns_result(code: &str) -> bool {
    let signature = code.split(['{', ';']).next().unwrap();
    let returned = signature.rsplit_once("->").map_or("", |(_, returned)| returned);
    returned.split("where").next().unwrap().contains("Result")
}

/// The comment and attributes above a line.
fn comment_above(text: &[&str], line: usize) -> String {
    let above = text[..line].iter().rev().take_while(|line| {
        let line = line.trim_start();
        line.starts_with("///") || line.starts_with("#[") || line.starts_with(")]")
    });
    above.copied().collect::<Vec<_>>().join("\n")
}

#[test]
fn public_functions_say_when_they_fail() {
    let (mut counts, mut lines) = (BTreeMap::new(), Vec::new());
    for file in source::files() {
        for (line, name) in silent(file) {
            *counts.entry(file.room()).or_insert(0) += 1;
            lines.push(format!("src/{}:{line}: {name}", file.name));
        }
    }
    println!("{}\n{counts:?}", lines.join("\n"));
    let known: BTreeMap<&str, usize> = KNOWN.iter().copied().collect();
    for (room, count) in counts {
        let limit = known.get(room).copied().unwrap_or(0);
        assert!(count <= limit, "{room}: {count} have no `# Errors`, {limit} were known");
    }
}

#[test]
fn a_silent_function_is_found() {
    let text = "/// Reads.\n///\n/// # Errors\n/// Never.\npub fn a() -> Result<(), E> {}\n/// Reads.\n#[must_use]\npub async fn b(\n    x: u8,\n) -> io::Result<()> {}\npub fn c() -> u8 {}\nfn d() -> Result<(), E> {}\n";
    let code = source::blank_literals(text);
    let file = File { name: "a/b.rs".into(), text: text.into(), code, test_lines: 0 };
    assert_eq!(silent(&file), [(8, "b".to_owned())]);
}
