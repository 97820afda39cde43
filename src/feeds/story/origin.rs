//! Which article of a story is the original: whom the others name, else the earliest that can be believed.

use crate::model::{Article, Precision, Source, Timestamp};
use crate::text::{host_key, slug};
use std::sync::Arc;
use url::Url;

/// Words at the start and end of a text in which a source may be named.
const NAMED_WITHIN: usize = 12;
/// Shorter names are ambiguous.
const SHORTEST: usize = 3;
/// First words of a portal's name that only say its kind.
const KINDS: [&str; 7] = ["bao", "cong", "trang", "dai", "tap-chi", "co-quan", "ban"];

/// The time that an article can be believed: a day without a time may mean its evening, a year says nothing.
pub fn credible_at(article: &Article) -> Timestamp {
    let Some(dated) = &article.published else { return article.received };
    let rest_of = |millis: i64| article.order().plus_millis(millis).min(article.received);
    match dated.precision {
        Precision::Year | Precision::Month => article.received,
        Precision::Day => rest_of(86_399_000),
        Precision::Hour => rest_of(3_599_000),
        Precision::Minute | Precision::Second => article.order(),
    }
}

/// What an article's source is called, and whom the article names as its own source.
#[derive(Clone, Debug, Default)]
pub struct Names {
    own: Vec<String>,
    named: Vec<String>,
}

impl Names {
    /// What an article says of its origin.
    pub fn of(article: &Article, source: Option<&Source>) -> Self {
        let mut own = vec![slug(article.source.as_str())];
        own.extend(article.publisher.iter().flat_map(|name| forms(name)));
        own.extend(source.iter().flat_map(|source| forms(&source.title)));
        own.extend(article.url.as_deref().and_then(host_name));
        own.extend(source.and_then(|source| host_name(source.home.as_deref()?)));
        own.retain(|name| name.len() >= SHORTEST);
        own.sort();
        own.dedup();
        Self { own, named: named(article) }
    }

    /// Whether this article names the other one's source.
    fn names(&self, other: &Self) -> bool {
        let is = |said: &String| {
            other.own.iter().any(|own| format!("-{said}-").contains(&format!("-{own}-")))
        };
        self.named.iter().any(is)
    }
}

/// The place of the original among a story's articles, which are in the order of publication.
pub fn original(members: &[Arc<Article>], names: &[Names]) -> usize {
    let votes = |place: usize| {
        let Some(candidate) = names.get(place) else { return 0 };
        let others = names.iter().enumerate().filter(|(other, _)| *other != place);
        others.filter(|(_, other)| other.names(candidate)).count()
    };
    let best = (0..members.len()).max_by_key(|place| (votes(*place), std::cmp::Reverse(*place)));
    best.unwrap_or(0)
}

/// The forms of a name: as it is, without its kind, and its initials.
fn forms(name: &str) -> Vec<String> {
    let whole = slug(name);
    let kind = KINDS.iter().find_map(|kind| whole.strip_prefix(kind)?.strip_prefix('-'));
    let mut forms = vec![whole.clone()];
    forms.extend([Some(whole.as_str()), kind].into_iter().flatten().map(initials));
    forms.extend(kind.filter(|rest| rest.contains('-')).map(|rest| format!("bao-{rest}")));
    forms
}

fn initials(slug: &str) -> String {
    slug.split('-').filter_map(|word| word.chars().next()).collect()
}

/// `baophutho` of `https://www.baophutho.vn/x`.
fn host_name(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = host_key(&url);
    Some(slug(host.split('.').next().unwrap_or_default())).filter(|name| name.len() > SHORTEST)
}

/// Whom an article names: its origin, `(TTXVN) -` before its text, `Theo …` or `Nguồn: …` at either end.
fn named(article: &Article) -> Vec<String> {
    let mut named = Vec::new();
    if let Some(origin) = &article.origin {
        named.extend(origin.title.as_deref().map(slug));
        named.extend(origin.url.as_deref().and_then(host_name));
    }
    let body = article.content.as_deref().map(crate::text::text_of_html).unwrap_or_default();
    for text in [article.summary.as_deref().unwrap_or_default(), body.as_str()] {
        let words: Vec<&str> = text.split_whitespace().collect();
        let start = words.get(..NAMED_WITHIN.min(words.len())).unwrap_or_default();
        let end = words.get(words.len().saturating_sub(NAMED_WITHIN)..).unwrap_or_default();
        named.extend(before_dash(start));
        named.extend([start, end].into_iter().filter_map(after_theo));
    }
    named.retain(|name| name.len() >= SHORTEST);
    named
}

/// The text before the first dash, if it is in brackets or in capitals.
fn before_dash(words: &[&str]) -> Option<String> {
    let dash = words.iter().position(|word| matches!(*word, "-" | "–" | "—" | "-:"))?;
    let before = words.get(..dash).unwrap_or_default().join(" ");
    let bracketed = before.starts_with('(');
    let capitals = before.chars().filter(|c| c.is_uppercase()).count() >= 3;
    (dash <= 5 && (bracketed || capitals)).then(|| slug(&before))
}

/// The text after `Theo` or `Nguồn`.
fn after_theo(words: &[&str]) -> Option<String> {
    let at = words.iter().rposition(|word| {
        let word = slug(word);
        matches!(word.as_str(), "theo" | "nguon")
    })?;
    let after = words.get(at + 1..).unwrap_or_default();
    Some(slug(&after.iter().take(8).copied().collect::<Vec<_>>().join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_is_known_by_its_initials_too() {
        assert!(forms("Thông tấn xã Việt Nam").contains(&"ttxvn".to_owned()));
        assert!(forms("Báo Hòa Bình điện tử").contains(&"hbdt".to_owned()));
        assert_eq!(host_name("https://www.baophutho.vn/a/b"), Some("baophutho".to_owned()));
    }

    #[test]
    fn a_source_is_named_at_either_end() {
        let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        assert_eq!(before_dash(&words("(TTXVN) - Sáng 12/6")).as_deref(), Some("ttxvn"));
        assert_eq!(before_dash(&words("TTO - Sáng nay")).as_deref(), Some("tto"));
        assert_eq!(before_dash(&words("Sáng nay – ngày 12/6")), None);
        assert_eq!(
            after_theo(&words("của người dân. (Theo Báo Hòa Bình)")).as_deref(),
            Some("bao-hoa-binh")
        );
        assert_eq!(after_theo(&words("Không ai nói gì")), None);
    }
}
