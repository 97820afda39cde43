//! The pages of docs/ that name the test of each promise name tests that exist.

use std::path::Path;

/// Pages whose tables name tests, as `file::function` or `::function` of the file named before.
const NAMING_PAGES: &[&str] = &["docs/bad-inputs.md", "docs/faults.md", "docs/promises.md"];

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
