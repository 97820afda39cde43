use super::language;
use super::source::status;
use super::terminal::{say, say_json};
use crate::node::command::{AddedFile, Outcome, SourceHealth};

/// Prints an outcome as JSON.
///
/// # Errors
/// Part of the command failed, as with [`print()`].
pub(super) fn print_json(outcome: &Outcome) -> anyhow::Result<()> {
    match outcome {
        Outcome::Sources { sources, .. } => {
            say_json(&sources.iter().map(status::SourceJson::of).collect::<Vec<_>>())
        }
        other => {
            say_json(other)?;
            let is_sound =
                !matches!(other, Outcome::Checked { problems, .. } if !problems.is_empty());
            anyhow::ensure!(is_sound, "the check found problems");
            Ok(())
        }
    }
}

/// Prints an outcome in words.
///
/// # Errors
/// Part of the command failed; the error says which.
pub(super) fn print(outcome: &Outcome) -> anyhow::Result<()> {
    match outcome {
        Outcome::Added { files } => return added(files),
        Outcome::Checked { problems, .. } if !problems.is_empty() => {
            anyhow::bail!("the check found problems:\n{}", problems.join("\n"));
        }
        Outcome::Checked { events, values, .. } => say(format_args!(
            "{events} events, {values} values of the views: no problems, every feed is complete (dữ liệu khớp, mọi kênh tin nguyên vẹn)"
        )),
        Outcome::Rebuilt { last } => say(format_args!("rebuilt up to event {last}")),
        Outcome::Exported { events, last } => {
            say(format_args!("{events} events, the last is {last}"))
        }
        Outcome::ProgressExported => say("all rows of progress were written"),
        Outcome::Imported { file, events, last, new } => say(format_args!(
            "{}: {events} events, the last is {last}; {new} were new",
            file.display()
        )),
        Outcome::Sources { sources, utc_offset } => {
            say(status::text(sources, *utc_offset, language::of_environment()))
        }
        Outcome::Partners { partners, .. } => say(format_args!("{} partners", partners.len())),
        Outcome::Asked { sources } => {
            say(format_args!("{sources} sources are polled as soon as their hosts allow"))
        }
        Outcome::Polled { sources, utc_offset } => return polled(sources, *utc_offset),
        Outcome::Accepted { source, applied } => say(format_args!(
            "source {source}: {applied}; from now on the source is expected to look like this"
        )),
        Outcome::Discarded { source, entries } => {
            say(format_args!("source {source}: {entries} entries were discarded"))
        }
        Outcome::NothingKept { source } => {
            say(format_args!("source {source}: nothing is kept from readers"))
        }
        Outcome::Purged { key, events, last } => say(format_args!(
            "article {key}: what it said in {events} events is gone from the journal, and partners were told to delete it. Backups and exports that were made before event {last} still hold it: delete them, and make a new one (các bản sao lưu trước sự kiện {last} vẫn còn nội dung này: hãy xóa và sao lưu lại)"
        )),
        Outcome::History { .. } => Ok(()),
        Outcome::Redated { articles } => say(format_args!(
            "{articles} articles had a time that is not yet: they have the present one now"
        )),
        Outcome::Promoted { term, last } => say(format_args!(
            "this node leads now, term {term}: it has everything up to event {last} of the leader before it. Send pushes here, let the other followers follow it, and take [follow] out of its config; the old leader is to follow it too (nút này đã là nút chính)"
        )),
        Outcome::Rejoins { events: 0, .. } => {
            say("nothing is only here: this node follows its leader (không có gì bị bỏ)")
        }
        Outcome::Rejoins { agreed, events, is_done: false } => say(format_args!(
            "{events} events after event {agreed} are only here, not at the leader. `dongtin export FILE` keeps a copy of everything first (chỉ nút này có {events} sự kiện sau sự kiện {agreed})"
        )),
        Outcome::Rejoins { agreed, events, is_done: true } => say(format_args!(
            "{events} events after event {agreed} are taken out when this node is started next: restart the daemon now (hãy khởi động lại dịch vụ)"
        )),
        Outcome::TokensRead => say("the tokens were read again"),
        Outcome::Skipped => Ok(()),
    }?;
    Ok(())
}

fn polled(sources: &[SourceHealth], utc_offset: i32) -> anyhow::Result<()> {
    say(status::text(sources, utc_offset, language::of_environment()))?;
    let failed = sources.iter().filter(|health| health.failure().is_some()).count();
    anyhow::ensure!(failed == 0, "{failed} of {} polls failed (không đọc được)", sources.len());
    Ok(())
}

fn added(files: &[AddedFile]) -> anyhow::Result<()> {
    let lines: Vec<String> = files.iter().flat_map(added_file).collect();
    let failed = files.iter().filter(|file| !file.is_whole()).count();
    anyhow::ensure!(
        failed == 0,
        "{failed} of {} files were not taken in, or only in part\n{}",
        files.len(),
        lines.join("\n")
    );
    Ok(say(lines.join("\n"))?)
}

fn added_file(added: &AddedFile) -> Vec<String> {
    let file = added.file.display();
    let first = match &added.result {
        Ok(applied) => format!("{file}: {applied}"),
        Err(why) => format!("{file}: {why}"),
    };
    let refused = added.refused.iter().map(|why| format!("{file}: {why}"));
    [first].into_iter().chain(refused).collect()
}
