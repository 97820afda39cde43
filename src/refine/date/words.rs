/// The month that a word names, whole or by its usual short form.
///
/// English first, then the languages that readers meet: Hungarian, Greek, French, German, Spanish,
/// Portuguese, Italian, Dutch, Russian.
pub fn month(word: &str) -> Option<u32> {
    let found = |names: &&str| names.split(' ').any(|name| name == word);
    let at = MONTHS.iter().position(found).or_else(|| english_stem(word))?;
    u32::try_from(at + 1).ok()
}

fn english_stem(word: &str) -> Option<usize> {
    let long = word.len() >= 3 && word.is_ascii();
    ENGLISH.iter().position(|name| long && name.starts_with(word))
}

const ENGLISH: [&str; 12] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
];

const MONTHS: [&str; 12] = [
    "janv janvier januar janner enero ene janeiro gennaio gen januari januar ιαν ιανουαριου янв января",
    "fev fevr fevrier februar febrero fevereiro febbraio februari φεβ φεβρουαριου февр февраля",
    "mars marz marzo marco maart mrt marcius μαρ μαρτ μαρτιου μαρτίου мар марта",
    "avr avril abril abr aprile aprilis απρ απριλιου απριλίου апр апреля",
    "mai mayo maio maggio mag mei majus maj μαι μαϊ μαιου май мая",
    "juin juni junio junho giugno giu junius ιουν ιον ιουνιου июн июня",
    "juil juillet juli julio julho luglio lug julius ιουλ ιολ ιουλιου июл июля",
    "aout agosto ago augustus augusztus αυγ αυγουστου авг августа",
    "sept septembre septiembre setembro set settembre szeptember σεπ σεπτ σεπτεμβριου сент сентября",
    "octobre oktober okt octubre outubro out ottobre ott oktober οκτ οκτωβριου окт октября",
    "novembre noviembre novembro nov νοε νοεμ νοεμβριου нояб ноября",
    "decembre dezember dez diciembre dic dezembro dicembre δεκ δεκεμβριου дек декабря",
];

/// The weekday that an English word names, Monday 0.
pub fn weekday(word: &str) -> Option<u32> {
    const NAMES: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let long = word.len() >= 3 && word.is_ascii();
    let at = NAMES.iter().position(|name| long && name.starts_with(word))?;
    u32::try_from(at).ok()
}

/// A Vietnamese number word from one to twelve as they stand after `thứ` and `tháng`.
pub fn number(word: &str) -> Option<u64> {
    Some(match word {
        "gieng" | "mot" => 1,
        "hai" => 2,
        "ba" => 3,
        "tu" | "bon" => 4,
        "nam" => 5,
        "sau" => 6,
        "bay" | "bẩy" => 7,
        "tam" => 8,
        "chin" => 9,
        "muoi" => 10,
        "chap" => 12,
        _ => return None,
    })
}

/// The day of the month that number words spell: `mười hai`, `hai mươi mốt`, `mùng năm`.
pub fn day(words: &[&str]) -> Option<u32> {
    let unit = |word: &str| match word {
        "lam" | "nham" => Some(5),
        "muoi" | "chap" | "gieng" => None,
        word => number(word).filter(|value| *value < 10),
    };
    let day = match words {
        ["mung" | "mong", one] | [one] if *one != "muoi" => unit(one)?,
        ["mung" | "mong", "muoi"] | ["muoi"] => 10,
        ["muoi", one] => 10 + unit(one)?,
        [tens @ ("hai" | "ba"), "muoi"] => unit(tens)? * 10,
        [tens @ ("hai" | "ba"), "muoi", one] => unit(tens)? * 10 + unit(one)?,
        _ => return None,
    };
    u32::try_from(day).ok().filter(|day| *day <= 31)
}

/// Whether a word is the first half of a zone's name, as in `Europe/Berlin`.
pub fn is_area(word: &str) -> bool {
    const AREAS: &str =
        "africa america antarctica arctic asia atlantic australia europe indian pacific us";
    AREAS.split(' ').any(|area| area == word)
}

/// The offset in minutes of a city, by the first word of its name, where it is one in every season.
pub fn city(word: &str) -> Option<i32> {
    Some(match word {
        "ho" | "saigon" | "bangkok" | "hanoi" | "vientiane" | "phnom" | "jakarta" => 420,
        "singapore" | "shanghai" | "hong" | "taipei" | "manila" | "kuala" | "macau" => 480,
        "tokyo" | "seoul" => 540,
        "kolkata" | "calcutta" => 330,
        "dubai" => 240,
        _ => return None,
    })
}

/// The half of the day that a word names, and whether the word is Vietnamese.
pub fn half(word: &str) -> Option<(Half, bool)> {
    Some(match word {
        "am" | "오전" | "上午" => (Half::Before, false),
        "pm" | "오후" | "下午" => (Half::After, false),
        "sa" | "sang" => (Half::Before, true),
        "ch" | "chieu" | "toi" => (Half::After, true),
        "trua" => (Half::Noon, true),
        "dem" | "khuya" => (Half::Night, true),
        _ => return None,
    })
}

/// Which half of the day a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// AM, SA, sáng.
    Before,
    /// PM, CH, chiều, tối.
    After,
    /// Trưa: eleven to one.
    Noon,
    /// Đêm, khuya: six to midnight, and from there to five.
    Night,
}

/// The offset of a named zone in minutes.
pub fn zone(word: &str) -> Option<i32> {
    Some(match word {
        "z" | "ut" | "utc" | "gmt" | "wet" => 0,
        "ict" | "indochina" => 420,
        "est" | "cdt" => -300,
        "edt" | "ast" => -240,
        "cst" | "mdt" => -360,
        "mst" | "pdt" => -420,
        "pst" | "akdt" => -480,
        "akst" => -540,
        "hst" => -600,
        "adt" => -180,
        "nst" => -210,
        "ndt" => -150,
        "bst" | "cet" | "met" | "mez" => 60,
        "cest" | "mest" | "mesz" | "eet" | "sast" => 120,
        "eest" | "msk" => 180,
        "msd" => 240,
        "pkt" => 300,
        "hkt" | "sgt" | "pht" | "awst" => 480,
        "jst" | "kst" => 540,
        "aest" => 600,
        "aedt" => 660,
        "nzst" => 720,
        "nzdt" => 780,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        assert_eq!(month("sept"), Some(9));
        assert_eq!(month("june"), Some(6));
        assert_eq!(month("augusztus"), Some(8));
        assert_eq!(month("ju"), None);
        assert_eq!(weekday("thurs"), Some(3));
        assert_eq!(zone("pdt"), Some(-420));
    }
}
