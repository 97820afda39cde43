//! One XML document from its first byte to its last: which elements are open, which entries are complete.

use super::{
    atom, cdf, extensions,
    kind::{self, Root},
    limits::{Error, Limits},
    markup::{Markup, Token},
    names::Ns,
    newest::{self, Ends},
    rdf, rss, sitemap, text,
    tree::{Element, Stack},
};
use crate::model::{FeedKind, ParsedEntry, ParsedFeed};

/// Reads a document whose root says that it is a feed.
///
/// # Errors
/// What it is instead of a feed, or `Error::TooDeep`.
pub fn read(text: &str, limits: &Limits) -> Result<ParsedFeed, Error> {
    let mut document = Document::new(text, limits);
    while let Some(token) = document.markup.next() {
        document.step(token)?;
    }
    document.finish()
}

struct Document<'a, 'l> {
    text: &'a str,
    markup: Markup<'a>,
    stack: Stack<'a, 'l>,
    limits: &'l Limits,
    kind: Option<FeedKind>,
    feed: ParsedFeed,
    entries: Ends<ParsedEntry>,
    /// Whether the document began as a web page.
    in_page: bool,
}

impl<'a, 'l> Document<'a, 'l> {
    fn new(text: &'a str, limits: &'l Limits) -> Self {
        let (kind, feed, in_page) = (None, ParsedFeed::default(), false);
        let (markup, stack) = (Markup::new(text), Stack::new(limits));
        Document {
            text,
            markup,
            stack,
            limits,
            kind,
            feed,
            entries: Ends::new(limits.entries),
            in_page,
        }
    }

    fn step(&mut self, token: Token<'a>) -> Result<(), Error> {
        for repair in std::mem::take(&mut self.markup.repairs) {
            self.stack.warn(repair, None);
        }
        match token {
            Token::Start { name, attributes, empty } => self.start(name, attributes, empty)?,
            Token::End { name } => self.end(name),
            Token::Text(raw) => {
                let text = self.stack.resolve_text(raw);
                self.stack.add_text(text);
            }
            Token::Cdata(text) => self.stack.add_text(text.into()),
            Token::Doctype(inside) => self.stack.declare_entities(inside),
        }
        Ok(())
    }

    fn start(&mut self, name: &'a str, attributes: &'a str, empty: bool) -> Result<(), Error> {
        if self.kind.is_none() {
            self.find_root(name, attributes)?;
        }
        self.close_what_cannot_hold(name);
        self.stack.push(name, attributes)?;
        if empty || text::is_void(name) {
            self.close();
        }
        Ok(())
    }

    fn find_root(&mut self, name: &str, attributes: &str) -> Result<(), Error> {
        match kind::recognize(name, attributes) {
            Some(Root::Feed(kind)) => {
                if !self.stack.open().is_empty() {
                    self.stack.warn("junk-before-document", None);
                }
                self.stack.clear();
                self.kind = Some(kind);
                Ok(())
            }
            Some(Root::Opml) => Err(Error::NotAFeed { found: "opml".into() }),
            Some(Root::WebPage) => self.look_inside_page(),
            None => Ok(()),
        }
    }

    /// Starts again at a feed that a template or proxy wrapped in a web page.
    fn look_inside_page(&mut self) -> Result<(), Error> {
        let inside = kind::feed_inside(self.text).filter(|_| !self.in_page);
        let feed = inside.and_then(|at| self.text.get(at..));
        let feed = feed.ok_or_else(|| kind::web_page(self.text))?;
        self.in_page = true;
        self.markup = Markup::new(feed);
        Ok(())
    }

    /// Closes open elements that cannot hold an element of this name.
    fn close_what_cannot_hold(&mut self, name: &str) {
        let Some(depth) = depth_for(self.stack.open(), name) else { return };
        while self.stack.open().len() > depth {
            self.stack.warn("unclosed-tag", None);
            self.close();
        }
    }

    /// Closes the nearest open element of this name; an end tag without one is ignored.
    fn end(&mut self, name: &str) {
        let open = self.stack.open();
        let exact = open.iter().rposition(|e| e.raw == name);
        let Some(depth) =
            exact.or_else(|| open.iter().rposition(|e| e.raw.eq_ignore_ascii_case(name)))
        else {
            return self.stack.warn("unmatched-end-tag", Some(name));
        };
        while self.stack.open().len() > depth + 1 {
            self.stack.warn("unclosed-tag", None);
            self.close();
        }
        self.close();
    }

    /// Closes the innermost element: an entry or head becomes part of the feed, everything else a child of its parent.
    fn close(&mut self) {
        let Some(element) = self.stack.pop() else { return };
        let Some(kind) = self.kind else { return self.stack.attach(element) };
        if is_entry(&element, kind, self.stack.open()) {
            self.take_entry(&element, kind);
        } else if is_head(&element, kind, self.stack.open()) {
            fill_feed(&element, kind, &mut self.feed);
        } else {
            self.stack.attach(element);
        }
    }

    fn take_entry(&mut self, element: &Element<'a>, kind: FeedKind) {
        if kind == FeedKind::Sitemap && element.child("loc").is_none() {
            self.stack.warn("entry-rejected", None);
            return self.stack.taken_out();
        }
        if kind == FeedKind::Sitemap && element.local == "sitemap" {
            match self.feed.links.len() < self.limits.elements {
                true => self.feed.links.extend(sitemap::index(element)),
                false => self.stack.warn("entry-limit", None),
            }
            return self.stack.taken_out();
        }
        if self.entries.is_full() && element.children.is_empty() {
            self.stack.warn("entry-limit", None);
            return self.stack.taken_out();
        }
        let mut entry = entry(element, kind);
        if bound_lists(&mut entry) {
            self.stack.warn("element-limit", None);
        }
        if entry.title.as_mut().is_some_and(|title| self.limits.cut_title(&mut title.value)) {
            self.stack.warn("title-cut", None);
        }
        self.entries.push(entry);
        self.stack.taken_out();
    }

    fn finish(mut self) -> Result<ParsedFeed, Error> {
        let Some(kind) = self.kind else { return Err(kind::unknown(self.text)) };
        for repair in std::mem::take(&mut self.markup.repairs) {
            self.stack.warn(repair, None);
        }
        self.close_all();
        let Document { mut feed, mut stack, entries, .. } = self;
        feed.entries = entries.into_vec();
        if newest::keep_newest(&mut feed.entries, self.limits.entries) {
            stack.warn("entry-limit", None);
        }
        if self.in_page && feed.entries.is_empty() {
            return Err(kind::web_page(self.text));
        }
        feed.kind = kind;
        feed.warnings = stack.warnings;
        feed.warnings.sort();
        distinct(&mut feed.categories);
        Ok(feed)
    }

    /// Closes everything at the end of the document. An entry that is still open is incomplete and is dropped.
    fn close_all(&mut self) {
        let Some(kind) = self.kind else { return };
        if let Some(half) = entry_depth(self.stack.open(), kind) {
            self.stack.warn("half-entry-dropped", None);
            while self.stack.open().len() > half {
                self.stack.pop();
            }
        }
        if !self.stack.open().is_empty() {
            self.stack.warn("broken-off", None);
        }
        while !self.stack.open().is_empty() {
            self.close();
        }
    }
}

fn entry_depth(open: &[Element<'_>], kind: FeedKind) -> Option<usize> {
    open.iter().enumerate().position(|(i, e)| is_entry(e, kind, open.get(..i).unwrap_or_default()))
}

/// Whether a closed element is an entry, by where it stood.
fn is_entry(element: &Element<'_>, kind: FeedKind, open: &[Element<'_>]) -> bool {
    let named = match kind {
        FeedKind::Sitemap => matches!(&*element.local, "url" | "sitemap"),
        _ => matches!(&*element.local, "item" | "entry"),
    };
    let around =
        |e: &Element<'_>| matches!(e.ns, Ns::Core | Ns::Atom | Ns::Rdf) && !holds_text(&e.local);
    named && element.is_own() && open.iter().all(around)
}

/// Whether an element of this name holds text or markup, and never an entry.
fn holds_text(local: &str) -> bool {
    matches!(local, "content" | "summary" | "description" | "title" | "item" | "entry" | "encoded")
}

/// Returns true for the feed itself or its channel. Channels inside a CDF channel are none.
fn is_head(element: &Element<'_>, kind: FeedKind, open: &[Element<'_>]) -> bool {
    let is_channel = element.is_own() && element.local == "channel" && kind != FeedKind::Cdf;
    open.is_empty() || (is_channel && open.len() == 1)
}

/// The number of open elements that may hold an element of this name; `None` if all may.
fn depth_for(open: &[Element<'_>], name: &str) -> Option<usize> {
    let top = open.last()?;
    let starts_entry = name.ends_with(['m', 'M', 'y', 'Y']);
    if !starts_entry && matches!(&*top.local, "item" | "entry" | "channel" | "feed") {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if matches!(lower.as_str(), "p" | "li") {
        return (top.local == lower).then(|| open.len() - 1);
    }
    let entry = open.iter().rposition(|e| e.is_own() && matches!(&*e.local, "item" | "entry"));
    let local = lower.rsplit(':').next().unwrap_or(&lower);
    if entry.is_none() && matches!(local, "item" | "entry") {
        return open.iter().skip(1).position(is_leaf).map(|depth| depth + 1);
    }
    let container = entry.or_else(|| open.iter().rposition(|e| e.local == "channel"))?;
    let around = open.get(container)?.raw.to_ascii_lowercase();
    if matches!(local, "item" | "entry") && entry.is_some() && prefix(&lower) == prefix(&around) {
        return Some(container);
    }
    let inner = open.get(container + 1)?;
    let closes = match &*inner.local {
        "title" | "link" | "guid" | "id" | "pubdate" | "comments" => {
            is_field(&lower) || lower == "link"
        }
        "description" | "summary" => {
            is_field(&lower) && !matches!(local, "title" | "summary" | "description")
        }
        _ => false,
    };
    let same = lower == inner.raw && lower != "link";
    (closes && inner.is_own() && !same).then_some(container + 1)
}

fn prefix(name: &str) -> &str {
    name.rsplit_once(':').map_or("", |(prefix, _)| prefix)
}

/// Whether an element of a feed's head holds a text, and so no entry.
fn is_leaf(element: &Element<'_>) -> bool {
    let known = matches!(
        &*element.local,
        "link"
            | "id"
            | "language"
            | "copyright"
            | "rights"
            | "subtitle"
            | "tagline"
            | "generator"
            | "pubdate"
            | "lastbuilddate"
            | "updated"
            | "ttl"
            | "docs"
            | "managingeditor"
            | "webmaster"
            | "image"
            | "url"
            | "logo"
            | "icon"
            | "author"
            | "name"
            | "category"
    );
    !matches!(element.ns, Ns::Core | Ns::Atom | Ns::Rdf) || known || holds_text(&element.local)
}

/// Names that stand in an entry and never inside a text of it.
fn is_field(lower: &str) -> bool {
    matches!(
        lower,
        "guid"
            | "pubdate"
            | "enclosure"
            | "item"
            | "content:encoded"
            | "description"
            | "title"
            | "comments"
            | "dc:date"
            | "dc:creator"
    )
}

/// Things of one kind that one entry keeps.
const MOST_OF_A_KIND: usize = 256;

/// Cuts an entry's lists to their limit; returns true if that left something out.
fn bound_lists(entry: &mut ParsedEntry) -> bool {
    fn bound<T>(list: &mut Vec<T>) -> bool {
        let more = list.len() > MOST_OF_A_KIND;
        list.truncate(MOST_OF_A_KIND);
        list.shrink_to_fit();
        more
    }
    let ParsedEntry { links, enclosures, authors, contributors, content, .. } = entry;
    bound(links) | bound(enclosures) | bound(authors) | bound(contributors) | bound(content)
}

/// Keeps the first of categories that are the same.
fn distinct<T: Clone + Eq + std::hash::Hash>(all: &mut Vec<T>) {
    let mut seen = std::collections::HashSet::new();
    all.retain(|one| seen.insert(one.clone()));
}

fn fill_feed(element: &Element<'_>, kind: FeedKind, feed: &mut ParsedFeed) {
    feed.language = feed.language.take().or(element.language.as_deref().map(str::to_owned));
    feed.base = feed.base.take().or(element.base.as_deref().map(str::to_owned));
    match kind {
        FeedKind::Cdf => cdf::feed(element, feed),
        FeedKind::Rdf => rdf::feed(element, feed),
        _ => {}
    }
    for child in element.elements().filter(|e| e.is_own()) {
        let _ = atom::feed_field(child, kind, feed) || rss::feed_field(child, feed);
    }
    for child in element.elements().filter(|e| !e.is_own()) {
        extensions::feed_field(child, feed);
    }
    extensions::feed_subtitle(element, feed);
    extensions::syndication(element, feed);
}

fn entry(element: &Element<'_>, kind: FeedKind) -> ParsedEntry {
    let mut entry = ParsedEntry {
        language: element.language.as_deref().map(str::to_owned),
        base: element.base.as_deref().map(str::to_owned),
        ..ParsedEntry::default()
    };
    match kind {
        FeedKind::Sitemap => {
            sitemap::entry(element, &mut entry);
            return entry;
        }
        FeedKind::Cdf => cdf::entry(element, &mut entry),
        FeedKind::Rdf => rdf::entry(element, &mut entry),
        _ => {}
    }
    for child in element.elements().filter(|e| e.is_own()) {
        let _ = atom::entry_field(child, kind, &mut entry) || rss::entry_field(child, &mut entry);
    }
    for child in element.elements().filter(|e| !e.is_own()) {
        extensions::entry_field(child, &mut entry);
    }
    extensions::entry_subtitle(element, &mut entry);
    rss::link_from_guid(&mut entry, kind == FeedKind::Atom);
    distinct(&mut entry.categories);
    entry
}
