//! WebSub as a subscriber: hubs tell us when a feed has changed, with what has changed, and we need not ask.
//!
//! In: hubs that feeds name, challenges, deliveries. Out: subscriptions kept up, and deliveries that may be believed.
//! `Subscription` is pure; `Subscriber` keeps them as progress: a lost one is made again, and polling went on meanwhile.

/// One subscription: when its hub is asked, what a hub may say; pure.
mod subscription;
/// All subscriptions, kept as progress.
mod subscriber;
/// What a hub delivers, and whether it is believed.
mod delivery;
/// The pipeline of a delivery.
mod deliver;
/// `X-Hub-Signature`.
mod signature;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use deliver::apply_delivered;
pub use deliver::deliver;
pub use delivery::{Delivery, Received};
use signature::{Algorithm, Signature};
pub use subscriber::{Standing, Subscriber};
pub use subscription::{Subscription, Verification};

use crate::fetch::State;
use crate::model::{Source, WebSub};
use crate::text::leads_inside;
use url::Url;

/// Whether a source is to be subscribed to: if it says so, or if a hub on the internet could call back.
pub fn wanted(source: &Source, base_url: &str) -> bool {
    let polled = source.kind.address().is_some();
    match source.websub {
        WebSub::Off => false,
        WebSub::On => polled,
        WebSub::Auto => polled && is_reachable(base_url),
    }
}

/// Takes note of the hubs that a source's last document named.
pub fn note_named(hubs: &Subscriber, source: &Source, state: &State) {
    match &state.topic {
        Some(topic) => hubs.heard(&source.id, &state.hubs, topic),
        None if state.last_good.is_some() => hubs.unheard(&source.id),
        None => {}
    }
}

/// Whether an address looks like one that others can reach: a name with a dot, or a public number.
fn is_reachable(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| url.has_host()) && !leads_inside(base_url)
}
