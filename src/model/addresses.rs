use super::{Article, SourceId};
use crate::text::{Place, map_addresses, media_type};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What addresses of our own begin with in a stored article: nobody's host (RFC 2606), since `base_url` may change.
const STORED: &str = "https://dongtin.invalid/media/";

/// What the address of a file that lies in a source's folder begins with, as it is stored.
pub fn own_media(source: &SourceId) -> String {
    format!("{STORED}{source}/")
}

/// The path below `/media/SOURCE/` of an address that leads into a source's folder. Versions before this one stored the
/// `base_url` of the day: such an address is known by its path and by the ending of a file that we serve.
pub fn own_path<'a>(address: &'a str, source: &SourceId) -> Option<&'a str> {
    if let Some(rest) = address.strip_prefix(STORED) {
        return rest.strip_prefix(source.as_str())?.strip_prefix('/');
    }
    let (_, rest) = address.split_once("://")?;
    let (_, path) = rest.split_once(&format!("/media/{source}/"))?;
    media_type(path).map(|_| path)
}

impl Article {
    /// The addresses of the files that it shows: its picture, those in its text, and what is enclosed.
    pub fn file_addresses(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.map_addresses(&mut |place, address| {
            if place == Place::File {
                found.insert(address.to_owned());
            }
            None
        });
        found
    }

    /// This article with other addresses: `map` gives the new one, or `None` where it stays.
    pub fn map_addresses(
        &self,
        map: &mut dyn FnMut(Place, &str) -> Option<String>,
    ) -> Cow<'_, Self> {
        let mut new = Cow::Borrowed(self);
        if let Some(url) = self.url.as_deref().and_then(|url| map(Place::Page, url)) {
            new.to_mut().url = Some(url);
        }
        if let Some(Cow::Owned(html)) = self.content.as_deref().map(|html| map_addresses(html, map))
        {
            new.to_mut().content = Some(html);
        }
        if let Some(url) = self.image.as_ref().and_then(|image| map(Place::File, &image.url))
            && let Some(image) = &mut new.to_mut().image
        {
            image.url = url;
        }
        for (place, file) in self.enclosures.iter().enumerate() {
            if let Some(url) = map(Place::File, &file.url)
                && let Some(file) = new.to_mut().enclosures.get_mut(place)
            {
                file.url = url;
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_our_own_are_known_whatever_base_url_they_were_stored_with() {
        let source = SourceId::new("xa").unwrap();
        assert_eq!(
            own_path(&format!("{}anh/1.jpg", own_media(&source)), &source),
            Some("anh/1.jpg")
        );
        assert_eq!(own_path(&format!("{}bai.html", own_media(&source)), &source), Some("bai.html"));
        for old in ["http://127.0.0.1:8080", "https://xa.vn", "https://xa.vn/cong-tin"] {
            let address = format!("{old}/media/xa/anh/1.jpg");
            assert_eq!(own_path(&address, &source), Some("anh/1.jpg"), "{address}");
        }
        for other in [
            "https://dongtin.invalid/media/xa-b/1.jpg",
            "https://dongtin.invalid/media/xb/1.jpg",
            "https://xa.vn/media/xb/1.jpg",
            "https://xa.vn/media/xa/bai.html",
            "/media/xa/1.jpg",
            "https://xa.vn/anh/1.jpg",
        ] {
            assert_eq!(own_path(other, &source), None, "{other}");
        }
    }
}
