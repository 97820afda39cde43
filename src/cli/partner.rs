use crate::model::{Language, Timestamp};
use crate::node::command::{Command as NodeCommand, Listener, Outcome, PartnerStatus};
use crate::node::dispatch::run_anywhere;
use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show for every partner the cursor that it last came with, and when (đối tác đã chép đến đâu)
    Status {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: Command, file: &Path, language: Language) -> anyhow::Result<()> {
    let Command::Status { json } = command;
    let mut listener = Listener { progress: &mut |_, _| {}, bytes: &mut std::io::sink() };
    let outcome = run_anywhere(super::load(file)?, NodeCommand::Partners, &mut listener)?;
    let Outcome::Partners { partners, last, utc_offset } = outcome else {
        anyhow::bail!("the daemon is of another version: restart it");
    };
    if json {
        let told = serde_json::json!({ "last": last, "partners": partners });
        return Ok(super::say(serde_json::to_string_pretty(&told)?)?);
    }
    for partner in &partners {
        super::say(line(partner, last.0, utc_offset, language))?;
    }
    Ok(())
}

/// `bao-tinh: has all up to 812 of 900, last came 2026-11-28T14:00:00+07:00`
fn line(partner: &PartnerStatus, last: u64, utc_offset: i32, language: Language) -> String {
    let name = &partner.name;
    let (Some(seq), Some(at)) = (partner.seq, partner.at) else {
        return format!("{name}: {}", language.pick("never came", "chưa chép lần nào"));
    };
    let at = Timestamp::rfc3339_at(at, utc_offset);
    language.pick(
        format!("{name}: has all up to {seq} of {last}, last came {at}"),
        format!("{name}: đã có đến {seq}/{last}, lần gần nhất {at}"),
    )
}
