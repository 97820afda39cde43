use serde::{Deserialize, Serialize};

/// The most terms that another journal may be ahead: a leader is made by hand.
const FAR: u64 = 1_000_000;

/// Whether a journal leads, as it is written in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// 1 at first; each promotion adds one. Of two journals of one identity the one of the higher term leads.
    pub term: u64,
    /// Whether it numbers events itself.
    pub leads: bool,
    /// The leader that it followed when it was promoted: a config that still names that one changes nothing.
    pub promoted_over: Option<String>,
    /// Whether it once had everything that its leader had.
    pub was_whole: bool,
}

impl Default for Standing {
    fn default() -> Self {
        Self { term: 1, leads: true, promoted_over: None, was_whole: false }
    }
}

impl Standing {
    /// Whether it leads where the config names this leader.
    pub fn leads_under(&self, leader: Option<&str>) -> bool {
        self.leads && (leader.is_none() || self.promoted_over.as_deref() == leader)
    }

    /// As it stands after it was promoted although the config names this leader.
    pub fn promoted(&self, leader: Option<&str>) -> Self {
        let promoted_over = leader.map(str::to_owned);
        Self { term: self.term.saturating_add(1), leads: true, promoted_over, was_whole: true }
    }

    /// As it stands while it follows a leader of this term; `None` if that one was replaced meanwhile and may not be followed.
    pub fn following(&self, term: u64) -> Option<Self> {
        let may_lead = term >= self.term && term - self.term <= FAR;
        may_lead.then_some(Self {
            term,
            leads: false,
            promoted_over: None,
            was_whole: self.was_whole,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<&str> = Some("https://a.vn");
    const B: Option<&str> = Some("https://b.vn");

    #[test]
    fn the_highest_term_leads_whatever_the_config_still_says() {
        let first = Standing::default();
        assert!(first.leads_under(None), "nobody was ever followed");
        assert!(!first.leads_under(A), "the config has it follow");
        let follower = first.following(1).unwrap();
        assert!(
            !follower.leads_under(A) && !follower.leads_under(None),
            "only a promotion makes a leader"
        );
        let promoted = follower.promoted(A);
        assert_eq!((promoted.term, promoted.leads_under(A)), (2, true), "also after a restart");
        assert!(promoted.leads_under(None) && !promoted.leads_under(B));
        assert_eq!(promoted.following(1), None, "the leader that was replaced came back");
        assert_eq!(follower.following(2).unwrap().term, 2);
        assert_eq!(
            first.following(2).unwrap().following(1),
            None,
            "a follower of the new one refuses it too"
        );
        assert_eq!(follower.following(u64::MAX), None, "nobody can end the counting");
    }
}
