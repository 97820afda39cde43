use super::calendar::Day;
use crate::model::DateRule;
use std::fmt;

/// One step in reading a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The piece of text, or the rule that was asked.
    pub token: String,
    /// `piece`, `rule` or `result`.
    pub class: &'static str,
    /// What it reads as.
    pub candidate: Option<String>,
    /// `read`, `decides`, `agrees`, `overruled`, `silent` or `error`.
    pub decision: &'static str,
    /// Why.
    pub reason: String,
}

impl Decision {
    /// Something that was found in the text.
    pub fn piece(name: &str, value: String) -> Self {
        let candidate = Some(value);
        Self::new(name, "piece", candidate, "read", "in the text")
    }

    /// A rule that left no choice.
    pub fn rule(name: &str, day: Day, reason: &str) -> Self {
        Self::new(name, "rule", Some(iso(day)), "decides", reason)
    }

    /// A rule that says nothing here.
    pub fn silent(rule: DateRule, reason: &str) -> Self {
        Self::new(&rule_name(rule), "rule", None, "silent", reason)
    }

    /// A rule that prefers a day, and whether it is the strongest to do so.
    pub fn voted(rule: DateRule, day: Day, reason: &str, decides: bool) -> Self {
        let decision = if decides { "decides" } else { "weaker" };
        Self::new(&rule_name(rule), "rule", Some(iso(day)), decision, reason)
    }

    /// What came of it.
    pub fn result(text: &str, candidate: Option<String>, reason: String) -> Self {
        let decision = if candidate.is_some() { "read" } else { "error" };
        Self { token: text.to_owned(), class: "result", candidate, decision, reason }
    }

    fn new(
        token: &str,
        class: &'static str,
        candidate: Option<String>,
        decision: &'static str,
        reason: &str,
    ) -> Self {
        Self { token: token.to_owned(), class, candidate, decision, reason: reason.to_owned() }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7} {:<8} {}", self.class, self.decision, self.token)?;
        if let Some(candidate) = &self.candidate {
            write!(f, " -> {candidate}")?;
        }
        write!(f, "  ({})", self.reason)
    }
}

/// A rule's name as logs and statuses write it: `us-am-pm`, `body`, `default`.
pub fn rule_name(rule: DateRule) -> String {
    let mut out = String::new();
    for c in format!("{rule:?}").chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn iso(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}
