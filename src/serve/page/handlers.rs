//! The pages for people: what each shows is looked up here, how it looks is `page`'s.

use super::revisions;
use super::{self as page, ArticleView, Entry, FeedView, Frame, FrontView, Group, Lang, Listing};
use crate::config::Config;
use crate::feeds::{category_feed_id, source_feed_id};
use crate::model::{Article, FeedId, Fingerprint, SourceId};
use crate::serve::api::articles;
use crate::serve::http::compressed_answer;
use crate::serve::http::error::{Answer, Problem};
use crate::serve::http::negotiate::{accepted_language, accepted_media_type, wants_page};
use crate::serve::page::{StatusView, WithdrawnView};
use crate::serve::sources;
use crate::serve::state::State;
use crate::store::{IndexId, category_slug};
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Articles on the front page.
const LATEST: usize = 30;
/// Articles on a feed's page at most.
const SHOWN: usize = 50;
/// Revisions listed under an article, the newest.
const REVISIONS: usize = 50;

/// Everything that a page is set in, looked up once.
struct Setting {
    config: Arc<Config>,
    lang: Lang,
    chosen: bool,
    feeds: Vec<Listing>,
    ids: BTreeSet<String>,
}

impl Setting {
    fn new(state: &State, asked: &Asked) -> Answer<Self> {
        let groups = state.cache.groups()?;
        let all = groups.into_iter().flat_map(|group| group.feeds);
        let listing = |feed: crate::model::Feed| Listing {
            group: group_of(feed.id.as_str()),
            id: feed.id.to_string(),
            title: feed.title,
            description: feed.description,
        };
        let feeds: Vec<Listing> = all.map(listing).collect();
        let ids = feeds.iter().map(|feed| feed.id.clone()).collect();
        let lang = asked.chosen.unwrap_or_else(|| accepted_language(&asked.headers).into());
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
        let feed_of = |category: &crate::model::Category| {
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

/// What a reader asks of a page besides its address.
#[derive(Clone, Debug)]
pub struct Asked {
    headers: HeaderMap,
    chosen: Option<Lang>,
}

impl Asked {
    /// What headers and query say.
    pub fn new(headers: &HeaderMap, query: Option<&str>) -> Self {
        let mut pairs = url::form_urlencoded::parse(query.unwrap_or("").as_bytes());
        let chosen =
            pairs.find(|(name, _)| name == "lang").and_then(|(_, lang)| Lang::named(&lang));
        Self { headers: headers.clone(), chosen }
    }
}

/// `GET /`: the latest articles, every feed.
pub async fn front(
    extract::State(state): extract::State<Arc<State>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let asked = Asked::new(&headers, query.as_deref());
    answer_page(state, asked, |state, setting| {
        let latest = state.store.latest(IndexId::all(), LATEST);
        let latest = latest.map_err(|error| Problem::internal(&error))?;
        let latest = latest.iter().map(|article| setting.entry(article)).collect();
        Ok(page::front(&setting.frame(), &FrontView { latest }))
    })
    .await
}

/// `GET /a/{key}`, `GET /a/{key}.json`
pub async fn permalink(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(name): extract::Path<String>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let named_json = name.strip_suffix(".json");
    let liked = accepted_media_type(&headers, &["text/html", "application/json"]);
    if named_json.is_some() || liked == Some(1) {
        let article = articles::find_article(&state, named_json.unwrap_or(&name))?;
        return Ok(articles::answer_json(&article, &headers, (state.now)()));
    }
    let asked = Asked::new(&headers, query.as_deref());
    article(state, name, asked).await
}

/// The permalink page of an article; of a withdrawn one, what is left to say.
async fn article(state: Arc<State>, key: String, asked: Asked) -> Answer<Response> {
    answer_page(state, asked, move |state, setting| {
        let article = articles::find_article(state, &key)?;
        let history = state.store.history(article.key).map_err(|e| Problem::internal(&e))?;
        let kept = history.len().saturating_sub(REVISIONS);
        let revisions = revisions::revisions(&history).split_off(kept);
        let view = ArticleView { entry: setting.entry(&article), revisions };
        Ok(page::article(&setting.frame(), &view))
    })
    .await
}

/// The readable page of a feed.
pub async fn feed(state: Arc<State>, id: FeedId, asked: Asked) -> Answer<Response> {
    answer_page(state, asked, move |state, setting| {
        let listing = setting.feeds.iter().find(|feed| feed.id == id.as_str());
        let mut published = state.cache.published(&id)?.ok_or_else(Problem::not_found)?;
        let listing = listing.ok_or_else(Problem::not_found)?;
        published.feed.max_entries = published.feed.max_entries.min(SHOWN);
        let window = state.cache.window(&published)?;
        let entries = window.entries.iter().map(|article| {
            let others = window.related.get(&article.key).into_iter().flatten();
            let others = others.map(|other| (setting.source_title(&other.source), &**other));
            Entry { others: others.collect(), ..setting.entry(article) }
        });
        let entries = entries.collect();
        Ok(page::feed(&setting.frame(), &FeedView { feed: listing, entries }))
    })
    .await
}

/// `GET /status`: how every source is.
pub async fn status(
    extract::State(state): extract::State<Arc<State>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let asked = Asked::new(&headers, query.as_deref());
    answer_page(state, asked, |state, setting| {
        let view = StatusView { now: (state.now)(), sources: sources::all_statuses(state)? };
        Ok(page::status(&setting.frame(), &view))
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

/// What is at no address: a page for a browser, a problem for everyone else.
pub async fn not_found(
    extract::State(state): extract::State<Arc<State>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let asked = Asked::new(&headers, query.as_deref());
    answer_page(state, asked, |_, _| Err(Problem::not_found())).await
}

/// Makes a page aside from the tasks that serve, with its tag; of a problem, a page too where a browser asks.
async fn answer_page(
    state: Arc<State>,
    asked: Asked,
    make: impl FnOnce(&State, &Setting) -> Answer<String> + Send + 'static,
) -> Answer<Response> {
    let made = tokio::task::spawn_blocking(move || {
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
    made.await.map_err(|error| Problem::internal(&error))?
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
    let detail = match setting.lang {
        Lang::Vi => &problem.detail.vi,
        Lang::En => &problem.detail.en,
    };
    page::error(&setting.frame(), problem.status.as_u16(), Some(detail))
}

fn tag(html: &str) -> String {
    crate::text::hex(&Fingerprint::of_bytes(html.as_bytes()).0)
}

fn html_response(mut page: Response, lang: Lang) -> Response {
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("Accept, Accept-Language"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    page
}
