//! What tells two articles of one event from two of one form: phrases in common, and facts that agree.

use super::origin::credible_at;
use crate::model::{Article, Timestamp};
use crate::text::{common, shingles, text_of_html, words};
use std::collections::BTreeSet;

/// The words of an article that are compared; portals that shorten a copy cut its end.
const WORDS: usize = 400;
/// A text with fewer phrases is too short; then the titles decide.
const SHORT: usize = 12;
/// The percentage of the shorter text's phrases that the other must have.
const COPIED: usize = 50;
/// The same if the titles are alike.
const COPIED_TITLED: usize = 34;
/// The percentage of the shorter title's words that makes titles alike.
const TITLES: usize = 60;
/// The percentages of the shorter text's figures, and of its names, that the other must have.
const AGREED: (usize, usize) = (75, 60);
/// If there are at most this many figures or names, one in common is enough.
const FEW: usize = 3;

/// What articles are compared by.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// When it can be believed to have been published.
    pub at: Timestamp,
    phrases: Vec<u64>,
    title: Vec<u64>,
    title_figures: BTreeSet<u64>,
    figures: BTreeSet<u64>,
    names: BTreeSet<u64>,
    title_names: BTreeSet<u64>,
}

impl Sketch {
    /// The sketch of an article's text.
    pub fn of(article: &Article) -> Self {
        let body = article.content.as_deref().map(text_of_html).unwrap_or_default();
        let lead = article.summary.as_deref().unwrap_or_default();
        let body = if body.trim().is_empty() { lead.to_owned() } else { body };
        let mut row = words(&body);
        row.truncate(WORDS);
        let mut title = words(&article.title);
        title.sort_unstable();
        title.dedup();
        let text: String = body.split_inclusive(char::is_whitespace).take(WORDS).collect();
        Self {
            at: credible_at(article),
            phrases: shingles(&row),
            title,
            title_figures: figures(&article.title),
            figures: figures(&text),
            names: names(&text),
            title_names: names(&article.title),
        }
    }

    /// The phrases of its text, or of its title if the text is too short.
    pub fn phrases(&self) -> &[u64] {
        if self.phrases.len() < SHORT { &self.title } else { &self.phrases }
    }

    /// The percentage of the shorter text that the other has too, if both tell one event.
    pub fn likeness(&self, other: &Self) -> Option<u32> {
        let titles = part(common(&self.title, &other.title), self.title.len(), other.title.len());
        let shorter = self.phrases.len().min(other.phrases.len());
        if shorter < SHORT {
            let same = titles >= 90 && self.title.len().abs_diff(other.title.len()) <= 1;
            let told = same && self.title.len().min(other.title.len()) >= 6;
            return (told && self.figures_agree(other)).then_some(100);
        }
        let copied =
            part(common(&self.phrases, &other.phrases), self.phrases.len(), other.phrases.len());
        let told = copied >= COPIED || copied >= COPIED_TITLED && titles >= TITLES;
        let likeness = u32::try_from(copied).unwrap_or(100);
        (told && self.figures_agree(other) && self.names_agree(other)).then_some(likeness)
    }

    fn figures_agree(&self, other: &Self) -> bool {
        let told = |title: &BTreeSet<u64>, by: &Self| {
            title.iter().all(|f| by.figures.contains(f) || by.title_figures.contains(f))
        };
        let one_day = told(&self.title_figures, other) || told(&other.title_figures, self);
        one_day && agree(&self.figures, &other.figures, AGREED.0)
    }

    fn names_agree(&self, other: &Self) -> bool {
        let told = |title: &BTreeSet<u64>, by: &Self| {
            title.iter().any(|name| by.names.contains(name) || by.title_names.contains(name))
        };
        let elsewhere = !self.title_names.is_empty()
            && !other.title_names.is_empty()
            && !told(&self.title_names, other)
            && !told(&other.title_names, self);
        !elsewhere && agree(&self.names, &other.names, AGREED.1)
    }
}

/// The percentage of the shorter that is common.
fn part(common: usize, a: usize, b: usize) -> usize {
    100 * common / a.min(b).max(1)
}

fn agree(a: &BTreeSet<u64>, b: &BTreeSet<u64>, least: usize) -> bool {
    let both = a.intersection(b).count();
    let fewer = a.len().min(b.len());
    fewer == 0 || part(both, a.len(), b.len()) >= least || fewer <= FEW && both > 0
}

/// The numbers of a text: `12.500` is one, `12/06` are two; leading zeros do not count.
fn figures(text: &str) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| c.is_whitespace()) {
        for part in word.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')) {
            let part = part.trim_matches(['.', ',']);
            let groups: Vec<&str> = part.split(['.', ',']).filter(|g| !g.is_empty()).collect();
            let thousands = groups.len() > 1 && groups.iter().skip(1).all(|g| g.len() == 3);
            let numbers = if thousands {
                vec![groups.concat()]
            } else {
                groups.iter().map(|g| (*g).to_owned()).collect()
            };
            found.extend(numbers.iter().filter_map(|digits| digits.parse::<u64>().ok()));
        }
    }
    found
}

/// The names of a text: pairs of capitalized words, and single ones that do not begin a sentence.
fn names(text: &str) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    let (mut run, mut starts, mut first) = (Vec::new(), true, None);
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let capital = bare.chars().next().is_some_and(char::is_uppercase);
        let before = first.take();
        if capital && starts {
            first = Some(bare);
        } else if capital {
            run.extend(before.into_iter().chain([bare]).flat_map(words));
        } else {
            keep(&mut found, &mut run);
        }
        let opens = word.starts_with(['(', '“', '"']);
        if opens && !capital || word.ends_with(['.', ',', ':', ';', '!', '?', ')', '”', '"', '…'])
        {
            keep(&mut found, &mut run);
        }
        starts =
            word.ends_with(['.', ':', '!', '?', '…', '-', '–', '•']) || bare.is_empty() && starts;
    }
    keep(&mut found, &mut run);
    found
}

fn keep(found: &mut BTreeSet<u64>, run: &mut Vec<u64>) {
    match run.as_slice() {
        [] => {}
        [one] => _ = found.insert(*one),
        more => found.extend(more.windows(2).map(crate::text::hash_of)),
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_people_write_them() {
        let found = figures("Ngày 05/06/2026, giá 12.500 đồng, 3,5 tấn; tổng 1.234.567.");
        assert_eq!(
            found,
            [5, 6, 2026, 12_500, 3, 1_234_567].into_iter().filter(|_| true).collect()
        );
        assert_eq!(figures("không có số nào - ..."), BTreeSet::new());
    }

    #[test]
    fn names_are_those_inside_sentences() {
        let one =
            names("Sáng nay, Bí thư Tỉnh ủy Nguyễn Phi Long đến xã Cao Phong. Ông nói về Huế.");
        for name in ["Nguyễn Phi", "Phi Long", "Cao Phong"] {
            assert!(one.contains(&crate::text::hash_of(&words(name))), "{name}");
        }
        assert!(one.contains(&words("Huế")[0]));
        assert!(!one.contains(&words("Sáng")[0]));
    }
}
