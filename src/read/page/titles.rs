//! Titles that no news has: errors, notices of work on a site, logins.
//!
//! A title says that it is an error where *every* word of it is one that such pages have, and some of them together
//! name a state. One word more (who was harmed, where, what follows) and it is a headline.

use super::Trouble;
use crate::text::vietnamese::syllable::is_syllable;
use crate::text::{fold, slug};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Longer titles are headlines, whatever their words.
const MANY_WORDS: usize = 24;

/// What a title says that it is instead of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// No news, whatever stands beside it.
    Sure(Trouble),
    /// No news, unless what stands beside it is an article's.
    Maybe(Trouble),
}

/// Words of error pages, notices and logins; each alone says nothing. Syllables that are joined here count only together:
/// `cầu` is a bridge, `điện` is power, `đường` is a road.
const WORDS: &str = "trang_chủ thông_tin điện_tử hệ_thống máy_chủ dịch_vụ cơ_sở dữ_liệu kết_nối truy_cập truy_vấn \
    trình_duyệt yêu_cầu quý_khách vui_lòng chúng_tôi hiện_tại hiện_nay tạm_thời hoạt_động \
    phục_vụ sự_cố xảy_ra phát_sinh nâng_cấp cập_nhật bảo_trì bảo_dưỡng tồn_tại phiên_làm_việc \
    từ_chối thời_gian hợp_lệ nội_bộ nội_dung gián_đoạn địa_chỉ đường_dẫn thực_hiện bài_viết \
    xử_lý phản_hồi cấu_hình ứng_dụng thành_công thất_bại nghiêm_trọng kỹ_thuật đăng_nhập \
    hiển_thị ngoại_lệ xác_thực xác_định xác_minh tài_khoản mật_khẩu quản_trị quản_trị_viên \
    liên_hệ rất_tiếc thông_báo tìm_kiếm con_người cú_pháp hạn_chế tên_miền băng_thông giới_hạn \
    vượt_quá xây_dựng tham_số phương_thức hỗ_trợ chuyển_hướng máy_tính danh_sách chi_tiết \
    thư_mục kết_quả trang web website site cổng mất thử tải lại sau quay trở trong ít vài phút \
    giây lát khác nay đang đã bị được có thể này đó ngừng ngưng dừng tạm gặp quá bận lỗi không \
    chưa tìm thấy hết hạn làm việc quyền đến tới với vào chờ sai mã của mở và hoặc do vì để khi \
    xóa xoá gỡ bỏ khóa khoá lần nữa đọc ghi ngoài cấm xin ôi nghỉ là chặn bật đợi thiếu đủ ip \
    nào robot tệp hosting bạn error errors server service services unavailable temporarily \
    temporary database data connection connect connecting establishing could cannot can't \
    couldn't unable failed failure fail timeout timed time out gateway bad internal page pages \
    not found website site web is are was down offline under maintenance mode be back soon we \
    will we'll we're the a an this that your our my request requests please try again later in \
    few minutes access denied forbidden http https status code something went wrong oops sorry \
    limit exceeded too many ssl tls proxy application app runtime fatal critical uncaught \
    exception warning undefined invalid token session expired account has have had been \
    suspended disabled occurred while processing unexpected query to for at on of it by from or \
    and php mysql mariadb sql nginx apache iis cloudflare wordpress joomla drupal checking \
    browser before accessing moment just wait redirecting loading enable javascript cookies \
    attention required security check verify verifying you human robot captcha unauthorized \
    bandwidth quota resource resources object method display displayed allowed moved permanently \
    redirect coming works no such file directory host refused reset lost closed unreachable \
    exist exists does doesn't parse syntax memory exhausted overloaded busy currently \
    experiencing technical difficulties problem problems there issue login log sign password \
    username user ddos protection secure if one nothing no results index default welcome ubuntu \
    windows parked domain sale acceptable looks like whoops construction scheduled planned \
    unknown general critical response bot blocked banned ray id performance modsecurity firewall \
    code origin route router controller action view render rendering template module handler \
    listener tns null reference apache2";

/// What names a state, in whole words, that nothing else has where all other words are of [`WORDS`].
const STATES: &str = "lỗi, không tìm thấy, không tồn tại, không thể, không kết nối, không truy cập, không hợp lệ, \
    không có quyền, không hoạt động, không phản hồi, mất kết nối, kết nối thất bại, kết nối bị, từ \
    chối truy cập, truy cập bị từ chối, từ chối kết nối, bị từ chối, đang bận, quá tải, hết hạn, hết \
    thời gian, quá thời gian, thử lại, quay lại sau, quay trở lại, tải lại trang, đang bảo trì, đang \
    được bảo trì, đang nâng cấp, đang được nâng cấp, đang cập nhật, đang được cập nhật, đang tạm, bị \
    tạm, bị khóa, tạm ngừng hoạt động, tạm ngưng hoạt động, tạm dừng hoạt động, tạm ngừng phục vụ, \
    ngừng hoạt động, gặp sự cố, xảy ra sự cố, cấm truy cập, thất bại, bị xóa, bị gỡ, không có dữ liệu, chưa có dữ liệu, không xác định, bị chặn, bị hạn chế, đang tải, chuyển hướng, vui lòng đợi, vui lòng chờ, xin chờ, đang xây dựng, đang được xây dựng, thiếu tham số, không được hỗ trợ, không hỗ trợ, không đủ quyền, vượt quá giới hạn, xác minh bạn, bật javascript, không có quyền, không có bài viết, error, errors, unavailable, \
    not found, bad gateway, bad request, gateway timeout, timed out, timeout, forbidden, denied, \
    unauthorized, exception, failed, failure, expired, suspended, disabled, went wrong, maintenance, \
    offline, is down, are down, be back, try again, too many requests, limit exceeded, exceeded, \
    unable to, could not, couldn't, cannot, can't, refused, unreachable, overloaded, busy, just a \
    moment, attention required, checking your browser, verify you, verifying you, are human, are you \
    a robot, captcha, coming soon, it works, redirecting, loading, enable javascript, no such file, \
    moved permanently, does not exist, doesn't exist, technical difficulties, memory exhausted, \
    security check, not allowed, connection lost, protection by cloudflare, one moment, not acceptable, no data, no results, nothing found, index of, default page, welcome to nginx, domain is parked, domain parked, for sale, under construction, blocked, banned, no listener, null reference, invalid request, not exist, no route, connection reset, time out, cannot be, has \
    occurred";

/// Names of work on a site: a portal tells its readers of it as news, too.
const NOTICES: &str = "bảo trì, bảo dưỡng, nâng cấp, sự cố, gián đoạn, tạm ngừng, tạm ngưng, tạm dừng, problem, \
    problems, issue";

/// Names of a login.
const LOGINS: &str = "đăng nhập, login, log in, sign in";

/// What programs write into a title when they fail; no headline has it but one that speaks of it.
const MARKS: &str = "sqlstate[, mysqli, mysql_, pdoexception, sqlexception, ora-0, ora-12, stack trace, traceback (, \
    nullpointer, java.lang., java.sql., system.web, fatal error:, parse error:, uncaught , undefined \
    index, undefined variable, undefined array key, undefined offset, call to undefined, server \
    error in '/, object reference not set, /var/www/, /home/www, wwwroot, headers already sent, \
    allowed memory size, maximum execution time, failed to open stream, err_connection, dns_probe, \
    econnrefused, etimedout, internal server error";

/// The phrases of a list.
fn listed(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim)
}

/// What a title says that it is, where it is no news or may be none.
pub fn said_by(title: &str) -> Option<Said> {
    let lower = title.to_lowercase();
    if listed(MARKS).any(|mark| lower.contains(mark)) && !is_prose(title) {
        return Some(Said::Sure(Trouble::Error));
    }
    if let Some(said) = said_by_all(title) {
        return Some(said);
    }
    // A site's name stands beside: `404 Not Found - Cổng thông tin`.
    let parts: Vec<&str> =
        title.split(['|', '–', '—', '»', '«', '·']).flat_map(|part| part.split(" - ")).collect();
    let (found, rest): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .map(|part| (part, said_by_all(part)))
        .partition(|(_, said)| said.is_some());
    let said = found.first().and_then(|(_, said)| *said)?;
    let named = rest.iter().all(|(part, _)| is_name(part));
    Some(if named { said } else { Said::Maybe(said.trouble()) })
}

/// Whether a title has words that neither a program nor an error page would use: some of Vietnamese, or many of another
/// language.
fn is_prose(title: &str) -> bool {
    let book = Dictionary::accented();
    let words =
        title.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let words = words.filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic));
    let other: Vec<String> =
        words.map(fold).filter(|word| !book.words.contains(word.as_str())).collect();
    let vietnamese = other.iter().filter(|word| is_syllable(word)).count();
    vietnamese >= 2 || other.len() >= 6
}

impl Said {
    /// Which trouble it is.
    pub fn trouble(self) -> Trouble {
        match self {
            Said::Sure(trouble) | Said::Maybe(trouble) => trouble,
        }
    }
}

/// What a text says whose every word is one of such pages.
fn said_by_all(text: &str) -> Option<Said> {
    let (accented, plain) = (Dictionary::accented(), Dictionary::plain());
    // Who writes without accents writes every word so.
    let book = if text.is_ascii() { plain } else { accented };
    let words = book.words_of(text)?;
    // An apology alone is none: `Xin lỗi`.
    let sentence = format!(" {} ", words.join(" ")).replace(&book.sorry, " ");
    let holds =
        |phrases: &HashSet<String>| phrases.iter().any(|phrase| sentence.contains(phrase.as_str()));
    match () {
        () if holds(&book.logins) => Some(Said::Sure(Trouble::Login)),
        () if is_status(&words) || holds(&book.states) => Some(Said::Sure(Trouble::Error)),
        () if holds(&book.notices) => Some(Said::Maybe(Trouble::Error)),
        () => None,
    }
}

/// `404`, `Lỗi 500`, `HTTP 503`: a status alone, or beside words of such pages.
fn is_status(words: &[String]) -> bool {
    let status = |word: &String| word.len() == 3 && word.starts_with(['4', '5']);
    let named =
        words.iter().any(|word| matches!(word.as_str(), "http" | "status" | "code" | "mã" | "ma"));
    words.iter().any(status) && (words.len() == 1 || named)
}

/// Whether a part of a title names a site: `Cổng thông tin điện tử tỉnh Hòa Bình`, `Báo Lai Châu`, `example.vn`.
pub(super) fn is_name(part: &str) -> bool {
    const SITES: &str = "cổng trang báo sở ubnd ủy uỷ hđnd ban cục bộ tạp đài website tin công cong bao so trường \
        bệnh chi phòng tỉnh huyện xã thành văn viện tổng vnexpress hội";
    let part = part.trim();
    let first = part.split_whitespace().next().map(str::to_lowercase).unwrap_or_default();
    part.is_empty()
        || SITES.split(' ').any(|site| site == first)
        || (part.contains('.') && !part.contains(' '))
        || !part.contains(' ')
}

/// The words in one spelling.
struct Dictionary {
    /// Every syllable.
    words: HashSet<String>,
    /// Those that stand alone, and those that stand together, parted by one space.
    units: HashSet<String>,
    states: HashSet<String>,
    notices: HashSet<String>,
    logins: HashSet<String>,
    sorry: String,
    spell: fn(&str) -> String,
}

impl Dictionary {
    fn accented() -> &'static Self {
        static BOOK: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::spelled(fold));
        &BOOK
    }

    fn plain() -> &'static Self {
        static BOOK: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::spelled(unaccented));
        &BOOK
    }

    fn spelled(spell: fn(&str) -> String) -> Self {
        let phrases = |list| listed(list).map(|phrase| format!(" {} ", spell(phrase))).collect();
        let units = WORDS.split_whitespace().map(|unit| spell(&unit.replace('_', " ")));
        let units: HashSet<String> = units.collect();
        let words = units.iter().flat_map(|unit| unit.split(' ')).map(str::to_owned);
        Self {
            words: words.collect(),
            units,
            states: phrases(STATES),
            notices: phrases(NOTICES),
            logins: phrases(LOGINS),
            sorry: format!(" {} ", spell("xin lỗi")),
            spell,
        }
    }

    /// The words of a text, if each is known or a number.
    fn words_of(&self, text: &str) -> Option<Vec<String>> {
        let mut words = Vec::new();
        for written in text.split_whitespace() {
            let spelled = (self.spell)(written);
            for word in spelled.split(' ').filter(|word| !word.is_empty()) {
                let is_known = self.words.contains(word) || is_number(word);
                if !is_known || words.len() == MANY_WORDS {
                    return None;
                }
                words.push(word.to_owned());
            }
        }
        (!words.is_empty() && self.is_made_of_units(&words)).then_some(words)
    }

    /// Whether words can be read as units, longer ones first.
    fn is_made_of_units(&self, mut words: &[String]) -> bool {
        while let Some(first) = words.first() {
            let stands = |count: &usize| {
                words.get(..*count).is_some_and(|some| self.units.contains(&some.join(" ")))
            };
            let alone = usize::from(is_number(first));
            match [3, 2, 1].into_iter().find(stands).unwrap_or(alone) {
                0 => return false,
                count => words = words.get(count..).unwrap_or_default(),
            }
        }
        true
    }
}

fn is_number(word: &str) -> bool {
    word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit())
}

/// Words without accents, parted by one space; unlike a slug it has no longest length.
fn unaccented(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .map(slug)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRORS: &[&str] = &[
        "Lỗi kết nối cơ sở dữ liệu",
        "Máy chủ đang bận",
        "Trang không tồn tại",
        "Không tìm thấy trang",
        "Hệ thống đang bảo trì",
        "Database error",
        "Service Unavailable",
        "Error establishing a database connection",
        "Attention Required! | Cloudflare",
        "404 Not Found",
        "Lỗi 404",
        "503",
        "HTTP 502",
        "Error 500: Internal Server Error",
        "Không tìm thấy trang - Cổng thông tin điện tử",
        "Hệ thống đang bảo trì!",
        "Access Denied",
        "Không thể kết nối tới máy chủ, vui lòng thử lại sau",
        "Hệ thống đang được nâng cấp. Xin quý khách vui lòng quay lại sau ít phút",
        "Đã xảy ra lỗi khi xử lý yêu cầu",
        "Phiên làm việc đã hết hạn",
        "Yêu cầu của bạn bị từ chối",
        "Bạn không có quyền truy cập trang này",
        "Website tạm ngừng hoạt động",
        "Dịch vụ tạm thời không hoạt động",
        "Máy chủ quá tải",
        "Hết thời gian chờ kết nối",
        "Nội dung không tồn tại hoặc đã bị xóa",
        "Xin lỗi, trang bạn tìm không tồn tại",
        "LỖI HỆ THỐNG",
        "Lỗi truy vấn dữ liệu | Báo Hòa Bình",
        "Không thể truy cập trang web này",
        "Trang bạn đang tìm kiếm không tồn tại",
        "Bài viết đã bị xóa",
        "Không có dữ liệu",
        "Nội dung đang được cập nhật",
        "Lỗi không xác định",
        "Lỗi cú pháp SQL",
        "Địa chỉ IP của bạn đã bị chặn",
        "Tên miền đã hết hạn",
        "Băng thông đã vượt quá giới hạn",
        "Xác minh bạn là con người",
        "Vui lòng bật JavaScript",
        "Đang chuyển hướng...",
        "Website đang xây dựng",
        "Tham số không hợp lệ",
        "Phương thức không được hỗ trợ",
        "Không kết nối được cơ sở dữ liệu",
        "Rất tiếc! Đã có lỗi xảy ra",
        "Web server is down",
        "DDoS protection by Cloudflare",
        "Index of /",
        "Welcome to nginx!",
        "Apache2 Ubuntu Default Page: It works",
        "This domain is for sale",
        "Whoops, looks like something went wrong.",
        "Oops! That page can't be found.",
        "ORA-12541: TNS:no listener",
        "Loi ket noi co so du lieu",
        "May chu dang ban",
        "Trang khong ton tai",
        "He thong dang bao tri",
        "Khong tim thay trang",
        "Bad Request",
        "Gateway Time-out",
        "This site is under maintenance",
        "We'll be back soon",
        "Something went wrong. Please try again later",
        "Too Many Requests",
        "Just a moment...",
        "Bandwidth Limit Exceeded",
        "The page cannot be displayed",
        "Fatal error: Uncaught PDOException: SQLSTATE[HY000] [2002]",
        "Server Error in '/' Application.",
        "java.lang.NullPointerException",
        "Warning: mysqli_connect(): (HY000/1040): Too many connections in /var/www/html/db.php",
    ];

    const NEWS: &[&str] = &[
        "Vì sao trang nộp hồ sơ hay hiện Internal Server Error",
        "Stack Trace 2026: nơi gặp gỡ của người viết phần mềm",
        "Lỗi DNS_PROBE_FINISHED_NXDOMAIN là gì, cách khắc phục",
        "Lỗi hệ thống khiến hàng nghìn chuyến bay hoãn",
        "Bảo trì cầu Bãi Cháy từ ngày 3/12",
        "Khắc phục lỗi 404 trên cổng dịch vụ công",
        "Bảo trì lưới điện huyện Lương Sơn",
        "Công an hướng dẫn đăng nhập VNeID",
        "404 hộ dân được cấp nước sạch",
        "Không tìm thấy nạn nhân thứ ba",
        "500 suất quà",
        "Xin lỗi",
        "Không thể chủ quan với bão số 3",
        "Máy chủ đang bận: giáo viên kêu khó khi nhập điểm",
        "Website giả mạo Bộ Công an đã bị ngăn chặn",
        "Quá tải bệnh viện tuyến tỉnh mùa sốt xuất huyết",
        "Cổng dịch vụ công quốc gia tạm dừng phục vụ trong đêm 20/11",
        "Hết hạn đăng ký xét tuyển đại học",
        "Từ chối quyền nuôi con có được không?",
        "Lỗi tại trọng tài, đội nhà mất điểm",
        "Hệ thống camera giao thông hoạt động từ ngày mai",
        "Sự cố vỡ đường ống nước sông Đà đã được khắc phục",
        "Google says service outage was caused by a cable cut",
        "Bad weather closes the airport",
        "Police denied the report",
        "Hacker tấn công máy chủ cơ sở dữ liệu của ngân hàng",
        "Nâng cấp trang thiết bị y tế cho trạm xã",
        "Dữ liệu dân cư: kết nối với 15 bộ, ngành",
        "Trang chủ",
        "Xây dựng hệ thống dữ liệu",
        "Kết quả tìm kiếm người mất tích",
        "Chuyển hướng sản xuất ở vùng cao",
        "Người dân bị chặn đường",
        "Thiếu nước sạch ở xã Pà Cò",
        "Bị xóa tên khỏi danh sách hộ nghèo",
        "Danh sách kết quả",
        "Xác minh thông tin bài viết",
        "Con người và thiên nhiên",
        "Hỗ trợ người dân",
        "Vượt khó",
        "Chi tiết",
        "Tỉnh không có dữ liệu về đất rừng",
        "Welcome to Hòa Bình",
        "Nhà máy tạm dừng hoạt động vì quá tải",
        "Bệnh viện quá tải",
        "Đường dây 500 kV gặp sự cố",
        "Hết hạn nộp hồ sơ",
        "Cầu đang xây dựng",
        "Lỗi của ai?",
        "Đường quá tải",
        "Điện quá tải",
        "Cầu tạm dừng hoạt động",
        "Cầu bị lỗi",
        "Người bị chặn",
        "Máy bị lỗi",
        "Vụ việc bị từ chối",
        "Thông báo",
        "Cổng thông tin điện tử",
        "Loi the cua nong san vung cao",
        "Bao tri duong day 110 kV",
        "1975",
        "",
    ];

    fn is_sure(title: &str) -> bool {
        matches!(said_by(title), Some(Said::Sure(_)))
    }

    #[test]
    fn titles_of_errors_are_known() {
        let unknown: Vec<_> = ERRORS.iter().filter(|title| !is_sure(title)).collect();
        assert!(unknown.is_empty(), "{unknown:#?}");
        for title in [
            "Đăng nhập | Cổng thông tin",
            "Đăng nhập hệ thống quản trị",
            "Sign in",
            "Vui lòng đăng nhập",
        ] {
            assert_eq!(said_by(title), Some(Said::Sure(Trouble::Login)), "{title}");
        }
    }

    #[test]
    fn news_about_errors_is_news() {
        let mistaken: Vec<_> = NEWS.iter().filter(|title| said_by(title).is_some()).collect();
        assert!(mistaken.is_empty(), "{mistaken:#?}");
    }

    #[test]
    fn what_a_portal_also_tells_as_news_is_doubtful() {
        for title in [
            "Thông báo bảo trì hệ thống",
            "Nâng cấp hệ thống máy chủ",
            "Sự cố dịch vụ",
            "Lỗi hệ thống - nguyên nhân làm chậm chuyến bay",
        ] {
            assert_eq!(said_by(title), Some(Said::Maybe(Trouble::Error)), "{title}");
        }
    }

    #[test]
    fn every_state_is_made_of_known_words() {
        for book in [Dictionary::accented(), Dictionary::plain()] {
            for phrase in book.states.iter().chain(&book.notices).chain(&book.logins) {
                let unknown: Vec<_> =
                    phrase.split_whitespace().filter(|word| !book.words.contains(*word)).collect();
                assert!(unknown.is_empty(), "{phrase}: {unknown:?} can never be found");
            }
        }
    }
}
