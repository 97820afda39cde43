//! A strict test of cleaned HTML: the sanitizer gives back byte for byte what it accepts, and need not run again.
//!
//! It accepts only what html5ever parses into the same tree that is written and ammonia then writes the same:
//! allowed tags in lower case, attributes in their final form, every tag closed where it belongs, blocks never inside
//! lines, lists and tables in their one full shape, `&`, `<`, `>` and U+00A0 escaped in html5ever's words, no
//! character that a parser would change. One pass, linear; the proptests hold it to its promise.

use crate::text::is_escaped;

/// The deepest nesting that is accepted.
const DEPTH: usize = 64;

/// Where an element may stand and what may stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Anything may stand in it; it stands among blocks.
    Flow,
    /// Only text and inline elements may stand in it; it stands among blocks.
    Lines,
    /// It stands in a line and only lines stand in it.
    Inline,
    /// Its children are all of one kind.
    Of(&'static [&'static str]),
    /// Anything may stand in it; it stands only in the parents that name it.
    Part,
    /// Only lines; it stands only in the parents that name it.
    PartOfLines,
}

/// The shape of a tag that is accepted.
fn shape(tag: &str) -> Option<Shape> {
    Some(match tag {
        "blockquote" | "div" | "section" | "figure" => Shape::Flow,
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Shape::Lines,
        "strong" | "em" | "b" | "i" | "u" | "s" | "small" | "sub" | "sup" | "span" | "code"
        | "cite" | "q" | "mark" | "kbd" | "abbr" | "del" | "ins" | "a" | "time" => Shape::Inline,
        "ul" | "ol" => Shape::Of(&["li"]),
        "dl" => Shape::Of(&["dt", "dd"]),
        "table" => Shape::Of(&["tbody", "thead", "tfoot"]),
        "tbody" | "thead" | "tfoot" => Shape::Of(&["tr"]),
        "tr" => Shape::Of(&["td", "th"]),
        "li" | "dd" | "td" | "th" => Shape::Part,
        "dt" | "figcaption" => Shape::PartOfLines,
        _ => return None,
    })
}

/// Returns true if the sanitizer would give back unchanged what [`super::tree::write`] wrote; false says nothing.
///
/// Attributes are not judged: they were rewritten before they were written.
pub fn is_stable(html: &str) -> bool {
    let mut open: Vec<(&str, Shape)> = Vec::new();
    let mut rest = html;
    loop {
        let (text, tag) = match rest.split_once('<') {
            Some((text, tag)) => (text, Some(tag)),
            None => (rest, None),
        };
        if !is_escaped(text) || !text_may_stand(text, open.last()) {
            return false;
        }
        let Some(tag) = tag else { return open.is_empty() };
        let Some((tag, after)) = tag.split_once('>') else { return false };
        let (name, written) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
        let fits = match name.strip_prefix('/') {
            Some(name) => written.is_empty() && open.pop().is_some_and(|(tag, _)| tag == name),
            None => enter(name, &mut open),
        };
        if !fits {
            return false;
        }
        rest = after;
    }
}

/// Enters an element, if it may stand where it does.
fn enter<'a>(name: &'a str, open: &mut Vec<(&'a str, Shape)>) -> bool {
    let parent = open.last().map_or(Shape::Flow, |(_, shape)| *shape);
    if matches!(name, "br" | "hr" | "img") {
        return !matches!(parent, Shape::Of(_)) && (name != "hr" || is_block_place(parent));
    }
    if name == "a" && open.iter().any(|(tag, _)| *tag == "a") {
        return false;
    }
    let Some(own) = shape(name) else { return false };
    let fits = match (parent, own) {
        (Shape::Of(children), _) => children.contains(&name),
        (_, Shape::Part | Shape::PartOfLines) => {
            name == "figcaption" && open.last().is_some_and(|(tag, _)| *tag == "figure")
        }
        (_, Shape::Inline) => true,
        (_, Shape::Of(_)) if matches!(name, "tbody" | "thead" | "tfoot" | "tr") => false,
        (parent, _) => is_block_place(parent),
    };
    open.push((name, own));
    fits && open.len() <= DEPTH
}

/// Whether blocks may stand in an element.
fn is_block_place(parent: Shape) -> bool {
    matches!(parent, Shape::Flow | Shape::Part)
}

/// Whether text may stand in an element: between the parts of a list or table only white space.
fn text_may_stand(text: &str, parent: Option<&(&str, Shape)>) -> bool {
    let parts = parent.is_some_and(|(_, shape)| matches!(shape, Shape::Of(_)));
    !parts || text.bytes().all(|b| matches!(b, b' ' | b'\n' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refine::html::policy::sanitize;
    use proptest::prelude::*;

    #[test]
    fn an_article_is_accepted_and_the_doubtful_is_not() {
        for html in [
            "",
            "chữ",
            "<p>a &amp; <strong>b<br>c</strong></p>\n<ul>\n<li><p>x</p><ol><li>y</li></ol></li></ul>",
            "<table><tbody><tr><td><p>1</p></td><th>2</th></tr></tbody></table><hr>",
            "<figure><p>x</p><figcaption>y</figcaption></figure>",
            "<b><b><b><b>x</b></b></b></b>",
        ] {
            assert!(is_stable(html), "{html}");
            assert_eq!(sanitize(html), html);
        }
        for html in [
            "<p>a",
            "a</p>",
            "<p><p>x</p></p>",
            "<P>x</P>",
            "a & b",
            "a > b",
            "<p><ul></ul></p>",
            "<li>x</li>",
            "<td>x</td>",
            "<table><tr><td>x</td></tr></table>",
            "&#60;",
            "a\rb",
            "\u{a0}",
            "<script>x</script>",
            "<!-- x -->",
            "<br/>",
            "<ul>x</ul>",
            "\u{0}",
            "<b><p>x</p></b>",
        ] {
            assert!(!is_stable(html), "{html}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn what_is_accepted_is_given_back(parts in proptest::collection::vec(0usize..40, 0..24)) {
            const TAGS: [&str; 20] = [
                "p", "h2", "div", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody", "tr",
                "td", "b", "em", "code", "figure", "figcaption", "span",
            ];
            let mut html = String::new();
            let mut open = Vec::new();
            for part in parts {
                match part {
                    0..20 => { html.push_str(&format!("<{}>", TAGS[part])); open.push(TAGS[part]); }
                    20..34 => if let Some(tag) = open.pop() { html.push_str(&format!("</{tag}>")); },
                    34 => html.push_str("<br>"),
                    35 => html.push_str("<hr>"),
                    36 => html.push('\n'),
                    37 => html.push_str("a &lt;"),
                    _ => html.push_str("ước"),
                }
            }
            while let Some(tag) = open.pop() { html.push_str(&format!("</{tag}>")); }
            if is_stable(&html) {
                prop_assert_eq!(sanitize(&html), html);
            }
        }
    }
}
