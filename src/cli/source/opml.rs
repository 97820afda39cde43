use super::config_file::Target;
use crate::cli::terminal::{is_dash, note, read_input, say};
use crate::config::Config;
use crate::feeds;
use crate::model::{SourceId, SourceKind};
use crate::node::discover::{Proposal, id_of, masked};
use crate::read::{Names, Outline, read_opml};
use crate::text::{slug, unaccented};
use anyhow::Context;
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use url::Url;

const MOST: usize = 10 << 20;

#[derive(clap::Args)]
pub(in crate::cli) struct ImportArgs {
    /// The OPML file (tệp OPML); `-` is standard input
    opml: PathBuf,
    #[command(flatten)]
    target: Target,
}

#[derive(clap::Args)]
pub(in crate::cli) struct ExportArgs {
    /// The file to write; standard output for `-` or if none is named
    #[arg(value_name = "FILE")]
    opml: Option<PathBuf>,
}

/// Proposes a source for each feed of a list, and reports which entries cannot be one.
pub(super) fn import(args: ImportArgs, file: &Path) -> anyhow::Result<()> {
    let config = args.target.config(file)?;
    let name = args.opml.display().to_string();
    let bytes = read_input(&args.opml)
        .context("give an OPML file, as a feed reader exports it (hãy đưa tệp OPML)")?;
    anyhow::ensure!(bytes.len() <= MOST, "{name}: larger than {MOST} bytes, which no list is");
    let outlines = read_opml(&bytes, None).with_context(|| name.clone())?;
    let Planned { proposals, refused } = plan(&outlines, &config);
    for line in &refused {
        note(line);
    }
    note(format_args!(
        "{name}: {} sources, {} left out (nguồn tin, bỏ qua)",
        proposals.len(),
        refused.len()
    ));
    anyhow::ensure!(!proposals.is_empty(), "{name}: no new feed in it (không có nguồn tin mới)");
    let texts: Vec<String> = proposals.iter().map(Proposal::toml).collect();
    let Some(target) = args.target.file(file) else {
        let shown: Vec<String> = proposals.iter().map(Proposal::shown).collect();
        say(shown.join("\n").trim_end())?;
        if shown != texts {
            note(
                "passwords are shown as ***; --accept or --write FILE writes them (mật khẩu được che)",
            );
        }
        return Ok(());
    };
    args.target.add(&target, &texts)?;
    say(format_args!(
        "{}: added {} sources (đã thêm). Now: systemctl reload dongtin",
        target.display(),
        texts.len()
    ))?;
    Ok(())
}

/// The sources proposed for a list, and why other entries are left out.
struct Planned {
    proposals: Vec<Proposal>,
    refused: Vec<String>,
}

fn plan(outlines: &[Outline], config: &Config) -> Planned {
    let mut ids: HashSet<String> = config.sources.iter().map(|s| s.id.to_string()).collect();
    let known = config.sources.iter().filter_map(|source| source.kind.address());
    let mut addresses: HashSet<String> = known.map(compared).collect();
    let mut planned = Planned { proposals: Vec::new(), refused: Vec::new() };
    for outline in outlines {
        let title = outline.title.trim();
        let feed = outline.address.trim();
        let what = match outline.names {
            Names::List => Some("is another list of feeds: import it too (một danh sách khác)"),
            Names::Page => Some("is a page, not a feed: try `source discover` (một trang web)"),
            Names::Feed => None,
        };
        let url = feed_address(feed);
        let url = match (what, url) {
            (None, Some(url)) => url,
            (what, _) => {
                let what = what.unwrap_or("is no http or https address (địa chỉ sai)");
                let shown: String = masked(feed).chars().take(120).collect();
                planned.refused.push(format!("`{title}`: `{shown}` {what}"));
                continue;
            }
        };
        if !addresses.insert(compared(url.as_str())) {
            planned
                .refused
                .push(format!("`{title}`: {} is there already (đã có)", masked(url.as_str())));
            continue;
        }
        let id = id(title, url.as_str(), &ids);
        ids.insert(id.clone());
        let page = outline.page.as_deref().and_then(|page| Url::parse(page).ok());
        let home = page.filter(|page| matches!(page.scheme(), "http" | "https"));
        planned.proposals.push(Proposal {
            title: if title.is_empty() { id.clone() } else { title.to_owned() },
            id,
            kind: "feed",
            address: url.to_string(),
            home: home.map(String::from),
            categories: outline.folders.clone(),
            ..Proposal::default()
        });
    }
    planned
}

/// An id made from the title, or from the address if that id is taken.
fn id(title: &str, address: &str, taken: &HashSet<String>) -> String {
    let short: String = slug(&unaccented(title)).chars().take(40).collect();
    let short = if short.is_empty() { "khac".to_owned() } else { short };
    let named = SourceId::new(short.trim_matches('-')).ok();
    let named = named.filter(|id| !taken.contains(id.as_str()));
    named.map_or_else(|| id_of(address, &|id| taken.contains(id)), |id| id.to_string())
}

/// The http or https address that a list means: `feed:` before it only says what it is.
fn feed_address(written: &str) -> Option<Url> {
    let scheme = written.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("feed:"));
    let plain = match (scheme, written.get(5..).unwrap_or_default()) {
        (None, _) => written.to_owned(),
        (Some(_), rest) if rest.starts_with("//") => format!("http:{rest}"),
        (Some(_), rest) => rest.to_owned(),
    };
    let mut url = Url::parse(&plain).ok().filter(Url::has_host)?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The address without scheme, `www.`, fragment and the last slash, for comparing.
fn compared(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    url.set_fragment(None);
    let plain = url.as_str().split_once("://").map_or(url.as_str(), |(_, plain)| plain);
    plain.trim_start_matches("www.").trim_end_matches('/').to_owned()
}

/// Writes the sources that are feeds as a list of subscriptions.
pub(super) fn export(args: ExportArgs, file: &Path) -> anyhow::Result<()> {
    let config = crate::cli::load(file)?;
    let is_feed = |kind: &SourceKind| matches!(kind, SourceKind::Feed { .. });
    let feeds: Vec<_> = config.sources.iter().filter(|s| is_feed(&s.kind)).cloned().collect();
    for other in config.sources.iter().filter(|source| !is_feed(&source.kind)) {
        note(format_args!(
            "{}: left out, OPML has only feeds (bỏ qua, không phải kênh tin)",
            other.id
        ));
    }
    let bytes = feeds::subscriptions(&config.site, &feeds);
    match args.opml.filter(|path| !is_dash(path)) {
        Some(path) => {
            let mut out = std::fs::File::create_new(&path).with_context(|| {
                format!("{}: is there already, or cannot be made", path.display())
            })?;
            out.write_all(&bytes)?;
        }
        None => std::io::stdout().write_all(&bytes)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("/")).unwrap()
    }

    #[test]
    fn a_list_becomes_sources_and_what_cannot_is_named() {
        let opml = "<opml version='2.0'><body><outline text='Tỉnh'><outline text='Hòa Bình' xmlUrl='https://a.example.vn/rss'/>\
            <outline text='Hòa Bình' xmlUrl='http://www.a.example.vn/rss/'/><outline text='Hòa Bình' xmlUrl='https://b.example.vn/rss'/></outline>\
            <outline text='Sai' xmlUrl='javascript:alert(1)'/><outline text='Đã có' xmlUrl='https://c.example.vn/rss'/><outline text='Cờ &amp; &quot;hoa&quot;' xmlUrl='https://d.example.vn/rss' htmlUrl='https://d.example.vn/'/></body></opml>";
        let config = config(
            "[[source]]\nid = \"c\"\nkind = \"feed\"\naddress = \"https://c.example.vn/rss\"\n",
        );
        let planned = plan(&read_opml(opml.as_bytes(), None).unwrap(), &config);
        let ids: Vec<&str> =
            planned.proposals.iter().map(|proposal| proposal.id.as_str()).collect();
        assert_eq!(ids, ["hoa-binh", "b-example", "co-hoa"]);
        assert_eq!(planned.proposals[0].categories, ["Tỉnh"]);
        let odd = "<opml><body><outline text='A' xmlUrl='feed://a.vn/rss'/><outline text='B' xmlUrl='feed:https://b.vn/rss#moi'/>\
            <outline text='B2' xmlUrl='https://b.vn:443/rss'/><outline type='include' text='C' url='https://c.vn/khac.opml'/>\
            <outline type='link' text='D' url='https://d.vn/trang.html'/></body></opml>";
        let odd = plan(&read_opml(odd.as_bytes(), None).unwrap(), &self::config(""));
        let addresses: Vec<_> = odd.proposals.iter().map(|p| p.address.as_str()).collect();
        assert_eq!(addresses, ["http://a.vn/rss", "https://b.vn/rss"]);
        assert_eq!(odd.refused.len(), 3, "{:?}", odd.refused);
        assert_eq!(planned.refused.len(), 3, "{:?}", planned.refused);
        for proposal in &planned.proposals {
            proposal.source(25_200).unwrap();
        }
    }

    #[test]
    fn what_goes_out_comes_in_again() {
        let text = "[[source]]\nid = \"a\"\ntitle = \"Báo <A> & \\\"B\\\"\"\nkind = \"feed\"\naddress = \"https://u:p@a.example.vn/rss?x=1&y=2\"\ncategories = [\"Tỉnh\"]\n\
            [[source]]\nid = \"b\"\ntitle = \"Sở\"\nkind = \"feed\"\naddress = \"https://b.example.vn/rss\"\nhome = \"https://b.example.vn/\"\n";
        let config = config(text);
        let bytes = feeds::subscriptions(&config.site, &config.sources);
        assert!(!String::from_utf8_lossy(&bytes).contains("u:p"), "no password goes out");
        let outlines = read_opml(&bytes, None).unwrap();
        let planned = plan(&outlines, &self::config(""));
        assert!(planned.refused.is_empty(), "{:?}", planned.refused);
        let mut titles: Vec<&str> = planned.proposals.iter().map(|b| b.title.as_str()).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["Báo <A> & \"B\"", "Sở"]);
        let a = planned.proposals.iter().find(|b| b.title.starts_with("Báo")).unwrap();
        assert_eq!(
            (a.address.as_str(), a.categories.as_slice()),
            ("https://a.example.vn/rss?x=1&y=2", &["Tỉnh".to_owned()][..])
        );
    }
}
