//! Vietnamese spelling, and the font encodings that were used before Unicode.

/// Which spellings are syllables, and how common each is.
pub mod syllable;
/// VNI-Windows as it shows when its bytes are read as Latin-1.
pub mod vni;
