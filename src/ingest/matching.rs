//! Which article a listed entry is: by its id, else by its link, else by what it says. Pure.
//!
//! A portal may give its articles new ids at any time. An entry whose id is unknown is an article that we hold if
//! the link and what is said say so together; a link alone says nothing, since a live page or a careless portal has
//! one link for many articles. When in doubt they are two: an article shown twice is better than one lost.

use crate::model::{Article, ArticleKey, Dated, Precision};
use crate::refine::Draft;
use crate::store::match_keys;
use crate::text::{canonical, common, hash_of, shingles, untracked, words};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use url::Url;

/// Words that a body needs to identify its article: a shorter one may stand in several.
const TELLING: usize = 40;
/// Words of a body that are compared, from its beginning.
const COMPARED: usize = 4_000;
/// The share of their phrases that two bodies have in common if one is a revision of the other.
const ALIKE: f64 = 0.5;

/// What an entry or an article says, made ready for comparing.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The id without the number of a revision, where it has one.
    versioned: Option<String>,
    link: Option<String>,
    place: Option<String>,
    title: u64,
    /// The whole body as one number, and how many words it has.
    body: (u64, usize),
    /// Its first words.
    begins: Vec<u64>,
    /// The phrases of those words, made when they are first compared.
    phrases: OnceLock<Vec<u64>>,
    published: Option<Dated>,
}

impl Signature {
    /// The link alone, of a draft whose id is known: enough to see which links several entries share.
    pub fn link_of(draft: &Draft) -> Self {
        Self::of(draft.url.as_deref(), "", None, None, &None)
    }

    /// What an article says, or a draft.
    pub fn by(article: &Article) -> Self {
        let (summary, content) = (article.summary.as_deref(), article.content.as_deref());
        let (url, published) = (article.url.as_deref(), &article.published);
        let versioned = without_revision(&article.upstream_id).map(str::to_owned);
        Self { versioned, ..Self::of(url, &article.title, summary, content, published) }
    }

    fn of(
        url: Option<&str>,
        title: &str,
        summary: Option<&str>,
        content: Option<&str>,
        published: &Option<Dated>,
    ) -> Self {
        let place = url.and_then(match_keys::url_key);
        let link = url.and_then(|url| Url::parse(url).ok()).map(|url| canonical(&url));
        let mut begins = match_keys::body_words(summary, content);
        let body = (hash_of(&begins), begins.len());
        begins.truncate(COMPARED);
        begins.shrink_to_fit();
        Self {
            versioned: None,
            link,
            place,
            title: hash_of(&words(title)),
            body,
            begins,
            phrases: OnceLock::new(),
            published: published.clone(),
        }
    }

    /// Where its link leads, whatever the host; `None` for a home page.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The hash under which the store finds articles with this title and body.
    pub fn text(&self) -> u64 {
        hash_of(&[self.title, self.body.0])
    }

    fn phrases(&self) -> &[u64] {
        self.phrases.get_or_init(|| shingles(&self.begins))
    }
}

/// How the links of two entries relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// They lead to different pages.
    Apart,
    /// They lead to one page, to which other entries lead too: a home page, a live page.
    Shared,
    /// They lead to one place on two hosts.
    Moved,
    /// They lead to one page.
    Same,
}

/// How two texts, or two dates, compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Same,
    Alike,
    Unlike,
    Unknown,
}

use Likeness::{Alike, Same, Unknown, Unlike};

/// Returns true if two entries are one article, given how their links relate.
pub fn matches(link: Link, a: &Signature, b: &Signature) -> bool {
    let title = a.title == b.title && a.title != 0;
    let (body, dates) = (bodies(a, b), dates(a, b));
    let telling = body == Same && a.body.1 >= TELLING;
    if link == Link::Same && a.versioned.is_some() && a.versioned == b.versioned {
        return true;
    }
    match (link, dates) {
        (Link::Same, Same) => title || body != Unlike,
        (Link::Same, Unlike) => title && matches!(body, Same | Unknown) || telling,
        (Link::Moved | Link::Apart | Link::Shared, Unlike) => false,
        (Link::Same | Link::Moved, _) => title && body != Unlike || telling,
        (Link::Apart | Link::Shared, Same) => title && (body == Same || nothing(a, b)),
        (Link::Shared, _) => title && (body == Same || nothing(a, b)) && undated(a, b),
        (Link::Apart, _) => title && telling && undated(a, b),
    }
}

/// An id without the number of its revision: `?rev=2`, `-1.1`, `#2`, `@3`. `None` where it has none.
fn without_revision(id: &str) -> Option<&str> {
    let is_figure = |c: char| c.is_ascii_digit();
    let before = id.trim_end_matches(|c: char| is_figure(c) || c == '.');
    let number = id.get(before.len()..).filter(|number| number.starts_with(is_figure))?;
    let lower = before.to_ascii_lowercase();
    let named = ["revision=", "version=", "rev=", "ver=", "v="];
    let name = named.iter().find(|name| {
        lower.ends_with(&["?", name].concat()) || lower.ends_with(&["&", name].concat())
    });
    let marks = match (name, before.chars().next_back()?) {
        (Some(name), _) => name.len() + 1,
        (None, '#' | '@' | ';') => 1,
        (None, '-' | '_' | ':' | '/') if number.contains('.') => 1,
        (None, 'v' | 'r') if lower.ends_with(['v', 'r']) && before.len() > 1 => {
            let parted = before.get(..before.len() - 1)?.ends_with(['-', '_', '/', '.']);
            if parted { 2 } else { return None }
        }
        _ => return None,
    };
    before.get(..before.len() - marks).filter(|stem| !stem.is_empty())
}

fn nothing(a: &Signature, b: &Signature) -> bool {
    a.body.1 == 0 && b.body.1 == 0
}

fn undated(a: &Signature, b: &Signature) -> bool {
    a.published.is_none() && b.published.is_none()
}

fn bodies(a: &Signature, b: &Signature) -> Likeness {
    if a.body.1 == 0 || b.body.1 == 0 {
        return Unknown;
    }
    if a.body == b.body {
        return Same;
    }
    let (a, b) = (a.phrases(), b.phrases());
    let both = common(a, b);
    let all = (a.len() + b.len()).saturating_sub(both).max(1);
    if both as f64 >= ALIKE * all as f64 { Alike } else { Unlike }
}

/// Compares dates. Two of the same minute are the same; two of the same day say nothing.
fn dates(a: &Signature, b: &Signature) -> Likeness {
    match (&a.published, &b.published) {
        (Some(a), Some(b)) if a.at != b.at => Unlike,
        (Some(a), Some(b)) if a.precision.min(b.precision) >= Precision::Minute => Same,
        _ => Unknown,
    }
}

/// An article that an entry with an unknown id may be.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which.
    pub key: ArticleKey,
    /// What it said last.
    pub said: Arc<Signature>,
}

/// Finds the article that each entry of one document is: one that we hold, or a new one.
///
/// `own` is each entry's key by its id, and whether it is known. An article listed under its own id, or found for an
/// earlier entry, is not found again.
///
/// # Errors
/// If the candidates cannot be had.
pub fn resolve<E>(
    said: &[Signature],
    own: &[(ArticleKey, bool)],
    mut candidates: impl FnMut(&Signature) -> Result<Vec<Candidate>, E>,
) -> Result<Vec<ArticleKey>, E> {
    let mut taken: HashSet<ArticleKey> = own.iter().map(|(key, _)| *key).collect();
    let shared = shared_links(said);
    let mut keys = Vec::with_capacity(said.len());
    for (said, (own, known)) in said.iter().zip(own) {
        let mut key = *own;
        if !known {
            let all = candidates(said)?;
            let free = all.iter().filter(|candidate| !taken.contains(&candidate.key));
            let crowded = crowded(said, &all) || shared.contains(&said.link);
            if let Some(found) = best(said, free, crowded) {
                key = found;
                taken.insert(found);
            }
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The links that several entries of one document have.
fn shared_links(said: &[Signature]) -> HashSet<&Option<String>> {
    let mut counts: HashMap<&Option<String>, usize> = HashMap::new();
    for said in said.iter().filter(|said| said.link.is_some()) {
        *counts.entry(&said.link).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(link, _)| link).collect()
}

/// Whether several articles that we hold have this link now.
fn crowded(said: &Signature, all: &[Candidate]) -> bool {
    said.link.is_some() && all.iter().filter(|c| c.said.link == said.link).count() > 1
}

/// The candidate that an entry is. Of several the one with the nearest link, then the one with the same text, then the first
/// key.
fn best<'c>(
    said: &Signature,
    candidates: impl Iterator<Item = &'c Candidate>,
    crowded: bool,
) -> Option<ArticleKey> {
    let ranked = candidates.filter_map(|candidate| {
        let link = compare_links(said, &candidate.said, crowded);
        let exact = candidate.said.text() == said.text();
        matches(link, said, &candidate.said).then_some((
            link,
            exact,
            std::cmp::Reverse(candidate.key),
        ))
    });
    ranked.max().map(|(_, _, std::cmp::Reverse(key))| key)
}

/// Compares two links; `crowded` says that other entries have the link too.
pub fn compare_links(a: &Signature, b: &Signature, crowded: bool) -> Link {
    if a.link.is_some() && a.link == b.link {
        return if crowded || a.place.is_none() { Link::Shared } else { Link::Same };
    }
    if a.place.is_some() && a.place == b.place {
        return Link::Moved;
    }
    let page = |said: &Signature| page_of(said.link.as_deref()?).map(str::to_owned);
    // Two places on one page, as a live page has them; or one to which a portal adds something else at every poll.
    if page(a).is_some() && page(a) == page(b) { Link::Shared } else { Link::Apart }
}

/// A link without its fragment; `None` where the fragment is a path of its own.
fn page_of(link: &str) -> Option<&str> {
    match link.split_once('#') {
        Some((_, fragment)) if is_route(fragment) => None,
        Some((page, _)) => Some(page),
        None => Some(link),
    }
}

/// Whether a fragment is a path: some pages are a program that goes by it.
fn is_route(fragment: &str) -> bool {
    fragment.contains(['/', '!', '='])
}

/// The address to keep of two of one article: the known one while they differ only in tracking parameters or in the
/// fragment, but https rather than http.
pub fn address(known: Option<&str>, listed: Option<&str>) -> Option<String> {
    let parsed = |text: Option<&str>| {
        let mut url = Url::parse(text?).ok()?;
        if !url.fragment().is_some_and(is_route) {
            url.set_fragment(None);
        }
        Some(url)
    };
    let one_page = match (parsed(known), parsed(listed)) {
        (Some(known), Some(listed)) => {
            let upgraded = known.scheme() == "http" && listed.scheme() == "https";
            untracked(&known) == untracked(&listed) && !upgraded
        }
        _ => false,
    };
    if one_page { known } else { listed }.map(str::to_owned)
}

#[cfg(test)]
mod tests;
