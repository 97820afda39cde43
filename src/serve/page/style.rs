/// The stylesheet, to be served at [`style_path`] for ever.
pub const STYLE: &str = include_str!("style.css");
pub const FAVICON: &str = include_str!("favicon.svg");
/// The logo in the header; it takes its colors from the stylesheet.
pub(super) const LOGO: &str = r#"<svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><circle cx="7" cy="8" r="3.5" class="son"/><path d="M14 8c5-5 8 5 14 0M4 17c6-5 10 5 16 0 3-2.5 5-2 8 0M4 25c6-5 10 5 16 0 3-2.5 5-2 8 0" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>"#;

/// `/style-HASH.css`: a changed stylesheet has another address, so this one may be cached for ever.
pub fn style_path() -> String {
    const HASH: u64 = fnv(STYLE.as_bytes());
    format!("/style-{HASH:016x}.css")
}

const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = after;
    }
    hash
}
