//! When a page says that its article was published: many places say it, and the most trusted counts.
//!
//! First comes what is said for machines, with an offset before without: `article:published_time` and JSON-LD, then
//! `time[datetime]` and microdata, then the names that portals give their `meta`s. Then what stands beside the headline.
//! Last, and with a warning, what stands elsewhere but says that it is a date of publication; a clock, a licence and the
//! dates of other articles are none.

use super::days::{count_days, has_clock, has_day, has_offset, is_machine_date};
use super::json_ld::JsonLd;
use super::lines::{Line, PARAGRAPH, is_called};
use super::nodes::{attribute, said};
use crate::model::ParsedDate;
use crate::text::unaccented;
use scraper::{ElementRef, Html, Selector};

/// The dates of a page's article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// When it was published.
    pub published: Option<ParsedDate>,
    /// When it was changed.
    pub updated: Option<ParsedDate>,
    /// Whether the first stands outside of the article.
    pub is_outside: bool,
}

/// Paragraphs after the headline among which its date stands; a lead may come before it.
const PARAGRAPHS: usize = 2;
/// Lines above the headline among which a `time` may be its date.
const ABOVE: usize = 6;
/// The longest line with a date in it, in characters.
const LONGEST: usize = 120;

/// How a line begins that says when an article was published.
const LABELS: &[&str] = &[
    "ngay dang", "dang ngay", "dang luc", "dang boi", "ngay xuat ban", "xuat ban", "ngay cap nhat",
    "cap nhat", "ngay viet", "ngay tao", "ngay phat hanh", "thoi gian dang", "dang:", "luc:",
    "published", "posted", "publish date", "publication date", "date:", "updated", "last updated",
];
/// What the elements with an article's date are called.
const NAMES: &[&str] = &[
    "publish", "pubdate", "pub-date", "post-date", "postdate", "post-time", "posted", "entry-date",
    "article-date", "article-time", "news-date", "newsdate", "detail-time", "detail-date",
    "ngaydang", "ngay-dang", "ngay_dang", "ngaytao", "thoigian", "thoi-gian", "createdate",
    "created",
];
/// Words that stand beside a date of publication; where others do, too, the date is likely to be of something else.
const WORDS: &str = " thu hai ba tu nam sau bay chu nhat cn t2 t3 t4 t5 t6 t7 ngay thang thg luc gio phut giay \
    gmt utc ict am pm sa ch sang chieu toi trua dang xuat ban cap nhat viet tao boi luot xem doc theo tac gia nguon in \
    published posted updated on at by the date last mon tue wed thu fri sat sun monday tuesday wednesday thursday friday \
    saturday sunday january february march april may june july august september october november december jan feb mar apr \
    jun jul aug sep sept oct nov dec h ";

/// Finds the dates of a page's article; its headline is one of its lines.
pub fn dates(page: &Html, said: &JsonLd, lines: &[Line<'_>], headline: Option<usize>) -> Dates {
    let property = |name: &str| attribute(page, &format!("meta[property=\"{name}\"]"), "content");
    let zone = zone(lines, headline);
    let beside = zone.iter().filter_map(|line| date_of(line)).min_by_key(|(doubt, _)| *doubt);
    let beside = beside.map(|(_, date)| date);
    let above = headline.and_then(|at| lines.get(at.saturating_sub(ABOVE)..at)).unwrap_or_default();
    let machine = for_machines(page, said, [above, zone]);
    // NukeViet's machine-readable date is the time of the last edit; the one that people see is right.
    let machine = machine.filter(|_| !(is_nukeviet(page) && beside.is_some()));
    let inside = machine.or(beside);
    let outside = inside.is_none().then(|| outside(lines)).flatten();
    let updated = property("article:modified_time").or_else(|| said.updated.clone());
    let updated = updated.or_else(|| microdata(page, "dateModified"));
    let date = |raw: String| ParsedDate { raw };
    Dates {
        is_outside: outside.is_some(),
        published: inside.or(outside).map(date),
        updated: updated.filter(|raw| is_machine_date(raw)).map(date),
    }
}

/// What is said for machines: the first that names its offset, else the first.
fn for_machines(page: &Html, said: &JsonLd, near: [&[Line<'_>]; 2]) -> Option<String> {
    let property = |name: &str| attribute(page, &format!("meta[property=\"{name}\"]"), "content");
    let all = [
        property("article:published_time").or_else(|| property("og:published_time")),
        said.published.clone(),
        times(page, near),
        microdata(page, "datePublished"),
        named(page),
    ];
    let all: Vec<String> = all.into_iter().flatten().filter(|raw| is_machine_date(raw)).collect();
    all.iter().find(|raw| has_offset(raw)).or(all.first()).cloned()
}

/// The `datetime` of a `time` beside the headline, or that says what it is.
fn times(page: &Html, near: [&[Line<'_>]; 2]) -> Option<String> {
    let selector = Selector::parse("time[datetime]").ok()?;
    let beside = |time: &ElementRef<'_>| {
        let inside = |line: &Line<'_>| time.ancestors().any(|outer| outer.id() == line.block.id());
        near.iter()
            .copied()
            .flatten()
            .any(|line| inside(line) && line.text.contains(said(*time).as_str()))
    };
    let own = |time: &ElementRef<'_>| time.value().attr("pubdate").is_some();
    let wanted = |time: &ElementRef<'_>| own(time) || (is_dated(*time) && beside(time));
    let time = page.select(&selector).take(200).find(wanted)?;
    time.value().attr("datetime").map(str::to_owned)
}

fn is_dated(time: ElementRef<'_>) -> bool {
    time.value().attr("datetime").is_some_and(is_machine_date)
}

/// What an element with a property of microdata says.
fn microdata(page: &Html, property: &str) -> Option<String> {
    let selector = Selector::parse(&format!("[itemprop~=\"{property}\"]")).ok()?;
    let element = page.select(&selector).next()?;
    let value = element.value().attr("content").or(element.value().attr("datetime"));
    value.map(|value| value.trim().to_owned()).or_else(|| Some(said(element)))
}

/// The `meta` whose name says that it is the date of publication, whatever it is called in full.
fn named(page: &Html) -> Option<String> {
    let selector = Selector::parse("meta[content]").ok()?;
    let found = page.select(&selector).take(300).filter(|meta| {
        let names = ["name", "property", "itemprop"].iter().filter_map(|a| meta.value().attr(a));
        let content = meta.value().attr("content").unwrap_or("");
        names.map(rank_of_name).any(|rank| rank.is_some()) && is_machine_date(content)
    });
    let name = |meta: &ElementRef<'_>| {
        let names = ["name", "property", "itemprop"].iter().filter_map(|a| meta.value().attr(a));
        names.filter_map(rank_of_name).min()
    };
    let best = found.min_by_key(|meta| name(meta))?;
    best.value().attr("content").map(|value| value.trim().to_owned())
}

/// How surely a `meta`'s name says that it is the date of publication: 0 is surest.
fn rank_of_name(name: &str) -> Option<u8> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    if has(&["modif", "updat", "revis", "expir", "valid", "birth", "unpubl", "event", "copyright"])
    {
        return None;
    }
    let when = has(&["date", "time", "when"]);
    match plain.as_str() {
        _ if plain.contains("publi") && (when || plain.ends_with("published")) => Some(0),
        _ if has(&["pubdate", "issued", "datepubl", "ptime"]) => Some(0),
        _ if has(&[
            "postdate", "posttime", "releasedate", "articledate", "newsdate", "originaldate",
        ]) =>
        {
            Some(1)
        }
        "date"
        | "dcdate"
        | "dctermsdate"
        | "sailthrudate"
        | "displaydate"
        | "citationdate"
        | "articledateoriginal" => Some(2),
        _ if has(&[
            "datecreated", "createdate", "dctermscreated", "datesubmitted", "dateavailable",
        ]) =>
        {
            Some(3)
        }
        _ => None,
    }
}

/// The lines after the headline, up to the second paragraph of the article.
fn zone<'l, 'a>(lines: &'l [Line<'a>], headline: Option<usize>) -> &'l [Line<'a>] {
    let Some(headline) = headline else { return &[] };
    let after = lines.get(headline + 1..).unwrap_or_default();
    let is_paragraph = |line: &&Line<'_>| line.length() >= PARAGRAPH && !line.is_link();
    let second =
        after.iter().enumerate().filter(|(_, line)| is_paragraph(line)).nth(PARAGRAPHS - 1);
    let end = second.map_or(after.len(), |(at, _)| at).min(60);
    after.get(..end).unwrap_or_default()
}

/// The date that a line beside the headline is, and how doubtful that is; a line about something else on a day is none.
fn date_of(line: &Line<'_>) -> Option<(u8, String)> {
    if line.is_link() || line.length() > LONGEST || !has_day(&line.text) {
        return None;
    }
    let own = innermost(line).filter(|own| *own != line.text);
    let text = trimmed(own.as_deref().unwrap_or(&line.text));
    let other = foreign_words(&text);
    let labelled = text.find(|c: char| c.is_ascii_digit()).and_then(|at| text.get(..at));
    let labelled = labelled.is_some_and(|label| label.contains(':'));
    let doubt = match () {
        () if is_labelled(&line.text) || line.is_called(NAMES) => 0,
        () if has_clock(&text) && other <= 3 => 0,
        () if count_days(&line.text) > 1 || line.linked > 0 || labelled => return None,
        () if other == 0 && (own.is_none() || foreign_words(&line.text) <= 6) => 1,
        () if other <= 2 => 2,
        () => return None,
    };
    Some((doubt, text))
}

/// Whether a line says when an article was published and nothing else.
pub fn is_stamp(line: &Line<'_>) -> bool {
    let sure = has_clock(&line.text) || is_labelled(&line.text);
    sure && line.length() < 80 && foreign_words(&line.text) <= 3 && date_of(line).is_some()
}

/// The text of the innermost element of a line that has its day, unless it leaves out a clock.
fn innermost(line: &Line<'_>) -> Option<String> {
    let is_leaf = |e: &ElementRef<'_>| e.child_elements().next().is_none();
    let inner = line.block.descendent_elements().take(100).filter(|e| e.id() != line.block.id());
    let leaves = inner.filter(is_leaf).map(said);
    let clock = has_clock(&line.text);
    let mut dated = leaves.filter(|text| has_day(text) && line.text.contains(text.as_str()));
    dated.next().filter(|text| !clock || has_clock(text))
}

/// The first line of a page, wherever it stands, that says that it is the date of publication.
fn outside(lines: &[Line<'_>]) -> Option<String> {
    let says = |line: &&Line<'_>| {
        let own = is_labelled(&line.text) || is_called(line.element, NAMES);
        own && !line.is_link() && line.length() <= LONGEST && has_day(&line.text)
    };
    lines.iter().find(says).map(|line| trimmed(&line.text))
}

fn is_labelled(text: &str) -> bool {
    let plain = unaccented(text);
    let plain = plain.trim_start_matches(|c: char| !c.is_alphanumeric());
    LABELS.iter().any(|label| plain.starts_with(label))
}

/// How many words of a line are none that stand beside a date.
fn foreign_words(text: &str) -> usize {
    let plain = unaccented(text);
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_foreign = |word: &&str| {
        !word.starts_with(|c: char| c.is_ascii_digit()) && !WORDS.contains(&format!(" {word} "))
    };
    words.filter(is_foreign).count()
}

/// A date's text without its label and what stands around it.
fn trimmed(text: &str) -> String {
    let edge =
        |c: char| matches!(c, '(' | ')' | '[' | ']' | '|' | '-' | ' ' | '–' | ':' | '•' | ',');
    let tells = |part: &&str| has_day(part) || has_clock(part);
    let parts: Vec<&str> = text.split(['|', '•', '·']).filter(tells).map(str::trim).collect();
    let text = parts.join(" ");
    let text = text.trim_matches(edge);
    let figure = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let plain = unaccented(text.get(..figure).unwrap_or(""));
    let label = LABELS.iter().any(|label| plain.starts_with(label));
    let rest =
        if label { text.split_once(':').filter(|(head, _)| head.len() < figure) } else { None };
    rest.map_or(text, |(_, rest)| rest).trim_matches(edge).to_owned()
}

fn is_nukeviet(page: &Html) -> bool {
    attribute(page, "meta[name=generator]", "content")
        .is_some_and(|generator| generator.to_ascii_lowercase().contains("nukeviet"))
}

#[cfg(test)]
mod tests {
    use super::super::json_ld::json_ld;
    use super::super::lines;
    use super::*;

    const TEXT: &str = "Sáng sớm, hơn hai trăm người của ba bản đã ra đồng làm cỏ cho ruộng ngô mới lên, trong khi các cụ ở nhà trông trẻ và nấu cơm trưa.";

    fn of(head: &str, body: &str) -> Dates {
        let html = format!("<head>{head}</head><body>{body}</body>")
            .replace("{title}", "<h1>Làm cỏ ngô ở bản Ngoài</h1>");
        let html = html.replace(
            "{text}",
            &format!("<div class=c><p>{TEXT}</p><p>{TEXT}</p><p>{TEXT}</p></div>"),
        );
        let page = Html::parse_document(&html);
        let around = lines::around(&page);
        let lines = lines::lines(&page, &around);
        let headline = lines::headline(&lines, "Làm cỏ ngô ở bản Ngoài");
        dates(&page, &json_ld(&page), &lines, headline)
    }

    fn published(head: &str, body: &str) -> Option<String> {
        of(head, body).published.map(|date| date.raw)
    }

    #[test]
    fn what_stands_around_an_article_is_no_date_of_it() {
        for body in [
            "<div class=top><span class=date>Thứ bảy, 28/11/2026, 07:15</span></div>{title}{text}",
            "<header><h1><a href=/>Báo</a></h1><time>28/11/2026</time><nav><a>1</a><a>2</a><a>3</a><a>4</a><a>5</a><a>6</a></nav></header>{title}{text}",
            "{title}{text}<p>Giấy phép số 12/GP-TTĐT ngày 15/03/2020</p>",
            "{title}{text}<table><tr><td>Giấy phép: 12/GP cấp ngày 15/03/2020</td></tr></table>",
            "{title}{text}<div class=vb><a href=/1>QĐ 12</a> <em>15/03/2020</em></div>",
            "{title}<p>Triển lãm: từ 12/06/2026 đến 15/06/2026, nhà văn hóa</p>{text}",
            "{title}<p><a href=/1>Tin cũ hơn, 15/03/2020</a></p>{text}",
        ] {
            assert_eq!(published("", body), None, "{body}");
        }
    }

    #[test]
    fn what_stands_beside_the_headline_is_the_date() {
        for (beside, expected) in [
            ("<span class=date>12/06/2026 20:30</span>", "12/06/2026 20:30"),
            ("<p class=x>Thứ sáu, 12/06/2026 - 20:30</p>", "Thứ sáu, 12/06/2026 - 20:30"),
            ("<p>Ngày đăng: 12/06/2026</p>", "12/06/2026"),
            ("<div>Lò Văn Sáu | 12/06/2026 20:30 | 120 lượt xem</div>", "12/06/2026 20:30"),
            ("<div>(Báo Đường Xa) <i>12/06/2026</i></div>", "12/06/2026"),
            ("<div><b>20:30</b>, 12 tháng Sáu 2026</div>", "20:30, 12 tháng Sáu 2026"),
        ] {
            let clock = "<div class=date>28/11/2026 08:00</div>";
            let found = published("", &format!("{clock}{{title}}{beside}{{text}}"));
            assert_eq!(found.as_deref(), Some(expected), "{beside}");
        }
    }

    #[test]
    fn what_is_said_for_machines_comes_first_and_with_an_offset_before_without() {
        let at = "2026-06-12T20:30:00+07:00";
        let other = "<p>Khai mạc 01/02/2020</p>";
        for (head, beside) in [
            (format!("<meta property=article:published_time content={at}>"), ""),
            (format!("<meta itemprop=datePublished content={at}>"), ""),
            (format!("<meta name=pubdate content={at}>"), ""),
            (format!("<meta name=DC.date.issued content={at}>"), ""),
            (format!("<meta name=cXenseParse:recs:publishtime content={at}>"), ""),
            (String::new(), "<time datetime=2026-06-12T20:30:00+07:00>hôm kia</time>"),
            (
                String::new(),
                "<span itemprop=datePublished content=2026-06-12T20:30:00+07:00></span>",
            ),
            (
                format!(
                    "<meta property=article:published_time content=2026-06-12T13:30:00><script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"datePublished\":\"{at}\"}}</script>"
                ),
                "",
            ),
        ] {
            let found = published(&head, &format!("{{title}}{beside}{other}{{text}}"));
            assert_eq!(found.as_deref(), Some(at), "{head}{beside}");
        }
        let updated =
            "<meta name=last-modified content=2026-06-13><meta name=expires content=2027-01-01>";
        assert_eq!(published(updated, "{title}{text}"), None);
        let time = "{title}{text}<li><time datetime=2020-01-01T00:00:00Z>x</time></li>";
        assert_eq!(published("", time), None);
    }

    #[test]
    fn a_date_outside_is_taken_last_and_marked() {
        let body = "{title}{text}<div>Cập nhật: 12/06/2026 20:30</div>";
        let found = of("", body);
        assert_eq!(
            (found.published.unwrap().raw.as_str(), found.is_outside),
            ("12/06/2026 20:30", true)
        );
        let head = "<meta name=date content=2026-06-12>";
        assert!(!of(head, body).is_outside);
    }

    #[test]
    fn nukeviets_edit_time_is_not_its_date() {
        let head = "<meta name=generator content='NukeViet v4.5'>";
        let body = "{title}<em class=time>Thứ sáu - 12/06/2026 20:30</em><span itemprop=datePublished content=2026-07-01T00:00:00></span>{text}";
        assert_eq!(published(head, body).as_deref(), Some("Thứ sáu - 12/06/2026 20:30"));
    }
}
