use crate::model::Language;
use serde::Serialize;

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Right,
    Wrong,
    NotReached,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub what: String,
    pub verdict: Verdict,
    /// What was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Everything that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether everything was reached and nothing was wrong.
    pub fn is_right(&self) -> bool {
        self.checks.iter().all(|check| check.verdict == Verdict::Right)
    }

    /// Adds a check.
    pub fn add(&mut self, what: &str, verdict: Verdict, why: Option<String>) {
        self.checks.push(Check { what: what.to_owned(), verdict, why });
    }

    /// The report in lines.
    pub fn lines(&self, language: Language) -> String {
        let mut out = String::new();
        for Check { what, verdict, why } in &self.checks {
            let verdict = match verdict {
                Verdict::Right => language.pick("right      ", "đúng        "),
                Verdict::Wrong => language.pick("WRONG      ", "SAI         "),
                Verdict::NotReached => language.pick("not reached", "chưa tới    "),
            };
            out += &format!("{verdict}  {what}\n");
            if let Some(why) = why {
                out += &format!("             {why}\n");
            }
        }
        let count = |verdict| self.checks.iter().filter(|check| check.verdict == verdict).count();
        let right = count(Verdict::Right);
        let rest = count(Verdict::Wrong) + count(Verdict::NotReached);
        out + &match language {
            Language::En => format!("{right} right, {rest} not\n"),
            Language::Vi => format!("{right} đúng, {rest} chưa đúng\n"),
        }
    }
}
