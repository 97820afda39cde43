use super::link;
use super::{Draft, Rejected};
use crate::model::{Fingerprint, ParsedEntry, Quirk, Text};
use crate::text::{canonical, hex, is_forbidden, is_invisible, place_of};
use url::Url;

/// The longest upstream id that is kept as it is, in bytes.
const LIMIT: usize = 512;

/// The upstream id of an entry: `dc:identifier` if the portal's guid is known to change, else the guid, else the canonical
/// link, else a hash of title and content.
///
/// # Errors
/// `Rejected::Nothing` for an entry without any of these.
pub fn upstream_id(
    entry: &ParsedEntry,
    url: Option<&Url>,
    quirks: &[Quirk],
) -> Result<String, Rejected> {
    let changing = quirks.contains(&Quirk::HoabinhVcms);
    let identifier = entry.dc_identifier.as_deref().filter(|_| changing).and_then(id_from_written);
    let guid = || entry.id.as_deref().map(|id| unstamped(id, changing)).and_then(id_from_written);
    let linked = || url.and_then(id_from_url);
    let found = identifier.or_else(guid).or_else(linked);
    found.or_else(|| id_from_content(entry)).ok_or(Rejected::Nothing)
}

/// The upstream id that a draft's link gives it, where it has one.
pub fn id_from_link(draft: &Draft) -> Option<String> {
    draft.parsed_url().as_ref().and_then(id_from_url)
}

/// The upstream id that a draft's title gives it, where its link is no help.
pub fn id_from_title(draft: &Draft) -> String {
    hash_id(&draft.title)
}

/// A home page is nobody's id.
fn id_from_url(url: &Url) -> Option<String> {
    let canonical = canonical(url);
    place_of(&canonical).map(|_| bound_id(&format!("https://{canonical}")))
}

/// The upstream id that a written id means: its exact bytes, or for an address the form in which addresses are compared.
/// Ids that differ only in an invisible character are different ids. `None` if nothing in it is visible.
pub fn id_from_written(id: &str) -> Option<String> {
    let is_nothing = |c: char| c.is_whitespace() || is_forbidden(c) || is_invisible(c);
    if id.chars().all(is_nothing) {
        return None;
    }
    if id.chars().any(is_forbidden) {
        return Some(hash_id(id));
    }
    if id.trim() != id || id.chars().any(is_invisible) {
        return Some(bound_id(id));
    }
    let is_address = ["http:", "https:"].iter().any(|scheme| {
        id.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    match link::resolve(id, None).filter(|_| is_address) {
        Some(url) => Some(bound_id(&format!("https://{}", link::address_id(&url)))),
        None => Some(bound_id(id)),
    }
}

/// A guid of the form `id@date` without its date, where the portal is known to change the date.
fn unstamped(id: &str, changing: bool) -> &str {
    let number = id.split_once('@').map(|(number, _)| number.trim());
    number.filter(|n| changing && !n.is_empty()).unwrap_or(id)
}

/// An id of at most [`LIMIT`] bytes; longer ones become their hash.
fn bound_id(id: &str) -> String {
    if id.len() <= LIMIT { id.to_owned() } else { hash_id(id) }
}

/// `sha256:` and 32 figures.
fn hash_id(text: &str) -> String {
    let Fingerprint(bytes) = Fingerprint::of_bytes(text.as_bytes());
    format!("sha256:{}", hex(&bytes))
}

/// The hash of an entry's title and content, where it has any.
fn id_from_content(entry: &ParsedEntry) -> Option<String> {
    let said = |text: &Text| Some(text.value.trim().to_owned()).filter(|t| !t.is_empty());
    let title = entry.title.as_ref().and_then(said);
    let body = entry.content.iter().find_map(said).or(entry.summary.as_ref().and_then(said));
    if title.is_none() && body.is_none() {
        return None;
    }
    Some(hash_id(&format!("{}\n{}", title.unwrap_or_default(), body.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(entry: &ParsedEntry, url: Option<&str>, quirks: &[Quirk]) -> Option<String> {
        let url = url.map(|url| Url::parse(url).unwrap());
        upstream_id(entry, url.as_ref(), quirks).ok()
    }

    #[test]
    fn guids_are_kept() {
        let entry = ParsedEntry { id: Some("news_512".into()), ..ParsedEntry::default() };
        assert_eq!(id(&entry, Some("http://a.vn/x"), &[]).as_deref(), Some("news_512"));
        assert_eq!(id_from_written("tag:a.vn,2009:1").as_deref(), Some("tag:a.vn,2009:1"));
        assert_eq!(id_from_written("http://www.a.vn/x?p=1"), id_from_written("https://a.vn/x?p=1"));
        assert_ne!(id_from_written("http://a.vn/x?p=1"), id_from_written("http://a.vn/x?p=2"));
        assert!(id_from_written(&"x".repeat(600)).unwrap().starts_with("sha256:"));
    }

    #[test]
    fn ids_that_differ_in_what_nobody_sees_are_two() {
        for plain in ["news_512", "tag:a.vn,2009:1", "http://a.vn/x?p=1", "https://a.vn/tin-1.html"]
        {
            let hidden =
                ["\0", "\u{1}", "\u{7f}", "\u{9f}", "\u{ad}", "\u{200b}", "\u{200e}", "\u{202e}"]
                    .into_iter()
                    .chain([
                        "\u{2066}", "\u{feff}", "\u{fffe}", "\u{e0001}", " ", "\u{a0}", "\u{3000}",
                        "\t",
                    ]);
            let written: Vec<String> = hidden
                .flat_map(|c| {
                    [format!("{c}{plain}"), format!("{plain}{c}"), format!("{c}{plain}{c}")]
                })
                .chain([plain.to_owned()])
                .collect();
            let ids: std::collections::HashSet<_> =
                written.iter().filter_map(|id| id_from_written(id)).collect();
            assert_eq!(ids.len(), written.len(), "{plain}");
            assert!(
                ids.iter().all(|id| id_from_written(id).as_ref() == Some(id) && !id.contains('\0'))
            );
        }
        for nothing in ["", " ", "\u{200b}", "\0", " \u{feff}\n"] {
            assert_eq!(id_from_written(nothing), None, "{nothing:?}");
        }
    }

    /// Stores of earlier versions hold these ids: a change would double every article.
    #[test]
    fn clean_ids_are_what_they_always_were() {
        for (written, id) in [
            ("news_512", "news_512"),
            ("Tin số 1", "Tin số 1"),
            ("tag:a.vn,2009:1", "tag:a.vn,2009:1"),
            (
                "urn:uuid:60a76c80-d399-11d9-b93C-0003939e0af6",
                "urn:uuid:60a76c80-d399-11d9-b93C-0003939e0af6",
            ),
            ("http://www.a.vn/x?p=1", "https://a.vn/x?p=1"),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(id_from_written(written).as_deref(), Some(id));
        }
    }

    #[test]
    fn hoabinh_is_known_by_its_identifier() {
        let entry = ParsedEntry {
            id: Some("12345@Tue, 8 Oct 2019 09:19:15 +0700".into()),
            dc_identifier: Some("12345".into()),
            ..ParsedEntry::default()
        };
        assert_eq!(id(&entry, None, &[Quirk::HoabinhVcms]).as_deref(), Some("12345"));
        assert!(id(&entry, None, &[]).unwrap().contains('@'));
    }

    #[test]
    fn a_home_page_names_nothing() {
        let title = Text { value: "Tin".into(), ..Text::default() };
        let entry = ParsedEntry { title: Some(title), ..ParsedEntry::default() };
        for home in ["https://a.vn", "http://a.vn/index.html", "https://www.a.vn/?utm_source=rss"] {
            assert!(id(&entry, Some(home), &[]).unwrap().starts_with("sha256:"), "{home}");
        }
    }

    #[test]
    fn without_a_guid_the_link_and_then_the_text_decide() {
        let title = Text { value: "Tin".into(), ..Text::default() };
        let entry = ParsedEntry { title: Some(title), ..ParsedEntry::default() };
        let linked = id(&entry, Some("http://www.a.vn/tin-4321567.htm?utm_source=rss"), &[]);
        assert_eq!(linked.as_deref(), Some("https://a.vn/-4321567.html"));
        assert!(id(&entry, None, &[]).unwrap().starts_with("sha256:"));
        assert_eq!(id(&ParsedEntry::default(), None, &[]), None);
    }
}
