use super::step::step_between;
use super::{Action, Cursor, Head, Rendering, Selector, Walk, step};
use crate::journal::{Error, Journal};
use crate::model::{Article, Change, Event, Seq, Step, StepKind};

/// Events that are read from the journal at once.
const GROUP: usize = 256;
/// Unpacked bytes that are read at once.
const GROUP_BYTES: usize = 1 << 20;
/// What an article takes besides its texts, in bytes.
const OVERHEAD: usize = 1_024;

/// How much one page may have, and how far it may look.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Steps.
    pub steps: usize,
    /// About the bytes of all steps; there is one step at least.
    pub bytes: usize,
    /// Events that are looked at.
    pub events: usize,
    /// About the unpacked bytes of all events that are looked at.
    pub event_bytes: usize,
}

/// One page of steps.
#[derive(Debug, Default)]
pub struct Page {
    pub steps: Vec<Step>,
    pub next: Cursor,
    /// Whether there is more behind `next` now.
    pub more: bool,
    /// The event to wait for before reading on: it is the last one of an article, and is not durable yet.
    pub pending: Option<Seq>,
}

/// Reads pages of one selection.
pub struct Reader<'a> {
    pub journal: &'a Journal,
    pub selector: &'a Selector,
    /// The selector of the selection that a walk leaves, if the cursor has a walk.
    pub old: Option<&'a Selector>,
    pub rendering: Rendering<'a>,
}

/// What is left of the bounds.
struct Room(Bounds);

impl Room {
    fn is_used_up(&self) -> bool {
        let Bounds { steps, bytes, events, event_bytes } = self.0;
        steps == 0 || bytes == 0 || events == 0 || event_bytes == 0
    }

    fn look_at(&mut self, event: &Event) {
        self.0.events -= 1;
        self.0.event_bytes = self.0.event_bytes.saturating_sub(weight(event));
    }

    fn put(&mut self, event: &Event) {
        self.0.steps -= 1;
        self.0.bytes = self.0.bytes.saturating_sub(weight(event));
    }
}

/// About the unpacked bytes of an event.
fn weight(event: &Event) -> usize {
    let texts = |article: &Article| {
        let content = article.content.as_ref().map_or(0, String::len);
        content + article.summary.as_ref().map_or(0, String::len)
    };
    OVERHEAD + event.change.article().map_or(0, |article| texts(article))
}

impl Reader<'_> {
    /// The page after a cursor.
    ///
    /// # Errors
    /// An event cannot be read.
    pub fn read(&self, cursor: &Cursor, bounds: Bounds) -> Result<Page, Error> {
        let mut room = Room(bounds);
        let mut page = Page { next: cursor.clone(), ..Page::default() };
        self.finish_walk(&mut page, &mut room)?;
        while page.next.walk.is_none() && page.pending.is_none() && !room.is_used_up() {
            let events = self.events(page.next.seq, &room)?;
            if events.is_empty() {
                break;
            }
            for event in events {
                let Some(head) = self.head(&event, &mut page)? else { break };
                let event = &self.with_article(event, head)?;
                self.add(&mut page, &mut room, event, step(event, head, self.selector));
                page.next.seq = event.seq;
                if room.is_used_up() {
                    break;
                }
            }
        }
        page.more = self.journal.last() > page.next.seq || page.next.walk.is_some();
        Ok(page)
    }

    /// Goes on with the cursor's walk, if it has one, and ends it at the cursor's number.
    fn finish_walk(&self, page: &mut Page, room: &mut Room) -> Result<(), Error> {
        let (Some(walk), Some(old)) = (page.next.walk.clone(), self.old) else { return Ok(()) };
        let mut at = walk.at;
        while at < page.next.seq && page.pending.is_none() && !room.is_used_up() {
            let end = page.next.seq;
            let events = self.events(at, room)?;
            if events.first().is_none_or(|event| event.seq > end) {
                at = end;
            }
            for event in events.into_iter().take_while(|event| event.seq <= end) {
                let Some(head) = self.head(&event, page)? else { break };
                let event = &self.with_article(event, head)?;
                self.add(page, room, event, step_between(event, head, old, self.selector));
                at = event.seq;
                if room.is_used_up() {
                    break;
                }
            }
        }
        let is_over = at >= page.next.seq;
        page.next.walk = (!is_over).then_some(Walk { at, ..walk });
        Ok(())
    }

    fn events(&self, after: Seq, room: &Room) -> Result<Vec<Event>, Error> {
        let bytes = room.0.event_bytes.min(GROUP_BYTES);
        self.journal.read_within(after, room.0.events.min(GROUP), bytes)
    }

    /// The last event of an event's article. `None` if that is not durable yet: whether the event still counts is not
    /// decided, since a power cut could take the later one back.
    fn head(&self, event: &Event, page: &mut Page) -> Result<Option<Head>, Error> {
        let head = self.journal.log().head(event.change.key())?;
        if head > self.journal.last() {
            page.pending = Some(head);
            return Ok(None);
        }
        Ok(Some(Head(head)))
    }

    /// The event, with the article where it tells only of the article's files.
    fn with_article(&self, event: Event, head: Head) -> Result<Event, Error> {
        let Change::Files { key, text, .. } = event.change else { return Ok(event) };
        if head.0 != event.seq {
            return Ok(event);
        }
        let said = self.journal.get(text)?.and_then(|said| said.change.article().cloned());
        let change =
            said.filter(|article| article.key == key).map(|article| Change::Revised { article });
        Ok(Event { change: change.unwrap_or_else(|| event.change.clone()), ..event })
    }

    fn add(&self, page: &mut Page, room: &mut Room, event: &Event, action: Action) {
        room.look_at(event);
        let kind = match action {
            Action::Skip => return,
            Action::Put => StepKind::Put,
            Action::Remove => StepKind::Removed,
            Action::Withdraw => StepKind::Withdrawn,
        };
        room.put(event);
        page.steps.push(self.step(event, kind));
    }

    fn step(&self, event: &Event, kind: StepKind) -> Step {
        let (id, revision, reason) = match &event.change {
            Change::Published { article } | Change::Revised { article } => {
                (&article.id, article.revision, None)
            }
            Change::Withdrawn { id, revision, reason, .. } => (id, *revision, reason.clone()),
            Change::Files { id, revision, .. } => (id, *revision, None),
        };
        let article = event.change.article().filter(|_| kind == StepKind::Put);
        Step {
            seq: event.seq.0,
            kind,
            at: event.at.rfc3339(),
            id: id.to_string(),
            key: event.change.key().to_string(),
            source: event.change.source().to_string(),
            revision,
            reason,
            article: article.map(|article| self.rendering.article(article)),
        }
    }
}
