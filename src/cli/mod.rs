//! The command line, one file per command; each has `Args` and `run`.
//!
//! In: arguments. Out: texts, and an exit code: 0 done, 1 failed, 2 wrong arguments.

/// `dongtin serve`: the daemon.
mod serve;
/// `dongtin demo`: the daemon on sample articles, with no other set-up and no internet.
mod demo;
/// `dongtin add`: takes files in, through the daemon if it runs.
mod add;
/// `dongtin token`: the secrets with which a CMS pushes and a partner reads. Only their hashes are kept.
mod token;
/// `dongtin partner`: who mirrors us, and how far each has got.
mod partner;
/// `dongtin source`: what we read, and how it is doing.
mod source;
/// `dongtin feed`: what we publish, and where.
mod feed;
/// `dongtin config`: check a config, or print one with every option.
mod config;
/// `dongtin backup`, `restore`, `export`, `import`: everything as a folder, or the journal as one file (docs/archive.md).
mod archive;
/// `dongtin mirror`: copies another dongtin into a folder, a database or a program.
mod mirror;
/// `dongtin rehearse`: tries a partner's receiver.
mod rehearse;
/// `dongtin history`, `dongtin purge`: what one article ever said, and taking it out for good.
mod article;
/// `dongtin promote`, `dongtin rejoin`: a node that follows another one leads, or follows again.
mod follow;
/// `dongtin read`: shows what dongtin reads in a feed or file.
mod read;
/// `dongtin repair`: repairs legacy Vietnamese text and explains each decision on request.
mod repair;
/// `dongtin date`: shows how a source's date is read, and why.
mod date;
/// Standard input, output and error.
mod terminal;
/// Prints what a command brought about.
mod outcome;
/// Progress bars, if standard error is a terminal.
mod progress;
/// The operator's language: Vietnamese if the environment asks for it, else English with Vietnamese in brackets.
mod language;

#[cfg(test)]
mod documented;

use crate::config::{Config, Mistakes};
use crate::model::Language;
use crate::node;
use crate::node::command::{Command as NodeCommand, Listener};
use crate::node::dispatch::{run_anywhere, run_in_daemon};
use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use terminal::{Unsaid, note, say, write};

/// dongtin, "stream of news": articles in; RSS, Atom and JSON feeds out.
///
/// Dòng tin: nhận tin bài của cổng thông tin, lưu lại, và xuất bản dưới dạng RSS, Atom, JSON Feed.
#[derive(Parser)]
#[command(name = "dongtin", version, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    /// The config file (tệp cấu hình)
    #[arg(short, long, global = true, value_name = "FILE", default_value = "dongtin.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon (chạy dịch vụ)
    Serve(serve::Args),
    /// Run a daemon of sample articles, with no other set-up (chạy thử với tin mẫu)
    Demo(demo::Args),
    /// Take in files: .txt, .html, .md, .json, feeds (thêm tin từ tệp)
    Add(add::Args),
    /// Make, list and revoke the tokens with which a CMS pushes and a partner copies (mã truy cập)
    #[command(subcommand)]
    Token(token::Command),
    /// Show sources, or find one at an address (nguồn tin)
    #[command(subcommand)]
    Source(source::Command),
    /// Show how far each partner has got (đối tác chép tin)
    #[command(subcommand)]
    Partner(partner::Command),
    /// List the feeds and their addresses (các kênh tin)
    Feed {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Check the config, or print every option (kiểm tra cấu hình)
    #[command(subcommand)]
    Config(config::Command),
    /// Verify that journal, views and feeds agree (kiểm tra dữ liệu)
    Check {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Put right the times of articles that came while this machine's clock was ahead (sửa giờ sai)
    Redate,
    /// Rebuild every index from the journal (dựng lại chỉ mục)
    Rebuild,
    /// Copy journal, config and tokens into a folder, also while the daemon runs (sao lưu)
    Backup(archive::BackupArgs),
    /// Make a data directory from a backup (phục hồi)
    Restore(archive::RestoreArgs),
    /// Write the journal as compressed NDJSON (xuất dữ liệu)
    Export(archive::ExportArgs),
    /// Read an export into the journal (nhập dữ liệu)
    Import(archive::ImportArgs),
    /// Copy the articles of another dongtin, and go on copying (chép tin từ nơi phát khác)
    Mirror(mirror::Args),
    /// Try a receiver against a publisher that has a bad week (diễn tập)
    #[command(subcommand)]
    Rehearse(rehearse::Rehearsal),
    /// Show everything that an article ever said (lịch sử của một bài)
    History(article::HistoryArgs),
    /// Take an article's text out of the journal for good (xóa hẳn một bài)
    Purge(article::PurgeArgs),
    /// Make a follower the leader when its leader is gone (lên làm nút chính)
    Promote(follow::PromoteArgs),
    /// Follow the leader again, giving up what only this node has (chép theo nút chính trở lại)
    Rejoin(follow::RejoinArgs),
    /// Read a feed or file and show what is in it (đọc thử một tệp tin)
    Read(read::Args),
    /// Repair legacy Vietnamese text, TCVN3 and VNI (sửa chữ theo bảng mã cũ)
    Repair(repair::Args),
    /// Show how a source's date is read (đọc thử ngày giờ)
    Date(date::Args),
    /// A process that reads untrusted bytes for the daemon.
    #[command(name = "__worker", hide = true)]
    Worker { memory_bytes: u64, cpu_s: u64 },
    /// Tries whether a data directory opens.
    #[command(name = "__probe", hide = true)]
    Probe { directory: PathBuf },
}

/// Runs the command that the arguments name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let language = language::of_environment();
    let matches = language::told(Arguments::command(), language).try_get_matches_from(arguments);
    let arguments = match matches.and_then(|found| Arguments::from_arg_matches(&found)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    match run(arguments, language) {
        Ok(code) => code,
        Err(error) if error.downcast_ref().is_some_and(Unsaid::is_unheard) => ExitCode::SUCCESS,
        Err(error) => {
            note(format_args!("dongtin: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, language: Language) -> anyhow::Result<ExitCode> {
    let file = arguments.config;
    match arguments.command {
        Command::Serve(args) => serve::run(args, &file, language)?,
        Command::Demo(args) => demo::run(args)?,
        Command::Add(args) => add::run(args, &file)?,
        Command::Token(command) => token::run(command, &file, language)?,
        Command::Source(command) => source::run(command, &file)?,
        Command::Partner(command) => partner::run(command, &file, language)?,
        Command::Feed { json } => feed::run(json, &file)?,
        Command::Config(command) => config::run(command, &file)?,
        Command::Check { json } => {
            run_command_as(load(&file)?, NodeCommand::Check, "checking", json)?;
        }
        Command::Redate => run_command(load(&file)?, NodeCommand::Redate, "looking")?,
        Command::Rebuild => run_command(load(&file)?, NodeCommand::Rebuild, "rebuilding")?,
        Command::Backup(args) => archive::backup(args, &file)?,
        Command::Restore(args) => archive::restore(args, &file)?,
        Command::Export(args) => archive::export(args, &file)?,
        Command::Import(args) => archive::import(args, &file)?,
        Command::Mirror(args) => mirror::run(args, language)?,
        Command::Rehearse(rehearsal) => return rehearse::run(rehearsal, language),
        Command::History(args) => article::history(args, &file)?,
        Command::Purge(args) => article::purge(args, &file)?,
        Command::Promote(args) => follow::promote(args, &file)?,
        Command::Rejoin(args) => follow::rejoin(args, &file)?,
        Command::Read(args) => read::run(args)?,
        Command::Repair(args) => repair::run(args)?,
        Command::Date(args) => date::run(args, &file)?,
        Command::Worker { memory_bytes, cpu_s } => {
            return Ok(node::run_worker(memory_bytes, cpu_s));
        }
        Command::Probe { directory } if node::probe_store(&directory).is_err() => {
            return Ok(ExitCode::FAILURE);
        }
        Command::Probe { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the config; the error names the file and, if there is none, the remedy.
fn load(file: &Path) -> anyhow::Result<Config> {
    let (text, file) = read_config(file)?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    Config::parse(&text, folder).map_err(|mistakes| Unusable { file, mistakes }.into())
}

/// A config file with mistakes.
#[derive(Debug, thiserror::Error)]
#[error("{}: {mistakes}", file.display())]
struct Unusable {
    file: PathBuf,
    mistakes: Mistakes,
}

/// A config file's text and its absolute path.
fn read_config(file: &Path) -> anyhow::Result<(String, PathBuf)> {
    let bytes = std::fs::read(file).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::NotFound => "name the config with --config FILE, or write one: dongtin config print > dongtin.toml".to_owned(),
            ErrorKind::PermissionDenied => node::run_as_owner(file),
            _ => "name the config with --config FILE".to_owned(),
        };
        anyhow::anyhow!("{}: cannot be read ({error}); {remedy}", file.display())
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let found = match error.as_bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "is in UTF-16",
            _ => "has bytes that are no UTF-8",
        };
        anyhow::anyhow!("{}: {found}: save it as UTF-8 in your editor", file.display())
    })?;
    Ok((text, file.canonicalize().with_context(|| file.display().to_string())?))
}

/// Asks the running daemon although its config file now has mistakes, and says so; without a daemon the mistake is the error.
fn ask_anyway(command: &NodeCommand, mistake: anyhow::Error) -> anyhow::Result<()> {
    let Some(unusable) = mistake.downcast_ref::<Unusable>() else { return Err(mistake) };
    let told = run_in_daemon(&unusable.mistakes.data_directory, command);
    let Ok(Some(outcome)) = told else { return Err(mistake) };
    note(format_args!(
        "dongtin: {mistake:#}\ndongtin: the daemon that runs goes on with its last good config (dịch vụ vẫn chạy theo cấu hình đúng gần nhất)"
    ));
    outcome::print(&outcome)
}

/// Runs a command where it can be run, with a progress bar, and prints the outcome.
fn run_command(config: Config, command: NodeCommand, name: &'static str) -> anyhow::Result<()> {
    run_command_as(config, command, name, false)
}

/// Runs a command as [`run_command`] does; its outcome is printed as JSON if that is wanted.
fn run_command_as(
    config: Config,
    command: NodeCommand,
    name: &'static str,
    json: bool,
) -> anyhow::Result<()> {
    let (bar, mut progress) = progress::bar(name);
    let mut listener = Listener { progress: &mut progress, bytes: &mut std::io::sink() };
    let outcome = run_anywhere(config, command, &mut listener)?;
    bar.finish_and_clear();
    if json { outcome::print_json(&outcome) } else { outcome::print(&outcome) }
}
