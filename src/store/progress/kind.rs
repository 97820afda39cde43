macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// What a row of progress is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $name = $number,)* }

        impl Kind {
            /// Every kind, in the order in which a backup has them: what a source is said to have read is never newer
            /// there than what waits of it.
            pub const ALL: [Self; 18] = [$(Self::$name),*];

            /// The name in a backup and in messages.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// A polled source: when it was polled, what to send back to it, when it comes next. Named by the source.
    Source = 1, "source";
    /// A host: until when it is left alone. Named by the host.
    Host = 2, "host";
    /// A folder: its files as they were read. Named by the source.
    Folder = 3, "folder";
    /// Articles that wait for their source's quota or delay. Named by the source.
    Backlog = 4, "backlog";
    /// Articles that are kept from readers until a person decides. Named by the source.
    Quarantine = 5, "quarantine";
    /// Our subscription at a hub. Named by the source.
    HubSubscription = 6, "hub-subscription";
    /// What a polled source's documents usually are, and which articles' pages wait. Named by the source.
    Crawl = 7, "crawl";
    /// The latest other id of an article whose portal renumbers. Named by the source and the id or the article.
    FormerId = 8, "former-id";
    /// Since when a feed has its form. Named by the feed.
    FeedForm = 9, "feed-form";
    /// A source that is read whole at its next poll because a row of it could not be read. Named by the source.
    ReadWhole = 10, "read-whole";
    /// How far the journal is followed for files to copy, and what failed. One row.
    MediaState = 21, "media-state";
    /// Which copies we hold of an article's files. Named by the article.
    Media = 22, "media";
    /// An article whose files are to be fetched, and when. Named by the article.
    MediaWaiting = 23, "media-waiting";
    /// That an article shows a copy. Named by the copy's hash and the article.
    MediaUse = 24, "media-use";
    /// Where the reading of a feed's older pages goes on. Named by the source.
    PagesLeft = 25, "pages-left";
    /// A row that nothing reads any more, kept for people. Named by its kind, its name and why it was set aside.
    SetAside = 11, "set-aside";
    /// What a partner has taken. Named by the partner.
    Partner = 12, "partner";
    /// How far another dongtin is copied. Named by the source.
    Copy = 13, "copy";
}

impl Kind {
    /// The kind of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
