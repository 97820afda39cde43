use super::row::Copy;
use crate::config::Config;
use crate::ingest::error::Error;
use crate::model::{ArticleId, Source, SourceId, SourceKind};
use crate::store::{Kind, Progress};
use std::collections::BTreeMap;
use url::Url;

/// Which mirror's publisher each authority is at home with: only what began there has its ids.
///
/// The publisher whose host is the authority's own, else the one at which such articles were first seen to begin.
#[derive(Default)]
pub struct Homes {
    /// The hosts of the mirrors' publishers, in the order of the config.
    hosts: Vec<(SourceId, String)>,
    /// Of each authority the first mirror in the config that was seen to be its home.
    seen: BTreeMap<String, SourceId>,
    /// The journal of each mirror's publisher.
    journals: BTreeMap<SourceId, String>,
}

impl Homes {
    /// The homes as all mirrors have seen them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn load(config: &Config, progress: &Progress) -> Result<Self, Error> {
        let mut homes = Self::default();
        for source in &config.sources {
            let SourceKind::Mirror { address, .. } = &source.kind else { continue };
            let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
            homes.hosts.extend(host.map(|host| (source.id.clone(), host)));
            let copy: Option<Copy> = progress.get(Kind::Copy, source.id.as_str())?;
            homes.add(source, copy.filter(|copy| copy.is_of_same(&Copy::of(source))));
        }
        Ok(homes)
    }

    fn add(&mut self, source: &Source, copy: Option<Copy>) {
        let Some(copy) = copy else { return };
        for authority in copy.homes {
            self.seen.entry(authority).or_insert_with(|| source.id.clone());
        }
        self.journals.extend(copy.journal.map(|journal| (source.id.clone(), journal)));
    }

    /// The mirror whose publisher an id is at home with, if one is known. If the hosts of several are the authority's, each
    /// of them is: then it is the one that asks.
    pub fn of(&self, id: &ArticleId, asking: &SourceId) -> Option<&SourceId> {
        let authority = id.authority()?;
        let domain = authority.split(',').next().unwrap_or(authority);
        let is_in = |host: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let by_host = self.hosts.iter().filter(|(_, host)| is_in(host)).map(|(source, _)| source);
        let by_host = by_host.min_by_key(|source| *source != asking);
        by_host.or_else(|| self.seen.get(authority))
    }

    /// Notes that articles of an authority began at a mirror's publisher, unless they did at another's.
    pub fn claim(&mut self, authority: &str, source: &SourceId) {
        if !self.seen.contains_key(authority) {
            self.seen.insert(authority.to_owned(), source.clone());
        }
    }

    /// Whether an article that another mirror brings may have begun at a home: it says that it came through its journal
    /// first, or, where that is not known yet, that it did not begin at the publisher that sends it.
    pub fn may_come_from(&self, home: &SourceId, path: &[String]) -> bool {
        match self.journals.get(home) {
            Some(journal) => path.first() == Some(journal),
            None => path.len() > 1,
        }
    }
}

/// Whether an id is one that this dongtin gives to articles of its own sources.
pub fn is_given_here(config: &Config, id: &ArticleId) -> bool {
    let own = &config.site.tag_authority;
    let is_given = |source: &Source| {
        !matches!(source.kind, SourceKind::Mirror { .. })
            && id.as_str().starts_with(&format!("tag:{own}:{}/", source.id))
    };
    config.sources.iter().any(is_given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn an_authority_is_at_home_with_its_own_host_else_with_the_first_that_had_it() {
        let text = "[[source]]\nid = \"a\"\nkind = \"mirror\"\naddress = \"https://ke.example\"\n\
            [[source]]\nid = \"b\"\nkind = \"mirror\"\naddress = \"https://tin.phutho.gov.vn\"\n";
        let config = Config::parse(text, Path::new("/")).unwrap();
        let mut homes = Homes {
            hosts: vec![
                (config.sources[0].id.clone(), "ke.example".into()),
                (config.sources[1].id.clone(), "tin.phutho.gov.vn".into()),
            ],
            ..Homes::default()
        };
        for (source, journal) in config.sources.iter().zip(["ja", "jb"]) {
            let mut copy = Copy::of(source);
            copy.journal = Some(journal.into());
            copy.note_home("tin.phutho.gov.vn,2026");
            copy.note_home("khac.example,2026");
            homes.add(source, Some(copy));
        }
        let [a, b] = [0, 1].map(|place: usize| &config.sources[place].id);
        let of = |id: &str| homes.of(&ArticleId(id.to_owned()), a).map(SourceId::as_str);
        assert_eq!(of("tag:tin.phutho.gov.vn,2026:cms/1"), Some("b"), "whoever claimed it first");
        assert_eq!(of("tag:phutho.gov.vn,2020:cms/1"), Some("b"));
        assert_eq!(of("tag:khac.example,2026:cms/1"), Some("a"));
        assert_eq!(
            (of("tag:moi.example,2026:cms/1"), of("https://x/1"), of("tag::1")),
            (None, None, None)
        );
        let path = |path: &[&str]| path.iter().map(|j| (*j).to_owned()).collect::<Vec<_>>();
        assert!(homes.may_come_from(b, &path(&["jb", "ja"])));
        assert!(!homes.may_come_from(b, &path(&["ja"])) && !homes.may_come_from(b, &[]));
        homes.hosts[0].1 = "ke.phutho.gov.vn".into();
        let id = ArticleId("tag:phutho.gov.vn,2020:cms/1".into());
        assert_eq!((homes.of(&id, a), homes.of(&id, b)), (Some(a), Some(b)), "hosts of one domain");
        homes.journals.clear();
        assert!(
            homes.may_come_from(b, &path(&["jb", "ja"])) && !homes.may_come_from(b, &path(&["ja"]))
        );
    }
}
