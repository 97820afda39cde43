use super::{Cursor, Selection};
use crate::model::{Partner, PartnerId, Seq, Timestamp};
use crate::store::{Error, Kind, Progress};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many earlier selections of a partner are remembered.
const EARLIER: usize = 8;

/// What a partner has taken; its row of progress.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The cursor that it last came with: it has everything up to there.
    pub cursor: String,
    /// The number in the cursor.
    pub seq: Seq,
    /// When it last came; 1970 if it never did.
    pub at: Timestamp,
    /// The selection that the config named then.
    pub selection: Selection,
    /// The selections that it named before, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Selection>,
}

/// What every partner has taken. It is kept in memory and written down once in a while: a crash costs the last moments of it.
pub struct PartnerLog {
    progress: Progress,
    rows: Mutex<BTreeMap<PartnerId, Row>>,
}

#[derive(Default)]
struct Row {
    taken: Taken,
    is_new: bool,
}

impl PartnerLog {
    /// The log of the rows of progress.
    pub fn new(progress: Progress) -> Self {
        Self { progress, rows: Mutex::default() }
    }

    /// Forgets what partners have taken that the config does not name any more.
    ///
    /// # Errors
    /// The rows cannot be read or removed.
    pub fn forget_others(&self, partners: &[Partner]) -> Result<(), Error> {
        let mut changes = self.progress.changes();
        for name in self.progress.names_from(Kind::Partner, "") {
            let name = name?;
            if !partners.iter().any(|partner| partner.id.as_str() == name) {
                changes.remove(Kind::Partner, &name)?;
            }
        }
        changes.apply()
    }

    /// The selections that a partner had before the present one, the latest first.
    pub fn earlier_selections(&self, partner: &PartnerId, present: &Selection) -> Vec<Selection> {
        let mut rows = self.rows();
        let row = self.row(&mut rows, partner, present);
        if row.taken.selection.fingerprint() != present.fingerprint() {
            let before = std::mem::replace(&mut row.taken.selection, present.clone());
            let is_other = |other: &Selection| other.fingerprint() != present.fingerprint();
            row.taken.earlier.retain(is_other);
            row.taken.earlier.insert(0, before);
            row.taken.earlier.truncate(EARLIER);
            row.is_new = true;
        }
        row.taken.earlier.clone()
    }

    /// Notes that a partner came with a cursor.
    pub fn note(&self, partner: &PartnerId, present: &Selection, cursor: &Cursor, now: Timestamp) {
        let mut rows = self.rows();
        let row = self.row(&mut rows, partner, present);
        (row.taken.cursor, row.taken.seq, row.taken.at) = (cursor.to_string(), cursor.seq, now);
        row.is_new = true;
    }

    /// What a partner has taken; `None` if it never came.
    pub fn taken(&self, partner: &PartnerId) -> Option<Taken> {
        let in_memory = self.rows().get(partner).map(|row| row.taken.clone());
        in_memory.or_else(|| read(&self.progress, partner))
    }

    /// Writes down what is new, all at once.
    ///
    /// # Errors
    /// The store refuses; the next call tries again.
    pub fn write(&self) -> Result<(), Error> {
        let mut rows = self.rows();
        let mut changes = self.progress.changes();
        for (partner, row) in rows.iter().filter(|(_, row)| row.is_new) {
            changes.put(Kind::Partner, partner.as_str(), &row.taken)?;
        }
        changes.apply()?;
        rows.values_mut().for_each(|row| row.is_new = false);
        Ok(())
    }

    fn row<'a>(
        &self,
        rows: &'a mut BTreeMap<PartnerId, Row>,
        partner: &PartnerId,
        present: &Selection,
    ) -> &'a mut Row {
        rows.entry(partner.clone()).or_insert_with(|| {
            let first = || Taken { selection: present.clone(), ..Taken::default() };
            Row { taken: read(&self.progress, partner).unwrap_or_else(first), is_new: false }
        })
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<PartnerId, Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A partner's row; one that cannot be read counts as none, since the partner's own cursor says where it stands.
fn read(progress: &Progress, partner: &PartnerId) -> Option<Taken> {
    progress.get(Kind::Partner, partner.as_str()).unwrap_or_else(|error| {
        tracing::warn!(%partner, %error, "what the partner has taken is not known");
        None
    })
}
