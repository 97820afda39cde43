use super::revisions;
use super::{self as page, ArticleView, Entry, Frame, Group, Listing, Part};
use crate::config::Config;
use crate::feeds::{category_feed_id, published, source_feed_id};
use crate::model::{Article, ArticleKey, Category, Feed, FeedId, Fingerprint, Language, SourceId};
use crate::serve::api::articles;
use crate::serve::following::Following;
use crate::serve::http::compressed_answer;
use crate::serve::http::error::{Answer, Problem, run_blocking};
use crate::serve::http::negotiate::{accepted_language, accepted_media_type, wants_page};
use crate::serve::page::WithdrawnView;
use crate::serve::sources;
use crate::serve::state::State;
use crate::store::{IndexId, category_slug};
use axum::extract::{self, FromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

const LATEST: usize = 30;
const SHOWN: usize = 50;
const REVISIONS: usize = 50;

/// What every page needs, looked up once.
struct Setting {
    config: Arc<Config>,
    lang: Language,
    chosen: bool,
    feeds: Vec<Listing>,
    ids: BTreeSet<String>,
}

impl Setting {
    fn new(state: &State, asked: &Asked) -> Answer<Self> {
        let groups = state.cache.groups()?;
        let all = groups.into_iter().flat_map(|group| group.feeds);
        let listing = |feed: Feed| Listing {
            group: group_of(feed.id.as_str()),
            id: feed.id.to_string(),
            title: feed.title,
            description: feed.description,
        };
        let feeds: Vec<Listing> = all.map(listing).collect();
        let ids = feeds.iter().map(|feed| feed.id.clone()).collect();
        let lang = asked.chosen.unwrap_or_else(|| accepted_language(&asked.headers));
        let config = state.config.load_full();
        Ok(Self { config, lang, chosen: asked.chosen.is_some(), feeds, ids })
    }

    fn frame(&self) -> Frame<'_> {
        Frame { site: &self.config.site, lang: self.lang, chosen: self.chosen, feeds: &self.feeds }
    }

    /// The feed of a name, if there is one.
    fn feed(&self, id: Option<FeedId>) -> Option<String> {
        id.map(|id| id.to_string()).filter(|id| self.ids.contains(id))
    }

    fn source_feed(&self, source: &SourceId) -> Option<String> {
        self.feed(source_feed_id(source).ok())
    }

    fn source_title<'a>(&'a self, source: &'a SourceId) -> &'a str {
        let known = self.config.sources.iter().find(|known| known.id == *source);
        known.map_or(source.as_str(), |known| &known.title)
    }

    fn entry<'a>(&'a self, article: &'a Article) -> Entry<'a> {
        let known = self.config.sources.iter().find(|known| known.id == article.source);
        let feed_of = |category: &Category| {
            let name = category.label.as_ref().unwrap_or(&category.term);
            self.feed(category_feed_id(&category_slug(name)).ok())
        };
        Entry {
            article,
            source_title: self.source_title(&article.source),
            source_home: known.and_then(|known| known.home.as_deref()),
            source_feed: self.source_feed(&article.source),
            category_feeds: article.categories.iter().map(feed_of).collect(),
            others: Vec::new(),
        }
    }
}

fn group_of(id: &str) -> Group {
    match id {
        "all" => Group::All,
        id if id.starts_with("source-") => Group::Source,
        id if id.starts_with("category-") => Group::Category,
        _ => Group::Own,
    }
}

/// What a request says besides its address.
#[derive(Clone, Debug)]
pub struct Asked {
    pub headers: HeaderMap,
    chosen: Option<Language>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or("");
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let chosen = pairs.find(|(name, _)| name == "lang");
        let chosen = chosen.and_then(|(_, code)| Language::named(&code));
        Ok(Self { headers: parts.headers.clone(), chosen })
    }
}

/// `GET /`
pub async fn front(
    extract::State(state): extract::State<Arc<State>>,
    asked: Asked,
) -> Answer<Response> {
    answer_page(state, asked, |state, setting| {
        let latest = state.store.latest(IndexId::all(), LATEST)?;
        let oldest = latest.last().map(|article| article.key);
        let older = oldest.map(|key| state.store.older_than(IndexId::all(), key)).transpose()?;
        let part = Part { older: older.flatten(), ..Part::default() };
        let latest: Vec<_> = latest
            .iter()
            .map(|article| published(article, &setting.config, &state.store).article)
            .collect();
        let latest: Vec<_> = latest.iter().map(|article| setting.entry(article)).collect();
        Ok(page::front(&setting.frame(), &latest, part))
    })
    .await
}

/// `GET /a/{key}`, `GET /a/{key}.json`
pub async fn permalink(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(name): extract::Path<String>,
    asked: Asked,
) -> Answer<Response> {
    let named_json = name.strip_suffix(".json");
    let liked = accepted_media_type(&asked.headers, &["text/html", "application/json"]);
    if named_json.is_some() || liked == Some(1) {
        let article = articles::find_article(&state, named_json.unwrap_or(&name))?;
        return articles::answer_json(&state, &article, &asked.headers);
    }
    article(state, name, asked).await
}

async fn article(state: Arc<State>, key: String, asked: Asked) -> Answer<Response> {
    answer_page(state, asked, move |state, setting| {
        let article = articles::find_article(state, &key)?;
        let article = published(&article, &setting.config, &state.store).article;
        let history = state.store.history(article.key)?;
        let kept = history.len().saturating_sub(REVISIONS);
        let revisions = revisions::revisions(&history).split_off(kept);
        let view = ArticleView { entry: setting.entry(&article), revisions };
        Ok(page::article(&setting.frame(), &view))
    })
    .await
}

/// The readable page of a feed: its newest articles, or older ones from one on.
pub async fn feed(
    state: Arc<State>,
    id: FeedId,
    from: Option<ArticleKey>,
    asked: Asked,
) -> Answer<Response> {
    answer_page(state, asked, move |state, setting| {
        let listing = setting.feeds.iter().find(|feed| feed.id == id.as_str());
        let mut published = state.cache.published(&id)?.ok_or_else(Problem::unknown_feed)?;
        let listing = listing.ok_or_else(Problem::unknown_feed)?;
        published.feed.max_entries = published.feed.max_entries.min(SHOWN);
        let window = match from {
            None => state.cache.window(&published)?,
            Some(from) => state.cache.archive(&published, from)?.ok_or_else(Problem::not_found)?,
        };
        let entries = window.entries.iter().map(|article| {
            let others = window.related.get(&article.key).into_iter().flatten();
            let others = others.map(|other| (setting.source_title(&other.source), &**other));
            Entry { others: others.collect(), ..setting.entry(article) }
        });
        let entries: Vec<_> = entries.collect();
        let part = Part { from, older: window.older };
        Ok(page::feed(&setting.frame(), listing, &entries, part))
    })
    .await
}

/// `GET /status`
pub async fn status(
    extract::State(state): extract::State<Arc<State>>,
    asked: Asked,
) -> Answer<Response> {
    answer_page(state, asked, |state, setting| {
        let sources = sources::all_statuses(state)?;
        let follows = Following::of(state).map(|follows| follows.line(setting.lang));
        Ok(page::status(&setting.frame(), (state.now)(), &sources, follows.as_deref()))
    })
    .await
}

/// `GET` of the stylesheet's address.
pub async fn style() -> Response {
    answer_forever("text/css; charset=utf-8", page::STYLE)
}

/// `GET /favicon.svg`
pub async fn favicon() -> Response {
    answer_forever("image/svg+xml", page::FAVICON)
}

fn answer_forever(kind: &'static str, text: &'static str) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([kind, (header::CACHE_CONTROL, forever)], text).into_response()
}

/// Answers an address that does not exist: with the address without its last slash if it has one, a page for a browser, a
/// problem document for everyone else.
pub async fn not_found(
    extract::State(state): extract::State<Arc<State>>,
    uri: http::Uri,
    asked: Asked,
) -> Answer<Response> {
    if let Some(path) = uri.path().strip_suffix('/') {
        let base_url = &state.config.load().site.base_url;
        return Ok(Redirect::permanent(&format!("{base_url}{}", path.trim_end_matches('/')))
            .into_response());
    }
    answer_page(state, asked, |_, _| Err(Problem::not_found())).await
}

/// Makes a page on a blocking thread, with its tag. A problem becomes a page too if a browser asks.
async fn answer_page(
    state: Arc<State>,
    asked: Asked,
    make: impl FnOnce(&State, &Setting) -> Answer<String> + Send + 'static,
) -> Answer<Response> {
    let made = run_blocking(move || {
        let setting = Setting::new(&state, &asked)?;
        match make(&state, &setting) {
            Ok(html) => {
                let tag = tag(&html);
                let page = compressed_answer::answer_conditionally(
                    html.into_bytes(),
                    &tag,
                    &asked.headers,
                );
                Ok(html_response(page, setting.lang))
            }
            Err(problem) if wants_page(&asked.headers) => {
                let html = problem_page(&setting, &problem);
                let mut page = compressed_answer::answer_always(html.into_bytes(), &asked.headers);
                *page.status_mut() = problem.status;
                page.headers_mut().extend(problem.headers);
                Ok(html_response(page, setting.lang))
            }
            Err(problem) => Err(problem),
        }
    });
    made.await?
}

fn problem_page(setting: &Setting, problem: &Problem) -> String {
    if let Some((at, source)) = &problem.withdrawn {
        let view = WithdrawnView {
            at: *at,
            source_title: setting.source_title(source),
            source_feed: setting.source_feed(source),
        };
        return page::withdrawn(&setting.frame(), &view);
    }
    let detail = problem.detail.in_language(setting.lang);
    page::error(&setting.frame(), problem.status.as_u16(), Some(detail))
}

fn tag(html: &str) -> String {
    crate::text::hex(&Fingerprint::of_bytes(html.as_bytes()).0)
}

fn html_response(mut page: Response, lang: Language) -> Response {
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("Accept, Accept-Language"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    page
}
