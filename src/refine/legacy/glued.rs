use crate::text::vietnamese::syllable::{self, Key};

/// A piece must occur this often to be believed.
const BELIEVED: u32 = 5;

/// What a glued word may have been, if it is two to four common syllables of two letters and more.
pub fn suggestion(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let long_enough = (5..=24).contains(&letters.len());
    let marked = letters.iter().any(|c| !c.is_ascii());
    let plain = letters.iter().skip(1).all(|c| syllable::code(*c) != 0 && !c.is_uppercase());
    let capitals = letters.iter().all(|c| syllable::code(*c) != 0 && c.is_uppercase());
    if !long_enough || !marked || !(plain || capitals) || syllable::is_syllable(word) {
        return None;
    }
    let pieces = best_split(&letters)?;
    (pieces.len() <= 4).then(|| pieces.join(" "))
}

/// The fewest pieces; among equals, those whose rarest piece is the most common.
fn best_split(letters: &[char]) -> Option<Vec<String>> {
    let mut best: Vec<Option<(usize, u32, usize)>> = vec![None; letters.len() + 1];
    best[0] = Some((0, u32::MAX, 0));
    for end in 2..=letters.len() {
        let from = end.saturating_sub(7);
        best[end] = (from..=end - 2)
            .filter_map(|start| {
                let (pieces, rarest, _) = best[start]?;
                let key = letters[start..end].iter().fold(Key::EMPTY, |key, c| key.with(*c));
                let count = syllable::lookup(key).filter(|count| *count >= BELIEVED)?;
                Some((pieces + 1, rarest.min(count), start))
            })
            .min_by_key(|(pieces, rarest, _)| (*pieces, u32::MAX - rarest));
    }
    let mut pieces = Vec::new();
    let mut end = letters.len();
    while end > 0 {
        let (_, _, start) = best[end]?;
        pieces.push(letters[start..end].iter().collect());
        end = start;
    }
    pieces.reverse();
    (pieces.len() >= 2).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_missing_space() {
        assert_eq!(suggestion("hiệuquả").as_deref(), Some("hiệu quả"));
        assert_eq!(suggestion("hợptriển").as_deref(), Some("hợp triển"));
        assert_eq!(suggestion("Ủyban").as_deref(), Some("Ủy ban"));
        assert_eq!(suggestion("độclậptựdo").as_deref(), Some("độc lập tự do"));
    }

    #[test]
    fn leaves_words_alone() {
        for word in ["nghiêng", "société", "Krông", "internet", "Müller", "VietNamNet", "Đắk"]
        {
            assert_eq!(suggestion(word), None, "{word}");
        }
    }
}
