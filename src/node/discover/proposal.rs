use crate::config::Config;
use crate::model::{HtmlProfile, Selectors, Source};
use crate::text::{host_key, is_forbidden};
use anyhow::Context;
use std::fmt::Write as _;
use std::path::Path;
use url::Url;

/// A proposed source.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// An id that no other source has.
    pub id: String,
    /// The name that readers see.
    pub title: String,
    /// `feed`, `page` or `sitemap`.
    pub kind: &'static str,
    /// The address to poll.
    pub address: String,
    /// Its home page, where that is known.
    pub home: Option<String>,
    /// Categories that all its articles get.
    pub categories: Vec<String>,
    /// Whether each article's own page is to be read.
    pub full_text: bool,
    /// Where a list page has its articles.
    pub selectors: Option<Selectors>,
    /// The portal software, where it was recognized.
    pub platform: Option<HtmlProfile>,
}

impl Proposal {
    /// Its `[[source]]` block.
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

    /// Its `[[source]]` block for people's eyes: without the names and passwords of its addresses.
    pub fn shown(&self) -> String {
        let home = self.home.as_deref().map(masked);
        Proposal { address: masked(&self.address), home, ..self.clone() }.toml()
    }

    /// The source that it makes for a daemon whose site has this offset from UTC.
    ///
    /// # Errors
    /// If its block is no config.
    pub fn source(&self, utc_offset: i32) -> anyhow::Result<Source> {
        let config = Config::parse(&self.toml(), Path::new("/"))
            .map_err(|error| anyhow::anyhow!("the proposal is no config: {error}"))?;
        let source = config.sources.into_iter().next().context("the proposal has no source")?;
        Ok(Source { utc_offset, ..source })
    }
}

/// An address with stars in place of its name and password, for messages.
pub fn masked(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if url.username().is_empty() && url.password().is_none() {
        return address.to_owned();
    }
    let _ = url.set_username("***");
    let _ = url.set_password(None);
    url.to_string()
}

/// A text as a TOML string, without characters that a config may not have.
fn quoted(text: &str) -> String {
    let text: String = text.chars().filter(|c| !is_forbidden(*c)).collect();
    toml::Value::String(text).to_string()
}

/// An id made of an address's host that is not taken.
pub fn id_of(address: &str, taken: &dyn Fn(&str) -> bool) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal() -> Proposal {
        Proposal {
            id: "a".into(),
            title: "Cổng \"A\"\nhai".into(),
            kind: "page",
            address: "https://a.example.vn/tin".into(),
            selectors: Some(Selectors { item: "ul > li".into(), ..Selectors::default() }),
            ..Proposal::default()
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let source = proposal().source(25_200).unwrap();
        assert_eq!(source.title, "Cổng \"A\"\nhai");
        assert_eq!(source.selectors.unwrap().item, "ul > li");
    }

    #[test]
    fn passwords_are_for_the_file_only() {
        let secret = "https://user:pw@a.example.vn/rss".to_owned();
        let proposal =
            Proposal { address: secret.clone(), home: Some(secret.clone()), ..proposal() };
        assert!(!proposal.shown().contains("user") && !proposal.shown().contains("pw"));
        assert!(proposal.toml().contains(&secret));
        assert_eq!(masked("https://a.example.vn/rss?x=1"), "https://a.example.vn/rss?x=1");
    }

    #[test]
    fn ids_are_made_of_hosts_and_are_nobody_elses() {
        let none = |_: &str| false;
        assert_eq!(id_of("https://www.soyte.hoabinh.gov.vn/rss", &none), "soyte-hoabinh");
        assert_eq!(id_of("https://a.example.vn/", &|id| id == "a-example"), "a-example-2");
        assert_eq!(id_of("http://[::1]/", &none), "1");
    }
}
