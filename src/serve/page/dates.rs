use crate::model::{Language, Precision, Timestamp};
use chrono::{Datelike, Timelike};
use maud::{Markup, html};

const DAYS_VI: [&str; 7] =
    ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"];

/// `Thứ Sáu, 12/06/2009, 20:30`, or in English `Friday, 12 June 2009, 20:30`; no more than the source said.
pub(super) fn written(lang: Language, at: Timestamp, offset: i32, precision: Precision) -> String {
    let t = at.at(offset);
    let (y, m, d) = (t.year(), t.month(), t.day());
    match (precision, lang) {
        (Precision::Year, _) => format!("{y}"),
        (Precision::Month, Language::Vi) => format!("tháng {m:02}/{y}"),
        (Precision::Month, Language::En) => t.format("%B %Y").to_string(),
        (precision, lang) => {
            let day = match lang {
                Language::Vi => {
                    let name = DAYS_VI.get(t.weekday().num_days_from_monday() as usize);
                    format!("{}, {d:02}/{m:02}/{y}", name.copied().unwrap_or_default())
                }
                Language::En => t.format("%A, %-d %B %Y").to_string(),
            };
            if precision == Precision::Day {
                day
            } else {
                format!("{day}, {:02}:{:02}", t.hour(), t.minute())
            }
        }
    }
}

pub(super) fn time(lang: Language, at: Timestamp, offset: i32, precision: Precision) -> Markup {
    let machine = match precision {
        Precision::Year => at.at(offset).format("%Y").to_string(),
        Precision::Month => at.at(offset).format("%Y-%m").to_string(),
        Precision::Day => at.at(offset).format("%Y-%m-%d").to_string(),
        _ => at.rfc3339_at(offset),
    };
    html! { time datetime=(machine) { (written(lang, at, offset, precision)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_time_in_both_languages() {
        let at = Timestamp::parse_rfc3339("2009-06-12T20:30:21+07:00").unwrap();
        let of = |lang, precision| written(lang, at, 25_200, precision);
        assert_eq!(of(Language::Vi, Precision::Second), "Thứ Sáu, 12/06/2009, 20:30");
        assert_eq!(of(Language::En, Precision::Minute), "Friday, 12 June 2009, 20:30");
        assert_eq!(of(Language::Vi, Precision::Day), "Thứ Sáu, 12/06/2009");
        assert_eq!(of(Language::Vi, Precision::Month), "tháng 06/2009");
        let html = time(Language::Vi, at, 25_200, Precision::Second).into_string();
        assert!(html.contains(r#"datetime="2009-06-12T20:30:21+07:00""#), "{html}");
    }
}
