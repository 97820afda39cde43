/// What is known of an element.
#[derive(Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name in lower case.
    pub name: &'static str,
    /// The tag that it is written as in a cleaned text; `None` where only what is in it stays.
    pub written: Option<&'static str>,
    facts: u16,
}

/// It stands in a line of text.
const INLINE: u16 = 1;
/// It begins and ends a line when HTML becomes text.
const BLOCK: u16 = 1 << 1;
/// It has no content and no end tag.
const VOID: u16 = 1 << 2;
/// Its end tag may be left out.
const OPEN: u16 = 1 << 3;
/// What is in it is no markup (HTML §13.2.5, RCDATA and RAWTEXT).
const RAW: u16 = 1 << 4;
/// What is in it is no text of the article.
const HIDDEN: u16 = 1 << 5;
/// A formatting element (HTML §13.2.4.3): parsers copy it into what follows.
const FORMAT: u16 = 1 << 6;
/// It switches a parser into rules of its own.
const RULES: u16 = 1 << 7;
/// It shows what is kept elsewhere: a film, a sound, a frame, a document.
const EMBED: u16 = 1 << 8;
/// It is a picture or formula in a language of its own.
const FOREIGN: u16 = 1 << 9;

/// One that stays as it is.
const fn kept(name: &'static str, facts: u16) -> Element {
    Element { name, written: Some(name), facts }
}

/// A block that stays as another one.
const fn block(name: &'static str, written: &'static str, facts: u16) -> Element {
    Element { name, written: Some(written), facts: facts | BLOCK }
}

/// One that goes.
const fn gone(name: &'static str, facts: u16) -> Element {
    Element { name, written: None, facts }
}

#[rustfmt::skip]
static ELEMENTS: [Element; 128] = [
    kept("a", INLINE | FORMAT), kept("abbr", INLINE), kept("acronym", INLINE), block("address", "div", 0),
    gone("applet", HIDDEN | RULES), gone("area", VOID), block("article", "div", 0), block("aside", "div", 0),
    gone("audio", HIDDEN | RULES | EMBED), kept("b", INLINE | FORMAT), gone("base", VOID), kept("bdi", INLINE),
    gone("bdo", INLINE), gone("big", INLINE | FORMAT), block("blockquote", "blockquote", 0), gone("body", BLOCK),
    kept("br", INLINE | BLOCK | VOID), block("button", "div", RULES), gone("canvas", HIDDEN),
    block("caption", "caption", 0), block("center", "div", 0), kept("cite", INLINE), kept("code", INLINE | FORMAT),
    kept("col", VOID), kept("colgroup", OPEN), gone("data", INLINE), gone("datalist", HIDDEN),
    block("dd", "dd", OPEN), kept("del", INLINE), block("details", "details", 0), kept("dfn", INLINE),
    block("dialog", "div", 0), block("dir", "ul", 0), block("div", "div", 0), block("dl", "dl", 0),
    block("dt", "dt", OPEN), kept("em", INLINE | FORMAT), gone("embed", VOID | RULES | EMBED),
    block("fieldset", "div", 0), block("figcaption", "figcaption", 0), block("figure", "figure", 0),
    gone("font", INLINE | FORMAT), block("footer", "div", 0), block("form", "div", RULES),
    gone("frame", VOID | RULES | EMBED), gone("frameset", HIDDEN | RULES), block("h1", "h1", 0),
    block("h2", "h2", 0), block("h3", "h3", 0), block("h4", "h4", 0), block("h5", "h5", 0), block("h6", "h6", 0),
    gone("head", HIDDEN), block("header", "div", 0), block("hgroup", "div", 0), kept("hr", BLOCK | VOID),
    gone("html", BLOCK), kept("i", INLINE | FORMAT), gone("iframe", RAW | HIDDEN | RULES | EMBED),
    kept("img", INLINE | VOID), gone("input", VOID), kept("ins", INLINE), kept("kbd", INLINE),
    gone("label", INLINE), block("legend", "div", 0), block("li", "li", OPEN), gone("link", VOID),
    block("main", "div", 0), gone("map", HIDDEN), kept("mark", INLINE), block("marquee", "div", RULES),
    gone("math", HIDDEN | RULES | FOREIGN), block("menu", "ul", 0), gone("meta", VOID), block("nav", "div", 0),
    gone("nobr", INLINE | FORMAT), gone("noembed", RAW | HIDDEN | RULES), gone("noframes", RAW | HIDDEN | RULES),
    gone("noscript", RULES), gone("object", RULES | EMBED), block("ol", "ol", 0), block("optgroup", "div", OPEN),
    block("option", "div", OPEN | RULES), block("p", "p", OPEN), gone("param", VOID), kept("picture", 0),
    gone("plaintext", HIDDEN | RULES), block("pre", "pre", 0), kept("q", INLINE), kept("rp", OPEN),
    kept("rt", OPEN), kept("ruby", RULES), kept("s", INLINE | FORMAT), kept("samp", INLINE),
    gone("script", RAW | HIDDEN | RULES), block("search", "div", 0), block("section", "section", 0),
    block("select", "div", RULES), kept("small", INLINE | FORMAT), kept("source", VOID), kept("span", INLINE),
    kept("strike", INLINE | FORMAT), kept("strong", INLINE | FORMAT), gone("style", RAW | HIDDEN | RULES),
    kept("sub", INLINE), block("summary", "summary", 0), kept("sup", INLINE),
    gone("svg", HIDDEN | RULES | FOREIGN), block("table", "table", 0), kept("tbody", OPEN),
    block("td", "td", OPEN), gone("template", HIDDEN | RULES), gone("textarea", RAW | HIDDEN | RULES),
    kept("tfoot", OPEN), block("th", "th", OPEN), kept("thead", OPEN), kept("time", INLINE),
    gone("title", RAW | HIDDEN | RULES), block("tr", "tr", OPEN), gone("track", VOID), kept("tt", INLINE | FORMAT),
    kept("u", INLINE | FORMAT), block("ul", "ul", 0), kept("var", INLINE),
    gone("video", HIDDEN | RULES | EMBED), gone("wbr", VOID), gone("xml", HIDDEN), gone("xmp", RAW | HIDDEN | RULES),
];

/// Every element that is known.
pub fn elements() -> impl Iterator<Item = &'static Element> {
    ELEMENTS.iter()
}

/// The element of a name, in whatever case it is written.
pub fn element(name: &str) -> Option<&'static Element> {
    let lower = || name.bytes().map(|byte| byte.to_ascii_lowercase());
    let place = ELEMENTS.binary_search_by(|known| known.name.bytes().cmp(lower())).ok()?;
    ELEMENTS.get(place)
}

impl Element {
    fn is(&self, fact: u16) -> bool {
        self.facts & fact != 0
    }

    /// Whether it stands in a line of text.
    pub fn is_inline(&self) -> bool {
        self.is(INLINE)
    }

    /// Whether it begins and ends a line when HTML becomes text.
    pub fn is_block(&self) -> bool {
        self.is(BLOCK)
    }

    /// Whether it has no content and no end tag.
    pub fn is_void(&self) -> bool {
        self.is(VOID)
    }

    /// Whether its end tag may be left out.
    pub fn may_stay_open(&self) -> bool {
        self.is(OPEN)
    }

    /// Whether what is in it is no markup.
    pub fn is_raw(&self) -> bool {
        self.is(RAW)
    }

    /// Whether what is in it is no text of the article.
    pub fn is_hidden(&self) -> bool {
        self.is(HIDDEN)
    }

    /// Whether parsers copy it into what follows.
    pub fn is_formatting(&self) -> bool {
        self.is(FORMAT)
    }

    /// Whether it switches a parser into rules of its own.
    pub fn has_own_rules(&self) -> bool {
        self.is(RULES)
    }

    /// Whether it shows what is kept elsewhere.
    pub fn is_embed(&self) -> bool {
        self.is(EMBED)
    }

    /// Whether it is a picture or formula in a language of its own.
    pub fn is_foreign(&self) -> bool {
        self.is(FOREIGN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name_in_any_case() {
        assert!(ELEMENTS.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(element("H2").map(|e| e.name), Some("h2"));
        assert_eq!(element("quyền"), None);
        let is_kept = |e: &Element| {
            e.written.is_none_or(|tag| element(tag).is_some_and(|e| e.written == Some(tag)))
        };
        assert!(elements().all(is_kept), "what an element is written as stays as it is");
    }
}
