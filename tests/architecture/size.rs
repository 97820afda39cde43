//! How large the source is, and the limits of functions and files. `tests/size` prints it.
//!
//! Counted are the lines of `src/**/*.rs`, comments and blank lines too. Not counted are items marked
//! `#[cfg(test)]` and the files of modules that are so marked. A function reaches from the line of its `fn` to
//! its closing brace.

use crate::source::{self, File};
use std::collections::BTreeMap;

const FUNCTION_LIMIT: usize = 75;
const FILE_LIMIT: usize = 450;

/// Longer files from before the limit, with the length that each has not to exceed. The list may only shrink.
const LONG_FILES: &[(&str, usize)] = &[];

struct Function {
    file: String,
    name: String,
    lines: usize,
}

/// Every function with a body, of code whose comments, literals and tests are blanked out.
fn functions(file: &str, code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (place, _) in code.match_indices("fn ") {
        let begins_word = code[..place].ends_with(|c: char| c.is_whitespace() || c == '(');
        let name: String =
            code[place + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some((start, end)) = source::body(code, place) else { continue };
        if (begins_word || place == 0) && !name.is_empty() && end > start {
            let lines = code[place..end].matches('\n').count() + 1;
            found.push(Function { file: file.to_owned(), name, lines });
        }
    }
    found
}

fn all_functions(files: &[File]) -> Vec<Function> {
    files.iter().flat_map(|file| functions(&file.name, &file.code)).collect()
}

/// The value in the middle, and the largest one.
fn median_and_max(mut values: Vec<usize>) -> (usize, usize) {
    values.sort_unstable();
    match values.last() {
        Some(last) => (values[values.len() / 2], *last),
        None => (0, 0),
    }
}

fn row(name: &str, files: &[&File]) -> String {
    let lines: Vec<usize> = files.iter().map(|file| file.lines()).collect();
    let functions = files.iter().flat_map(|file| functions(&file.name, &file.code));
    let functions: Vec<usize> = functions.map(|function| function.lines).collect();
    let (sum, count) = (lines.iter().sum::<usize>(), functions.len());
    let (file_median, file_max) = median_and_max(lines);
    let (median, max) = median_and_max(functions);
    format!(
        "{name:<8} {sum:>6} {:>6} {file_median:>7} {file_max:>5} {count:>10} {median:>7} {max:>5}",
        files.len()
    )
}

/// The table that `tests/size` prints.
fn table(files: &[File]) -> String {
    let mut rooms: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files {
        rooms.entry(file.room()).or_default().push(file);
    }
    let mut lines =
        vec!["room      lines  files  median   max  functions  median   max".to_owned()];
    lines.extend(rooms.iter().map(|(room, files)| row(room, files)));
    lines.push(row("all", &files.iter().collect::<Vec<_>>()));
    let (test_files, test_lines) = source::test_code();
    lines.push(format!(
        "and {test_lines} lines of tests in src/, {test_files} files are nothing else"
    ));
    lines
        .extend(long_files(files).map(|file| format!("src/{}: {} lines", file.name, file.lines())));
    let functions = all_functions(files);
    let long = functions.iter().filter(|function| function.lines > FUNCTION_LIMIT);
    lines.extend(long.map(|f| format!("src/{}: fn {}: {} lines", f.file, f.name, f.lines)));
    lines.join("\n")
}

fn long_files(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.lines() > FILE_LIMIT)
}

#[test]
fn the_size_is_printed() {
    println!("{}", table(source::files()));
}

#[test]
fn no_function_is_over_the_limit() {
    let files = source::files();
    let functions = all_functions(files);
    assert!(functions.len() > 1_000, "only {} functions found", functions.len());
    let long = functions.iter().filter(|function| function.lines > FUNCTION_LIMIT);
    let long: Vec<String> =
        long.map(|f| format!("src/{}: fn {} has {} lines", f.file, f.name, f.lines)).collect();
    assert!(long.is_empty(), "over {FUNCTION_LIMIT} lines:\n{}", long.join("\n"));
}

#[test]
fn no_file_is_over_the_limit() {
    let files = source::files();
    let limits: BTreeMap<&str, usize> = LONG_FILES.iter().copied().collect();
    let mut wrong: Vec<String> = long_files(files)
        .filter(|file| limits.get(file.name.as_str()).is_none_or(|limit| file.lines() > *limit))
        .map(|file| format!("src/{} has {} lines", file.name, file.lines()))
        .collect();
    for (name, _) in LONG_FILES {
        if !long_files(files).any(|file| file.name == *name) {
            wrong.push(format!("src/{name} is within the limit: take it off the list"));
        }
    }
    assert!(wrong.is_empty(), "limit {FILE_LIMIT}:\n{}", wrong.join("\n"));
}

#[test]
fn functions_are_measured_from_fn_to_their_brace() {
    let code = "trait T { fn a(); }\nimpl T for X {\n    fn a<F: Fn(u8)>(\n    ) {\n        b\n    }\n}\nconst F: fn (u8) = x;\n";
    let found: Vec<(String, usize)> =
        functions("x.rs", code).into_iter().map(|f| (f.name, f.lines)).collect();
    assert_eq!(found, [("a".to_owned(), 4)]);
    assert_eq!(median_and_max(vec![3, 1, 2]), (2, 3));
}
