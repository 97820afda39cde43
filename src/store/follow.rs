//! Following the journal: folding what is new, in groups, on a thread of its own.

use super::fold::{RULES, fold};
use super::view::View;
use super::{Error, Store, keys};
use crate::journal::seal;
use crate::model::{Event, Seq, Timestamp};
use std::time::Duration;
use tokio::sync::watch;

/// Events folded into one batch.
const GROUP: usize = 64;
/// Before folding is tried again after a failure.
const AGAIN: Duration = Duration::from_millis(500);
/// Idempotency keys forgotten in one go.
const FORGET: usize = 256;

/// The thread that keeps the views up with the journal; it ends at [`Following::stop`] or when dropped.
pub struct Following {
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Following {
    /// Folds what is there, then ends the thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.end();
    }
}

impl Store {
    /// Starts the thread that keeps the views up with the journal.
    pub fn follow(&self) -> Result<Following, Error> {
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let failed = |e: std::io::Error| crate::journal::Error::Io {
            what: "cannot start the store's thread".to_owned(),
            reason: e.to_string(),
        };
        let (runtime, store) = (runtime.map_err(failed)?, self.clone());
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || runtime.block_on(store.keep_up(stopped)));
        Ok(Following { stop, thread: Some(thread.map_err(failed)?) })
    }

    /// Folds until the views have everything that the journal has.
    pub fn catch_up(&self) -> Result<(), Error> {
        while self.fold_group()? {}
        Ok(())
    }

    /// Makes the views anew from the journal; `progress` hears how many of how many events are folded.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        self.empty()?;
        let log = self.journal().log();
        let total = log.place(self.journal().last());
        progress(0, total);
        while self.fold_group()? {
            progress(log.place(self.watermark()), total);
        }
        Ok(())
    }

    async fn keep_up(&self, mut stopped: watch::Receiver<bool>) {
        let mut tail = self.journal().tail();
        loop {
            tail.mark_unchanged();
            let folded = self.catch_up();
            self.set_trouble(folded.as_ref().err());
            if *stopped.borrow() {
                return;
            }
            let again = async {
                match &folded {
                    Ok(()) => tail.changed().await.is_err(),
                    Err(_) => {
                        tokio::time::sleep(AGAIN).await;
                        false
                    }
                }
            };
            tokio::select! {
                closed = again => if closed { return },
                _ = stopped.changed() => {}
            }
        }
    }

    /// Folds one group of events; whether there was any.
    fn fold_group(&self) -> Result<bool, Error> {
        let _one_at_a_time = self.folding();
        let events = self.journal().read(self.watermark(), GROUP)?;
        let Some(last) = events.last().map(|event| event.seq) else {
            self.end_anew();
            return Ok(false);
        };
        let mut view = View::of(self.journal(), self.tree());
        let matchers = self.matchers();
        for event in &events {
            fold(&mut view, &matchers, event)?;
        }
        let newest = events.iter().map(|event| event.at).max().unwrap_or_default();
        self.forget(&mut view, newest)?;
        view.write()?;
        events.iter().for_each(|event| self.remember(event));
        if last >= self.journal().last() {
            self.end_anew(); // whoever waits for the watermark finds them whole
        }
        self.set_watermark(last);
        Ok(true)
    }

    /// Forgets idempotency keys whose time is over.
    fn forget(&self, view: &mut View<'_>, now: Timestamp) -> Result<(), Error> {
        for item in self.tree().scan_prefix(b"t").keys().take(FORGET) {
            let at = seal::calmly(|| item)?.to_vec();
            let Some((time, idempotency)) = keys::of_idempotency_time(&at) else { continue };
            if time.plus_millis(super::IDEMPOTENCY_MS) > now {
                break;
            }
            view.remove(at);
            let repeat: Option<super::Repeat> = view.json(&idempotency)?;
            if repeat.is_some_and(|repeat| repeat.at == time) {
                view.remove(idempotency);
            }
        }
        Ok(())
    }

    fn remember(&self, event: &Event) {
        if let Some(article) = event.change.article() {
            self.recent().put(event.seq, article.clone());
        }
    }

    /// Empties the views; the watermark goes first, so that a stop half way is seen at the next opening, and that whoever
    /// decides by the views waits until they are whole again.
    fn empty(&self) -> Result<(), Error> {
        let _one_at_a_time = self.folding();
        self.begin_anew();
        let mut view = View::of(self.journal(), self.tree());
        view.remove(keys::WATERMARK.to_vec());
        view.write()?;
        loop {
            let mut batch = sled::Batch::default();
            let mut count = 0;
            for key in self.tree().iter().keys().take(4096) {
                let key = seal::calmly(|| key)?;
                if key.first() != Some(&b'x') {
                    batch.remove(key);
                    count += 1;
                }
            }
            if count == 0 {
                break;
            }
            self.journal().disk().apply(self.tree(), batch)?;
        }
        Ok(())
    }

    /// Whether the views were made by these rules and from this journal.
    pub(super) fn fits(&self) -> Result<Option<Seq>, Error> {
        let found = View::of(self.journal(), self.tree()).watermark()?;
        let fits = |seq: Seq| seq <= self.journal().last();
        Ok(found.filter(|mark| mark.rules == RULES && fits(mark.seq)).map(|mark| mark.seq))
    }
}
