use crate::model::{
    Dated, ParsedEntry, ParsedFeed, ParsedPerson, Precision, Quirk, Source, Text, Warning,
};
use chrono::{Datelike, Timelike};

/// The quirks that apply to a feed: what the config says, else what is recognized.
pub fn find_quirks(feed: &ParsedFeed, source: &Source) -> Vec<Quirk> {
    if !source.quirks.is_empty() {
        return source.quirks.clone();
    }
    let mut quirks = Vec::new();
    if is_nukeviet(feed) {
        quirks.push(Quirk::NukevietMinute);
    }
    if is_hoabinh(feed) {
        quirks.push(Quirk::HoabinhVcms);
    }
    quirks
}

/// NukeViet ≤ 4.5 names itself, and the minute is the month in every date of its feed.
fn is_nukeviet(feed: &ParsedFeed) -> bool {
    let generator = feed.generator.as_deref().unwrap_or("").trim().to_ascii_lowercase();
    let mut dates = feed.entries.iter().filter_map(|entry| entry.published.as_ref()).peekable();
    let months = |raw: &str| {
        let read = chrono::DateTime::parse_from_rfc2822(raw.trim()).ok();
        read.is_some_and(|t| t.to_utc().minute() == t.to_utc().month())
    };
    generator.starts_with("nukeviet v4") && dates.peek().is_some() && dates.all(|d| months(&d.raw))
}

/// Hòa Bình's Liferay writes guids of the form `id@date`, and the id again as `dc:identifier`.
fn is_hoabinh(feed: &ParsedFeed) -> bool {
    let stamped = |entry: &ParsedEntry| {
        let number = entry.id.as_deref().and_then(|id| id.split_once('@')).map(|(n, _)| n.trim());
        number.is_some() && number == entry.dc_identifier.as_deref().map(str::trim)
    };
    !feed.entries.is_empty() && feed.entries.iter().all(stamped)
}

/// Removes the leads of earlier entries from each description, or uses `dc:description` instead.
pub fn separate_leads(entries: &mut [ParsedEntry], warnings: &mut Vec<Warning>) {
    let mut previous = String::new();
    for entry in entries {
        let described = entry.summary.as_ref().map(|text| text.value.trim().to_owned());
        let described = described.unwrap_or_default();
        let own = described.strip_prefix(previous.as_str()).map(str::trim);
        let accumulated = !previous.is_empty() && own.is_some_and(|own| !own.is_empty());
        if accumulated {
            Warning::add(warnings, "hoabinh-vcms", entry.id.as_deref());
        }
        let value = own.filter(|_| accumulated).map(str::to_owned);
        let stripped =
            value.map(|value| Text { value, ..entry.summary.clone().unwrap_or_default() });
        let better = entry.dc_description.clone().filter(|text| !text.value.trim().is_empty());
        entry.summary = better.or(stripped).or(entry.summary.take());
        previous = described;
    }
}

/// Lowers the precision of a date whose minute is its month to the hour. Within the hour the article's number orders it.
pub fn mark_unsure_minute(
    dated: &mut Dated,
    upstream_id: &str,
    quirks: &[Quirk],
    warnings: &mut Vec<Warning>,
) {
    let utc = dated.at.utc();
    if quirks.contains(&Quirk::NukevietMinute) && utc.minute() == utc.month() {
        dated.precision = dated.precision.min(Precision::Hour);
        if let Some(number) = number_of(upstream_id) {
            let minutes = i64::from(number % 60) - i64::from(utc.minute());
            dated.at = dated.at.plus_millis(minutes * 60_000);
        }
        Warning::add(warnings, "nukeviet-minute-is-month", Some(&dated.raw));
    }
}

/// The number that an id ends in (`news_512`): NukeViet counts its articles.
fn number_of(upstream_id: &str) -> Option<u32> {
    let digits = upstream_id.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    upstream_id.get(digits..)?.parse().ok()
}

/// Returns true if an author is a program's word for nothing, such as `null`.
pub fn is_nobody(person: &ParsedPerson) -> bool {
    let name = person.name.as_deref().unwrap_or("").trim();
    let nothing = ["null", "(null)", "undefined", "none", "n/a", "-"];
    let unnamed = name.is_empty() || nothing.iter().any(|word| word.eq_ignore_ascii_case(name));
    unnamed && person.email.as_deref().is_none_or(|email| email.trim().is_empty())
}

/// Drops the length of enclosures where a feed says the same for all of them.
pub fn drop_equal_lengths(feed: &mut ParsedFeed) {
    let all = || feed.entries.iter().flat_map(|entry| &entry.enclosures);
    let first = all().find_map(|enclosure| enclosure.length.clone());
    let Some(first) = first else { return };
    let same = all().all(|enclosure| enclosure.length.as_deref().is_none_or(|l| l == first));
    if !same || (first.trim() != "1200" && all().count() < 4) {
        return;
    }
    Warning::add(&mut feed.warnings, "enclosure-length", Some(&first));
    for enclosure in feed.entries.iter_mut().flat_map(|entry| &mut entry.enclosures) {
        enclosure.length = None;
    }
}

/// A language tag in BCP 47's form: `vi_VN` is `vi-VN`; nothing where it is no tag at all.
pub fn language_tag(written: &str, warnings: &mut Vec<Warning>) -> Option<String> {
    let trimmed = written.trim();
    if trimmed.contains('_') {
        Warning::add(warnings, "language-underscore", Some(trimmed));
    }
    let named = ["vietnamese", "tiếng việt", "tieng viet", "viet", "vie", "vnm"];
    // `vn` is Việt Nam's code as a country and no language.
    let country = trimmed.get(..2).is_some_and(|code| code.eq_ignore_ascii_case("vn"))
        && !trimmed.get(2..).unwrap_or("").starts_with(|c: char| c.is_ascii_alphanumeric());
    if country {
        Warning::add(warnings, "language-country", Some(trimmed));
        return Some("vi".to_owned());
    }
    if named.contains(&trimmed.to_lowercase().as_str()) {
        return Some("vi".to_owned());
    }
    let parts: Vec<&str> = trimmed.split(['-', '_', '.']).take(4).collect();
    let letters = |p: &str| p.bytes().all(|b| b.is_ascii_alphabetic());
    let valid =
        |p: &&str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = parts.first().filter(|p| (2..=3).contains(&p.len()) && letters(p))?;
    let rest = parts.get(1..).unwrap_or(&[]).iter().take_while(|p| valid(p));
    let rest = rest.take_while(|p| !p.eq_ignore_ascii_case("utf"));
    let cased = rest.map(|part| match part.len() {
        2 => part.to_ascii_uppercase(),
        4 => {
            part.get(..1).unwrap_or("").to_ascii_uppercase()
                + &part.get(1..).unwrap_or("").to_ascii_lowercase()
        }
        _ => part.to_ascii_lowercase(),
    });
    Some(std::iter::once(first.to_ascii_lowercase()).chain(cased).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_get_their_form() {
        let mut warnings = Vec::new();
        for (written, tag) in [
            ("vi_VN", Some("vi-VN")),
            ("VI", Some("vi")),
            ("vi-vn", Some("vi-VN")),
            ("zh-hans", Some("zh-Hans")),
            ("Tiếng Việt", Some("vi")),
            ("", None),
            ("1", None),
            ("vi_VN.UTF-8", Some("vi-VN")),
            ("vn", Some("vi")),
            ("VN-vn", Some("vi")),
            ("vn_VN", Some("vi")),
            ("vie", Some("vi")),
            ("vno", Some("vno")),
            ("xyzzy", None),
        ] {
            assert_eq!(language_tag(written, &mut warnings).as_deref(), tag, "{written}");
        }
        assert_eq!(warnings[0].name, "language-underscore");
    }

    #[test]
    fn nobody_is_no_author() {
        let person =
            |name: &str| ParsedPerson { name: Some(name.into()), ..ParsedPerson::default() };
        assert!(
            is_nobody(&person("null")) && is_nobody(&person(" ")) && !is_nobody(&person("Nul"))
        );
    }
}
