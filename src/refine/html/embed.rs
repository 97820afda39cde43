use crate::model::ParsedEnclosure;
use crate::refine::link;
use crate::text::html_token::attributes;
use crate::text::{self, decode, one_line};
use url::Url;

/// Characters of what a link to something embedded is called.
const NAME: usize = 120;
/// Where the address of an embed stands, best first; any other `data-` attribute that holds a web address comes after.
const ADDRESSES: [&str; 4] = ["data-src", "src", "data", "data-lazy-src"];

/// Something that was embedded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embed {
    /// Its address; empty where none can be used.
    pub url: String,
    /// What it is called.
    pub title: Option<String>,
    /// The picture that stands for it.
    pub poster: Option<String>,
    /// `video`, `audio`, where its element says so.
    medium: Option<&'static str>,
    /// `type`.
    media_type: Option<String>,
}

impl Embed {
    /// What an embedding element shows; `base` is what its addresses are relative to.
    pub fn of(tag: &'static str, written: &str, base: Option<&Url>) -> Self {
        let all: Vec<(String, String)> = attributes(written)
            .take(64)
            .map(|(n, v)| (n.to_ascii_lowercase(), decode(v).into_owned()))
            .collect();
        let value = |name: &str| all.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let whole = |text: &str| link::resolve(text, base).map(String::from);
        let said = |name: &str| value(name).map(one_line).filter(|line| !line.is_empty());
        let other =
            all.iter().filter(|(name, value)| name.starts_with("data-") && value.contains("//"));
        let other = other.filter(|(name, _)| !name.contains("poster") && !name.contains("thumb"));
        let written = ADDRESSES.iter().filter_map(|name| value(name)).find_map(whole);
        Self {
            url: written
                .or_else(|| other.map(|(_, v)| v.as_str()).find_map(whole))
                .unwrap_or_default(),
            title: said("title").or_else(|| said("aria-label")).or_else(|| said("data-title")),
            poster: ["poster", "data-poster"].iter().filter_map(|name| value(name)).find_map(whole),
            medium: ["video", "audio"].into_iter().find(|medium| *medium == tag),
            media_type: said("type").map(|media| media.to_ascii_lowercase()),
        }
    }

    /// With the address of a `source` in it, where it has none of its own.
    pub fn or_source(&mut self, source: Self) {
        if self.url.is_empty() {
            (self.url, self.media_type) = (source.url, source.media_type);
        }
    }

    /// What a link to it is called: its title, else where it is.
    pub fn name(&self) -> String {
        let place = self.url.split_once("://").map_or(self.url.as_str(), |(_, place)| place);
        let path = place.split(['?', '#']).next().unwrap_or(place).trim_end_matches('/');
        let file = path.rsplit('/').next().filter(|_| text::media_type(path).is_some());
        let name = self.title.as_deref().or(file).unwrap_or(path);
        text::cut(name.strip_prefix("www.").unwrap_or(name), NAME).0
    }

    /// The file that it is, if it is one: a film, a sound, or a document, also where a viewer shows it.
    pub fn file(&self) -> Option<ParsedEnclosure> {
        let stated = self.media_type.clone().filter(|media| is_file(media));
        let usual = match self.medium {
            Some("audio") => Some("audio/mpeg"),
            Some(_) => Some("video/mp4"),
            None => None,
        };
        let known = text::media_type(&self.url).map(str::to_owned);
        let own =
            stated.or(known).or(usual.map(str::to_owned)).map(|media| (self.url.clone(), media));
        let (url, media_type) =
            own.or_else(|| viewed(&self.url)).filter(|(url, _)| !url.is_empty())?;
        let (media_type, title) = (Some(media_type), self.title.clone());
        Some(ParsedEnclosure { url, media_type, title, ..ParsedEnclosure::default() })
    }
}

/// Whether a media type is that of a file and not of a page or a program.
fn is_file(media: &str) -> bool {
    let is_program = ["html", "shockwave", "java"].iter().any(|part| media.contains(part));
    media.contains('/') && !is_program
}

/// The file that a viewer's address names.
fn viewed(viewer: &str) -> Option<(String, String)> {
    let viewer = Url::parse(viewer).ok()?;
    let files = viewer.query_pairs().filter_map(|(_, value)| link::resolve(&value, None));
    files.map(String::from).find_map(|url| Some((url.clone(), text::media_type(&url)?.to_owned())))
}
