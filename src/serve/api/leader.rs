use super::push_headers::bearer_token;
use crate::model::TokenVerdict;
use crate::serve::http::error::{Answer, Problem};
use crate::serve::state::State;
use crate::text::leads_inside;
use http::HeaderMap;

/// Lets pass what writes, if this node leads.
///
/// # Errors
/// 421 with the leader's address. An address inside the operator's network is told to those with a token of ours only.
pub fn refuse_if_following(state: &State, headers: &HeaderMap) -> Answer<()> {
    let role = state.journal.roles().borrow().clone();
    if role.leads {
        return Ok(());
    }
    let is_known = || {
        let (tokens, now) = (state.tokens.load(), (state.now)());
        let token = bearer_token(headers);
        tokens.check(token, None, now) != TokenVerdict::Unknown
            || tokens.partner(token, now).is_some()
    };
    let leader = role.leader.filter(|leader| !leads_inside(leader) || is_known());
    Err(Problem::follows(leader.as_deref()))
}
