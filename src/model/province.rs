//! The provinces as publishers: 63 until 30 June 2025, 34 since.
//!
//! The table is of facts: names, the classic domains, and which province each one joined.

use super::{Publisher, slug};

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
        Some(Province { name: cells.next()?, domain: cells.next()?, today: cells.next()? })
    })
}

/// The province of a name (accents, case, `tỉnh` and `thành phố` do not matter) or of a host below its domain.
pub fn province(name_or_host: &str) -> Option<Province> {
    let host = name_or_host.trim().to_ascii_lowercase();
    let below = |p: &Province| {
        host.strip_suffix(p.domain).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    let wanted = plain(name_or_host);
    provinces().find(|p| below(p) || plain(p.name) == wanted)
}

/// The name that a province has today: itself, its successor, or one of the 34.
pub fn today(name: &str) -> Option<&'static str> {
    let wanted = plain(name);
    let new = provinces().find(|p| plain(p.today) == wanted).map(|p| p.today);
    new.or_else(|| province(name).map(|p| p.today))
}

/// The names of before July 2025 that a province of today was made of.
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
}
