use crate::model::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

/// The system's clock, and by how much it was moved forward.
#[derive(Clone)]
pub struct Clock {
    ahead_ms: Arc<watch::Sender<i64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { ahead_ms: Arc::new(watch::channel(0).0) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::now().plus_millis(*self.ahead_ms.borrow())
    }

    /// Moves the clock forward and wakes whoever waits for a time.
    pub fn skip(&self, millis: u32) {
        self.ahead_ms.send_modify(|ahead| *ahead = ahead.saturating_add(millis.into()));
    }

    /// Changes when the clock was moved.
    pub fn moves(&self) -> watch::Receiver<i64> {
        self.ahead_ms.subscribe()
    }
}
