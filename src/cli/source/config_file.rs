use crate::config::Config;
use crate::node::{durable, run_as_owner};
use anyhow::Context;
use std::fs::File;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

/// Where proposed sources are added.
#[derive(clap::Args)]
pub(super) struct Target {
    /// Add what is proposed to the config file, after asking (thêm vào tệp cấu hình)
    #[arg(long, conflicts_with = "write")]
    pub accept: bool,
    /// Add it to this file instead (thêm vào tệp khác)
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Do not ask before adding (không hỏi lại)
    #[arg(long)]
    yes: bool,
}

impl Target {
    /// The file to add to, if something is to be added.
    pub(super) fn file(&self, config: &Path) -> Option<PathBuf> {
        self.write.clone().or_else(|| self.accept.then(|| config.to_owned()))
    }

    /// The config; the defaults if there is no config file and none is to be changed.
    ///
    /// # Errors
    /// The config has mistakes, or this user may not add to the file that is to be changed.
    pub(super) fn config(&self, file: &Path) -> anyhow::Result<Config> {
        if let Some(target) = self.file(file) {
            ensure_writable(&target)?;
        }
        if file.exists() || self.accept {
            return crate::cli::load(file);
        }
        Config::parse("", Path::new("/")).map_err(|e| anyhow::anyhow!("{e}"))
    }

    /// Asks, unless `--yes` was given, and adds blocks to a file.
    pub(super) fn add(&self, file: &Path, blocks: &[String]) -> anyhow::Result<()> {
        anyhow::ensure!(self.yes || confirmed(file)?, "nothing was written (không ghi gì)");
        append(file, blocks)
    }
}

/// Fails if this user may not replace a file: its folder must take the new one.
fn ensure_writable(file: &Path) -> anyhow::Result<()> {
    use rustix::fs::{Access, access};
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut may = access(folder.unwrap_or(Path::new(".")), Access::WRITE_OK | Access::EXEC_OK);
    if real.exists() {
        may = may.and(access(&real, Access::WRITE_OK));
    }
    may.with_context(|| {
        let owner = run_as_owner(&real);
        format!(
            "{}: may not be written; {owner}, or add to another file: --write FILE",
            file.display()
        )
    })
}

/// Adds blocks at the end of a config file, if the result is a config without mistakes.
fn append(file: &Path, blocks: &[String]) -> anyhow::Result<()> {
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
        anyhow::anyhow!("{}: {e}; nothing was written: correct it first", file.display())
    })?;
    Config::parse(&new, &folder).map_err(|error| {
        anyhow::anyhow!(
            "{}: the proposal would make it an invalid config ({error}); nothing was written",
            file.display()
        )
    })?;
    replace(file, &new).with_context(|| file.display().to_string())
}

/// Replaces a file; the new one has the owner, the group and the mode of the old one.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let old = match std::fs::metadata(&real) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        old => Some(old?),
    };
    // Until it has the old owner, only we may read it.
    let mode = old.as_ref().map_or(0o666, |_| 0o600);
    durable::replace(&real, mode, |out| {
        out.write_all(text.as_bytes())?;
        let Some(old) = old else { return Ok(()) };
        give(out, old.uid(), old.gid())?;
        out.set_permissions(old.permissions())
    })
}

fn give(file: &File, user: u32, group: u32) -> std::io::Result<()> {
    fchown(file, Some(user), Some(group)).map_err(|error| {
        let message = format!(
            "nothing was written: the file belongs to {user}:{group} and would not any more ({error}): run this as its owner or as root"
        );
        std::io::Error::new(error.kind(), message)
    })
}

/// Asks for confirmation on the terminal.
fn confirmed(target: &Path) -> anyhow::Result<bool> {
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

    const BLOCK: &str =
        "[[source]]\nid = \"a\"\nkind = \"feed\"\naddress = \"https://a.example.vn/rss\"\n";

    #[test]
    fn a_config_stays_a_config() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dongtin.toml");
        std::fs::write(&file, "[site]\ntitle = \"Tin\"").unwrap();
        append(&file, &[BLOCK.to_owned()]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(Config::parse(&text, folder.path()).unwrap().sources.len(), 1);
        let twice = append(&file, &[BLOCK.to_owned()]).unwrap_err().to_string();
        assert!(twice.contains("nothing was written"), "{twice}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        std::fs::write(&file, "[site\n").unwrap();
        assert!(append(&file, &[BLOCK.to_owned()]).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[site\n");
    }

    /// Changes the owner only if root runs the tests.
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
        append(&file, &[BLOCK.to_owned()]).unwrap();
        assert_eq!(of(&file), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
