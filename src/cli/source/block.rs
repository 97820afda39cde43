//! A `[[source]]` block: written, proven, and put at the end of a config file, which stays a config.

use crate::config::Config;
use crate::model::{HtmlProfile, Selectors, Source};
use crate::text::host_key;
use anyhow::Context;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, ErrorKind, IsTerminal, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;
use url::Url;

/// What a block says.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub id: String,
    pub title: String,
    pub kind: &'static str,
    pub address: String,
    pub home: Option<String>,
    pub categories: Vec<String>,
    pub full_text: bool,
    pub selectors: Option<Selectors>,
    pub platform: Option<HtmlProfile>,
}

impl Block {
    /// The block as TOML.
    pub fn toml(&self) -> String {
        let mut out = String::from("[[source]]\n");
        let mut line = |key: &str, value: String| {
            let _ = writeln!(out, "{key} = {value}");
        };
        line("id", quoted(&self.id));
        line("title", quoted(&self.title));
        line("kind", quoted(self.kind));
        line("address", quoted(&self.address));
        if let Some(home) = &self.home {
            line("home", quoted(home));
        }
        if !self.categories.is_empty() {
            let all: Vec<String> = self.categories.iter().map(|c| quoted(c)).collect();
            line("categories", format!("[{}]", all.join(", ")));
        }
        if self.full_text {
            line("full_text", "true".to_owned());
        }
        if let Some(selectors) = &self.selectors {
            out.push_str(&selectors.to_toml());
        }
        out
    }

    /// The block as TOML for people's eyes: without the names and passwords of its addresses.
    pub fn shown(&self) -> String {
        let home = self.home.as_deref().map(masked);
        Block { address: masked(&self.address), home, ..self.clone() }.toml()
    }

    /// The source that the block is, read as the daemon of a site with this offset from UTC would read it.
    pub fn source(&self, utc_offset: i32) -> anyhow::Result<Source> {
        let config = Config::parse(&self.toml(), Path::new("/"))
            .map_err(|error| anyhow::anyhow!("the proposal is no config: {error}"))?;
        let source = config.sources.into_iter().next().context("the proposal has no source")?;
        Ok(Source { utc_offset, ..source })
    }
}

/// An address as messages show it: its name and password are stars.
pub(super) fn masked(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if url.username().is_empty() && url.password().is_none() {
        return address.to_owned();
    }
    let _ = url.set_username("***");
    let _ = url.set_password(None);
    url.to_string()
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An id for the source of an address that no other source has.
pub(super) fn id_of(address: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let url = Url::parse(address).ok();
    let host = url.filter(Url::has_host).map_or("nguon".to_owned(), |url| host_key(&url));
    let host = host.to_ascii_lowercase();
    let host = host.trim_end_matches(".gov.vn").trim_end_matches(".vn");
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let mut id: String = host.chars().map(plain).take(40).collect();
    while id.contains("--") {
        id = id.replace("--", "-");
    }
    let id = id.trim_matches('-').to_owned();
    let id = if id.is_empty() { "nguon".to_owned() } else { id };
    if !taken(&id) {
        return id;
    }
    let numbered = (2..10_000).map(|n| format!("{id}-{n}")).find(|id| !taken(id));
    numbered.unwrap_or(id)
}

/// Puts blocks at the end of a config file, unless the whole would not be a config.
pub(super) fn append(file: &Path, blocks: &[String]) -> anyhow::Result<()> {
    let old = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let mut new = old.clone();
    for block in blocks {
        while !new.is_empty() && !new.ends_with("\n\n") {
            new.push('\n');
        }
        new.push_str(block);
    }
    let before = Config::parse(&old, &folder);
    before.map_err(|e| {
        anyhow::anyhow!("{}: {e}; nothing was written: mend it first", file.display())
    })?;
    Config::parse(&new, &folder).map_err(|error| {
        anyhow::anyhow!(
            "{}: with the proposal it would be no config ({error}); nothing was written",
            file.display()
        )
    })?;
    replace(file, &new).with_context(|| file.display().to_string())
}

/// Replaces a file whole; it stays its owner's and its group's, with the rights that it had.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut beside = real.clone().into_os_string();
    beside.push(".new");
    let written = written(Path::new(&beside), &real, text);
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
        return written;
    }
    std::fs::rename(&beside, &real)?;
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A new file as another is; before it is like it, only who makes it may read it.
fn written(new: &Path, like: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let old = match std::fs::metadata(like) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        old => Some(old?),
    };
    let mode = old.as_ref().map_or(0o666, |_| 0o600);
    let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(new)?;
    out.write_all(text.as_bytes())?;
    if let Some(old) = old {
        give(&out, old.uid(), old.gid())?;
        out.set_permissions(old.permissions())?;
    }
    out.sync_all()
}

fn give(file: &File, user: u32, group: u32) -> std::io::Result<()> {
    fchown(file, Some(user), Some(group)).map_err(|error| {
        let message = format!(
            "nothing was written: the file belongs to {user}:{group} and would not any more ({error}): run this as its owner or as root"
        );
        std::io::Error::new(error.kind(), message)
    })
}

/// Asks on the terminal; without one nobody can say yes.
pub(super) fn confirmed(target: &Path) -> anyhow::Result<bool> {
    let input = std::io::stdin();
    anyhow::ensure!(
        input.is_terminal(),
        "no terminal to ask on: say --yes (không có cửa sổ để hỏi: thêm --yes)"
    );
    print!("Add it to {} (thêm vào tệp này)? [y/N] ", target.display());
    std::io::stdout().flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(["y", "yes", "c", "có", "co"].contains(&answer.trim().to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Block {
        Block {
            id: "a".into(),
            title: "Cổng \"A\"\nhai".into(),
            kind: "page",
            address: "https://a.example.vn/tin".into(),
            selectors: Some(Selectors { item: "ul > li".into(), ..Selectors::default() }),
            ..Block::default()
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let source = block().source(25_200).unwrap();
        assert_eq!(source.title, "Cổng \"A\"\nhai");
        assert_eq!(source.selectors.unwrap().item, "ul > li");
    }

    #[test]
    fn passwords_are_for_the_file_only() {
        let secret = "https://user:pw@a.example.vn/rss".to_owned();
        let block = Block { address: secret.clone(), home: Some(secret.clone()), ..block() };
        assert!(!block.shown().contains("user") && !block.shown().contains("pw"));
        assert!(block.toml().contains(&secret));
        assert_eq!(masked("https://a.example.vn/rss?x=1"), "https://a.example.vn/rss?x=1");
    }

    #[test]
    fn ids_are_made_of_hosts_and_are_nobody_elses() {
        let none = |_: &str| false;
        assert_eq!(id_of("https://www.soyte.hoabinh.gov.vn/rss", &none), "soyte-hoabinh");
        assert_eq!(id_of("https://a.example.vn/", &|id| id == "a-example"), "a-example-2");
        assert_eq!(id_of("http://[::1]/", &none), "1");
    }

    #[test]
    fn a_config_stays_a_config() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dongtin.toml");
        std::fs::write(&file, "[site]\ntitle = \"Tin\"").unwrap();
        append(&file, &[block().toml()]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(Config::parse(&text, folder.path()).unwrap().sources.len(), 1);
        let twice = append(&file, &[block().toml()]).unwrap_err().to_string();
        assert!(twice.contains("nothing was written"), "{twice}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        std::fs::write(&file, "[site\n").unwrap();
        assert!(append(&file, &[block().toml()]).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[site\n");
    }

    /// Falsifies the owner only where root runs the tests; elsewhere there is nobody else to take it from.
    #[test]
    fn a_config_stays_whose_it_was() {
        use std::os::unix::fs::{PermissionsExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dongtin.toml");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&file, Some(65_533), Some(65_534)).unwrap();
        }
        let of = |file: &Path| {
            let meta = std::fs::metadata(file).unwrap();
            (meta.uid(), meta.gid(), meta.mode() & 0o7777)
        };
        let before = of(&file);
        append(&file, &[block().toml()]).unwrap();
        assert_eq!(of(&file), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
