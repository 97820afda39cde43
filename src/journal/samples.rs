//! Made-up Vietnamese news for tests, for the benchmark, and for training the dictionary of records.
//!
//! The dictionary was made by `cargo test --lib journal::samples::train -- --ignored`; a released one is never made again,
//! because every record names the one it was written with.

use super::Body;
use crate::model::*;
use std::sync::{Arc, LazyLock};

/// The lists of `samples.txt`, in its order.
#[derive(Clone, Copy)]
enum List {
    Subjects,
    Verbs,
    Topics,
    Places,
    Clauses,
    Categories,
    Authors,
}

/// A small generator of numbers (SplitMix64): the same start, the same numbers.
pub struct Dice(pub u64);

impl Dice {
    /// The next number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    fn pick(&mut self, list: List) -> &'static str {
        static LISTS: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
            let lists = include_str!("samples.txt").split("\n\n");
            lists.map(|list| list.lines().collect()).collect()
        });
        let list = LISTS.get(list as usize).map(Vec::as_slice).unwrap_or_default();
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }
}

/// Article number `n` of a source at its first publication, about 2 to 5 KB; the same `n`, the same article.
pub fn article(source: &str, n: u64, at: Timestamp) -> Article {
    let mut dice = Dice(n);
    let source = SourceId::new(source).unwrap_or_else(|_| unreachable!("a slug"));
    let upstream_id = format!("/tin-tuc/{}-{n}.html", 1000 + n);
    let key = ArticleKey::of(&source, &upstream_id);
    let title = format!(
        "{} {} {}",
        dice.pick(List::Subjects),
        dice.pick(List::Verbs),
        dice.pick(List::Topics)
    );
    let summary = sentence(&mut dice);
    let paragraphs: String = (0..4 + dice.below(6)).map(|_| paragraph(&mut dice)).collect();
    let category = dice.pick(List::Categories).to_owned();
    let published = at.plus_millis(-(dice.below(3_600_000) as i64));
    let picture =
        format!("https://bao.example.vn/uploads/2026/{:02}/anh-{n}.jpg", 1 + dice.below(12));
    let mut article = Article {
        id: ArticleId::mint("bao.example.vn,2026-11-23", &source, key),
        url: Some(format!("https://bao.example.vn{upstream_id}")),
        title,
        summary: Some(summary.clone()),
        content: Some(format!(
            "<p><strong>{summary}</strong></p>\n{paragraphs}<p><img src=\"{picture}\" alt=\"Ảnh minh họa\"></p>"
        )),
        authors: vec![Author {
            name: Some(dice.pick(List::Authors).to_owned()),
            email: None,
            uri: None,
        }],
        categories: vec![Category { term: category, scheme: None, label: None }],
        enclosures: vec![Enclosure {
            url: picture.clone(),
            media_type: "image/jpeg".to_owned(),
            length: Some(dice.below(400_000) as u64),
            title: None,
            duration: None,
        }],
        image: Some(Image {
            url: picture,
            alt: Some("Ảnh minh họa".to_owned()),
            width: None,
            height: None,
        }),
        language: Some("vi".to_owned()),
        published: Some(Dated {
            at: published,
            offset: 25_200,
            raw: published.rfc822_at(25_200),
            precision: Precision::Second,
            rule: DateRule::Named,
        }),
        received: at,
        changed: at,
        revision: 1,
        rights: Some("© Báo điện tử tỉnh. Ghi rõ nguồn khi phát hành lại thông tin.".to_owned()),
        publisher: Some("Cổng thông tin điện tử tỉnh".to_owned()),
        ..Article::named(source, upstream_id)
    };
    article.fingerprint = Fingerprint::of(&article);
    article
}

/// A revision of an article: another title, one more revision.
pub fn revised(article: &Article, at: Timestamp) -> Article {
    let mut next = article.clone();
    next.revision += 1;
    next.title = format!("{} (cập nhật lần {})", article.title, article.revision);
    next.changed = at;
    next.updated = article.published.clone();
    next.fingerprint = Fingerprint::of(&next);
    next
}

/// The body of a record that publishes an article.
pub fn published(article: Article) -> Body {
    Body {
        at: article.received,
        idempotency_key: None,
        change: Change::Published { article: Arc::new(article) },
    }
}

fn sentence(dice: &mut Dice) -> String {
    format!(
        "Ngày {}/{}, tại {}, {} {} {}; {}.",
        1 + dice.below(28),
        1 + dice.below(12),
        dice.pick(List::Places),
        dice.pick(List::Subjects),
        dice.pick(List::Verbs),
        dice.pick(List::Topics),
        dice.pick(List::Clauses)
    )
}

fn paragraph(dice: &mut Dice) -> String {
    let sentences: Vec<String> = (0..2 + dice.below(3))
        .map(|_| match dice.below(3) {
            0 => sentence(dice),
            1 => format!(
                "Tại {}, {}, {}.",
                dice.pick(List::Places),
                dice.pick(List::Clauses),
                dice.pick(List::Clauses)
            ),
            _ => format!(
                "{} {} {}, {} {} người.",
                dice.pick(List::Subjects),
                dice.pick(List::Verbs),
                dice.pick(List::Topics),
                dice.pick(List::Clauses),
                dice.below(900)
            ),
        })
        .collect();
    format!("<p>{}</p>\n", sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the dictionary; the samples are the JSON of made-up events of each kind.
    #[test]
    #[ignore = "writes src/journal/dictionaries/1.zdict, which is for ever once released"]
    fn train() {
        let mut samples = Vec::new();
        for n in 0..3000 {
            let source = ["so-tttt", "bao-tinh", "portal-7", "dai-ptth"][n as usize % 4];
            let article = article(source, n, Timestamp::from_secs(1_795_000_000 + n as i64 * 900));
            let withdrawn = Body {
                at: article.received,
                idempotency_key: Some(format!("{n}-0b6e")),
                change: Change::Withdrawn {
                    key: article.key,
                    id: article.id.clone(),
                    source: article.source.clone(),
                    upstream_id: article.upstream_id.clone(),
                    reason: Some("Gỡ theo yêu cầu của cơ quan chủ quản".to_owned()),
                    revision: 2,
                    gone_since: None,
                },
            };
            let revised =
                Change::Revised { article: Arc::new(revised(&article, article.received)) };
            samples.push(match n % 20 {
                0 => withdrawn,
                1 => Body { change: revised, ..withdrawn },
                _ => published(article),
            });
        }
        let json: Vec<Vec<u8>> =
            samples.iter().map(|body| serde_json::to_vec(body).unwrap()).collect();
        let dictionary = zstd::dict::from_samples(&json, 24 * 1024).unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/journal/dictionaries/1.zdict");
        std::fs::write(path, dictionary).unwrap();
    }
}
