//! The provinces as publishers: 63 until 30 June 2025, 34 since.
//!
//! The table is of facts: names, the classic domains, and which province each one joined.

use super::{Publisher, Timestamp};
use crate::text::slug;
use std::sync::LazyLock;

/// Old name, old domain, name since 1 July 2025, other spellings and domains, with tabs between them.
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
    /// Other spellings and domains, with commas between them.
    also: &'static str,
}

impl Province {
    /// Its names, in every spelling.
    fn names(self) -> impl Iterator<Item = &'static str> {
        let also = self.also.split(", ").filter(|name| !name.is_empty() && !name.contains('.'));
        std::iter::once(self.name).chain(also)
    }

    fn domains(self) -> impl Iterator<Item = &'static str> {
        let also = self.also.split(", ").filter(|name| name.contains('.'));
        std::iter::once(self.domain).chain(also)
    }

    /// It as a publisher, with its end and its successor where another name took over.
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
        let (name, domain, today) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Province { name, domain, today, also: cells.next().unwrap_or_default() })
    })
}

/// The province of a name (accents, case, `tỉnh` and `thành phố` do not matter) or of a host below its domain.
pub fn province(name_or_host: &str) -> Option<Province> {
    let wanted = plain(name_or_host);
    let named = || provinces().find(|p| p.names().any(|name| plain(name) == wanted));
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

/// Names in which the words of a province's name mean something else.
const OTHER_NAMES: [&str; 4] =
    ["thai-binh-duong", "dong-thap-muoi", "hoa-binh-viet-nam", "hoa-binh-the-gioi"];
/// What makes the name behind it that of a province or city.
const PROVINCE_WORDS: [&str; 3] = ["tinh", "thanh-pho", "tp"];
/// What makes the name behind it that of something smaller, or of a thing.
const SMALL_WORDS: [&str; 12] = [
    "huyen", "quan", "xa", "phuong", "thi-tran", "duong", "pho", "cau", "song", "khach-san",
    "cong-vien", "tap-doan",
];
/// A person too, after whom much is named: a city only where the text says so.
const PERSON: &str = "Hồ Chí Minh";

/// The province that a publisher's name speaks of: one that it calls a province or city, else the one with the longest
/// name. Names are written with capitals: `Ủy ban Hòa bình` is no province's.
fn in_name(text: &str) -> Option<Province> {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let folded: Vec<String> = words.iter().map(|word| slug(word)).collect();
    let found = SLUGS.iter().filter_map(|(slug, p)| Some((rank(&words, &folded, p, slug)?, *p)));
    found.max_by_key(|(rank, _)| *rank).map(|(_, p)| p)
}

/// Every name of every province as a slug.
static SLUGS: LazyLock<Vec<(String, Province)>> = LazyLock::new(|| {
    provinces().flat_map(|p| p.names().map(move |name| (slug(name), p))).collect()
});

/// How surely some words hold a name, and how long it is; `None` if they do not.
fn rank(words: &[&str], folded: &[String], p: &Province, name: &str) -> Option<(bool, usize)> {
    let count = name.split('-').count();
    let places = (0..=folded.len().checked_sub(count)?).filter_map(|at| {
        let end = at + count;
        let here = folded.get(at..end)?.iter().map(String::as_str);
        name.split('-').eq(here).then_some((at, end))
    });
    let ranked = places.filter_map(|(at, end)| {
        let before = |list: &[&str]| {
            list.iter().any(|word| {
                let start = at.checked_sub(word.split('-').count());
                start.and_then(|start| folded.get(start..at)).is_some_and(|w| w.join("-") == *word)
            })
        };
        let around = folded.get(at.saturating_sub(2)..(end + 2).min(folded.len()))?.join("-");
        let named = before(&PROVINCE_WORDS);
        let capitals = words.get(at..end)?.iter().all(|word| word.starts_with(char::is_uppercase));
        let other = OTHER_NAMES.iter().any(|other| around.contains(other) && other.contains(name))
            || before(&SMALL_WORDS);
        let person = p.name == PERSON && !name.starts_with("tp") && words.len() > count;
        (named || capitals && !other && !person).then_some((named, name.len()))
    });
    ranked.max()
}

/// The province of a host: below its domain, its schools' or its newspaper's (`hoabinh.edu.vn`, `baohoabinh.com.vn`).
fn province_of_host(host: &str) -> Option<Province> {
    let host = host.to_ascii_lowercase();
    let below = |domain: &str| {
        host.strip_suffix(domain).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    let is_vietnamese = host.ends_with(".vn");
    provinces().find(|p| {
        let key = plain(p.name);
        let is_paper = |label: &str| label.strip_prefix("bao").is_some_and(|name| name == key);
        p.domains().any(|domain| below(domain) || below(&domain.replace(".gov.", ".edu.")))
            || is_vietnamese && host.split('.').any(is_paper)
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
        assert_eq!(of(Some("Đoàn TNCS Hồ Chí Minh tỉnh Sơn La"), None), Some("Sơn La"));
        assert_eq!(of(Some("Thành đoàn TP. Hồ Chí Minh"), None), Some("Hồ Chí Minh"));
        assert_eq!(of(Some("Hồ Chí Minh"), None), Some("Hồ Chí Minh"));
        assert_eq!(of(Some("sở y tế tỉnh hòa bình"), None), Some("Hòa Bình"));
        assert_eq!(of(Some("UBND huyện Hòa Bình, tỉnh Bạc Liêu"), None), Some("Bạc Liêu"));
    }

    #[test]
    fn words_of_other_names_are_no_provinces() {
        let of = |name| spoken_of(Some(name), None).map(|p| p.name);
        for name in [
            "Ủy ban Hòa bình Việt Nam",
            "ỦY BAN HÒA BÌNH VIỆT NAM",
            "Quỹ Hòa bình và Phát triển",
            "Viện Nghiên cứu Châu Á - Thái Bình Dương",
            "Bảo tàng Hồ Chí Minh",
            "Học viện Chính trị quốc gia Hồ Chí Minh",
            "Đội TNTP Hồ Chí Minh",
            "Khu bảo tồn Đồng Tháp Mười",
            "UBND xã Hòa Bình",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn other_spellings_and_hosts_are_known() {
        for (name, province) in [
            ("UBND tỉnh Đắc Lắc", "Đắk Lắk"),
            ("Báo Đăk Lăk", "Đắk Lắk"),
            ("Sở Y tế Bắc Cạn", "Bắc Kạn"),
            ("Báo Kontum", "Kon Tum"),
            ("Sở Du lịch Thừa Thiên - Huế", "Thừa Thiên Huế"),
            ("Công an TPHCM", "Hồ Chí Minh"),
        ] {
            assert_eq!(spoken_of(Some(name), None).map(|p| p.name), Some(province), "{name}");
        }
        for (host, province) in [
            ("soyte.hue.gov.vn", "Thừa Thiên Huế"),
            ("tphcm.gov.vn", "Hồ Chí Minh"),
            ("baohoabinh.com.vn", "Hòa Bình"),
            ("lacthuy.hoabinh.edu.vn", "Hòa Bình"),
        ] {
            let found = spoken_of(None, Some(&format!("https://{host}/tin"))).map(|p| p.name);
            assert_eq!(found, Some(province), "{host}");
        }
        assert_eq!(spoken_of(None, Some("https://hoabinh.com.vn/")), None);
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
