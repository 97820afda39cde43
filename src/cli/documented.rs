//! Every `dongtin …` that a page of the documentation names is a command that this program has.

use super::Arguments;
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::path::{Path, PathBuf};

/// The Markdown pages that people read, below the folder of the project.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("README.vi.md")];
    let mut folders = vec![root.join("docs"), root.join("deploy"), root.join("config")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// The commands in a page: whole lines of a block of code, and what stands between backticks.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, part) in page.replace("\\\n", " ").split("```").enumerate() {
        match number % 2 {
            1 => found.extend(part.lines().filter_map(in_line)),
            _ => found.extend(part.split('`').skip(1).step_by(2).filter_map(in_line)),
        }
    }
    found
}

/// From the program's name to the end of the command.
fn in_line(line: &str) -> Option<String> {
    let line = line.trim_start();
    let line = line.strip_prefix("sudo -u dongtin ").unwrap_or(line);
    let starts = line.starts_with("dongtin ").then_some(line);
    let command = starts.or_else(|| line.split_once("$(").map(|(_, inner)| inner))?;
    let end = command.find(['|', '>', ';', '&', '#', ')', '…']).unwrap_or(command.len());
    let command = command.get(..end)?.trim();
    command.starts_with("dongtin ").then(|| command.to_owned())
}

/// The words of a command, as a shell cuts them; what a manual has in brackets may stand there.
fn words(command: &str) -> Vec<String> {
    let plain = |part: &str| -> Vec<String> {
        let words = part.split_whitespace();
        words.map(|word| word.trim_matches(['"', '[', ']']).to_owned()).collect()
    };
    let parts = command.split('\'').enumerate();
    parts
        .flat_map(|(number, part)| match number % 2 {
            1 => vec![part.to_owned()],
            _ => plain(part),
        })
        .collect()
}

#[test]
fn every_command_in_the_documentation_is_one() {
    let mut count = 0;
    for page in pages() {
        for command in commands(&std::fs::read_to_string(&page).unwrap()) {
            count += 1;
            let read = Arguments::command().try_get_matches_from(words(&command));
            let Err(error) = read else { continue };
            let lacks_a_value = error.kind() == ErrorKind::InvalidValue
                && command.rsplit(' ').next().is_some_and(|last| last.starts_with("--"));
            let is_cut_short = lacks_a_value
                || matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument
                        | ErrorKind::MissingSubcommand
                        | ErrorKind::DisplayHelp
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                );
            assert!(is_cut_short, "{}: `{command}`: {error}", page.display());
        }
    }
    assert!(count > 50, "{count} commands");
}
