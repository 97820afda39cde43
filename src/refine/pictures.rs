use super::body::Found;
use super::{Draft, link, texts};
use crate::model::{Enclosure, Image, ParsedEnclosure, ParsedEntry, Warning};
use url::Url;

/// The most enclosures that one article keeps.
const LIMIT: usize = 32;
/// The most bytes that a file may say it has: JSON's numbers are exact up to here.
const LARGEST: u64 = 1 << 53;
/// The longest title of a file, in characters.
const TITLE: usize = 200;

/// Takes the entry's files and those that are embedded in its texts; where it names no picture, the first one in its texts
/// becomes the enclosure.
pub fn set_enclosures(draft: &mut Draft, entry: &ParsedEntry, found: &Found, base: Option<&Url>) {
    for written in entry.enclosures.iter().chain(&found.files) {
        let Some(enclosure) = enclosure(written, base) else { continue };
        let known = draft.enclosures.iter().any(|other| other.url == enclosure.url);
        if known {
            continue;
        }
        match draft.enclosures.len() < LIMIT {
            true => draft.enclosures.push(enclosure),
            false => Warning::add(&mut draft.warnings, "enclosure-limit", Some(&enclosure.url)),
        }
    }
    draft.image = named_image(entry, base).or_else(|| enclosed_image(entry, base));
    if draft.image.is_none() {
        draft.image = found.images.first().cloned();
    }
    image_as_enclosure(draft);
}

/// Makes the article's picture an enclosure where it has none of its kind.
fn image_as_enclosure(draft: &mut Draft) {
    let has_picture = draft.enclosures.iter().any(|e| e.media_type.starts_with("image/"));
    let Some(image) = draft.image.clone().filter(|_| !has_picture) else { return };
    if draft.enclosures.len() >= LIMIT {
        return;
    }
    let media_type = media_type_of(&image.url, Some("image")).to_owned();
    let title = image.alt;
    let url = image.url;
    draft.enclosures.push(Enclosure { url, media_type, length: None, title, duration: None });
}

/// One file as written, made whole.
fn enclosure(written: &ParsedEnclosure, base: Option<&Url>) -> Option<Enclosure> {
    let url = link::resolve(&written.url, base)?.to_string();
    let said = written.media_type.as_deref().and_then(media_type);
    let media_type =
        said.unwrap_or_else(|| media_type_of(&url, written.medium.as_deref()).to_owned());
    Some(Enclosure {
        media_type,
        length: written
            .length
            .as_deref()
            .and_then(|l| l.trim().parse().ok())
            .filter(|l| (1..=LARGEST).contains(l)),
        title: written
            .title
            .as_deref()
            .map(|t| texts::shorten_markup(t, TITLE))
            .filter(|t| !t.is_empty()),
        duration: written.duration.as_deref().and_then(seconds),
        url,
    })
}

/// A media type as written, if it is one (RFC 6838 §4.2).
fn media_type(written: &str) -> Option<String> {
    let essence = written.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    let token = |t: &str| {
        !t.is_empty()
            && t.len() <= 127
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    (token(kind) && token(subtype)).then_some(essence)
}

/// The media type that an address suggests.
fn media_type_of(url: &str, medium: Option<&str>) -> &'static str {
    let usual = if medium == Some("image") { "image/jpeg" } else { "application/octet-stream" };
    crate::text::media_type(url).unwrap_or(usual)
}

/// Seconds of `90`, `1:30` or `0:01:30`.
fn seconds(written: &str) -> Option<u64> {
    let mut parts =
        written.trim().split(':').map(|part| part.split('.').next()?.parse::<u64>().ok());
    let total = parts.try_fold(0u64, |total, part| total.checked_mul(60)?.checked_add(part?))?;
    Some(total).filter(|t| *t > 0)
}

/// The picture that the entry names as its own.
fn named_image(entry: &ParsedEntry, base: Option<&Url>) -> Option<Image> {
    let url = link::resolve(entry.image.as_deref()?, base)?.to_string();
    Some(Image { url, alt: None, width: None, height: None })
}

/// The first enclosure that is a picture.
fn enclosed_image(entry: &ParsedEntry, base: Option<&Url>) -> Option<Image> {
    let pixels = |text: &Option<String>| text.as_deref().and_then(|t| t.trim().parse().ok());
    entry.enclosures.iter().find_map(|written| {
        let enclosure = enclosure(written, base)?;
        enclosure.media_type.starts_with("image/").then(|| Image {
            url: enclosure.url,
            alt: enclosure.title,
            width: pixels(&written.width),
            height: pixels(&written.height),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_lengths_are_made_of_what_there_is() {
        let written = |url: &str, media: Option<&str>| ParsedEnclosure {
            url: url.into(),
            media_type: media.map(Into::into),
            ..ParsedEnclosure::default()
        };
        let kind = |url, media| enclosure(&written(url, media), None).unwrap().media_type;
        assert_eq!(kind("http://a.vn/x.JPG?w=1", None), "image/jpeg");
        assert_eq!(kind("http://a.vn/x", Some("Audio/MPEG; x=y")), "audio/mpeg");
        assert_eq!(kind("http://a.vn/x.pdf", Some("pdf\r\nX: y")), "application/pdf");
        assert_eq!(enclosure(&written("javascript:x", None), None), None);
        assert_eq!(seconds("1:01:30"), Some(3690));
        assert_eq!(seconds("x"), None);
    }
}
