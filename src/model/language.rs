/// The languages in which the program speaks to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    Vi,
    En,
}

impl Language {
    /// The language of a BCP 47 code, if it is one of ours.
    pub fn named(code: &str) -> Option<Self> {
        [Self::Vi, Self::En].into_iter().find(|language| language.code() == code)
    }

    /// The BCP 47 code.
    pub fn code(self) -> &'static str {
        self.pick("en", "vi")
    }

    /// The other language.
    pub fn other(self) -> Self {
        self.pick(Self::Vi, Self::En)
    }

    /// The text in this language.
    pub fn pick<T>(self, english: T, vietnamese: T) -> T {
        match self {
            Self::En => english,
            Self::Vi => vietnamese,
        }
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub vi: &'static str,
    pub en: &'static str,
}

impl Meaning {
    /// The text in a language.
    pub fn in_language(self, language: Language) -> &'static str {
        language.pick(self.en, self.vi)
    }
}
