/// The longest header that is read, in bytes.
const MOST: usize = 16_384;

/// One link of a `Link` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As written; may be relative.
    pub target: String,
    /// Its relations, in lower case.
    pub rels: Vec<String>,
}

impl Link {
    /// Whether it has a relation, named in lower case.
    pub fn is(&self, relation: &str) -> bool {
        self.rels.iter().any(|rel| rel == relation)
    }
}

/// Reads a `Link` header: every link with its relations; anything else is left out.
pub fn link_header(value: &str) -> Vec<Link> {
    let value = value.get(..value.floor_char_boundary(MOST)).unwrap_or(value);
    value.split('<').skip(1).filter_map(link).collect()
}

fn link(text: &str) -> Option<Link> {
    let (target, parameters) = text.split_once('>')?;
    let rel = parameters.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel").then_some(value)
    });
    let rels = rel.unwrap_or("").split_whitespace().map(str::to_ascii_lowercase).collect();
    Some(Link { target: target.trim().to_owned(), rels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_have_the_relations_of_their_own_parameters() {
        let value = "</hub>; rel=\"hub\", <https://a.vn/rss>; type=x; REL=\"Self alternate\" , < /x >,<y>;rel=HUB,<z";
        let found = link_header(value);
        let targets: Vec<&str> = found.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(targets, ["/hub", "https://a.vn/rss", "/x", "y"]);
        let hubs: Vec<bool> = found.iter().map(|link| link.is("hub")).collect();
        assert_eq!(hubs, [true, false, false, true]);
        assert!(found[1].is("self") && found[1].is("alternate") && found[2].rels.is_empty());
        assert!(link_header(&"<a>;rel=hub,".repeat(5_000)).len() < 5_000);
    }
}
