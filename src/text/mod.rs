//! What can be said of characters, words and addresses without knowing what they are for. No I/O, no nouns of ours.
//!
//! In: text. Out: text, numbers, or whether something holds. Every room may name it.

/// Which characters are allowed, forbidden or invisible; one line of text, cut to size.
mod characters;
/// Entities become characters, once and never recursively: XML's with those of a DOCTYPE, and HTML's.
mod entities;
/// Text written into markup.
mod escape;
/// What a file is, by its name.
mod media_type;
/// The elements of HTML: what each is to a text, to the sanitizer and to a parser.
mod elements;
/// HTML cut into tags and text in one linear pass; it never fails and decides nothing about safety.
pub mod html_token;
/// What formulas and drawings say in words.
mod foreign;
/// Plain text from HTML, and HTML from plain text.
mod html_text;
/// Folding for comparison (without case and accents), and slugs for addresses.
mod fold;
/// A text as a row of words for comparing: without markup, case and punctuation.
mod words;
/// The one form in which two addresses are compared.
mod url_key;
/// What stays of addresses and HTML that are written anew at every request.
mod steady;
/// The addresses in HTML that we cleaned, put in place of others.
mod addresses;
/// `Link` headers (RFC 8288), read as they are written.
mod link_header;
/// Addresses that are public, and hosts inside a network.
mod internal;
/// Bytes as hexadecimal digits.
mod hex;
/// JSON strings of long texts.
pub mod json_string;
/// Single-byte encodings that the web's own list leaves out.
pub mod codepages;
/// Vietnamese spelling, and the font encodings that were used before Unicode.
pub mod vietnamese;

pub use addresses::{Place, map_addresses};
pub use characters::{
    cut, escape_controls, is_allowed, is_forbidden, is_invisible, is_xml, one_line, push_visible,
    windows_1252,
};
pub use elements::{Element, element, elements};
pub use entities::{Entities, decode};
pub use escape::{escape_attribute, escape_markup, escape_text, is_escaped};
pub use fold::{fold, holds_words, slug, unaccented};
pub use foreign::foreign_text;
pub use hex::{from_hex, hex};
pub use html_text::{html_to_text, looks_like_html, text_to_html};
pub use internal::{is_public, leads_inside, names_internal};
pub use link_header::link_header;
pub use media_type::media_type;
pub use steady::{steady_file, steady_html, steady_link, words_without_figures};
pub use url_key::{canonical, host_and_port_key, host_key, place_of, untracked};
pub use words::{common, hash_of, shingles, text_of_html, words, words_of_html};
