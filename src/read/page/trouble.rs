//! Pages that are no news though they come with status 200: an error, a login, a challenge.

use super::nodes::{first, said, title_of};
use scraper::{Html, Selector};

/// What a page is instead of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It says that something went wrong.
    #[error("an error page with status 200")]
    Error,
    /// It asks for a password.
    #[error("a login page")]
    Login,
    /// Its script sets a cookie and loads it again.
    #[error("a cookie challenge")]
    Challenge,
}

/// Titles of pages that are no news, as they stand; compared without case and marks at the ends.
const ERRORS: &[&str] = &[
    "error",
    "lỗi",
    "lỗi hệ thống",
    "có lỗi xảy ra",
    "đã có lỗi xảy ra",
    "thông báo lỗi",
    "không tìm thấy",
    "không tìm thấy trang",
    "trang không tồn tại",
    "page not found",
    "not found",
    "404",
    "forbidden",
    "access denied",
    "bad gateway",
    "service unavailable",
    "internal server error",
    "server error",
    "runtime error",
    "gateway timeout",
    "request rejected",
    "bảo trì",
    "bảo trì hệ thống",
    "hệ thống đang bảo trì",
    "website đang bảo trì",
    "under maintenance",
    "maintenance",
    "account suspended",
    "an error occurred",
    "a database error occurred",
    "error establishing a database connection",
    "just a moment",
    "attention required! | cloudflare",
    "từ chối truy cập",
    "truy cập bị từ chối",
    "phiên làm việc đã hết hạn",
];

const LOGINS: &[&str] =
    &["đăng nhập", "login", "log in", "sign in", "đăng nhập hệ thống", "vui lòng đăng nhập"];

/// What a page is instead of news, if it is not news.
pub fn trouble(page: &Html) -> Option<Trouble> {
    if is_challenge(page) {
        return Some(Trouble::Challenge);
    }
    let heading = first(page, "h1").map(said);
    let titles = [title_of(page), heading];
    let found = titles.iter().flatten().find_map(|title| of_title(title));
    let asks = first(page, "input[type=password]").is_some();
    let short = page.root_element().text().map(str::len).sum::<usize>() < 3_000;
    match found {
        Some(Trouble::Login) if asks => Some(Trouble::Login),
        Some(Trouble::Error) => Some(Trouble::Error),
        _ if asks && short && first(page, "p").is_none_or(|p| said(p).len() < 200) => {
            let links = Selector::parse("a[href]").ok()?;
            (page.select(&links).count() < 10).then_some(Trouble::Login)
        }
        _ => None,
    }
}

/// What the title of a page or of an entry says that it is, where it is no news.
pub fn of_title(title: &str) -> Option<Trouble> {
    let whole = plain(title);
    // A site's name stands beside: `404 Not Found - Cổng thông tin`.
    let parts = title.split(['|', '–', '»']).chain(title.split(" - ")).map(plain);
    let parts: Vec<String> = std::iter::once(whole).chain(parts).collect();
    let is = |known: &[&str]| parts.iter().any(|part| known.contains(&part.as_str()));
    let coded = parts.first().is_some_and(|whole| is_coded(whole));
    if is(ERRORS) || coded { Some(Trouble::Error) } else { is(LOGINS).then_some(Trouble::Login) }
}

fn plain(text: &str) -> String {
    let edges = |c: char| c.is_whitespace() || matches!(c, '.' | '!' | '…' | ':' | '-' | '*');
    text.trim_matches(edges).to_lowercase()
}

/// `404 not found`, `error 500`, `lỗi 404`, `http 503`: a status with words that only such pages have.
fn is_coded(text: &str) -> bool {
    let mut words: Vec<&str> = text.split([' ', ':', '-', ',']).filter(|w| !w.is_empty()).collect();
    let is_status = |word: &&str| {
        word.len() == 3
            && (word.starts_with('4') || word.starts_with('5'))
            && word.parse::<u16>().is_ok()
    };
    let before = words.len();
    words.retain(|word| !is_status(word));
    let others = [
        "error",
        "lỗi",
        "http",
        "not",
        "found",
        "bad",
        "gateway",
        "internal",
        "server",
        "service",
        "unavailable",
        "temporarily",
        "forbidden",
        "page",
        "trang",
        "không",
        "tìm",
        "thấy",
        "status",
    ];
    words.len() < before && words.len() <= 4 && words.iter().all(|word| others.contains(word))
}

/// A page of little but a script that sets a cookie and loads it again.
fn is_challenge(page: &Html) -> bool {
    let Ok(scripts) = Selector::parse("script") else { return false };
    let links = Selector::parse("a[href]").map(|a| page.select(&a).take(6).count());
    if links.is_ok_and(|links| links > 5) {
        return false;
    }
    page.select(&scripts).any(|script| {
        let code: String = script.text().collect();
        let reloads = ["location.reload", "location.href", "location.replace", "window.location"];
        code.contains("document.cookie") && reloads.iter().any(|r| code.contains(r))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_errors_are_known_and_news_about_errors_is_news() {
        for title in [
            "404 Not Found",
            "Lỗi 404",
            "Error 500: Internal Server Error",
            "Không tìm thấy trang - Cổng thông tin điện tử",
            "Hệ thống đang bảo trì!",
            "Access Denied",
        ] {
            assert_eq!(of_title(title), Some(Trouble::Error), "{title}");
        }
        assert_eq!(of_title("Đăng nhập | Cổng thông tin"), Some(Trouble::Login));
        for title in [
            "Khắc phục lỗi 404 trên cổng dịch vụ công",
            "Bảo trì lưới điện huyện Lương Sơn",
            "Công an hướng dẫn đăng nhập VNeID",
            "404 hộ dân được cấp nước sạch",
            "Không tìm thấy nạn nhân thứ ba",
            "500 suất quà",
            "",
        ] {
            assert_eq!(of_title(title), None, "{title}");
        }
    }

    #[test]
    fn a_login_page_is_one_and_a_page_with_a_login_box_is_not() {
        let login = "<title>Hệ thống</title><form><input name=u><input type=password></form>";
        assert_eq!(trouble(&Html::parse_document(login)), Some(Trouble::Login));
        let links: String = (0..20).map(|n| format!("<a href=/{n}>Tin {n}</a>")).collect();
        let portal = format!("<title>Cổng</title>{links}<input type=password>");
        assert_eq!(trouble(&Html::parse_document(&portal)), None);
    }
}
