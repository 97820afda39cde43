use super::{Filter, Network, PartnerId};

/// A site that mirrors us, as the config names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    pub id: PartnerId,
    /// Names of feeds; empty takes every article.
    pub feeds: Vec<String>,
    /// What else its articles must match.
    pub filter: Filter,
    /// Whether it gets bodies or only summaries.
    pub full_content: bool,
    /// Whether it gets authors' e-mail addresses.
    pub emails: bool,
    /// Whether it may copy the whole journal, as a follower does.
    pub follows: bool,
    pub requests_per_minute: usize,
    /// The networks that its requests come from; empty allows every address.
    pub allow: Vec<Network>,
}

impl Partner {
    /// Whether the config names a selection; otherwise the partner's requests may.
    pub fn has_selection(&self) -> bool {
        !self.feeds.is_empty() || self.filter != Filter::default()
    }
}
