use crate::fetch::START;
use crate::model::{Notice, Selection, Source, SourceKind, Warning};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Articles that are left out of which it is remembered why.
const LEFT_OUT: usize = 100;
/// Authorities that one publisher may have.
const HOMES: usize = 16;

/// How far a copy has got; the row of [`crate::store::Kind::Copy`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Copy {
    /// The address that it is of.
    pub address: String,
    /// What is copied.
    pub selection: Selection,
    /// The identity of the publisher's journal.
    pub journal: Option<String>,
    /// The publisher's cursor; everything before it is on our disk.
    pub cursor: String,
    /// Whether an article came that another mirror has already brought.
    pub has_passed_over: bool,
    /// The authorities in the ids of the articles that began at this publisher.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub homes: BTreeSet<String>,
    /// Articles that are left out as they stand there, by their ids, with why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    left_out: BTreeMap<String, (Notice, String)>,
}

impl Copy {
    /// A copy of a source that has not begun.
    pub fn of(source: &Source) -> Self {
        let (address, selection) = match &source.kind {
            SourceKind::Mirror { address, selection } => (address.clone(), selection.clone()),
            _ => Default::default(),
        };
        Self { address, selection, cursor: START.to_owned(), ..Self::default() }
    }

    /// Whether both are of one address and selection.
    pub fn is_of_same(&self, other: &Self) -> bool {
        (&self.address, &self.selection) == (&other.address, &other.selection)
    }

    /// Notes that an article of the publisher is left out, until the publisher says something new of it.
    pub fn leave_out(&mut self, id: &str, why: Notice, example: String) {
        if self.left_out.len() < LEFT_OUT {
            self.left_out.insert(id.to_owned(), (why, example));
        }
    }

    /// Notes that the publisher says something new of an article.
    pub fn hear_of(&mut self, id: &str) {
        self.left_out.remove(id);
    }

    /// Notes that articles of an authority began at this publisher.
    pub fn note_home(&mut self, authority: &str) {
        if self.homes.len() < HOMES && !self.homes.contains(authority) {
            self.homes.insert(authority.to_owned());
        }
    }

    /// The ids of articles that are left out for one reason.
    pub fn left_out_as(&self, why: Notice) -> impl Iterator<Item = &str> {
        let left_out = self.left_out.iter();
        left_out.filter(move |(_, (notice, _))| *notice == why).map(|(id, _)| id.as_str())
    }

    /// What is left out, for the source's status.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (notice, example) in self.left_out.values() {
            notice.add(&mut warnings, example);
        }
        warnings
    }
}
