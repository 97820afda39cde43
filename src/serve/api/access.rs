use super::push_headers::bearer_token;
use crate::config::Config;
use crate::model::{Partner, TokenVerdict};
use crate::serve::http::client_address::{Peer, client_address};
use crate::serve::http::connections::ip_prefix;
use crate::serve::http::error::{Answer, Kind, Problem};
use crate::serve::state::State;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Who reads changes: a partner, or `None` for the public.
///
/// # Errors
/// 401 without a token where one is needed, and with one that is nobody's; 403 from an address that is not the partner's;
/// 429 where the budget is used up.
pub fn admit(
    state: &State,
    config: &Config,
    headers: &HeaderMap,
    peer: Option<Peer>,
) -> Answer<Option<Partner>> {
    let proxies = &config.server.proxies;
    let address = peer.map(|Peer(peer)| client_address(peer, headers, proxies));
    let now = (state.now)();
    if let Some(partner) = partner(state, config, headers)? {
        if let Some(address) = address.filter(|_| !partner.allow.is_empty())
            && !partner.allow.iter().any(|network| network.contains(address))
        {
            return Err(other_address());
        }
        let taken = state.partner_budget.take(partner.id.clone(), partner.requests_per_minute, now);
        return taken.map(|()| Some(partner)).map_err(too_many);
    }
    if !config.changes.public {
        return Err(refused());
    }
    // A proxy on this machine that the config does not name would share one budget among all its clients.
    if let Some(address) = address.filter(|address| !address.is_loopback()) {
        let per_minute = config.changes.requests_per_minute;
        state.budget.take(ip_prefix(address), per_minute, now).map_err(too_many)?;
    }
    Ok(None)
}

/// The partner whose token the request has; `None` without one. A source's token reads what the public reads.
fn partner(state: &State, config: &Config, headers: &HeaderMap) -> Answer<Option<Partner>> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let (token, tokens, now) = (bearer_token(headers), state.tokens.load(), (state.now)());
    let Some(id) = tokens.partner(token, now) else {
        let is_known = tokens.check(token, None, now) != TokenVerdict::Unknown;
        return if is_known { Ok(None) } else { Err(refused()) };
    };
    let partner = config.partners.iter().find(|partner| partner.id == id);
    partner.map(|partner| Some(partner.clone())).ok_or_else(refused)
}

/// There is no partner's token, or it is nobody's.
pub fn refused() -> Box<Problem> {
    let problem = Problem::new(
        Kind::Token,
        "send `Authorization: Bearer TOKEN` with a partner's token that has not expired; the operator makes one with `dongtin token new NAME --partner`",
        "hãy gửi `Authorization: Bearer MÃ` với mã truy cập còn hạn của đối tác; người vận hành tạo mã bằng `dongtin token new TÊN --partner`",
    );
    problem.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"dongtin\""))
}

fn other_address() -> Box<Problem> {
    let mut problem = Problem::new(
        Kind::Token,
        "this token is not taken from this address: ask the operator to add it to the partner's `allow`",
        "mã truy cập này không dùng được từ địa chỉ này: hãy đề nghị người vận hành thêm địa chỉ vào `allow` của đối tác",
    );
    problem.status = StatusCode::FORBIDDEN;
    problem
}

fn too_many(seconds: i64) -> Box<Problem> {
    let problem = Problem::new(
        Kind::TooMany,
        format!(
            "too many requests in a minute: come again in {seconds} s; `wait` and streams need fewer"
        ),
        format!(
            "quá nhiều yêu cầu trong một phút: hãy thử lại sau {seconds} giây; dùng `wait` hoặc luồng sự kiện để gọi ít hơn"
        ),
    );
    problem.header(header::RETRY_AFTER, seconds.into())
}
