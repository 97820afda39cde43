//! What can be said of characters, words and addresses without knowing what they are for. No I/O, no nouns of ours.
//!
//! In: text. Out: text, numbers, or whether something holds. Every room may name it.

/// Single-byte encodings that the web's own list leaves out.
pub mod codepages;
/// Folding for comparison, and slugs for addresses.
mod fold;
/// JSON strings of long texts.
pub mod json_string;
/// `Link` headers (RFC 8288).
mod link_header;
/// The one form in which two addresses are compared.
mod url_key;
/// Syllables and the encodings of before Unicode.
pub mod vietnamese;
/// Text as a row of words.
mod words;

pub use fold::{fold, holds_words, slug};
pub use link_header::link_header;
pub use url_key::{canonical, host_and_port_key, host_key, place_of, untracked};
pub use words::{common, hash_of, shingles, text_of_html, words, words_of_html};
