//! The worker process itself: it limits itself, then does jobs until its pipe closes.

use super::frame::{head_of, read_frame};
use super::job::{Fault, Reply};
use super::run::run_job;
use std::io::{Read, Write};
use std::process::ExitCode;

/// The most bytes of a reply, which the daemon holds in memory. It is more than the largest document, since relative links
/// become whole ones.
const MAX_REPLY: usize = 48 << 20;
/// The stack of the thread that reads and cleans.
const STACK: usize = 64 << 20;

/// Runs a worker process until its pipe closes.
pub fn run_child(memory_bytes: u64, cpu_s: u64) -> ExitCode {
    tighten(memory_bytes);
    let work = move || {
        no_more_threads();
        serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock(), cpu_s)
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    match thread.map(|thread| thread.join()) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::FAILURE,
    }
}

/// Limits what the process may use: memory, files, core dumps.
fn tighten(memory_bytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let at_most = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let _ = setrlimit(Resource::As, at_most(memory_bytes));
    let _ = setrlimit(Resource::Core, at_most(0));
    let _ = setrlimit(Resource::Nofile, at_most(16));
    let _ = setrlimit(Resource::Fsize, at_most(0));
}

/// Forbids further threads and processes, and new privileges.
fn no_more_threads() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = rustix::thread::set_no_new_privs(true);
}

fn serve(input: &mut impl Read, output: &mut impl Write, cpu_s: u64) -> std::io::Result<()> {
    while let Some(head) = read_frame(input)? {
        let body = read_frame(input)?.unwrap_or_default();
        allow_cpu(cpu_s);
        let reply = match serde_json::from_slice(&head) {
            Ok(job) => run_job(job, &body),
            Err(error) => Err(Fault::Job.because(error.to_string())),
        };
        let reply = packed(&reply)?;
        output.write_all(&head_of(reply.len()))?;
        output.write_all(&reply)?;
        output.flush()?;
    }
    Ok(())
}

/// A reply as bytes; in place of one over [`MAX_REPLY`] a refusal.
fn packed(reply: &Reply) -> std::io::Result<Vec<u8>> {
    let bytes = serde_json::to_vec(reply).map_err(std::io::Error::other)?;
    if bytes.len() <= MAX_REPLY {
        return Ok(bytes);
    }
    let message =
        format!("what stands in it is {} MiB, much more than it is itself", bytes.len() >> 20);
    let refused: Reply = Err(Fault::TooLarge.because(message));
    serde_json::to_vec(&refused).map_err(std::io::Error::other)
}

/// Allows this process so many seconds more than it has used.
fn allow_cpu(seconds: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let _ = setrlimit(Resource::Cpu, Rlimit { current: Some(used + seconds + 1), maximum: None });
}
