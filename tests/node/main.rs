//! Stories: the real daemon on a free port, beside a portal that can misbehave, seen as a reader sees it.

mod backups;
mod bad;
mod bad_inputs;
mod daemon;
mod documents;
mod feed_to_feed;
mod folder_to_feed;
mod hostile;
mod hostile_feeds;
mod hostile_news;
mod hostile_pushes;
mod http;
mod hub_to_feed;
mod identity;
mod led_inside;
mod list_to_feed;
mod operating;
mod polite;
mod portal;
mod portals_to_story;
mod push_to_feed;
mod readers;
mod secrets;
mod taken_over;
mod versions;
mod wait;
