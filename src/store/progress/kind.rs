//! The kinds of rows.

/// What a row of progress is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A polled source: when it was polled, what to send back to it, when it comes next. Named by the source.
    Source = 1,
    /// A host: until when it is left alone. Named by the host.
    Host = 2,
    /// A folder: its files as they were read. Named by the source.
    Folder = 3,
    /// Articles that wait for their source's quota or delay. Named by the source.
    Backlog = 4,
    /// Articles that are kept from readers until a person decides. Named by the source.
    Quarantine = 5,
    /// Our subscription at a hub. Named by the source.
    HubSubscription = 6,
    /// What a polled source's documents usually are and which articles' pages wait. Named by the source.
    Crawl = 7,
    /// The latest other id of an article whose portal renumbers. Named by the source and the id or the article.
    FormerId = 8,
    /// Since when a feed has the form that it has. Named by the feed.
    FeedForm = 9,
    /// A source that is read whole at its next poll because a row of it could not be read. Named by the source.
    ReadWhole = 10,
    /// A row that nothing reads any more, kept for people. Named by its kind, its name and why it was set aside.
    SetAside = 11,
}

impl Kind {
    /// Every kind, in the order in which a backup has them: what a source is said to have read never is newer there
    /// than what waits of it.
    pub const ALL: [Self; 11] = [
        Self::Source,
        Self::Host,
        Self::Folder,
        Self::Backlog,
        Self::Quarantine,
        Self::HubSubscription,
        Self::Crawl,
        Self::FormerId,
        Self::FeedForm,
        Self::ReadWhole,
        Self::SetAside,
    ];

    /// The name in a backup and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Host => "host",
            Self::Folder => "folder",
            Self::Backlog => "backlog",
            Self::Quarantine => "quarantine",
            Self::HubSubscription => "hub-subscription",
            Self::Crawl => "crawl",
            Self::FormerId => "former-id",
            Self::FeedForm => "feed-form",
            Self::ReadWhole => "read-whole",
            Self::SetAside => "set-aside",
        }
    }

    /// The kind of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_code_and_a_name_of_its_own() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place + 1);
            assert_eq!(Kind::of_name(kind.name()), Some(kind));
        }
    }
}
