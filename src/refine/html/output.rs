use super::policy::is_void;
use crate::text::{escape_attribute, escape_text};

/// HTML as far as it is written.
pub struct Output {
    /// What was written.
    pub html: String,
    /// Whether the limit left something out.
    pub cut: bool,
    limit: usize,
    /// Bytes of the end tags that are still to come.
    closing: usize,
}

impl Output {
    /// Nothing yet, of at most `limit` bytes.
    pub fn new(limit: usize, expected: usize) -> Self {
        let html = String::with_capacity(expected.min(limit));
        Self { html, cut: false, limit, closing: 0 }
    }

    /// Whether what is written fits with so many bytes more and all end tags to come.
    fn fits(&self, more: usize) -> bool {
        self.html.len() + self.closing + more <= self.limit
    }

    /// Writes a start tag if it fits with its end tag; returns whether it did.
    pub fn start<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        tag: &str,
        attributes: impl Iterator<Item = (N, V)>,
    ) -> bool {
        let before = self.html.len();
        self.html.push('<');
        self.html.push_str(tag);
        for (name, value) in attributes {
            self.html.push(' ');
            self.html.push_str(name.as_ref());
            self.html.push_str("=\"");
            escape_attribute(value.as_ref(), &mut self.html);
            self.html.push('"');
        }
        self.html.push('>');
        let end = if is_void(tag) { 0 } else { tag.len() + 3 };
        if self.fits(end) {
            self.closing += end;
            return true;
        }
        self.html.truncate(before);
        self.cut = true;
        false
    }

    /// Writes an end tag, for which there is always room.
    pub fn end(&mut self, tag: &str) {
        self.html.push_str("</");
        self.html.push_str(tag);
        self.html.push('>');
        self.closing -= tag.len() + 3;
    }

    /// Writes as much of a text as fits.
    pub fn text(&mut self, text: &str) {
        let before = self.html.len();
        escape_text(text, &mut self.html);
        if self.fits(0) {
            return;
        }
        self.cut = true;
        self.html.truncate(before);
        for c in text.chars() {
            let at = self.html.len();
            escape_text(c.encode_utf8(&mut [0; 4]), &mut self.html);
            if !self.fits(0) {
                self.html.truncate(at);
                return;
            }
        }
    }
}
