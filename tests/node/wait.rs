//! The one way to wait for something that another process or thread brings about.

use std::time::{Duration, Instant};

/// Long enough for a loaded machine: a test fails by this time, it never passes by it.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// The pause between two looks. It leaves the processor to the process that is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks until there is something to return. `what` completes the sentence "waited in vain until …".
pub fn until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {PATIENCE:?} until {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    until_some(what, || holds().then_some(()));
}
