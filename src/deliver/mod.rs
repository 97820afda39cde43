//! What copies get: each article once, at its present state, in the order of the journal; of a selection, if one is named.
//!
//! In: a cursor (a position in the journal) and a selection. Out: steps (`put`, `removed`, `withdrawn`) and the next
//! cursor. The cursor says what its reader has; what partners came with last is noted for the operator only.

/// Which articles a copy has, and the fingerprint by which a cursor names that.
mod selection;
/// Where a copy stands: a number of the journal, its selection, and a change of selection that is under way.
mod cursor;
/// What one event means for a copy. Pure.
mod step;
/// What each partner has taken, and which selections it had.
mod partners;
/// An article as copies get it.
mod article;
/// Reads the journal from a cursor until a page is full.
mod reader;

pub use article::Rendering;
pub use cursor::{Cursor, Walk};
pub use partners::PartnerLog;
pub use reader::{Bounds, Page, Reader};
pub use selection::{Selection, Selector, feed_filter};
pub use step::{Action, Head, step};
