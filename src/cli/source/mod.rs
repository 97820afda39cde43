/// `dongtin source discover URL`: finds what an address offers, shows what it would yield, and adds it if that is wanted.
mod discover;
/// `dongtin source import` and `export`: lists of subscriptions as OPML, in and out.
mod opml;
/// `dongtin source status`: how each source is doing, in lines for people.
pub(super) mod status;
/// Puts `[[source]]` blocks at the end of a config file, which stays a config.
mod config_file;

use crate::node::command;
use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show for every source its state, last good poll, next check, warnings and what to do
    Status {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Find what an address offers and propose a source (tìm nguồn tin ở một địa chỉ)
    Discover(discover::Args),
    /// Make sources of an OPML list of subscriptions (nhập danh sách kênh tin từ tệp OPML)
    Import(opml::ImportArgs),
    /// Write the sources that are feeds as OPML (xuất danh sách kênh tin ra tệp OPML)
    Export(opml::ExportArgs),
    /// Publish the entries that are kept from readers because the source changed (đăng tin đang giữ lại)
    Accept {
        /// Its id
        id: String,
    },
    /// Discard the entries that are kept from readers (bỏ tin đang giữ lại)
    Discard {
        /// Its id
        id: String,
    },
    /// Poll sources now and show what came of it; the pauses between requests to a host still hold
    Poll {
        /// Their ids
        #[arg(required_unless_present = "all")]
        ids: Vec<String>,
        /// Every source that is polled
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Do not wait for what comes of it (không chờ kết quả)
        #[arg(long)]
        no_wait: bool,
    },
}

pub(super) fn run(command: Command, file: &Path) -> anyhow::Result<()> {
    match command {
        Command::Status { json } => {
            let status = command::Command::Sources;
            match super::load(file) {
                Ok(config) => super::run_command_as(config, status, "reading", json),
                Err(mistake) => super::ask_anyway(&status, mistake),
            }
        }
        Command::Discover(args) => discover::run(args, file),
        Command::Import(args) => opml::import(args, file),
        Command::Export(args) => opml::export(args, file),
        Command::Accept { id } => kept(id, true, file),
        Command::Discard { id } => kept(id, false, file),
        Command::Poll { ids, no_wait, .. } => {
            let poll = command::Command::Poll { ids, wait: !no_wait };
            super::run_command(super::load(file)?, poll, "polling")
        }
    }
}

fn kept(source: String, accept: bool, file: &Path) -> anyhow::Result<()> {
    super::run_command(super::load(file)?, command::Command::Kept { source, accept }, "taking in")
}
