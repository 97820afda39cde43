use crate::model::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The time within which a whole budget may be used, and after which it is whole again, in milliseconds.
const MINUTE: i64 = 60_000;
/// Names that are counted at once. Further ones are not limited until others have rested for a minute.
const NAMES: usize = 65_536;

/// Requests per minute, for each name apart (GCRA: a name costs one number).
pub struct Budget<K>(Mutex<HashMap<K, i64>>);

impl<K> Default for Budget<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Budget<K> {
    /// Takes one request out of a name's budget; if it is used up, the seconds after which the name may come again.
    ///
    /// # Errors
    /// The seconds.
    pub fn take(&self, name: K, per_minute: usize, now: Timestamp) -> Result<(), i64> {
        let now = now.millis();
        let cost = MINUTE / i64::try_from(per_minute.max(1)).unwrap_or(MINUTE).min(MINUTE);
        let mut whole_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if whole_at.len() >= NAMES {
            whole_at.retain(|_, at| *at > now);
            if whole_at.len() >= NAMES {
                return Ok(());
            }
        }
        let at = whole_at.entry(name).or_insert(now);
        // A clock that was ahead must not close anybody out for longer than the budget does.
        let used_until = (*at).clamp(now, now.saturating_add(MINUTE)).saturating_add(cost);
        let over = used_until.saturating_sub(now).saturating_sub(MINUTE);
        if over > 0 {
            return Err((over + 999) / 1_000);
        }
        *at = used_until;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_used_up_and_comes_back() {
        let (budget, start) = (Budget::default(), Timestamp::from_secs(1_800_000_000));
        for _ in 0..60 {
            assert_eq!(budget.take("a", 60, start), Ok(()));
        }
        assert_eq!(budget.take("a", 60, start), Err(1));
        assert_eq!(budget.take("b", 60, start), Ok(()), "each has its own");
        assert_eq!(budget.take("a", 60, start.plus_millis(1_000)), Ok(()));
        assert_eq!(budget.take("a", 60, start.plus_millis(1_000)), Err(1));
        let later = start.plus_millis(MINUTE * 2);
        assert!((0..60).all(|_| budget.take("a", 60, later).is_ok()));
        assert_eq!(budget.take("a", 60, later), Err(1));
        assert!(budget.take("a", 60, start).is_err(), "a clock that goes back");
        assert_eq!(budget.take("c", 1, start), Ok(()));
        assert_eq!(budget.take("c", 1, start), Err(60));
    }
}
