//! The provinces as publishers: 63 until 30 June 2025, 34 since.
//!
//! The table is of facts: names, the classic domains, and which province each one joined.

use super::{Publisher, Timestamp};
use crate::text::slug;

/// Old name, old domain, name since 1 July 2025, with tabs between them.
const TABLE: &str = include_str!("provinces.tsv");

/// The first day of the 34 provinces.
pub const MERGED: &str = "2025-07-01";

/// One province of before July 2025.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Province {
    /// `Hòa Bình`.
    pub name: &'static str,
    /// `hoabinh.gov.vn`; history since the merger.
    pub domain: &'static str,
    /// The province that has its place since 1 July 2025 (its own name where it stayed).
    pub today: &'static str,
}

impl Province {
    /// The publisher, with its end and its successor if another name took over.
    pub fn publisher(&self) -> Publisher {
        let ended = self.name != self.today;
        Publisher {
            name: self.name.to_owned(),
            successor: ended.then(|| self.today.to_owned()),
            until: ended.then(|| MERGED.to_owned()),
        }
    }
}

/// The 63 provinces of before July 2025.
pub fn provinces() -> impl Iterator<Item = Province> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Province { name: cells.next()?, domain: cells.next()?, today: cells.next()? })
    })
}

/// The province of a name (accents, case, `tỉnh` and `thành phố` do not matter) or of a host below its domain.
pub fn province(name_or_host: &str) -> Option<Province> {
    let wanted = plain(name_or_host);
    let named = || provinces().find(|p| plain(p.name) == wanted);
    province_of_host(name_or_host.trim()).or_else(named)
}

/// The name that a province has today.
pub fn today(name: &str) -> Option<&'static str> {
    let wanted = plain(name);
    let new = provinces().find(|p| plain(p.today) == wanted).map(|p| p.today);
    new.or_else(|| province(name).map(|p| p.today))
}

/// The old provinces that a province of today was made of.
pub fn made_of(name: &str) -> Vec<&'static str> {
    let wanted = plain(name);
    provinces().filter(|p| plain(p.today) == wanted).map(|p| p.name).collect()
}

fn plain(name: &str) -> String {
    let slug = slug(name);
    let words: Vec<&str> = slug.split('-').collect();
    match words.as_slice() {
        ["tinh", rest @ ..] | ["thanh", "pho", rest @ ..] | ["tp", rest @ ..]
            if !rest.is_empty() =>
        {
            rest.concat()
        }
        all => all.concat(),
    }
}

/// The old province that a publisher's name, or else the host of an address, names: `Sở Y tế tỉnh Hòa Bình`,
/// `https://soyte.hoabinh.gov.vn/…`.
pub fn spoken_of(publisher: Option<&str>, url: Option<&str>) -> Option<Province> {
    let named = publisher.and_then(in_name);
    let host = || {
        let url = url::Url::parse(url?).ok()?;
        province_of_host(url.host_str()?)
    };
    named.or_else(host)
}

/// The province with the longest name among the words of a text.
fn in_name(text: &str) -> Option<Province> {
    let text = format!("-{}-", slug(text));
    let text = text.replace("-tphcm-", "-ho-chi-minh-").replace("-hcm-", "-ho-chi-minh-");
    let found = provinces().filter(|p| {
        let short = p.name == "Thừa Thiên Huế" && text.contains("-hue-");
        short || text.contains(&format!("-{}-", slug(p.name)))
    });
    found.max_by_key(|p| p.name.len())
}

fn province_of_host(host: &str) -> Option<Province> {
    let host = host.to_ascii_lowercase();
    provinces().find(|p| {
        host.strip_suffix(p.domain).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    })
}

/// Returns true if a province named in an article is, by the borders of today, the one that is meant.
///
/// Today's Phú Thọ takes what Hòa Bình, Vĩnh Phúc and the old Phú Thọ published at any time; Hòa Bình only its own.
pub fn is_of_today(spoken: Province, meant: &str) -> bool {
    slug(spoken.today) == meant || slug(spoken.name) == meant && spoken.publisher().until.is_some()
}

/// Returns true if a province named in an article is, by the borders before 1 July 2025, the one that is meant.
///
/// A name that ended always means the old province. A name that went on, as Phú Thọ did, means it only until the merger.
pub fn is_of_old(spoken: Province, meant: &str, at: Timestamp) -> bool {
    let grew = spoken.name == spoken.today && made_of(spoken.today).len() > 1;
    slug(spoken.name) == meant && (!grew || at < merged_at())
}

/// The first instant of the 34 provinces, in Vietnam.
fn merged_at() -> Timestamp {
    Timestamp::parse_rfc3339("2025-07-01T00:00:00+07:00").unwrap_or_default()
}

/// Whether a slug is an old province's or, if `today` is set, one of today's.
pub fn is_known(slug_of_name: &str, today: bool) -> bool {
    provinces().any(|p| slug(p.name) == slug_of_name || today && slug(p.today) == slug_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sixty_three_became_thirty_four() {
        assert_eq!(provinces().count(), 63);
        assert_eq!(provinces().map(|p| p.today).collect::<BTreeSet<_>>().len(), 34);
        let kept = provinces().filter(|p| p.publisher().until.is_none()).count();
        assert_eq!(kept, 63 - 30, "{kept} kept their names; Huế took a new one");
    }

    #[test]
    fn hoa_binh_joined_phu_tho() {
        let hoa_binh = province("tỉnh Hoà Bình").unwrap();
        assert_eq!(hoa_binh.publisher().successor.as_deref(), Some("Phú Thọ"));
        assert_eq!(hoa_binh.publisher().until.as_deref(), Some("2025-07-01"));
        assert_eq!(province("stttt.hoabinh.gov.vn").unwrap(), hoa_binh);
        assert_eq!(province("nothoabinh.gov.vn"), None);
        assert_eq!(today("vinh phuc"), Some("Phú Thọ"));
        assert_eq!(today("Huế"), Some("Huế"));
        assert_eq!(made_of("Phú Thọ"), ["Hòa Bình", "Phú Thọ", "Vĩnh Phúc"]);
        assert_eq!(province("TP. Hồ Chí Minh").map(|p| p.today), Some("Hồ Chí Minh"));
    }

    #[test]
    fn publishers_speak_of_their_province() {
        let of = |name, url| spoken_of(name, url).map(|p| p.name);
        assert_eq!(of(Some("Sở Y tế tỉnh Hoà Bình"), None), Some("Hòa Bình"));
        assert_eq!(of(Some("UBND TP.HCM"), None), Some("Hồ Chí Minh"));
        assert_eq!(of(Some("Báo Bà Rịa - Vũng Tàu"), None), Some("Bà Rịa - Vũng Tàu"));
        assert_eq!(of(Some("Thành phố Huế"), None), Some("Thừa Thiên Huế"));
        assert_eq!(of(None, Some("https://soyte.hoabinh.gov.vn/tin/1")), Some("Hòa Bình"));
        assert_eq!(of(Some("Báo Phú Thọ"), Some("https://hoabinh.gov.vn/")), Some("Phú Thọ"));
        assert_eq!(of(Some("Bộ Y tế"), Some("https://nothoabinh.gov.vn/")), None);
        assert_eq!(of(None, Some("tin")), None);
    }

    #[test]
    fn names_hold_for_their_time() {
        let (before, after) = (merged_at().plus_millis(-1), merged_at());
        let [phu_tho, hoa_binh, ha_noi] =
            ["Phú Thọ", "Hòa Bình", "Hà Nội"].map(|n| province(n).unwrap());
        assert!(is_of_today(hoa_binh, "phu-tho") && is_of_today(phu_tho, "phu-tho"));
        assert!(is_of_today(hoa_binh, "hoa-binh") && !is_of_today(phu_tho, "hoa-binh"));
        assert!(is_of_old(phu_tho, "phu-tho", before) && !is_of_old(phu_tho, "phu-tho", after));
        assert!(is_of_old(hoa_binh, "hoa-binh", before) && is_of_old(hoa_binh, "hoa-binh", after));
        assert!(!is_of_old(hoa_binh, "phu-tho", before));
        assert!(is_of_old(ha_noi, "ha-noi", after), "it went on as it was");
        for p in provinces() {
            assert!(is_of_today(p, &slug(p.today)), "{p:?}");
            assert!(is_of_old(p, &slug(p.name), before), "{p:?}");
            assert!(is_known(&slug(p.name), false) && is_known(&slug(p.today), true));
        }
    }
}
