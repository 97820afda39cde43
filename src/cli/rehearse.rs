use crate::mirror::Publisher;
use crate::model::Language;
use crate::rehearse::{Partner, Report, Stage};
use anyhow::Context;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Output};
use std::time::{Duration, Instant};

/// The pause after a run of a receiver that failed: longer than what a busy publisher asks for.
const PAUSE: Duration = Duration::from_secs(4);

#[derive(clap::Subcommand)]
pub(super) enum Rehearsal {
    /// Play a publisher to a receiver: slow, busy, broken off, corrected, recalled, restored (đóng vai nơi phát để thử bộ nhận)
    Publisher(Args),
    /// Play partners to a publisher, and look at its answers (đóng vai bộ nhận để thử nơi phát)
    Receiver(PartnerArgs),
}

#[derive(clap::Args)]
pub(super) struct PartnerArgs {
    /// The address of the dongtin (địa chỉ của nơi phát tin)
    #[arg(value_name = "URL")]
    address: String,
    /// A file with a partner's token (tệp chứa mã truy cập)
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A receiver that is run again and again until the play is over, with the address in PUBLISHER (lệnh chạy bộ nhận)
    #[arg(long, value_name = "PROGRAM")]
    run: Option<String>,
    /// Prints what the receiver holds in the end, with titles: it is compared with what it should hold (lệnh in những gì đang giữ)
    #[arg(long, value_name = "PROGRAM")]
    check: Option<String>,
    /// How many seconds the play may take (số giây tối đa)
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    within: u64,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(rehearsal: Rehearsal, language: Language) -> anyhow::Result<ExitCode> {
    match rehearsal {
        Rehearsal::Publisher(args) => publisher(args, language),
        Rehearsal::Receiver(args) => receiver(args, language),
    }
}

fn receiver(args: PartnerArgs, language: Language) -> anyhow::Result<ExitCode> {
    let token = args.token_file.as_deref().map(super::mirror::token).transpose()?;
    let publisher = Publisher::new(super::mirror::address(&args.address)?, token)?;
    let partner = Partner { publisher: &publisher, language };
    let report = crate::node::runtime()?.block_on(partner.play());
    say(&report.with_context(|| publisher.address())?, args.json, language)
}

fn say(report: &Report, json: bool, language: Language) -> anyhow::Result<ExitCode> {
    if json {
        super::say(serde_json::to_string_pretty(report)?)?;
    } else {
        super::write(report.lines(language))?;
    }
    Ok(if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn publisher(args: Args, language: Language) -> anyhow::Result<ExitCode> {
    let stage = Stage::open(args.port).with_context(|| format!("127.0.0.1:{}", args.port))?;
    let publisher = format!("http://{}", stage.address);
    eprintln!("{} {publisher}", language.pick("the publisher is at", "nơi phát diễn tập ở"));
    let until = Instant::now() + Duration::from_secs(args.within);
    while !stage.with(|play| play.is_over()) && Instant::now() < until {
        let pause = match &args.run {
            Some(program) if shell(program, &publisher)?.status.success() => Duration::ZERO,
            Some(_) => PAUSE,
            None => Duration::from_millis(100),
        };
        std::thread::sleep(pause.min(until.saturating_duration_since(Instant::now())));
    }
    let held = args.check.as_deref().map(|program| held(program, &publisher)).transpose()?;
    say(&stage.report(held.as_deref(), language), args.json, language)
}

fn held(program: &str, publisher: &str) -> anyhow::Result<String> {
    let out = shell(program, publisher)?;
    anyhow::ensure!(
        out.status.success(),
        "--check {program}: {}: {}",
        out.status,
        String::from_utf8_lossy(&out.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

fn shell(program: &str, publisher: &str) -> anyhow::Result<Output> {
    let mut shell = Command::new("sh");
    shell.args(["-c", program]).env("PUBLISHER", publisher).output().context("sh")
}
