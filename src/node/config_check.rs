use crate::config::{Config, Mistake};
use crate::model::{Source, SourceKind, Timestamp};
use crate::net;
use crate::text::is_public;
use std::net::IpAddr;
use std::sync::Arc;
use url::Url;

/// Makes the outgoing client, as a daemon does at its start.
///
/// # Errors
/// The mistake by which a daemon with this config would not start.
pub fn try_out(text: &str, config: &Config) -> Result<(), Mistake> {
    let hosts = net::Hosts::new(&config.fetch, Timestamp::now);
    let Err(error) = net::Client::new(&config.fetch, Arc::new(hosts)) else { return Ok(()) };
    Err(match error {
        net::Error::ExtraCa { path, why } => {
            let message = format!(
                "{path}: {why}: name a PEM file of certificate authorities that this user can read, or take it out"
            );
            Mistake::at(text, "fetch", "extra_ca", message)
        }
        other => Mistake::at(text, "fetch", "allow", other.to_string()),
    })
}

/// Warns of settings that are allowed but will hardly do what is meant.
pub fn warnings(config: &Config) -> Vec<String> {
    let mut warnings: Vec<String> =
        config.sources.iter().flat_map(|s| of_source(config, s)).collect();
    let feeds = config.feeds.iter().filter_map(|feed| {
        feed.language.as_ref().map(|language| (format!("feed {}", feed.id), language))
    });
    let sources = config.sources.iter().map(|s| (format!("source {}", s.id), &s.language));
    let site = ("site".to_owned(), &config.site.language);
    let leader = config.follow.as_ref().and_then(|follow| undialed(config, &follow.of));
    warnings.extend(leader.map(|why| format!("follow: of: {why}")));
    let all = feeds.chain(sources).chain([site]).filter(|(_, language)| !is_tag(language));
    warnings.extend(all.map(|(whose, language)| {
        format!("{whose}: language = \"{language}\" is not a BCP 47 tag: write it as in \"vi\" or \"en-GB\"")
    }));
    warnings
}

fn of_source(config: &Config, source: &Source) -> Option<String> {
    let id = &source.id;
    if let SourceKind::Folder { path } = &source.kind {
        let path = path.as_path();
        return (!path.is_dir()).then(|| {
            format!("source {id}: path: the folder {} does not exist: make it", path.display())
        });
    }
    let url = Url::parse(source.kind.address()?).ok()?;
    undialed(config, &url).map(|why| format!("source {id}: address: {why}"))
}

/// Why an address will not be dialed: it is not public and not allowed.
fn undialed(config: &Config, url: &Url) -> Option<String> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_private = literal.map_or(host == "localhost", |address| !is_public(address));
    let entry = format!("{host}:{port}");
    (is_private && !config.fetch.allow.contains(&entry)).then(|| {
        format!("{host} is not a public address and will not be dialed: add \"{entry}\" to fetch.allow if it is meant")
    })
}

/// Returns true if a text has the form of a BCP 47 tag.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_that_cannot_be_used_is_a_mistake_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let pem = include_str!("../../tests/fixtures/tls/authority.pem");
        let files = [
            ("good.pem", pem),
            ("empty.pem", ""),
            ("text.pem", "tin"),
            ("cut.pem", &pem[..pem.len() / 2]),
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let checked = |name: &str| {
            let text = format!("[fetch]\nports = [8080]\nextra_ca = [\"good.pem\", \"{name}\"]\n");
            try_out(&text, &Config::parse(&text, folder.path()).unwrap())
        };
        assert_eq!(checked("good.pem"), Ok(()));
        for bad in ["nowhere.pem", "empty.pem", "text.pem", "cut.pem", "."] {
            let error = checked(bad).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (3, "fetch.extra_ca"), "{bad}: {error}");
            assert!(error.message.contains("name a PEM file"), "{error}");
        }
    }

    #[test]
    fn what_will_hardly_work_is_warned_of() {
        let text = "[fetch]\nallow = [\"10.0.0.2:81\"]\n[[source]]\nid = \"a\"\nkind = \"folder\"\npath = \"nowhere\"\nlanguage = \"tiếng Việt\"\n\
            [[source]]\nid = \"b\"\nkind = \"feed\"\naddress = \"http://10.0.0.1:81/rss\"\n\
            [[source]]\nid = \"c\"\nkind = \"feed\"\naddress = \"http://10.0.0.2:81/rss\"\n\
            [follow]\nof = \"http://10.0.0.3\"\ntoken_file = \"t\"\n";
        let folder = tempfile::tempdir().unwrap();
        let warnings = warnings(&Config::parse(text, folder.path()).unwrap());
        assert_eq!(warnings.len(), 4, "{warnings:?}");
        for part in ["nowhere", "\"10.0.0.1:81\" to fetch.allow", "follow: of: 10.0.0.3", "BCP 47"]
        {
            assert!(warnings.iter().any(|warning| warning.contains(part)), "{part}: {warnings:?}");
        }
        std::fs::create_dir(folder.path().join("nowhere")).unwrap();
        let good = Config::parse(&text.replace("tiếng Việt", "en-GB"), folder.path()).unwrap();
        assert_eq!(super::warnings(&good).len(), 2);
    }
}
