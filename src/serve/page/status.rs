use super::dates::time;
use super::layout::{Head, foreign, page};
use super::text::Words;
use super::{Frame, SourceStatusView, WarningView, Way};
use crate::ingest::health::Condition;
use crate::model::{Language, Notice, Precision, Timestamp, meaning};
use maud::{Markup, html};

/// The status page.
pub fn status(
    frame: &Frame<'_>,
    now: Timestamp,
    sources: &[SourceStatusView],
    follows: Option<&str>,
) -> String {
    let words = frame.words();
    let head = Head {
        title: words.status_title,
        description: words.status_lead,
        path: Some("/status".to_owned()),
        menu: "/status",
        ..Head::default()
    };
    let main = html! {
        div.intro {
            h1 { (words.status_title) }
            p { (words.status_lead) }
            p.meta { (summary(words, sources)) " " (words.looked_at) " " (clock(frame, now)) }
        }
        @if let Some(follows) = follows { p.todo { (words.follows) ": " (follows) } }
        @if sources.is_empty() { p.empty { (words.no_sources) } }
        div.sources { @for source in sources { (one(frame, source)) } }
    };
    page(frame, head, &main)
}

fn summary(words: &Words, sources: &[SourceStatusView]) -> String {
    let count = |is: fn(Condition) -> bool| sources.iter().filter(|s| is(s.state)).count();
    let bad = count(|state| matches!(state, Condition::Failing | Condition::Stopped));
    let warned = match count(|state| state == Condition::Warned) {
        0 => String::new(),
        warned => format!(", {warned} {}", words.some_warned),
    };
    match bad {
        0 if warned.is_empty() => words.all_well.to_owned(),
        0 => format!("{}{warned}.", words.all_work),
        bad => format!("{bad}/{} {}{warned}.", sources.len(), words.some_fail),
    }
}

fn clock(frame: &Frame<'_>, at: Timestamp) -> Markup {
    time(frame.lang, at, frame.site.utc_offset, Precision::Minute)
}

fn one(frame: &Frame<'_>, source: &SourceStatusView) -> Markup {
    let words = frame.words();
    let (class, state) = (source.state.name(), state_of(words, source.state));
    let moment = |at: Option<Timestamp>, none| {
        html! {
            @match at { Some(at) => (clock(frame, at)), None => (none), }
        }
    };
    html! {
        section.source.(class) {
            h2 lang=[foreign(frame.lang, None, &frame.site.language)] dir="auto" { (source.title) }
            p.state { (state) }
            dl {
                div { dt { (words.what_to_do) } dd.todo { (todo(frame, source)) } }
                @if source.problem.is_some() || source.told.is_some() || !source.bad_files.is_empty() {
                    div { dt { (words.problem) } dd {
                        @if let Some(told) = source.told { (told.in_language(frame.lang)) br; }
                        @if let Some(problem) = &source.problem { code lang="en" dir="auto" { (problem) } }
                        (bad_files(words, source))
                        @if source.failures > 1 { " " span.help lang=(frame.lang.code()) { "(" (source.failures) " " (words.times_in_a_row) ")" } }
                    } }
                }
                @if let Some(proposal) = &source.proposal {
                    div { dt { (words.proposal) } dd { pre { code lang="en" translate="no" dir="ltr" { (proposal) } } } }
                }
                @if !source.warnings.is_empty() {
                    div { dt { (words.warnings) } dd {
                        ul { @for told in &source.warnings { li { (warning(frame.lang, told)) } } }
                    } }
                }
                div { dt { (words.last_good) } dd { (moment(source.last_good, words.never)) } }
                @if matches!(source.way, Way::Feed | Way::Page | Way::Mirror) {
                    div { dt { (words.next_check) } dd { (moment(source.next_check, words.none_planned)) } }
                }
                @if let Some(hub) = &source.hub {
                    div { dt { (words.hub) } dd {
                        @if let Some(address) = &hub.address {
                            code lang="en" translate="no" dir="auto" { (address) } br;
                        }
                        @match (hub.until, hub.refused) {
                            (Some(until), _) => { (words.hub_until) " " (clock(frame, until)) },
                            (None, 0) => (words.hub_waiting),
                            (None, _) => (words.hub_refused),
                        }
                    } }
                }
                div { dt { (words.articles_held) } dd { (source.articles) } }
                div { dt { (words.way) } dd {
                    (way(words, source.way)) " · " code lang="en" translate="no" { (source.id) }
                    @if let Some(address) = &source.address { br; code lang="en" translate="no" dir="auto" { (address) } }
                } }
            }
        }
    }
}

fn state_of(words: &Words, state: Condition) -> &'static str {
    match state {
        Condition::New => words.state_new,
        Condition::Good => words.state_good,
        Condition::Warned => words.state_warned,
        Condition::Failing => words.state_failing,
        Condition::Stopped => words.state_stopped,
    }
}

fn way(words: &Words, way: Way) -> &'static str {
    match way {
        Way::Push => words.way_push,
        Way::Folder => words.way_folder,
        Way::Feed => words.way_feed,
        Way::Page => words.way_page,
        Way::Mirror => words.way_mirror,
    }
}

fn bad_files(words: &Words, source: &SourceStatusView) -> Markup {
    html! {
        @if !source.bad_files.is_empty() {
            ul {
                @for (file, error) in &source.bad_files {
                    li { code translate="no" dir="auto" { (file) } ": " code lang="en" dir="auto" { (error) } }
                }
                @if source.bad_files_more > 0 {
                    li { (words.and_more) " " (source.bad_files_more) " " (words.more_files) }
                }
            }
        }
    }
}

/// A warning's meaning, or its name if it has none; how often; and the first file that has it.
fn warning(lang: Language, told: &WarningView) -> Markup {
    let means = meaning(&told.name).map_or(told.name.as_str(), |meaning| meaning.in_language(lang));
    html! {
        (means) " "
        span.help {
            code lang="en" translate="no" dir="auto" { (told.name) } " × " (told.count)
            @if let Some(file) = &told.file { " · " code translate="no" dir="auto" { (file) } }
        }
    }
}

/// Whether a warning passes without help: something waits for its turn.
fn passes(told: &WarningView) -> bool {
    Notice::of_name(&told.name).is_some_and(Notice::passes)
}

fn todo(frame: &Frame<'_>, source: &SourceStatusView) -> &'static str {
    let words = frame.words();
    if let Some(remedy) = source.remedy {
        return remedy.in_language(frame.lang);
    }
    match (source.state, source.way) {
        (Condition::Good, _) => words.do_nothing,
        (Condition::Warned, _) if source.warnings.iter().all(passes) => words.do_wait_warned,
        (Condition::Warned, Way::Folder) => words.do_warned_folder,
        (Condition::Warned, _) => words.do_warned,
        (Condition::New, Way::Push) => words.do_push,
        (Condition::New, Way::Folder) => words.do_folder,
        (Condition::New, _) => words.do_wait,
        (Condition::Failing, Way::Push) => words.do_failing_push,
        (Condition::Failing, Way::Folder) if !source.bad_files.is_empty() => words.do_failing_files,
        (Condition::Failing, Way::Folder) => words.do_failing_folder,
        (Condition::Failing, _) => words.do_failing,
        (Condition::Stopped, _) => words.do_stopped,
    }
}
