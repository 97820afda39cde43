//! `dongtin demo`: the daemon on sample articles, with no other set-up and no internet.

use crate::config::Config;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Start over: throw away what an earlier demo kept
    #[arg(long)]
    fresh: bool,
    /// Where the demo keeps its data
    #[arg(long, default_value = "demo-data", value_name = "DIRECTORY")]
    data: PathBuf,
    /// Where the sample articles are
    #[arg(long, default_value = "config/demo", value_name = "DIRECTORY")]
    from: PathBuf,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Take the articles in, say what became of them, and end
    #[arg(long)]
    no_serve: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    super::serve::start_logs("warn,dongtin=info", false)?;
    if args.fresh && args.data.join(MARK).exists() {
        std::fs::remove_dir_all(&args.data).with_context(|| args.data.display().to_string())?;
    }
    let samples = args.from.join("articles");
    anyhow::ensure!(
        samples.is_dir(),
        "{}: no sample articles; run in the project's folder, or name them with --from",
        samples.display()
    );
    std::fs::create_dir_all(&args.data).with_context(|| args.data.display().to_string())?;
    let data = args.data.canonicalize()?;
    let port = free_port(args.port)?;
    let config = config(&data, port)?;
    let first = !data.join(MARK).exists();
    if first {
        take_in(&args.from, &data, &config)?;
        std::fs::write(data.join(MARK), "made by dongtin demo; --fresh throws this folder away\n")?;
    }
    if args.no_serve {
        return Ok(ExitCode::SUCCESS);
    }
    crate::node::run(config, None, |address| println!("{}", greeting(address, &data)))?;
    Ok(ExitCode::SUCCESS)
}

/// Says that a folder is a demo's, and may be thrown away.
const MARK: &str = "dongtin-demo";

fn config(data: &Path, port: u16) -> anyhow::Result<Config> {
    let text = include_str!("../../config/demo/dongtin.toml").replace("PORT", &port.to_string());
    Config::parse(&text, data).map_err(|error| anyhow::anyhow!("config/demo/dongtin.toml: {error}"))
}

/// The wanted port, or another where someone has it already.
fn free_port(wanted: u16) -> anyhow::Result<u16> {
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port)).and_then(|l| l.local_addr());
    let address = bind(wanted).or_else(|_| bind(0)).context("no free port on 127.0.0.1")?;
    if wanted != 0 && address.port() != wanted {
        println!("port {wanted} is taken; using {}", address.port());
    }
    Ok(address.port())
}

/// Lives the sample portal's days: its articles come, one is corrected, one is taken back.
fn take_in(from: &Path, data: &Path, config: &Config) -> anyhow::Result<()> {
    copy(&from.join("articles"), &data.join("articles"))?;
    copy(&from.join("portals"), &data.join("portals"))?;
    crate::node::work::settle(config.clone())?;
    copy(&from.join("corrections"), &data.join("articles"))?;
    for line in std::fs::read_to_string(from.join("withdrawn.txt"))?
        .lines()
        .filter(|l| !l.trim().is_empty())
    {
        std::fs::remove_file(data.join("articles").join(line.trim()))
            .with_context(|| format!("withdrawn.txt: {line}"))?;
    }
    let summary = crate::node::work::settle(config.clone())?;
    println!("{summary}");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::write(&target, std::fs::read(entry.path())?)
                .with_context(|| target.display().to_string())?;
        }
    }
    Ok(())
}

fn greeting(address: std::net::SocketAddr, data: &Path) -> String {
    format!(
        "\n  Dòng tin đang chạy · dongtin is running\n\n  \
         trang chủ, front page     http://{address}/\n  \
         RSS                       http://{address}/feeds/all.rss\n  \
         Atom                      http://{address}/feeds/all.atom\n  \
         JSON Feed                 http://{address}/feeds/all.json\n  \
         mọi kênh, all feeds       http://{address}/feeds.opml\n  \
         thay đổi, every change    http://{address}/api/v1/changes?after=0\n  \
         tình trạng, status        http://{address}/status\n\n  \
         thả tệp vào, drop files into  {}\n  Ctrl-C: dừng, stop\n",
        data.join("articles").display()
    )
}
