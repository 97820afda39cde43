//! Turns reqwest's errors into ours. The cause is below reqwest's layers; the address is never shown, since it may have a
//! token in it.

use super::resolver::Unresolved;
use super::{Error, TlsFault};
use std::error::Error as StdError;
use std::io;

/// The error of a request that got no headers.
pub(super) fn request_error(host: &str, port: u16, error: &reqwest::Error) -> Error {
    let host = host.to_owned();
    if let Some(unresolved) = find::<Unresolved>(error) {
        return match unresolved.clone() {
            Unresolved::Closed(address) => Error::Forbidden { host, port, address },
            Unresolved::Failed(why) => Error::Resolve { host, why },
        };
    }
    if let Some(fault) = find::<rustls::Error>(error) {
        return Error::Tls { host, fault: TlsFault::of(fault) };
    }
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large) {
        return Error::HeadersTooLarge { host };
    }
    let why = reason(error);
    match error.is_connect() {
        // TCP alone never ends early: it was the handshake.
        true if ended_early(error) => Error::Tls { host, fault: TlsFault::Other(why) },
        true if error.is_timeout() => Error::Connect { host, why: "no answer in time".to_owned() },
        true => Error::Connect { host, why },
        false => Error::Broken { host, why },
    }
}

/// The error of a body that broke off. If it had a `Content-Length`, an early end means that the length was wrong.
pub(super) fn body_error(host: &str, error: &reqwest::Error, named_length: bool) -> Error {
    let incomplete = find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message);
    if named_length && (incomplete || ended_early(error)) {
        return Error::Length { host: host.to_owned() };
    }
    Error::Broken { host: host.to_owned(), why: reason(error) }
}

/// The causes of an error, outermost first. An `io::Error` hides the error inside it: its `source` is that error's source.
fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error: &&'a (dyn StdError + 'static)| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as _),
            None => error.source(),
        }
    })
}

fn find<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn ended_early(error: &reqwest::Error) -> bool {
    let mut causes = chain(error).filter_map(|error| error.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::UnexpectedEof)
}

/// The message of the innermost cause. reqwest's own message holds the address.
fn reason(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(|| "the request cannot be sent".to_owned(), ToString::to_string)
}
