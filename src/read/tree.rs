//! A tag and what is in it, with what it inherits; and the stack that builds it.

use super::{
    limits::{Error, Limits},
    markup,
    names::{Ns, Scope},
    twice,
};
use crate::model::Warning;
use crate::text::Entities;
use std::{borrow::Cow, rc::Rc};
use url::Url;

/// The longest `xml:base` that is used, in bytes.
const LONGEST_BASE: usize = 1024;
/// Bytes of the longest `xml:lang` that is used; BCP 47 needs 35.
const LONGEST_LANGUAGE: usize = 64;

/// An element that has been closed, by its author or by us.
#[derive(Debug)]
pub struct Element<'a> {
    pub ns: Ns,
    /// The local name in lower case.
    pub local: Cow<'a, str>,
    /// The name as written, with its prefix.
    pub raw: &'a str,
    pub attributes: Vec<Attribute<'a>>,
    pub children: Vec<Node<'a>>,
    /// The `xml:base` in force.
    pub base: Option<Rc<str>>,
    /// The `xml:lang` in force.
    pub language: Option<Rc<str>>,
}

/// An attribute with its entities resolved.
#[derive(Debug)]
pub struct Attribute<'a> {
    pub ns: Ns,
    /// The local name in lower case.
    pub local: Cow<'a, str>,
    /// The name as written.
    pub raw: &'a str,
    pub value: Cow<'a, str>,
}

/// What stands in an element.
#[derive(Debug)]
pub enum Node<'a> {
    Text(Cow<'a, str>),
    Element(Element<'a>),
}

impl<'a> Element<'a> {
    /// The value of an attribute without a prefix.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|a| a.ns == Ns::Core && a.local == local);
        found.map(|a| a.value.trim()).filter(|v| !v.is_empty())
    }

    /// The value of an attribute of some vocabulary.
    pub fn attribute_of(&self, ns: Ns, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|a| a.ns == ns && a.local == local);
        found.map(|a| a.value.trim()).filter(|v| !v.is_empty())
    }

    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Its first child of a local name, in the core or the Atom vocabulary.
    pub fn child(&self, local: &str) -> Option<&Element<'a>> {
        self.elements().find(|e| e.is_own() && e.local == local)
    }

    /// The text of that child.
    pub fn child_text(&self, local: &str) -> Option<String> {
        self.child(local).and_then(Element::words)
    }

    /// Whether it is of the core or the Atom vocabulary.
    pub fn is_own(&self) -> bool {
        matches!(self.ns, Ns::Core | Ns::Atom)
    }

    /// All the text in it, trimmed.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.gather(&mut out);
        let trimmed = out.trim();
        if trimmed.len() == out.len() { out } else { trimmed.to_owned() }
    }

    /// All the text in it, if there is any.
    pub fn words(&self) -> Option<String> {
        Some(self.text()).filter(|t| !t.is_empty())
    }

    /// The text that stands in it outside of any element, if there is any.
    pub fn own_words(&self) -> Option<String> {
        let texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(&**text),
            Node::Element(_) => None,
        });
        let words = texts.collect::<String>();
        Some(words.trim().to_owned()).filter(|words| !words.is_empty())
    }

    fn gather(&self, out: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => element.gather(out),
            }
        }
    }

    /// An address in it, resolved against the base where there is one.
    pub fn resolve(&self, address: &str) -> String {
        let address = address.trim();
        let base = self.base.as_deref().and_then(|b| Url::parse(b).ok());
        match base.filter(|_| Url::parse(address).is_err()).and_then(|b| b.join(address).ok()) {
            Some(url) => url.into(),
            None => address.to_owned(),
        }
    }
}

/// The open elements.
pub struct Stack<'a, 'l> {
    open: Vec<Element<'a>>,
    scope: Scope<'a>,
    limits: &'l Limits,
    /// Elements kept since an entry was last taken out.
    kept: usize,
    text: usize,
    entities: Entities<'a>,
    pub warnings: Vec<Warning>,
}

impl<'a, 'l> Stack<'a, 'l> {
    /// An empty stack.
    pub fn new(limits: &'l Limits) -> Self {
        let (entities, warnings) = Default::default();
        let (open, scope) = Default::default();
        Stack { open, scope, limits, kept: 0, text: 0, entities, warnings }
    }

    /// Counts a repair.
    pub fn warn(&mut self, name: &str, example: Option<&str>) {
        Warning::add(&mut self.warnings, name, example);
    }

    /// A text with its entities resolved. What has references for all its letters was hidden from the document's evidence.
    pub fn resolve_text(&mut self, raw: &'a str) -> Cow<'a, str> {
        let text = self.resolve_entities(raw);
        if matches!(text, Cow::Borrowed(_)) || text.is_ascii() || !raw.is_ascii() {
            return text;
        }
        let Some(undone) = twice::undone(&text) else { return text };
        self.warn("encoded-twice", None);
        Cow::Owned(undone)
    }

    /// A text with its entities resolved.
    pub fn resolve_entities(&mut self, raw: &'a str) -> Cow<'a, str> {
        let Stack { entities, warnings, .. } = self;
        entities.resolve(raw, &mut |name, example| Warning::add(warnings, name, example))
    }

    /// Learns the entities of a DOCTYPE.
    pub fn declare_entities(&mut self, doctype: &'a str) {
        let Stack { entities, warnings, .. } = self;
        entities.declare(doctype, &mut |name, example| Warning::add(warnings, name, example));
    }

    /// The open elements, outermost first.
    pub fn open(&self) -> &[Element<'a>] {
        &self.open
    }

    /// Forgets everything that is open: it was junk before the document.
    pub fn clear(&mut self) {
        self.open.clear();
        self.kept = 0;
    }

    /// An entry was taken out; its elements and texts no longer count.
    pub fn taken_out(&mut self) {
        self.kept = 0;
        self.text = 0;
    }

    /// Opens an element.
    ///
    /// # Errors
    /// `Error::TooDeep` beyond the limit.
    pub fn push(&mut self, raw: &'a str, attributes: &'a str) -> Result<(), Error> {
        if self.open.len() >= self.limits.depth {
            return Err(Error::TooDeep { limit: self.limits.depth });
        }
        let element = self.element(raw, attributes);
        self.open.push(element);
        Ok(())
    }

    fn element(&mut self, raw: &'a str, attributes: &'a str) -> Element<'a> {
        let depth = self.open.len();
        let written: Vec<_> = self.written(attributes);
        for (name, value) in &written {
            if let Some(prefix) = declares(name) {
                let address = self.resolve_entities(value);
                self.scope.declare(depth, prefix, &address, depth < 2);
            }
        }
        let (prefix, local) = split(raw);
        let ns = self.namespace(prefix, local);
        let (base, language) = match self.open.last() {
            Some(parent) => (parent.base.clone(), parent.language.clone()),
            None => (None, None),
        };
        let attributes = written.into_iter().map(|(raw, value)| self.attribute(raw, value));
        let attributes: Vec<_> = attributes.collect();
        let mut element = Element {
            ns,
            local: lower(local),
            raw,
            attributes,
            children: Vec::new(),
            base,
            language,
        };
        inherit(&mut element);
        element
    }

    fn written(&mut self, attributes: &'a str) -> Vec<(&'a str, &'a str)> {
        if attributes.is_empty() {
            return Vec::new();
        }
        let mut all = markup::attributes(attributes);
        let kept: Vec<_> = all.by_ref().take(self.limits.attributes).collect();
        if all.next().is_some() {
            self.warn("attribute-limit", None);
        }
        kept
    }

    fn attribute(&mut self, raw: &'a str, value: &'a str) -> Attribute<'a> {
        let (prefix, local) = split(raw);
        let ns = match prefix {
            "" => Ns::Core,
            prefix => self.scope.meaning(prefix).0,
        };
        let value = self.resolve_entities(value);
        Attribute { ns, local: lower(local), raw, value }
    }

    /// The namespace of an element; the root's own unknown one is the core.
    fn namespace(&mut self, prefix: &'a str, local: &str) -> Ns {
        let (ns, declared) = self.scope.meaning(prefix);
        let root =
            matches!(local.to_ascii_lowercase().as_str(), "rss" | "rdf" | "feed" | "channel");
        if ns == Ns::Other && root && self.open.len() < 2 {
            self.scope.adopt(prefix);
            return Ns::Core;
        }
        if !declared {
            self.warn("undeclared-prefix", Some(prefix));
        }
        ns
    }

    /// Adds text to the innermost open element.
    pub fn add_text(&mut self, text: Cow<'a, str>) {
        let Some(parent) = self.open.last_mut() else { return };
        let room = self.limits.text.saturating_sub(self.text);
        let cut = text.len() > room;
        let text =
            if cut { Cow::Owned(text[..text.floor_char_boundary(room)].to_owned()) } else { text };
        self.text += text.len();
        if !text.is_empty() {
            parent.children.push(Node::Text(text));
        }
        if cut {
            self.warn("text-cut", None);
        }
    }

    /// Closes the innermost element; the caller puts it somewhere.
    pub fn pop(&mut self) -> Option<Element<'a>> {
        let element = self.open.pop()?;
        self.scope.leave(self.open.len());
        Some(element)
    }

    /// Puts a closed element into its parent.
    pub fn attach(&mut self, element: Element<'a>) {
        let holds_fields = |e: &Element<'_>| {
            e.is_own() && matches!(&*e.local, "item" | "entry" | "channel" | "feed")
        };
        if self.open.last().is_some_and(holds_fields) {
            self.text = 0;
        }
        self.kept += 1;
        if self.kept > self.limits.elements {
            return self.warn("element-limit", None);
        }
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(Node::Element(element));
        }
    }
}

/// The prefix that an attribute declares.
fn declares(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns") {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix(':'),
        None => None,
    }
}

/// Prefix and local name.
fn split(raw: &str) -> (&str, &str) {
    raw.split_once(':').filter(|(_, local)| !local.is_empty()).unwrap_or(("", raw))
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

/// Takes `xml:base` and `xml:lang` from the element's own attributes.
fn inherit(element: &mut Element<'_>) {
    // CDF's channels have a BASE of their own.
    let base = element.attribute("base").filter(|_| element.local == "channel");
    let written = element.attribute_of(Ns::Xml, "base").or(base);
    if let Some(base) = written.and_then(|written| usable_base(element, written)) {
        element.base = Some(base);
    }
    let language = element.attributes.iter().find(|a| a.ns == Ns::Xml && a.local == "lang");
    if let Some(language) = language.map(|a| a.value.trim()) {
        let fits = (1..=LONGEST_LANGUAGE).contains(&language.len());
        element.language = fits.then(|| language.replace('_', "-").into());
    }
}

/// Returns a base that is a web address or relative, and short: every address in its element grows by it.
fn usable_base(element: &Element<'_>, written: &str) -> Option<Rc<str>> {
    let resolved = Some(written).filter(|w| w.len() <= LONGEST_BASE).map(|w| element.resolve(w))?;
    let web = Url::parse(&resolved).is_ok_and(|u| matches!(u.scheme(), "http" | "https"));
    let relative = Url::parse(&resolved).is_err() && !names_a_host(&resolved);
    ((web || relative) && resolved.len() <= LONGEST_BASE).then(|| resolved.into())
}

/// Returns true if browsers would read a relative address as naming a host: it begins with two slashes of either kind.
fn names_a_host(address: &str) -> bool {
    let mut shown = address.chars().filter(|c| !c.is_control() && !c.is_whitespace());
    let mut slash = || shown.next().is_some_and(|c| matches!(c, '/' | '\\'));
    slash() && slash()
}
