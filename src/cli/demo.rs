use crate::config::Config;
use crate::node::command::{FolderRead, read_folders};
use anyhow::Context;
use std::path::{Path, PathBuf};

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
        super::say(format_args!("{}: the demo's data; dongtin demo serves it", data.display()))?;
        return Ok(());
    }
    crate::node::run(config, None, |address| {
        // The daemon serves on if nobody reads its output.
        let _ = super::say(greeting(address, &data));
    })?;
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
    let text = include_str!("../../config/demo/dongtin.toml").replace("PORT", &port.to_string());
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

/// Takes the sample articles in, then a correction of one, then the withdrawal of another.
fn take_in(from: &Path, data: &Path, config: &Config, port: u16) -> anyhow::Result<()> {
    let copy = |from: &Path, to: &Path| copy(from, to, port);
    copy(&from.join("articles"), &data.join("articles"))?;
    copy(&from.join("portals"), &data.join("portals"))?;
    say_read(&read_folders(config.clone())?)?;
    super::say("")?;
    copy(&from.join("corrections"), &data.join("articles"))?;
    for line in std::fs::read_to_string(from.join("withdrawn.txt"))?
        .lines()
        .filter(|l| !l.trim().is_empty())
    {
        std::fs::remove_file(data.join("articles").join(line.trim()))
            .with_context(|| format!("withdrawn.txt: {line}"))?;
    }
    say_read(&read_folders(config.clone())?)
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
