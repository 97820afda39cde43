use super::{Context, Draft, Rejected, refine};
use crate::model::{Article, Dated, Notice, ParsedEntry, Precision, Text, TextKind};
use crate::read::page::ArticlePage;
use crate::text::{escape_text, html_to_text, one_line};

/// The longest lead that is taken from a page, in characters.
const WHOLE: usize = 1_000;

/// Completes the draft that a list gave with the article's own page. What selectors found replaces the list's values, what
/// the page says of itself fills gaps. The draft keeps its id and address.
///
/// # Errors
/// Why the page gives no article.
pub fn complete(
    mut listed: Draft,
    page: ArticlePage,
    context: &Context<'_>,
) -> Result<Draft, Rejected> {
    let ArticlePage { mut selected, mut said, lead, is_date_outside, .. } = page;
    if let Some(lead) = lead {
        place_lead(lead, &mut listed, &mut said, &mut selected);
    }
    let missing = Missing::of(&listed);
    let outside = said.published.as_ref().filter(|_| is_date_outside).map(|date| date.raw.clone());
    let selected_date = selected.published.is_some();
    let entry = ParsedEntry {
        id: Some(listed.upstream_id.clone()),
        link: listed.url.clone(),
        title: selected.title.or(said.title.filter(|_| missing.title)),
        published: selected.published.or(said.published.filter(|_| missing.published)),
        updated: said.updated.filter(|_| listed.updated.is_none()),
        summary: selected.summary.or(said.summary.filter(|_| listed.summary.is_none())),
        authors: if selected.authors.is_empty() && listed.authors.is_empty() {
            said.authors
        } else {
            selected.authors
        },
        content: selected.content,
        image: said.image.filter(|_| listed.image.is_none()),
        language: selected.language.or(said.language),
        base: selected.base,
        ..ParsedEntry::default()
    };
    let gave_title = entry.title.is_some();
    let only_more = !selected_date && !is_last_change(&listed);
    let gave_summary = entry.summary.is_some();
    let says_language = entry.language.is_some();
    let mut page = refine(entry, context)?;
    page.published = choose_date(listed.published.clone(), page.published.take(), only_more);
    if let (Some(raw), Some(date)) = (outside, &page.published)
        && raw == date.raw
    {
        Notice::DateOutsideArticle.add(&mut page.warnings, &raw);
    }
    // A list mostly has no language of its own; some templates say `en` around Vietnamese texts.
    let silent = listed.language.as_deref() == Some(context.source.language.as_str());
    if says_language && silent && !is_vietnamese(&page) {
        listed.language.clone_from(&page.language);
    }
    Ok(merge(listed, page, gave_title, gave_summary))
}

/// Whether a text has letters that only Vietnamese has.
fn is_vietnamese(draft: &Draft) -> bool {
    let own = |c: &char| matches!(c, 'đ' | 'ơ' | 'ư' | '\u{1EA0}'..='\u{1EF9}');
    let texts = [Some(&draft.title), draft.summary.as_ref(), draft.content.as_ref()];
    texts.into_iter().flatten().flat_map(|text| text.chars()).filter(own).take(3).count() == 3
}

/// What a list did not say.
struct Missing {
    title: bool,
    published: bool,
}

impl Missing {
    fn of(listed: &Draft) -> Self {
        let untitled = listed.flags.iter().any(|f| f.field == "title" && f.rule == "untitled");
        let published = is_last_change(listed) || is_coarse(listed);
        Self { title: untitled || listed.title.is_empty(), published }
    }
}

/// Whether a draft has no date of its own but that of its last change (a sitemap's `lastmod`).
fn is_last_change(listed: &Draft) -> bool {
    let raw = |date: &Option<Dated>| date.as_ref().map(|date| date.raw.clone());
    listed.published.is_none() || raw(&listed.published) == raw(&listed.updated)
}

/// Whether a draft's date lacks the minute, as where a portal's software prints the month in its place.
fn is_coarse(listed: &Draft) -> bool {
    listed.published.as_ref().is_some_and(|date| date.precision < Precision::Minute)
}

/// The date to take of a list and a page: the page's, unless it only may say more of the same date and says another.
fn choose_date(listed: Option<Dated>, page: Option<Dated>, only_more: bool) -> Option<Dated> {
    match (listed, page) {
        (Some(listed), Some(page)) if only_more && !says_more(&page, &listed) => Some(listed),
        (listed, page) => page.or(listed),
    }
}

/// Whether a date is another one with more of its parts said.
fn says_more(date: &Dated, coarse: &Dated) -> bool {
    let part = match coarse.precision {
        Precision::Year => "%Y",
        Precision::Month => "%Y-%m",
        Precision::Day => "%Y-%m-%d",
        Precision::Hour => "%Y-%m-%d %H",
        Precision::Minute | Precision::Second => "%Y-%m-%d %H:%M",
    };
    let said = |date: &Dated| date.at.at(coarse.offset).format(part).to_string();
    date.precision > coarse.precision && said(date) == said(coarse)
}

/// Puts a lead that stands apart from its text where readers see it: it is the summary where the list has none, or has it
/// cut off; else it begins the text.
fn place_lead(
    lead: String,
    listed: &mut Draft,
    said: &mut ParsedEntry,
    selected: &mut ParsedEntry,
) {
    match &listed.summary {
        None => {
            said.summary = Some(Text::of(lead, TextKind::Text));
        }
        Some(summary) if lead.starts_with(begun(summary)) => listed.summary = Some(lead),
        Some(summary) if summary.contains(&lead) => {}
        Some(_) => {
            if let Some(text) = selected.content.first_mut() {
                let mut html = "<p>".to_owned();
                escape_text(&lead, &mut html);
                text.value = html + "</p>" + &text.value;
            }
        }
    }
}

/// A lead without the dots at the end that say that it was cut off.
fn begun(lead: &str) -> &str {
    lead.trim_end_matches(['.', '…', '[', ']', ' '])
}

/// The lead that a list cut off (`…`), as the page's text has it whole.
fn whole_lead(listed: &Draft, page: &Article) -> Option<String> {
    let lead = listed.summary.as_deref()?;
    let begun = begun(lead);
    let end = lead.get(begun.len()..)?;
    if begun.chars().count() < 20 || !(end.contains('…') || end.contains("..")) {
        return None;
    }
    let text = html_to_text(page.content.as_deref()?);
    let whole = text.lines().map(one_line).find(|line| line.starts_with(begun))?;
    (whole.chars().count() <= WHOLE).then_some(whole)
}

fn merge(mut listed: Draft, page: Draft, gave_title: bool, gave_summary: bool) -> Draft {
    let Draft { article: page, warnings, .. } = page;
    let takes_title = gave_title && !page.title.is_empty();
    let takes_summary = page.summary.is_some() && (gave_summary || listed.summary.is_none());
    let takes_content = page.content.is_some();
    let takes = |field: &str| match field {
        "title" => takes_title,
        "summary" => takes_summary,
        "content" => takes_content,
        "published" => page.published.is_some(),
        _ => false,
    };
    if let Some(whole) = whole_lead(&listed, &page).filter(|_| !takes_summary) {
        listed.summary = Some(whole);
    }
    listed.repairs.retain(|repair| !takes(&repair.field));
    listed.flags.retain(|flag| !takes(&flag.field));
    listed.repairs.extend(page.repairs.iter().filter(|repair| takes(&repair.field)).cloned());
    listed.flags.extend(page.flags.iter().filter(|flag| takes(&flag.field)).cloned());
    if takes_title {
        listed.title = page.title;
    }
    if takes_summary {
        listed.summary = page.summary;
    }
    if takes_content {
        listed.content = page.content;
    }
    listed.published = page.published;
    listed.updated = listed.updated.take().or(page.updated);
    listed.image = listed.image.take().or(page.image);
    if listed.enclosures.is_empty() {
        listed.enclosures = page.enclosures;
    }
    if !page.authors.is_empty() {
        listed.authors = page.authors;
    }
    listed.warnings.extend(warnings);
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Source, SourceId, Timestamp};
    use crate::read::page::article;
    use crate::refine::{DateEvidence, FeedHints};

    fn source() -> Source {
        Source {
            id: SourceId::new("s").unwrap(),
            title: "S".into(),
            kind: crate::model::SourceKind::Push,
            home: None,
            language: "vi".into(),
            publisher: None,
            rights: None,
            categories: Vec::new(),
            date_order: Default::default(),
            utc_offset: 25_200,
            repair: Default::default(),
            allow: Vec::new(),
            repair_allow: Vec::new(),
            repair_deny: Vec::new(),
            quirks: Vec::new(),
            delay_ms: 0,
            quota: 500,
            selectors: None,
            full_text: true,
            websub: crate::model::WebSub::default(),
            removed_withdraws: true,
            copies_media: false,
            fetch: crate::model::SourceFetch::default(),
        }
    }

    fn completed(listed: ParsedEntry, html: &str, selectors: &crate::model::Selectors) -> Draft {
        let (source, dates) = (source(), DateEvidence::default());
        let context = Context {
            source: &source,
            fetched_from: None,
            feed: FeedHints::default(),
            now: Timestamp(1_800_000_000_000),
            dates: &dates,
            article: None,
        };
        let draft = refine(listed, &context).unwrap();
        complete(draft, article(html.as_bytes(), None, selectors, true).unwrap(), &context).unwrap()
    }

    fn listed(title: Option<&str>) -> ParsedEntry {
        let text = |t: &str| Text { value: t.into(), ..Text::default() };
        ParsedEntry {
            link: Some("https://a.vn/tin/1".into()),
            title: title.map(text),
            summary: title.map(|_| text("Lời của danh sách")),
            ..ParsedEntry::default()
        }
    }

    #[test]
    fn the_list_keeps_what_the_page_only_says_and_loses_to_selectors() {
        let page = "<title>x</title><meta property=og:description content='Lời của trang'><h1>Tên của trang</h1><div id=b><p>Thân bài</p></div>";
        let selectors = crate::model::Selectors { detail_body: "#b".into(), ..Default::default() };
        let draft = completed(listed(Some("Tên")), page, &selectors);
        assert_eq!(
            (draft.title.as_str(), draft.summary.as_deref()),
            ("Tên", Some("Lời của danh sách"))
        );
        assert_eq!(draft.content.as_deref(), Some("<p>Thân bài</p>"));
        let selectors = crate::model::Selectors { detail_title: "h1".into(), ..selectors };
        let draft = completed(listed(Some("Tên")), page, &selectors);
        assert_eq!(draft.title, "Tên của trang");
    }

    #[test]
    fn a_lead_that_stands_apart_or_was_cut_off_is_shown_whole() {
        let lead = "Sáng sớm, hơn hai trăm người của ba bản đã ra đồng làm cỏ cho ruộng ngô mới lên, trong khi các cụ ở nhà trông trẻ.";
        let text = "Đến trưa thì xong cả ba cánh đồng, sớm hơn năm ngoái hai ngày; trưởng bản nói nhờ có thêm người của bản bên sang giúp.";
        let page = format!(
            "<h1>Làm cỏ ngô</h1><p class=sapo>{lead}</p><div class=c><p>{text}</p><p>{text}</p></div>"
        );
        let inside = format!(
            "<h1>Làm cỏ ngô</h1><div class=c><p>{lead}</p><p>{text}</p><p>{text}</p></div>"
        );
        let start = |many: usize| lead.chars().take(many).collect::<String>();
        let (cut, dots) = (start(60) + "…", start(40) + " [...]");
        for (page, summary) in [
            (&page, None),
            (&page, Some(cut.as_str())),
            (&page, Some(lead)),
            (&page, Some("Lời khác của danh sách")),
            (&inside, Some(dots.as_str())),
        ] {
            let summary = summary.map(|s| Text { value: s.into(), ..Text::default() });
            let entry = ParsedEntry { summary, ..listed(Some("Làm cỏ ngô")) };
            let draft = completed(entry, page, &crate::model::Selectors::default());
            let shown = format!("{:?} {:?}", draft.summary, draft.content);
            assert!(shown.contains(lead) && shown.contains(text), "{shown}");
            assert!(!shown.contains("…") && !shown.contains("..."), "{shown}");
        }
    }

    fn dated(raw: &str) -> ParsedEntry {
        let published = Some(crate::model::ParsedDate { raw: raw.into() });
        ParsedEntry { id: Some("news_512".into()), published, ..listed(Some("Tên")) }
    }

    /// What the list says, what the page says, and the instant in Vietnam that must come of it.
    #[test]
    fn a_date_that_the_list_has_not_or_not_whole_is_the_pages() {
        for (list, page, expected) in [
            ("08:30", "12/06/2026 08:30", Some("2026-06-12T08:30")),
            ("12/06", "Thứ sáu - 12/06/2026 20:30", Some("2026-06-12T20:30")),
            ("chưa rõ", "12/06/2026 20:30", Some("2026-06-12T20:30")),
            ("12/06/2026", "12/06/2026 20:30", Some("2026-06-12T20:30")),
            ("12/06/2026", "15/06/2026 20:30", Some("2026-06-12T00:00")),
            ("12/06/2026 20:30", "12/06/2026 21:45", Some("2026-06-12T20:30")),
            ("chưa rõ", "chưa rõ", None),
        ] {
            let html =
                format!("<title>x</title><h1>Tên</h1><div>Ngày đăng: {page}</div><p>Bài</p>");
            let draft = completed(dated(list), &html, &crate::model::Selectors::default());
            let at = draft.published.as_ref().map(|d| d.at.rfc3339_at(25_200));
            let at = at.as_deref().and_then(|at| at.get(..16));
            assert_eq!(at, expected, "{list} and {page}");
            let undated = draft.flags.iter().any(|flag| flag.rule == "undated");
            assert_eq!(undated, expected.is_none(), "{list} and {page}: {:?}", draft.flags);
        }
    }

    #[test]
    fn nukeviets_lost_minute_is_the_pages_within_the_same_hour() {
        let page = |at: &str| format!("<title>x</title><h1>Tên</h1><div>Ngày đăng: {at}</div>");
        for (at, expected) in
            [("12/06/2026 20:48", "2026-06-12T20:48"), ("13/06/2026 09:10", "2026-06-12T20:")]
        {
            let mut listed = dated("Fri, 12 Jun 2026 13:06:21 GMT");
            listed.id = Some("news_512".into());
            let (source, dates) = (source(), DateEvidence::default());
            let feed = FeedHints {
                quirks: &[crate::model::Quirk::NukevietMinute],
                ..FeedHints::default()
            };
            let now = Timestamp(1_800_000_000_000);
            let context = Context {
                source: &source,
                fetched_from: None,
                feed,
                now,
                dates: &dates,
                article: None,
            };
            let draft = refine(listed, &context).unwrap();
            assert_eq!(draft.published.as_ref().unwrap().precision, Precision::Hour);
            let page =
                article(page(at).as_bytes(), None, &crate::model::Selectors::default(), true);
            let draft = complete(draft, page.unwrap(), &context).unwrap();
            let at = draft.article.published.unwrap();
            assert!(at.at.rfc3339_at(25_200).starts_with(expected), "{at:?}");
        }
    }

    #[test]
    fn an_entry_without_a_title_gets_the_pages() {
        let page = "<title>x</title><meta property=og:description content='Lời của trang'><h1>Tên của trang</h1>";
        let draft = completed(listed(None), page, &crate::model::Selectors::default());
        assert_eq!(
            (draft.title.as_str(), draft.summary.as_deref()),
            ("Tên của trang", Some("Lời của trang"))
        );
        assert!(draft.flags.iter().all(|flag| flag.rule != "untitled"), "{:?}", draft.flags);
        assert_eq!(draft.upstream_id, "https://a.vn/tin/1");
    }
}
