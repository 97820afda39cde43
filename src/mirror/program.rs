use super::article::Page;
use super::held::Entry;
use super::position::Whose;
use super::state::State;
use crate::model::{Step, StepKind, Timestamp};
use anyhow::Context;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Bytes of a program's standard error that are kept for the message.
const SAID: usize = 4 << 10;

/// A program that takes each step as JSON on its standard input. A step comes again if the program or we end before its
/// page is done, so taking one twice must do no harm.
pub struct Program {
    /// Run by `sh -c`.
    command: String,
    /// One run for the steps of a page, one a line.
    batch: bool,
    pub(super) state: State,
}

impl Program {
    /// A program whose position is in a file.
    ///
    /// # Errors
    /// Another process has the file, or it cannot be read or written.
    pub fn open(
        command: &str,
        batch: bool,
        position: &Path,
        whose: &Whose,
    ) -> anyhow::Result<Self> {
        let state = State::open(position, whose)?;
        Ok(Self { command: command.to_owned(), batch, state })
    }

    /// Hands a page to the program; at the end of a copy from the start also what it holds and the copy did not name.
    ///
    /// # Errors
    /// The program failed; the whole page comes again then.
    pub fn apply(&mut self, page: &Page, now: Timestamp) -> anyhow::Result<()> {
        let mut steps: Vec<Step> = page.steps.iter().map(|(step, _)| step.clone()).collect();
        for step in steps.iter().filter(|step| step.kind == StepKind::Put) {
            // Noted before it is handed over: what the program may have is known.
            let entry =
                Entry { id: step.id.clone(), source: step.source.clone(), ..Entry::default() };
            self.state.held.put(&step.key, entry)?;
        }
        if self.state.ends_copy(page) {
            let last = steps.last().map_or(0, |step| step.seq);
            let unnamed = self.state.held.unnamed().into_iter();
            steps.extend(unnamed.map(|(key, entry)| removed(key, entry, last, now)));
        }
        self.hand_over(&steps)?;
        for step in steps.iter().filter(|step| step.kind != StepKind::Put) {
            self.state.held.remove(&step.key)?;
        }
        self.state.finish(page)
    }

    fn hand_over(&self, steps: &[Step]) -> anyhow::Result<()> {
        let size = if self.batch { steps.len().max(1) } else { 1 };
        for part in steps.chunks(size) {
            let mut input = Vec::new();
            for step in part {
                serde_json::to_writer(&mut input, step)?;
                input.push(b'\n');
            }
            let (status, said) =
                run(&self.command, input).with_context(|| format!("--exec {}", self.command))?;
            let about = part.first().map_or("", |step| step.key.as_str());
            anyhow::ensure!(
                status.success(),
                "--exec {}: {status} at the article {about}; the cursor stays where it was (con trỏ giữ nguyên){}{said}",
                self.command,
                if said.is_empty() { "" } else { ":\n" }
            );
            eprint!("{said}");
        }
        Ok(())
    }
}

/// The step that takes an article from the program which a new copy did not name.
fn removed(key: String, entry: Entry, seq: u64, now: Timestamp) -> Step {
    Step {
        seq,
        kind: StepKind::Removed,
        at: now.rfc3339(),
        id: entry.id,
        key,
        source: entry.source,
        revision: 0,
        reason: None,
        article: None,
    }
}

/// Runs a command with some input; how it ended, and the end of what it wrote to standard error.
fn run(command: &str, input: Vec<u8>) -> anyhow::Result<(ExitStatus, String)> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("sh")?;
    let stdin = child.stdin.take();
    // In a thread of its own, since the program may write before it has read all.
    let writer = std::thread::spawn(move || {
        // A program that does not read its input is judged by its exit code.
        stdin.map(|mut stdin| stdin.write_all(&input))
    });
    let said = end_of_stderr(&mut child);
    let status = child.wait()?;
    let _ = writer.join();
    Ok((status, said))
}

fn end_of_stderr(child: &mut Child) -> String {
    let Some(mut stderr) = child.stderr.take() else { return String::new() };
    let (mut said, mut piece) = (Vec::new(), [0; SAID]);
    while let Ok(length @ 1..) = stderr.read(&mut piece) {
        said.extend_from_slice(piece.get(..length).unwrap_or_default());
        said.drain(..said.len().saturating_sub(SAID));
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_judged_by_its_exit_code_and_heard() {
        let (status, said) =
            run("cat >/dev/null; echo no room >&2; exit 3", vec![b'x'; 1 << 20]).unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(3), "no room\n"));
        let (status, _) = run("exit 0", vec![b'x'; 1 << 20]).unwrap();
        assert!(status.success(), "its input is not read");
        let (_, said) = run("yes | head -c 100000 >&2; echo end >&2", Vec::new()).unwrap();
        assert!(said.len() <= SAID && said.ends_with("end\n"));
    }
}
