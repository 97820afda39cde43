use super::Trouble;
use super::nodes::{first, said, title_of};
use super::titles::{Said, said_by};
use scraper::{Html, Selector};

/// Characters of text, and links, under which a page is no more than its message.
const SHORT: (usize, usize) = (3_000, 10);

/// What a page is instead of news, if it is not news.
pub fn trouble(page: &Html) -> Option<Trouble> {
    if is_challenge(page) {
        return Some(Trouble::Challenge);
    }
    let heading = first(page, "h1").map(said);
    let titles = [title_of(page), heading];
    let found: Vec<Said> = titles.iter().flatten().filter_map(|title| said_by(title)).collect();
    let is = |said: Said| found.contains(&said);
    let asks = first(page, "input[type=password]").is_some();
    let small = is_small(page);
    if is(Said::Sure(Trouble::Error)) || (small && is(Said::Maybe(Trouble::Error))) {
        return Some(Trouble::Error);
    }
    let login = found.iter().any(|said| said.trouble() == Trouble::Login);
    let bare = small && first(page, "p").is_none_or(|p| said(p).len() < 200);
    if asks && (login || bare) {
        return Some(Trouble::Login);
    }
    // A page without any title whose whole text is a message.
    let whole = small && titles.iter().flatten().next().is_none();
    let text = whole.then(|| said(page.root_element())).and_then(|text| said_by(&text));
    text.filter(|said| *said == Said::Sure(Trouble::Error)).map(Said::trouble)
}

fn is_small(page: &Html) -> bool {
    let (longest, most) = SHORT;
    let text = page.root_element().text().map(str::len).sum::<usize>();
    let links = Selector::parse("a[href]").map(|links| page.select(&links).take(most).count());
    text < longest && links.is_ok_and(|links| links < most)
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

    fn of(page: &str) -> Option<Trouble> {
        trouble(&Html::parse_document(page))
    }

    #[test]
    fn an_error_page_is_one_whatever_it_is_titled_by() {
        assert_eq!(of("<title>Lỗi kết nối cơ sở dữ liệu</title><p>x"), Some(Trouble::Error));
        assert_eq!(of("<title>Cổng</title><h1>Máy chủ đang bận</h1>"), Some(Trouble::Error));
        assert_eq!(of("Error establishing a database connection"), Some(Trouble::Error));
        assert_eq!(of("<p>Hệ thống đang bảo trì, vui lòng quay lại sau"), Some(Trouble::Error));
        assert_eq!(of("<title>Bảo trì hệ thống</title><p>Tối nay."), Some(Trouble::Error));
        let news = format!("<title>Bảo trì hệ thống</title><p>{}", "Sở thông báo. ".repeat(300));
        assert_eq!(of(&news), None);
        assert_eq!(of("<p>Một trang ngắn không có tiêu đề"), None);
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
