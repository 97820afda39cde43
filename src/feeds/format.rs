/// The formats a feed is published in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// The last part of the feed's address.
    pub fn extension(self) -> &'static str {
        self.pick(["rss", "atom", "json"])
    }

    /// The format of a file name's ending.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// The media type without parameters, as links name it.
    pub fn media_type(self) -> &'static str {
        self.pick(["application/rss+xml", "application/atom+xml", "application/feed+json"])
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        self.pick(["RSS", "Atom", "JSON"])
    }

    /// The one of a format's three values.
    pub(super) fn pick<T>(self, [rss, atom, json]: [T; 3]) -> T {
        match self {
            Self::Rss => rss,
            Self::Atom => atom,
            Self::Json => json,
        }
    }
}
