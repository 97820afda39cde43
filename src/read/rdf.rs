//! What only RSS 0.90 and 1.0 have: `rdf:about`, and an image beside the channel.

use super::{fields::first, names::Ns, tree::Element};
use crate::model::{ParsedEntry, ParsedFeed};

/// The channel's or the root's own attributes.
pub fn feed(element: &Element<'_>, feed: &mut ParsedFeed) {
    if element.local == "channel" {
        first(&mut feed.id, || about(element));
    }
}

/// The item's own attributes.
pub fn entry(element: &Element<'_>, entry: &mut ParsedEntry) {
    entry.id = about(element);
    entry.id_is_permalink = entry.id.is_some();
}

fn about(element: &Element<'_>) -> Option<String> {
    element.attribute_of(Ns::Rdf, "about").or_else(|| element.attribute("about")).map(str::to_owned)
}
