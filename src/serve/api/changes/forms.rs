use crate::deliver::{Cursor, Page};
use crate::model::{Seq, Step};
use serde::Serialize;

/// The last of the lines.
#[derive(Serialize)]
struct End<'a> {
    next: &'a str,
    more: bool,
}

/// What a `control` event says (Durable Streams, section 5.7).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Control {
    stream_next_offset: String,
    stream_cursor: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    up_to_date: bool,
}

/// A step a line, and a last line with the cursor.
///
/// # Errors
/// They cannot be written.
pub fn lines(steps: &[Step], next: &str, more: bool) -> serde_json::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for step in steps {
        serde_json::to_writer(&mut lines, step)?;
        lines.push(b'\n');
    }
    serde_json::to_writer(&mut lines, &End { next, more })?;
    lines.push(b'\n');
    Ok(lines)
}

/// Each step after a cursor as an event.
///
/// # Errors
/// They cannot be written.
pub fn events(after: &Cursor, steps: &[Step]) -> serde_json::Result<Vec<u8>> {
    let mut piece = String::new();
    for step in steps {
        let json = serde_json::to_string(step)?;
        let Step { seq, kind, .. } = step;
        let id = after.at_step(Seq(*seq));
        piece.push_str(&format!("id: {id}\nevent: {}\ndata: {json}\n\n", kind.name()));
    }
    Ok(piece.into())
}

/// A page as events of Durable Streams; nothing where it has no step.
///
/// # Errors
/// They cannot be written.
pub fn durable_events(page: &Page, echo: u64) -> serde_json::Result<Vec<u8>> {
    if page.steps.is_empty() {
        return Ok(Vec::new());
    }
    let list = serde_json::to_string(&page.steps)?;
    let control = control(&page.next, echo, !page.more);
    Ok(format!("event: data\ndata: {list}\n\n{control}").into())
}

/// The event that says where a stream of Durable Streams is.
pub fn control(next: &Cursor, echo: u64, up_to_date: bool) -> String {
    let (stream_next_offset, stream_cursor) = (next.padded(), echo.to_string());
    let control = Control { stream_next_offset, stream_cursor, up_to_date };
    let json = serde_json::to_string(&control).unwrap_or_default();
    format!("event: control\ndata: {json}\n\n")
}
