use super::table::Table;
use crate::model::HeaderText;
use std::path::Path;
use url::Url;

/// `[follow]`: the leader whose journal this node copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowConfig {
    /// The leader's address.
    pub of: Url,
    /// The token that the leader gave.
    pub token: HeaderText,
}

impl FollowConfig {
    /// What a node follows; `None` if it leads.
    pub(super) fn read(mut table: Table<'_>, folder: &Path) -> Option<Self> {
        let of = table.optional("of").and_then(|of| address(&table, &of));
        let token = table.optional("token_file");
        if of.is_some() && token.is_none() {
            let message = "is missing: add token_file = \"secrets/leader\", with a token that the leader made (dongtin token new NAME --partner)";
            table.refuse("token_file", message);
        }
        table.finish();
        Some(Self { of: of?, token: HeaderText::Token(folder.join(token?)) })
    }
}

fn address(table: &Table<'_>, of: &str) -> Option<Url> {
    let url = Url::parse(of).ok();
    let url = url.filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if url.is_none() {
        let message =
            "is not the address of a dongtin: write it as in of = \"https://tin.example.vn\"";
        table.refuse("of", message);
    }
    url
}
