use super::dates::{Dates, dates};
use super::json_ld::{JsonLd, json_ld, shown};
use super::lines::{Line, headline, is_heading};
use super::nodes::{attribute, first, title_of};
use super::titles::is_name;
use crate::text::one_line;
use scraper::Html;

/// What a page says of its article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its title.
    pub title: Option<String>,
    /// When it was published and changed.
    pub dates: Dates,
    /// Its lead.
    pub lead: Option<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its picture.
    pub image: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Its text, as JSON-LD has it.
    pub body: Option<String>,
    /// Whether the page says that it is an article.
    pub is_article: bool,
}

/// Reads what a page says of its article; `lines` are the page's.
pub fn facts(page: &Html, lines: &[Line<'_>]) -> Facts {
    let said = json_ld(page);
    let property = |name: &str| attribute(page, &format!("meta[property=\"{name}\"]"), "content");
    let named = |name: &str| attribute(page, &format!("meta[name=\"{name}\" i]"), "content");
    let title = title(page, &said, lines);
    let headline = title.as_deref().and_then(|title| headline(lines, title));
    let written = || {
        let described = || named("description").or_else(|| named("dc.description"));
        property("og:description").or_else(described)
    };
    let writer = || {
        let creator = || named("dc.creator");
        named("author").or_else(|| property("article:author")).or_else(creator)
    };
    Facts {
        dates: dates(page, &said, lines, headline),
        lead: said.lead.clone().or_else(|| written().map(|lead| shown(&lead))),
        authors: authors(&said, writer(), lines),
        image: said.image.or_else(|| property("og:image")).or_else(|| named("twitter:image")),
        language: attribute(page, "html[lang]", "lang")
            .or(said.language)
            .or_else(|| named("dc.language")),
        body: said.body,
        is_article: said.is_article || is_typed(page),
        title,
    }
}

fn is_typed(page: &Html) -> bool {
    attribute(page, "meta[property=\"og:type\"]", "content").is_some_and(|kind| kind == "article")
        || first(page, "[itemtype*=\"schema.org/NewsArticle\"], [itemtype*=\"schema.org/Article\"]")
            .is_some()
}

/// What parts a title from the name of its site.
const BETWEEN: [&str; 5] = [" | ", " - ", " – ", " — ", " » "];
/// What the lines with a title are called in the templates of portals.
const TITLES: &[&str] =
    &["tieude", "tieu-de", "tieu_de", "headline", "title", "tenbai", "ten-bai", "td-bai"];

/// The title: of JSON-LD or Open Graph, else a line of the page that its `title` confirms, else its headings; never the
/// name of the site, which some portals give to every page.
fn title(page: &Html, said: &JsonLd, lines: &[Line<'_>]) -> Option<String> {
    let whole = title_of(page).map(|title| shown(&title)).unwrap_or_default();
    let site = attribute(page, "meta[property=\"og:site_name\"]", "content").map(|s| shown(&s));
    let sites: Vec<String> = site.into_iter().chain(said.site.clone()).collect();
    let is_site = |text: &str| sites.iter().any(|site| site.to_lowercase() == text.to_lowercase());
    let own = |text: &String| !text.is_empty() && !is_site(text) && !is_portal(text);
    let written = attribute(page, "meta[property=\"og:title\"]", "content").map(|og| shown(&og));
    let core = attribute(page, "meta[name=\"dc.title\" i]", "content").map(|dc| shown(&dc));
    let written = [said.title.clone(), written, core].into_iter().flatten();
    let written = written.map(|text| without_site(&text, &sites, lines)).find(own);
    let seen = |wanted: &dyn Fn(&Line<'_>) -> bool| {
        let mut found = lines.iter().filter(|line| wanted(line)).map(|line| line.text.clone());
        found.find(own)
    };
    let is = |line: &Line<'_>, name: &str| line.block.value().name() == name;
    let confirmed = |line: &Line<'_>| line.length() > 8 && whole.contains(&line.text);
    let called = |line: &Line<'_>| line.length() > 8 && !line.is_link() && line.is_called(TITLES);
    // A title that begins as the names of portals do is one, unless the page shows it as a heading.
    let is_shown = |title: &String| {
        !is_name(title) || seen(&|line| line.text == *title && is_heading(line.block)).is_some()
    };
    let parts =
        || parts(&whole).into_iter().find(|part| part.chars().count() > 8).map(str::to_owned);
    written
        .clone()
        .filter(is_shown)
        .or_else(|| seen(&|line| is(line, "h1") && confirmed(line)))
        .or_else(|| seen(&|line| is_heading(line.block) && confirmed(line)))
        .or_else(|| seen(&|line| is(line, "h1")))
        .or_else(|| seen(&|line| called(line) && (confirmed(line) || is_name(&whole))))
        .or(written)
        .or_else(|| seen(&|line| is(line, "h2")))
        .or_else(parts)
}

/// Whether a text is how a portal's own name begins.
fn is_portal(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["cổng thông tin", "trang thông tin", "trang chủ", "cổng ttđt"]
        .iter()
        .any(|n| lower.starts_with(n))
}

fn parts(title: &str) -> Vec<&str> {
    BETWEEN.iter().fold(vec![title], |parts, between| {
        parts.into_iter().flat_map(|part| part.split(between)).collect()
    })
}

/// A title without the name of its site, where that stands before or after it: the page names its site so, or shows the
/// rest of the title as a line of its own.
fn without_site(title: &str, sites: &[String], lines: &[Line<'_>]) -> String {
    let title = one_line(title);
    for between in BETWEEN {
        let halves = [title.rsplit_once(between), title.split_once(between).map(|(a, b)| (b, a))];
        for (own, site) in halves.into_iter().flatten() {
            let lower = site.trim().to_lowercase();
            let named = sites.iter().any(|known| known.to_lowercase() == lower);
            let is_line = || lines.iter().any(|line| line.text == own.trim());
            if named
                || (own.chars().count() > 8 && is_line())
                || (between == " | " && is_name(site))
            {
                return own.trim().to_owned();
            }
        }
    }
    title
}

/// What the lines with authors are called.
const AUTHORS: &[&str] = &["author", "byline", "tac-gia", "tacgia", "tac_gia", "writer"];

/// Who wrote the article; a number, an address or a sentence is nobody.
fn authors(said: &JsonLd, written: Option<String>, lines: &[Line<'_>]) -> Vec<String> {
    let is_person = |name: &String| {
        let letters = name.chars().filter(|c| c.is_alphabetic()).count();
        letters >= 2 && !name.contains("://") && name.chars().count() <= 120
    };
    let clean = |names: Vec<String>| -> Vec<String> {
        names.into_iter().map(|name| shown(&name)).filter(is_person).collect()
    };
    let named = clean(said.authors.clone());
    let named = if named.is_empty() { clean(written.into_iter().collect()) } else { named };
    if !named.is_empty() {
        return named;
    }
    let line = lines.iter().find(|line| {
        line.length() <= 60
            && line.is_called(AUTHORS)
            && !line.text.contains(|c: char| c.is_ascii_digit())
    });
    clean(line.map(|line| without_label(&line.text)).into_iter().collect())
}

/// A name without the label before it: `Tác giả: Thanh Hà`.
fn without_label(line: &str) -> String {
    line.rsplit_once(':').map_or(line, |(_, name)| name).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn of(html: &str) -> Facts {
        let page = Html::parse_document(html);
        let around = lines::around(&page);
        facts(&page, &lines::lines(&page, &around))
    }

    #[test]
    fn a_title_is_split_where_a_site_is_added_and_not_at_every_hyphen() {
        for (title, heading) in [
            ("Covid-19 tại Hòa Bình - Báo", "Covid-19 tại Hòa Bình"),
            ("Báo | Kết quả xét nghiệm Covid-19 | Y tế", "Kết quả xét nghiệm Covid-19"),
            ("Tin – Đường 12B Hòa Bình–Tân Lạc » Báo", "Đường 12B Hòa Bình–Tân Lạc"),
            ("Báo - Tin", ""),
        ] {
            let facts = of(&format!("<title>{title}</title><p>x"));
            assert_eq!(facts.title.unwrap_or_default(), heading, "{title}");
        }
    }

    #[test]
    fn the_name_of_the_site_is_no_part_of_a_title() {
        let title = "Mùa cam ở bản Ngoài";
        for html in [
            "<meta property=og:title content='{} | Báo Đường Xa'><meta property=og:site_name content='Báo Đường Xa'>",
            "<meta property=og:title content='Báo Đường Xa - {}'><h1>{}</h1>",
            "<title>Cổng thông tin điện tử Đường Xa</title><table><tr><td class=TieuDeBai>{}</table>",
            "<title>UBND xã Đường Xa</title><meta property=og:title content='UBND xã Đường Xa'><div class=tieu-de>{}</div>",
            "<title>{} - Đường Xa</title><h1>Đường Xa</h1><h2>{}</h2>",
        ] {
            assert_eq!(of(&html.replace("{}", title)).title.as_deref(), Some(title), "{html}");
        }
    }

    #[test]
    fn json_ld_and_open_graph_are_read() {
        let facts = of(
            r#"<html><head><title>Tin lớn - Cổng</title><meta property="og:type" content="article">
            <meta property="og:image" content="/a.jpg"><script type="application/ld+json">{"@graph":[{"@type":["NewsArticle"],
            "headline":"Tin  lớn","datePublished":"2026-06-12T20:30:00+07:00","author":{"@type":"Person","name":"An"}}]}</script></head></html>"#,
        );
        assert!(facts.is_article);
        assert_eq!(facts.title.as_deref(), Some("Tin lớn"));
        assert_eq!(facts.dates.published.unwrap().raw, "2026-06-12T20:30:00+07:00");
        assert_eq!((facts.authors, facts.image.as_deref()), (vec!["An".into()], Some("/a.jpg")));
    }

    #[test]
    fn dublin_core_and_twitter_say_what_nothing_else_says() {
        let facts = of(
            r#"<meta name="DC.title" content="Mùa cam ở bản Ngoài"><meta name=DC.Description content="Dẫn.">
            <meta name=dc.language content=vi><meta name="twitter:image" content="/a.jpg"><p>x"#,
        );
        assert_eq!(facts.title.as_deref(), Some("Mùa cam ở bản Ngoài"));
        assert_eq!(facts.lead.as_deref(), Some("Dẫn."));
        assert_eq!(
            (facts.language.as_deref(), facts.image.as_deref()),
            (Some("vi"), Some("/a.jpg"))
        );
    }

    #[test]
    fn a_number_is_no_author_and_the_line_of_the_author_is() {
        let facts = of(
            r#"<meta name=author content="105092"><h1>Mùa cam</h1><p class=tac-gia>Tác giả: Vì Thị Nhâm</p>"#,
        );
        assert_eq!(facts.authors, ["Vì Thị Nhâm"]);
    }
}
