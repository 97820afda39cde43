use super::word::{Word, cut_lines};
use super::{Repaired, Settings, Traces, context, glued, normalize, screen};
use crate::model::{Flag, Repair, RepairMode};
use crate::text::push_visible;
use crate::text::vietnamese::syllable;
use std::borrow::Cow;

/// Flags kept of one text; a page of glued words needs no more to be seen.
const MOST_FLAGS: usize = 100;

/// Repairs each run of a paragraph. `by_line` says that a line break ends the context.
pub fn repair(texts: &[&str], settings: Settings<'_>, by_line: bool) -> Vec<Repaired> {
    let allowed = !settings.words.allow.is_empty();
    if !allowed && !texts.iter().any(|text| screen::needs_a_look(text)) {
        return texts.iter().map(|text| untouched(text)).collect();
    }
    let composed: Vec<Cow<'_, str>> = texts.iter().map(|text| compose(text)).collect();
    let words = weigh(&composed, settings, by_line);
    let mut rest = words.as_slice();
    let mut out = Vec::with_capacity(texts.len());
    for (run, text) in composed.iter().enumerate() {
        let count = rest.iter().take_while(|w| w.token.run == run).count();
        let (own, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        rest = others;
        let mut writer = Writer::new(settings, text);
        if let (Cow::Owned(after), Some(before)) = (text, texts.get(run)) {
            writer.log_composed(before, after);
        }
        out.push(writer.write(text, own));
    }
    out
}

fn untouched(text: &str) -> Repaired {
    Repaired { text: text.to_owned(), ..Repaired::default() }
}

fn compose(text: &str) -> Cow<'_, str> {
    normalize::compose(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Every word of the paragraph with its decision.
pub fn weigh<'a>(
    texts: &'a [Cow<'_, str>],
    settings: Settings<'_>,
    by_line: bool,
) -> Vec<Word<'a>> {
    if settings.mode == RepairMode::Off {
        return Vec::new();
    }
    let mut lines = cut_lines(texts, by_line);
    let traces = settings.traces().and(Traces::of(&lines));
    for line in &mut lines {
        context::decide(line, settings.mode, settings.words, traces);
    }
    lines.into_iter().flatten().collect()
}

struct Writer<'a> {
    settings: Settings<'a>,
    vietnamese: bool,
    out: Repaired,
}

impl<'a> Writer<'a> {
    fn new(settings: Settings<'a>, text: &str) -> Self {
        let out = Repaired { text: String::with_capacity(text.len()), ..Repaired::default() };
        Self { settings, vietnamese: syllable::has_vietnamese_letters(text), out }
    }

    fn write(mut self, text: &str, words: &[Word<'_>]) -> Repaired {
        let mut at = 0;
        for word in words {
            push_visible(&mut self.out.text, text, at..word.token.start);
            self.word(word);
            at = word.token.end();
        }
        push_visible(&mut self.out.text, text, at..text.len());
        if let Some(composed) = normalize::compose(&self.out.text) {
            self.out.text = composed;
        }
        self.out
    }

    fn word(&mut self, word: &Word<'_>) {
        let text = word.token.text;
        let candidate = word.finding.candidate.as_deref().filter(|_| word.converted);
        match (candidate, self.settings.mode) {
            (Some(candidate), RepairMode::Report) => {
                self.flag(text, candidate, word.rule());
                self.out.text.push_str(text);
            }
            (Some(candidate), _) => self.change(text, candidate, word.rule()),
            (None, _) => self.plain(text),
        }
    }

    fn plain(&mut self, text: &str) {
        if text.is_ascii() {
            self.out.text.push_str(text);
            return;
        }
        let mut visible = String::with_capacity(text.len());
        push_visible(&mut visible, text, 0..text.len());
        let right = normalize::right_d(&visible, self.vietnamese);
        match (right, self.settings.mode) {
            (Some(right), RepairMode::Report) => self.flag(&visible, &right, "look-alike"),
            (Some(right), _) => return self.change(&visible, &right, "look-alike"),
            (None, _) => {}
        }
        if let Some(suggestion) = glued::suggestion(&visible) {
            self.flag(&visible, &suggestion, "glued");
        }
        self.out.text.push_str(&visible);
    }

    fn change(&mut self, from: &str, to: &str, rule: &str) {
        self.out.repairs.push(Repair {
            field: self.settings.field.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            rule: rule.to_owned(),
            offset: self.out.text.len(),
        });
        self.out.text.push_str(to);
    }

    fn flag(&mut self, text: &str, suggestion: &str, rule: &str) {
        if self.out.flags.len() < MOST_FLAGS {
            self.out.flags.push(Flag {
                field: self.settings.field.to_owned(),
                text: text.to_owned(),
                suggestion: Some(suggestion.to_owned()),
                rule: rule.to_owned(),
            });
        }
    }

    /// Composition changes no letter that a reader sees, so it is logged once, with its first word.
    fn log_composed(&mut self, before: &str, after: &str) {
        let mut words = before.split_whitespace().zip(after.split_whitespace());
        let Some((from, to)) = words.find(|(from, to)| from != to) else { return };
        self.out.repairs.push(Repair {
            field: self.settings.field.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            rule: "nfc".to_owned(),
            offset: after.find(to).unwrap_or(0),
        });
    }
}
