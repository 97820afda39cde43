//! Parsers that are not ours and forgive nothing, over what we render.

use dongtin::testing::feeds::Format;
use tinyjson::JsonValue;

/// Parses a rendered feed strictly, looks for active content in every text, and counts the entries.
pub fn check(format: Format, rendered: &[u8]) -> usize {
    let text = std::str::from_utf8(rendered).expect("feeds are UTF-8");
    match format {
        Format::Json => json(text),
        Format::Rss | Format::Atom => xml(text),
    }
}

fn xml(text: &str) -> usize {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        // Atom says of each text whether it is markup (RFC 4287 §3.1); RSS's are.
        let markup = match name {
            "encoded" | "description" => true,
            "content" | "summary" | "title" => node.attribute("type") == Some("html"),
            _ => false,
        };
        if markup {
            inert(node.text().unwrap_or_default());
        }
        for attribute in
            node.attributes().filter(|a| matches!(a.name(), "href" | "url" | "src" | "uri"))
        {
            web(attribute.value());
        }
        if matches!(name, "link" | "uri" | "comments" | "url") {
            web(node.text().unwrap_or_default());
        }
    }
    document.descendants().filter(|n| matches!(n.tag_name().name(), "item" | "entry")).count()
}

fn json(text: &str) -> usize {
    let value: JsonValue = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
    let items = value
        .get::<std::collections::HashMap<String, JsonValue>>()
        .and_then(|feed| feed.get("items"));
    let items: &Vec<JsonValue> = items.and_then(JsonValue::get).expect("a feed has items");
    for item in items {
        let item: &std::collections::HashMap<String, JsonValue> =
            item.get().expect("an item is an object");
        let of =
            |name: &str| item.get(name).and_then(|v| v.get::<String>()).map_or("", String::as_str);
        assert!(!of("id").is_empty(), "an item without id");
        inert(of("content_html"));
        ["url", "external_url", "image"].iter().for_each(|name| web(of(name)));
    }
    items.len()
}

/// An address that a reader may follow: of the web, or of mail and the like, never a program.
fn web(address: &str) {
    let shown: String = address.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let scheme = shown.split(':').next().unwrap_or_default().to_ascii_lowercase();
    assert!(
        !["javascript", "vbscript", "data", "file"].contains(&scheme.as_str()),
        "active address {address:?}"
    );
}

/// HTML in which a browser finds nothing to run.
fn inert(html: &str) {
    const ACTIVE: [&str; 16] = [
        "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "form",
        "input", "button", "link", "meta", "base", "svg", "math",
    ];
    let page = scraper::Html::parse_fragment(html);
    for node in page.tree.nodes().filter_map(|node| node.value().as_element()) {
        assert!(!ACTIVE.contains(&node.name()), "<{}> in {html}", node.name());
        for (name, value) in node.attrs() {
            assert!(
                !name.starts_with("on") && name != "style" && name != "srcdoc",
                "{name}={value:?} in {html}"
            );
            if matches!(
                name,
                "href" | "src" | "poster" | "cite" | "action" | "formaction" | "background"
            ) {
                web(value);
            }
        }
    }
}
