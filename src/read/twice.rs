//! UTF-8 that was taken for windows-1252 and encoded again: `Tiáº¿ng` was `Tiếng`. The whole document is the evidence, so
//! that a short text of it is undone as well, and one that speaks of such letters in a sound document is not.

use encoding_rs::WINDOWS_1252;

/// The text before it was encoded again, if most of its letters beyond ASCII show that it was.
pub fn undone(text: &str) -> Option<String> {
    if !may_be_twice_encoded(text.as_bytes()) {
        return None;
    }
    let (mut twice, mut long, mut sound) = (0usize, false, 0usize);
    for run in runs(text) {
        match once(run) {
            Some(read) => {
                twice += 1;
                long |= read.chars().any(|c| c.len_utf8() > 2);
            }
            None => sound += usize::from(run.chars().any(char::is_alphabetic)),
        }
    }
    ((long || twice > 1) && twice > sound).then(|| replaced(text))
}

/// Whether a byte that begins a character stands as a character of its own before one that goes on: `Ã´`, or `â€` of quotes.
fn may_be_twice_encoded(bytes: &[u8]) -> bool {
    let begins = |at: usize| bytes.get(at.wrapping_sub(2)) == Some(&0xc3);
    memchr::memchr_iter(0xc2, bytes).any(begins)
        || memchr::memmem::find(bytes, "â€".as_bytes()).is_some()
}

/// The stretches of characters beyond ASCII.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_ascii()).filter(|run| !run.is_empty())
}

/// What characters were before they were encoded again. A letter whose second byte was taken for a space lost it: `Ã` is `à`.
fn once(run: &str) -> Option<String> {
    let (bytes, _, unmapped) = WINDOWS_1252.encode(run);
    let mut bytes = bytes.into_owned();
    if bytes.len() > 1 && bytes.last() == Some(&0xc3) {
        bytes.push(0xa0);
    }
    String::from_utf8(bytes).ok().filter(|_| !unmapped)
}

/// A text with each stretch as it was.
fn replaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| !c.is_ascii()) {
        let (plain, after) = rest.split_at(at);
        let (run, after) =
            after.split_at(after.find(|c: char| c.is_ascii()).unwrap_or(after.len()));
        out.push_str(plain);
        match run {
            "Ã" => out.push('à'),
            run => out.push_str(once(run).as_deref().unwrap_or(run)),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text encoded twice.
    fn twice(text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn short_texts_are_undone_with_the_document_around_them() {
        let sound = "<t>Lào Cai</t><t>Dân ca</t><c>Y tế xã tiêm phòng ở Mường Khoang</c>";
        assert_eq!(undone(&twice(sound)).as_deref(), Some(sound));
        let template = format!("<h>Cổng</h>{}", twice(sound));
        assert_eq!(
            undone(&template),
            Some(format!("<h>Cổng</h>{sound}")),
            "what is sound in it stays"
        );
        assert_eq!(undone(&twice("it’s")).as_deref(), Some("it’s"), "a quote alone");
        let trimmed = twice("<t>Hà Nội mở chợ đêm</t><t>Là</t>").replace("\u{a0}", "");
        assert_eq!(undone(&trimmed).as_deref(), Some("<t>Hà Nội mở chợ đêm</t><t>Là</t>"));
    }

    #[test]
    fn what_speaks_of_such_letters_in_a_sound_document_stays() {
        let lesson = format!(
            "<t>Vì sao màn hình hiện {}?</t><d>Đó là lỗi bảng mã.</d>",
            twice("Tiếng Việt")
        );
        for text in [
            lesson.as_str(),
            "Café à la carte «é\u{a0}»",
            "ĐÃ XÃ",
            "SÃO PAULO",
            &twice("Hòa"),
            "ascii",
        ] {
            assert_eq!(undone(text), None, "{text}");
        }
    }
}
