//! Makes an article of what stands in somebody's document.
//!
//! In: a `ParsedEntry`, its source, the feed around it and `now`. Out: a `Draft`, safe and whole, or why not.

pub mod legacy;
pub mod syllable;
