/// The partner that mirrors the demo's portal.
mod partner;

use crate::config::Config;
use crate::node::command::{FolderRead, read_folders};
use anyhow::Context;
use partner::{Partner, Running};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Start over: delete the data of an earlier demo (xem lại từ đầu)
    #[arg(long)]
    fresh: bool,
    /// Where the demo keeps its data (thư mục dữ liệu)
    #[arg(long, default_value = "demo-data", value_name = "DIRECTORY")]
    data: PathBuf,
    /// Where the sample articles are
    #[arg(long, default_value = "config/demo", value_name = "DIRECTORY")]
    from: PathBuf,
    /// The port to listen on; 0 takes a free one [default: the last demo's, or 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Take the articles in, print what became of them, and exit
    #[arg(long)]
    no_serve: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    super::serve::start_logs("warn,dongtin=info", false)?;
    if args.fresh && args.data.join(MARK).exists() {
        start_over(&args.data)?;
    }
    let kept = kept_port(&args.data);
    let samples = args.from.join("articles");
    anyhow::ensure!(
        kept.is_some() || samples.is_dir(),
        "{}: no sample articles; run in the project's folder, or name them with --from",
        samples.display()
    );
    std::fs::create_dir_all(&args.data).with_context(|| args.data.display().to_string())?;
    let data = args.data.canonicalize()?;
    let port = free_port(args.port.filter(|p| *p != 0).or(kept).or(args.port).unwrap_or(DEFAULT))?;
    let config = config(&data, port)?;
    match kept {
        None => {
            take_in(&args.from, &data, &config, port)?;
            let mark = format!("{port}\nmade by dongtin demo; --fresh throws this folder away\n");
            std::fs::write(data.join(MARK), mark)?;
        }
        Some(kept) => super::say(again(kept, port, &data))?,
    }
    if args.no_serve {
        correct(&args.from, &data, port)?;
        say_read(&read_folders(config)?)?;
        super::say(format_args!("{}: the demo's data; dongtin demo serves it", data.display()))?;
        return Ok(());
    }
    let running = Arc::new(Mutex::new(None));
    crate::node::run(config, None, |address| {
        // The daemon serves on if nobody reads its output.
        let _ = super::say(greeting(address, &data));
        let (kept, from, data) = (Arc::clone(&running), args.from.clone(), data.clone());
        std::thread::spawn(move || {
            if let Err(error) = show_partner(address, &from, &data, &kept) {
                tracing::warn!(%error, "the demo's partner does not run");
            }
        });
    })?;
    drop(running.lock().unwrap_or_else(PoisonError::into_inner).take());
    Ok(())
}

/// Starts the partner, and corrects and withdraws an article once it has copied them, so that it can be seen there.
fn show_partner(
    portal: SocketAddr,
    from: &Path,
    data: &Path,
    kept: &Mutex<Option<Running>>,
) -> anyhow::Result<()> {
    let (partner, running) = Partner::start(portal, data)?;
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    let page = partner.page();
    super::say(format_args!("  trang đối tác, a partner that mirrors one feed    {page}"))?;
    if is_corrected(from, data)? || !partner.await_copy(|copied| copied.live > 0) {
        return Ok(());
    }
    correct(from, data, portal.port())?;
    if partner.await_copy(|copied| copied.withdrawn > 0) {
        super::say(format_args!(
            "  một bài đã sửa và một bài đã gỡ vừa tới đó · a correction and a withdrawal have arrived there: {page}"
        ))?;
    }
    Ok(())
}

/// The file that marks a folder as a demo's, which may be deleted.
const MARK: &str = "dongtin-demo";
const DEFAULT: u16 = 8080;

/// Deletes the data of an earlier demo, unless a process works on it.
fn start_over(data: &Path) -> anyhow::Result<()> {
    crate::node::ensure_unused(data)?;
    std::fs::remove_dir_all(data).with_context(|| data.display().to_string())
}

/// The port of the earlier demo whose data is here, if any.
fn kept_port(data: &Path) -> Option<u16> {
    let mark = std::fs::read_to_string(data.join(MARK)).ok()?;
    Some(mark.lines().next().and_then(|line| line.parse().ok()).unwrap_or(DEFAULT))
}

/// What a second demo prints: that it uses the old data, and that pictures need the old port.
fn again(kept: u16, port: u16, data: &Path) -> String {
    let mut text = format!("going on with {} (--fresh starts over)", data.display());
    if kept != port {
        text += &format!("; its pictures are at port {kept}: use --port {kept}, or --fresh");
    }
    text
}

fn config(data: &Path, port: u16) -> anyhow::Result<Config> {
    let text = include_str!("../../../config/demo/dongtin.toml").replace("PORT", &port.to_string());
    Config::parse(&text, data).map_err(|error| anyhow::anyhow!("config/demo/dongtin.toml: {error}"))
}

/// The wanted port, or a free one if it is taken.
fn free_port(wanted: u16) -> anyhow::Result<u16> {
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port)).and_then(|l| l.local_addr());
    let address = bind(wanted).or_else(|_| bind(0)).context("no free port on 127.0.0.1")?;
    if wanted != 0 && address.port() != wanted {
        super::say(format_args!("port {wanted} is taken; using {}", address.port()))?;
    }
    Ok(address.port())
}

/// Takes the sample articles in.
fn take_in(from: &Path, data: &Path, config: &Config, port: u16) -> anyhow::Result<()> {
    copy(&from.join("articles"), &data.join("articles"), port)?;
    copy(&from.join("portals"), &data.join("portals"), port)?;
    say_read(&read_folders(config.clone())?)
}

/// Corrects one article and withdraws another, as an editor would: by the folder.
fn correct(from: &Path, data: &Path, port: u16) -> anyhow::Result<()> {
    copy(&from.join("corrections"), &data.join("articles"), port)?;
    for name in withdrawn(from)? {
        let gone = std::fs::remove_file(data.join("articles").join(&name));
        gone.with_context(|| format!("withdrawn.txt: {name}"))?;
    }
    Ok(())
}

/// Whether that was done before.
fn is_corrected(from: &Path, data: &Path) -> anyhow::Result<bool> {
    Ok(withdrawn(from)?.iter().all(|name| !data.join("articles").join(name).exists()))
}

/// The articles that are withdrawn, by their files.
fn withdrawn(from: &Path) -> anyhow::Result<Vec<String>> {
    let file = from.join("withdrawn.txt");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}

fn say_read(folders: &[FolderRead]) -> anyhow::Result<()> {
    for FolderRead { title, applied, failed } in folders {
        super::say(format_args!("{title}: {applied}"))?;
        for (file, why) in failed {
            super::say(format_args!("  {file}: {why}"))?;
        }
    }
    Ok(())
}

/// Copies a folder, and puts the port into the addresses of the demo's pictures.
fn copy(from: &Path, to: &Path, port: u16) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, port)?;
            continue;
        }
        let mut bytes = std::fs::read(entry.path())?;
        if target.extension().is_some_and(|ending| ending == "rss") {
            let text = String::from_utf8_lossy(&bytes);
            bytes = text.replace("127.0.0.1:8080/", &format!("127.0.0.1:{port}/")).into_bytes();
        }
        std::fs::write(&target, bytes).with_context(|| target.display().to_string())?;
    }
    Ok(())
}

fn greeting(address: SocketAddr, data: &Path) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_config_is_a_config() {
        let config = config(Path::new("/data"), 1234).unwrap();
        assert_eq!(config.site.base_url, "http://127.0.0.1:1234");
        assert_eq!(config.sources.len(), 3);
    }

    #[test]
    fn a_second_demo_goes_on_at_the_port_of_the_first() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(kept_port(data.path()), None);
        std::fs::write(data.path().join(MARK), "4321\nmade by dongtin demo\n").unwrap();
        assert_eq!(kept_port(data.path()), Some(4321));
        assert!(!again(4321, 4321, data.path()).contains("--port"));
        assert!(again(4321, 8080, data.path()).contains("--port 4321"));
    }

    #[test]
    fn a_demo_that_runs_keeps_its_data() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(MARK), "8080\n").unwrap();
        let lock = std::fs::File::create(data.path().join("lock")).unwrap();
        lock.try_lock().unwrap();
        let error = start_over(data.path()).unwrap_err().to_string();
        assert!(error.contains("runs there already"), "{error}");
        assert!(data.path().join(MARK).exists());
        drop(lock);
        start_over(data.path()).unwrap();
        assert!(!data.path().exists());
    }

    #[test]
    fn a_feeds_own_addresses_get_the_port() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(from.path().join("a")).unwrap();
        std::fs::write(from.path().join("a/tin.rss"), "http://127.0.0.1:8080/x").unwrap();
        copy(from.path(), to.path(), 99).unwrap();
        let text = std::fs::read_to_string(to.path().join("a/tin.rss")).unwrap();
        assert_eq!(text, "http://127.0.0.1:99/x");
    }
}
