/// Which spellings are syllables, and how common each is.
pub mod syllable;
/// TCVN3 as it shows when its bytes are read as Latin-1.
pub mod tcvn3;
/// VNI-Windows as it shows when its bytes are read as Latin-1.
pub mod vni;
/// Whole documents in one of these encodings.
mod document;
/// Text written in the encodings of before Unicode, for tests.
#[cfg(test)]
pub mod encoders;

pub use document::decode_document;
