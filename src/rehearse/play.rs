use super::report::{Report, Verdict};
use super::script::{Act, HELD, RETRY_AFTER, Reply, acts, mark};
use crate::model::Language;
use std::collections::BTreeSet;
use std::time::Duration;

/// A play under way: which act comes next, and what went wrong so far.
pub struct Play {
    acts: Vec<Act>,
    /// The act that the next request begins.
    at: usize,
    /// What was wrong in each act, by its place.
    wrong: Vec<Option<String>>,
    /// When the receiver was asked to wait, and where.
    busy: Option<(usize, Duration)>,
    /// Whether two requests came at the same time, which is wrong in every act.
    together: bool,
}

impl Play {
    /// A play whose pictures are at an origin.
    pub fn new(origin: &str) -> Self {
        let acts = acts(origin);
        let wrong = acts.iter().map(|_| None).collect();
        Self { acts, at: 0, wrong, busy: None, together: false }
    }

    /// Whether every act has been played.
    pub fn is_over(&self) -> bool {
        self.at >= self.acts.len()
    }

    /// Notes that a second request came while one was being answered.
    pub fn note_together(&mut self) {
        self.together = true;
    }

    /// Answers a request with a cursor; `now` is the time since the start.
    pub fn answer(&mut self, after: &str, now: Duration) -> Reply {
        self.judge_wait(now);
        let place = match self.acts.get(self.at) {
            Some(act) if act.after == after => self.at,
            Some(act) => {
                let shown: String = after.chars().take(100).collect();
                let why = format!("after={shown}, not after={}", act.after);
                self.blame(self.at.saturating_sub(1), why);
                let Some(place) = self.page_at(after) else { return Reply::Gone };
                place
            }
            None => return self.acts.last().map_or(Reply::Gone, |act| act.reply.clone()),
        };
        self.at = place + 1;
        let Some(act) = self.acts.get(place) else { return Reply::Gone };
        if matches!(act.reply, Reply::Busy) {
            self.busy = Some((place, now));
        }
        act.reply.clone()
    }

    fn judge_wait(&mut self, now: Duration) {
        let Some((place, asked)) = self.busy.take() else { return };
        let waited = now.saturating_sub(asked);
        if waited + Duration::from_millis(100) < Duration::from_secs(RETRY_AFTER) {
            self.blame(place, format!("asked again after {} ms", waited.as_millis()));
        }
    }

    /// The act with a page for a cursor that was not expected: the last one before, else the first one after.
    fn page_at(&self, after: &str) -> Option<usize> {
        let is_page =
            |act: &Act| act.after == after && matches!(act.reply, Reply::Page(_) | Reply::Slow(_));
        let (before, later) = self.acts.split_at_checked(self.at)?;
        let before = before.iter().rposition(is_page);
        before.or_else(|| later.iter().position(is_page).map(|place| place + self.at))
    }

    fn blame(&mut self, place: usize, why: String) {
        if let Some(wrong) = self.wrong.get_mut(place) {
            wrong.get_or_insert(why);
        }
    }

    /// Reports what the receiver did right and wrong. `held` is what it holds in the end: any text with the titles of its
    /// articles.
    pub fn report(&self, held: Option<&str>, language: Language) -> Report {
        let mut report = Report::default();
        for (place, (act, wrong)) in self.acts.iter().zip(&self.wrong).enumerate() {
            let verdict = match wrong {
                Some(_) => Verdict::Wrong,
                // An act is understood when the next request has come.
                None if place + 1 < self.at || self.is_over() => Verdict::Right,
                None => Verdict::NotReached,
            };
            report.add(language.pick(act.shows.0, act.shows.1), verdict, wrong.clone());
        }
        let verdict = if self.together { Verdict::Wrong } else { Verdict::Right };
        report.add(language.pick("one request at a time", "mỗi lúc một yêu cầu"), verdict, None);
        if let Some(held) = held {
            self.judge_held(held, language, &mut report);
        }
        report
    }

    fn judge_held(&self, held: &str, language: Language, report: &mut Report) {
        let wanted: BTreeSet<String> =
            HELD.iter().map(|(n, revision)| mark(*n, *revision)).collect();
        let found = marks(held);
        let list = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
            let only: Vec<&str> = a.difference(b).map(String::as_str).collect();
            (!only.is_empty()).then(|| only.join(", "))
        };
        let checks = [
            (("nothing is missing", "không thiếu bài nào"), list(&wanted, &found)),
            (
                ("nothing wrong or withdrawn is held", "không còn bài sai hay đã thu hồi"),
                list(&found, &wanted),
            ),
        ];
        for ((en, vi), why) in checks {
            let verdict = if why.is_some() { Verdict::Wrong } else { Verdict::Right };
            report.add(language.pick(en, vi), verdict, why);
        }
    }
}

/// The marks of articles in a text.
pub fn marks(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("dtr-").map(|(place, _)| place);
    let rest = starts.filter_map(|place| text.get(place + 4..));
    let number = |c: char| c.is_ascii_digit() || c == '-';
    let named = rest.map(|rest| rest.split(|c| !number(c)).next().unwrap_or_default());
    named
        .filter(|name| name.contains('-'))
        .map(|name| format!("dtr-{}", name.trim_end_matches('-')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Plays a receiver that does as `next` says: from the cursor, the answer and the seconds so far.
    fn play(mut next: impl FnMut(&str, &Reply) -> (String, Duration)) -> Play {
        let mut play = Play::new("http://127.0.0.1:1");
        let (mut after, mut now) = ("0".to_owned(), Duration::ZERO);
        for _ in 0..40 {
            let reply = play.answer(&after, now);
            let (cursor, wait) = next(&after, &reply);
            (after, now) = (cursor, now + wait);
        }
        play
    }

    fn good(after: &str, reply: &Reply) -> (String, Duration) {
        match reply {
            Reply::Page(page) | Reply::Slow(page) => (page.next.clone(), SECOND),
            Reply::Gone => ("0".into(), SECOND),
            Reply::Busy => (after.to_owned(), 3 * SECOND),
            Reply::Reset | Reply::Failed => (after.to_owned(), SECOND),
        }
    }

    #[test]
    fn a_receiver_that_does_everything_right_is_told_so() {
        let play = play(good);
        let held = "…dtr-1-1 x dtr-4-1,\"dtr-5-1\" dtr-9-1.json";
        let report = play.report(Some(held), Language::En);
        assert!(play.is_over() && report.is_right(), "{}", report.lines(Language::En));
        let stale = play.report(Some("dtr-1-2 dtr-4-1 dtr-5-1 dtr-9-1 dtr-7-1"), Language::En);
        let wrong: Vec<_> = stale.checks.iter().filter_map(|check| check.why.as_deref()).collect();
        assert_eq!(wrong, ["dtr-1-1", "dtr-1-2, dtr-7-1"]);
    }

    #[test]
    fn each_mistake_is_found() {
        let wrong = |play: Play| {
            let report = play.report(None, Language::En);
            let wrong = report.checks.into_iter().filter(|check| check.verdict == Verdict::Wrong);
            wrong.map(|check| check.what).collect::<Vec<_>>().join("\n")
        };
        let impatient = play(|after, reply| match reply {
            Reply::Busy => (after.to_owned(), SECOND),
            _ => good(after, reply),
        });
        assert!(wrong(impatient).starts_with("429"));
        let forgetful = play(|after, reply| match reply {
            Reply::Failed => ("0".into(), SECOND),
            _ => good(after, reply),
        });
        assert!(wrong(forgetful).contains("500"));
        let stubborn = play(|after, reply| match reply {
            Reply::Gone => (after.to_owned(), SECOND),
            _ => good(after, reply),
        });
        assert!(!stubborn.is_over() && wrong(stubborn).contains("410"));
    }
}
