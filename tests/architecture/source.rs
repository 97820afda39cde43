//! The files of `src/` as the other tests look at them: by room, without test code, without comments and literals.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// One file of `src/`, test files left out.
pub struct File {
    /// Relative to `src/`, such as `store/keys.rs`.
    pub name: String,
    /// The text as it is written.
    pub text: String,
    /// The text with comments, literals and test code blanked out; line breaks stay where they are.
    pub code: String,
    /// How many lines of `text` are test code.
    pub test_lines: usize,
}

impl File {
    fn read(path: &Path, src: &Path) -> File {
        let text = std::fs::read_to_string(path).unwrap();
        let mut code = blank_literals(&text);
        let mut test_lines = 0;
        for item in test_items(&code) {
            test_lines += line_count(&code[item.clone()]);
            let blank = blanked(&code[item.clone()]);
            code.replace_range(item, &blank);
        }
        File { name: relative(path, src), text, code, test_lines }
    }

    /// Lines that are not test code: code, comments and blank lines.
    pub fn lines(&self) -> usize {
        self.text.lines().count() - self.test_lines
    }

    /// The first folder of the name, or the file itself where it lies in none.
    pub fn room(&self) -> &str {
        self.name.split('/').next().unwrap().trim_end_matches(".rs")
    }
}

pub fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of `src/` that is not a test file.
pub fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(read_files)
}

fn read_files() -> Vec<File> {
    let src = src();
    let paths = rust_files(&src);
    let tests: Vec<PathBuf> = paths.iter().flat_map(|path| test_modules(path)).collect();
    let is_test = |path: &Path| {
        tests.iter().any(|module| path.starts_with(module) || path == module.with_extension("rs"))
    };
    paths.iter().filter(|path| !is_test(path)).map(|path| File::read(path, &src)).collect()
}

/// How many test files there are, and how many lines of `src/` are test code.
pub fn test_code() -> (usize, usize) {
    let (src, kept) = (src(), files());
    let all = rust_files(&src);
    let lines = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let total: usize = all.iter().map(lines).sum();
    (all.len() - kept.len(), total - kept.iter().map(File::lines).sum::<usize>())
}

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn relative(path: &Path, src: &Path) -> String {
    path.strip_prefix(src).unwrap().to_string_lossy().into_owned()
}

/// The modules that a file declares by `#[cfg(test)] mod NAME;`, as paths without an ending.
fn test_modules(path: &Path) -> Vec<PathBuf> {
    let code = blank_literals(&std::fs::read_to_string(path).unwrap());
    let stem = path.file_stem().unwrap();
    let owns_folder = ["mod", "lib", "main"].iter().any(|name| stem == *name);
    let folder = if owns_folder { path.parent().unwrap().into() } else { path.with_extension("") };
    let declared = |item: std::ops::Range<usize>| {
        let (before, name) = code[item].trim_end().strip_suffix(';')?.rsplit_once(' ')?;
        before.ends_with("mod").then(|| folder.join(name))
    };
    test_items(&code).into_iter().filter_map(declared).collect()
}

/// Where the items marked `#[cfg(test)]` stand.
fn test_items(code: &str) -> Vec<std::ops::Range<usize>> {
    let mut items: Vec<std::ops::Range<usize>> = Vec::new();
    for (start, mark) in code.match_indices("#[cfg(test)]") {
        if items.last().is_none_or(|last| start >= last.end) {
            let end = body(code, start + mark.len()).map_or(code.len(), |(_, end)| end);
            items.push(start..end);
        }
    }
    items
}

/// The first braces after a place, from `{` to behind `}`; `None` where the item ends in `;` without any, which then
/// is the end of an empty range.
pub fn body(code: &str, from: usize) -> Option<(usize, usize)> {
    let (mut open, mut braces, mut start) = (0, 0, None);
    for (place, byte) in (from..).zip(code[from..].bytes()) {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open -= 1,
            b';' if open == 0 && braces == 0 => return Some((place + 1, place + 1)),
            b'{' if braces == 0 && open == 0 => (start, braces) = (Some(place), 1),
            b'{' => braces += 1,
            b'}' => {
                braces -= 1;
                if braces == 0 && start.is_some() && open == 0 {
                    return Some((start?, place + 1));
                }
            }
            _ => {}
        }
    }
    None
}

fn line_count(text: &str) -> usize {
    text.matches('\n').count() + 1
}

fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// A text with every comment and literal blanked out, byte for byte.
pub fn blank_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let (mut place, mut in_word) = (0, false);
    while let Some(next) = text[place..].chars().next() {
        let rest = &text[place..];
        let length = skipped(rest, in_word);
        let end = length.unwrap_or(next.len_utf8());
        match length {
            None if next.is_ascii() => code.push(next),
            _ => code.push_str(&blanked(&rest[..end])),
        }
        in_word = length.is_none() && (next.is_alphanumeric() || next == '_');
        place += end;
    }
    code
}

/// How long the comment or literal is that begins here; `None` where none does.
fn skipped(rest: &str, in_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |at| at + 2));
    }
    match rest.as_bytes()[0] {
        b'"' => Some(quoted(rest, '"')),
        b'\'' => is_char(rest).then(|| quoted(rest, '\'')),
        b'r' | b'b' if !in_word => raw(rest),
        _ => None,
    }
}

/// Whether a character literal begins here, and not a lifetime.
fn is_char(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

/// The length of a literal from its first to its last quote.
fn quoted(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, next)) = chars.next() {
        if next == '\\' {
            chars.next();
        } else if next == quote {
            return place + next.len_utf8();
        }
    }
    rest.len()
}

/// The length of a raw literal such as `r#"…"#` or `br"…"`, where one begins here.
fn raw(rest: &str) -> Option<usize> {
    let after = rest.trim_start_matches('b').strip_prefix('r')?;
    let inside = after.trim_start_matches('#');
    let marks = after.len() - inside.len();
    let end = format!("\"{}", "#".repeat(marks));
    let text = inside.strip_prefix('"')?;
    let length = text.find(&end).map_or(text.len(), |at| at + end.len());
    Some(rest.len() - text.len() + length)
}

#[test]
fn comments_literals_and_test_code_are_not_code() {
    let text = "fn a<'a>() { '\\''; \"{\\\"\"; r#\"}\"#; /* { */ } // }\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\n";
    let code = blank_literals(text);
    assert_eq!(code.len(), text.len());
    assert_eq!(code.matches(['{', '}', '"']).count(), 6, "{code}");
    let items = test_items(&code);
    assert_eq!(items.len(), 1);
    assert!(text[items[0].clone()].ends_with("{}\n}"));
    assert_eq!(line_count(&text[items[0].clone()]), 4);
}
