use super::config_file::Target;
use crate::cli::progress;
use crate::cli::terminal::{Unsaid, say};
use crate::config::Config;
use crate::node::discover::{Finding, Found, discover, masked};
use crate::read::discover::profile;
use anyhow::Context;
use std::path::Path;
use url::Url;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// The address of a portal, a list page, a feed or a sitemap (địa chỉ cổng, trang tin, kênh tin)
    address: String,
    #[command(flatten)]
    target: Target,
    /// Propose this kind if several are found: feed, page or sitemap
    #[arg(long, value_parser = ["feed", "page", "sitemap"])]
    kind: Option<String>,
    /// The id of the proposal
    #[arg(long)]
    id: Option<String>,
    /// A host:port that may be connected to although it is not public, as in fetch.allow
    #[arg(long, value_name = "HOST:PORT")]
    allow: Vec<String>,
}

pub(super) fn run(args: Args, file: &Path) -> anyhow::Result<()> {
    let config = config(&args, file)?;
    let in_file = config.fetch.allow.split_at(config.fetch.allow.len() - args.allow.len()).0;
    let address = address(&args.address)?;
    let found = look(&config, &args.allow, &address)?;
    let address = masked(address.as_str());
    report(&found)?;
    let wanted = |f: &&Finding| args.kind.as_deref().is_none_or(|kind| kind == f.proposal.kind);
    let Some(best) = found.findings.iter().filter(wanted).max_by_key(|f| rank(f)) else {
        anyhow::bail!(
            "{address}: nothing that can be read (không tìm thấy gì đọc được); give the page that lists the news (hãy đưa địa chỉ trang liệt kê tin)"
        );
    };
    let mut proposal = best.proposal.clone();
    if let Some(id) = &args.id {
        proposal.id = id.clone();
    }
    proposal.source(config.site.utc_offset)?;
    say(format_args!("\nProposal (đề xuất):\n\n{}", proposal.shown()))?;
    let Some(target) = args.target.file(file) else {
        let again = again(&args);
        say(format_args!(
            "To add it (để thêm): dongtin source discover {address}{again} --accept"
        ))?;
        return Ok(());
    };
    let same = config.sources.iter().find(|s| s.kind.address() == Some(proposal.address.as_str()));
    if let Some(same) = same {
        anyhow::bail!(
            "source {}: has this address already (đã có nguồn tin này); nothing was written",
            same.id
        );
    }
    args.target.add(&target, &[proposal.toml()])?;
    say(format_args!(
        "{}: added source {} (đã thêm). Now: systemctl reload dongtin",
        target.display(),
        proposal.id
    ))?;
    for allowed in args.allow.iter().filter(|allowed| !in_file.contains(allowed)) {
        say(format_args!(
            "fetch.allow must name \"{allowed}\" before it is polled (hãy thêm vào fetch.allow)"
        ))?;
    }
    Ok(())
}

/// The options with which another run finds the same.
fn again(args: &Args) -> String {
    let allow = args.allow.iter().map(|allowed| format!(" --allow {allowed}"));
    let id = args.id.iter().map(|id| format!(" --id {id}"));
    let kind = args.kind.iter().map(|kind| format!(" --kind {kind}"));
    allow.chain(id).chain(kind).collect()
}

/// The config with what `--allow` adds; the defaults if there is no config file.
fn config(args: &Args, file: &Path) -> anyhow::Result<Config> {
    let mut config = args.target.config(file)?;
    for allowed in &args.allow {
        let port = allowed.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let port: u16 = port.with_context(|| {
            format!("--allow {allowed}: not host:port: write it as in 10.1.2.3:80")
        })?;
        config.fetch.allow.push(allowed.clone());
        config.fetch.ports.push(port);
    }
    Ok(config)
}

fn address(text: &str) -> anyhow::Result<Url> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&whole)
        .with_context(|| format!("{text}: not an address (không phải địa chỉ web)"))?;
    anyhow::ensure!(
        matches!(url.scheme(), "http" | "https"),
        "{text}: give an http or https address (chỉ nhận http, https)"
    );
    Ok(url)
}

fn look(config: &Config, allow: &[String], address: &Url) -> anyhow::Result<Found> {
    let (bar, mut advance) = progress::bar("looking (đang tìm)");
    let found = discover(config, address, allow, &mut advance);
    bar.finish_and_clear();
    found.map_err(|failed| {
        let remedy = failed.allow.map_or(String::new(), |entry| {
            format!("; to look at it now (để xem ngay): --allow {entry}")
        });
        let shown = masked(address.as_str());
        anyhow::anyhow!("{shown}: cannot be looked at (không xem được): {:#}{remedy}", failed.why)
    })
}

/// The rank of a finding; the highest is proposed. Entries count first, then feed before list before sitemap.
fn rank(finding: &Finding) -> (bool, u8, bool, usize) {
    let kind = match finding.proposal.kind {
        "feed" => 2,
        "page" => 1,
        _ => 0,
    };
    (finding.entries > 0, kind, finding.whole, finding.entries)
}

fn report(found: &Found) -> Result<(), Unsaid> {
    if let Some(title) = &found.title {
        say(title)?;
    }
    if let Some(platform) = found.platform {
        let known = profile(platform);
        say(format_args!(
            "Made by (phần mềm): {}\n  {}\n  {}",
            known.name, known.note_vi, known.note
        ))?;
    }
    for hub in &found.hubs {
        say(format_args!("WebSub hub: {hub}"))?;
    }
    for (address, why) in &found.failed {
        let why = why.strip_prefix(&format!("{address}: ")).unwrap_or(why);
        say(format_args!("Not usable (không dùng được): {address}: {why}"))?;
    }
    for finding in &found.findings {
        table(finding)?;
    }
    Ok(())
}

fn table(finding: &Finding) -> Result<(), Unsaid> {
    let texts = if finding.whole {
        "with texts (có toàn văn)"
    } else {
        "leads only (chỉ có lời dẫn)"
    };
    let proposal = &finding.proposal;
    let address = masked(&proposal.address);
    let parts = match finding.parts {
        (0, _) => String::new(),
        (named, read) => format!(" in {read} of {named} sitemaps (trong {read}/{named} sitemap)"),
    };
    say(format_args!(
        "\n{} {address}: {} entries (tin){parts}, {texts}",
        proposal.kind, finding.entries
    ))?;
    for entry in &finding.shown {
        let title: String = entry.title.chars().take(60).collect();
        say(format_args!("  {:16}  {title:60}  {}", entry.date, entry.link))?;
    }
    Ok(())
}
