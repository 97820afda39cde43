use super::Last;
use crate::model::Meaning;

/// What a source's state means, and what to do; `remedy` is empty if there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub problem: Meaning,
    pub remedy: Meaning,
}

type Row = (&'static str, [&'static str; 4]);

const WAIT_VI: &str = "Không cần làm gì: sẽ tự thử lại.";
const WAIT_EN: &str = "No action needed: it is tried again by itself.";
const TELL_VI: &str = "Báo cho người quản trị nguồn.";
const TELL_EN: &str = "Tell the people who run the source.";
const ADDRESS_VI: &str = "Kiểm tra lại địa chỉ nguồn trong cấu hình.";
const ADDRESS_EN: &str = "Check the source's address in the config.";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("never", ["Chưa được kiểm tra lần nào", "", "Not polled yet", ""]),
    ("fresh", ["Hoạt động tốt, lần cuối có nội dung mới", "", "OK; the last poll brought something new", ""]),
    ("not-modified", ["Hoạt động tốt, không có gì mới", "", "OK; nothing new", ""]),
    ("gone", ["Nguồn báo đã ngừng hẳn (410), chỉ còn xem lại mỗi ngày một lần", "Nếu nguồn trả lời lại thì tự đọc tiếp; nếu không, đổi địa chỉ hoặc xóa nguồn khỏi cấu hình.", "The source says it is gone for good (410); it is only looked at once a day", "If it answers again it is read again by itself; if not, give its new address in the config, or remove it."]),
    ("address", ["Nguồn không có địa chỉ đọc được", ADDRESS_VI, "The source has no address that can be read", ADDRESS_EN]),
    ("forbidden-address", ["Địa chỉ không được phép truy cập (mạng nội bộ hoặc cổng lạ)", "Nếu đúng là nguồn nội bộ, thêm máy:cổng vào fetch.allow; nếu không phải địa chỉ của chính nguồn thì thêm cả vào allow của nguồn đó.", "The address may not be dialed (a private network or an unusual port)", "If it is meant, add its host:port to fetch.allow; if it is not the source's own address, to the source's allow too."]),
    ("name-not-found", ["Không tìm thấy tên miền", ADDRESS_VI, "The name was not found", ADDRESS_EN]),
    ("no-connection", ["Không kết nối được tới máy chủ", WAIT_VI, "The server cannot be reached", WAIT_EN]),
    ("certificate-expired", ["Chứng chỉ bảo mật (TLS) đã hết hạn", TELL_VI, "The certificate has expired", TELL_EN]),
    ("certificate-not-yet-valid", ["Chứng chỉ bảo mật (TLS) chưa có hiệu lực", "Kiểm tra đồng hồ máy chủ.", "The certificate is not valid yet", "Check this machine's clock."]),
    ("certificate-of-another-name", ["Chứng chỉ bảo mật (TLS) cấp cho tên miền khác", ADDRESS_VI, "The certificate is for another name", ADDRESS_EN]),
    ("certificate-unknown-authority", ["Chứng chỉ bảo mật (TLS) tự ký hoặc do nơi không rõ cấp", "Nếu tin nơi cấp, thêm tệp PEM của họ vào fetch.extra_ca.", "The certificate is self-signed or from an unknown authority", "If you trust the authority, add its PEM file to fetch.extra_ca."]),
    ("tls", ["Không thiết lập được kết nối bảo mật (TLS)", TELL_VI, "No secure connection could be made", TELL_EN]),
    ("certificate-incomplete", ["Máy chủ không gửi chứng chỉ trung gian nên không xác minh được chứng chỉ bảo mật (TLS)", "Báo cho người quản trị nguồn cài đủ chuỗi chứng chỉ; trong lúc chờ, có thể thêm tệp PEM của chứng chỉ trung gian vào fetch.extra_ca.", "The server does not send the intermediate certificate, so that its certificate cannot be verified", "Tell the people who run the source to install the whole chain; until then you may add the intermediate's PEM file to fetch.extra_ca."]),
    ("tls-too-old", ["Máy chủ chỉ có mã hóa (TLS) đã lỗi thời, không còn an toàn", "Báo cho người quản trị nguồn: cần TLS 1.3, hoặc TLS 1.2 với ECDHE và AES-GCM hay ChaCha20.", "The server's encryption (TLS) is too old to be safe", "Tell the people who run the source: it takes TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20."]),
    ("header", ["Không đọc được tiêu đề HTTP riêng của nguồn", "Kiểm tra headers của nguồn trong cấu hình và quyền đọc tệp.", "A header of the source's own cannot be read", "Check the source's headers in the config, and that the file may be read."]),
    ("too-slow", ["Máy chủ trả lời quá chậm", WAIT_VI, "The server is too slow", WAIT_EN]),
    ("redirects", ["Chuyển hướng vòng vo, không tới đích", ADDRESS_VI, "The redirects lead nowhere", ADDRESS_EN]),
    ("too-large", ["Dữ liệu vượt giới hạn kích thước", "Tăng fetch.body nếu nguồn thật sự lớn như vậy.", "The answer is over the size limit", "Raise fetch.body if the source really is that large."]),
    ("encoding", ["Dữ liệu nén bị hỏng hoặc ghi sai nhãn", TELL_VI, "The compressed body is damaged or mislabeled", TELL_EN]),
    ("broken-answer", ["Phản hồi bị ngắt giữa chừng hoặc sai giao thức", WAIT_VI, "The answer broke off or is not HTTP", WAIT_EN]),
    ("empty", ["Phản hồi rỗng", WAIT_VI, "The answer is empty", WAIT_EN]),
    ("refused", ["Nguồn từ chối truy cập", TELL_VI, "The source refuses us", TELL_EN]),
    ("not-found", ["Không có gì ở địa chỉ này (404)", ADDRESS_VI, "There is nothing at this address (404)", ADDRESS_EN]),
    ("too-many-requests", ["Nguồn yêu cầu truy cập thưa hơn (429)", WAIT_VI, "The source asks us to come less often (429)", WAIT_EN]),
    ("host-resting", ["Máy chủ yêu cầu tạm ngừng truy cập, đang chờ đến hạn", WAIT_VI, "The host asked to be left alone for a while", WAIT_EN]),
    ("server-error", ["Máy chủ của nguồn báo lỗi", WAIT_VI, "The source's server has an error", WAIT_EN]),
    ("status", ["Nguồn trả về mã trạng thái không xử lý được", ADDRESS_VI, "The source answers with a status that gives us nothing", ADDRESS_EN]),
    ("html", ["Nhận được trang web thay vì kênh tin", "Dùng `dongtin source discover` để tìm địa chỉ kênh tin.", "A web page came instead of a feed", "Use `dongtin source discover` to find the feed's address."]),
    ("challenge", ["Nguồn đòi kiểm tra trình duyệt (chống bot, cookie)", "Đề nghị người quản trị nguồn cho máy chủ này qua (theo địa chỉ IP hoặc User-Agent), hoặc cho một địa chỉ kênh tin không bị chặn.", "The source tests the browser (a bot wall, a cookie challenge)", "Ask the people who run the source to let this server through, by its IP address or User-Agent, or for a feed address without the test."]),
    ("page", ["Trang không còn như bộ chọn mô tả", "Xem `dongtin source status`: có đề xuất bộ chọn mới.", "The selectors find nothing on the page", "See `dongtin source status`: it proposes new selectors."]),
    ("not-a-sitemap", ["Đây là kênh tin (RSS), không phải sitemap", "Đổi kind thành \"feed\".", "This is a feed and no sitemap", "Say kind = \"feed\"."]),
    ("error-page", ["Nhận được trang báo lỗi (mã 200)", WAIT_VI, "An error page came with status 200", WAIT_EN]),
    ("login-page", ["Nhận được trang đăng nhập", ADDRESS_VI, "A login page came", ADDRESS_EN]),
    ("not-a-dongtin", ["Địa chỉ này không phải một dongtin có thể chép", ADDRESS_VI, "What is at the address is not a dongtin that can be copied", ADDRESS_EN]),
    ("selection", ["Nơi xuất bản không nhận phần chọn (selection) của nguồn", "Sửa selection của nguồn theo lời báo lỗi.", "The publisher refuses the source's selection", "Mend the source's selection as the message says."]),
    ("not-taken-in", ["Không lưu được bài chép về", "Xem nhật ký máy chủ.", "What was copied could not be stored", "See this server's log."]),
    ("not-a-feed", ["Nội dung không phải kênh tin", ADDRESS_VI, "The document is not a feed", ADDRESS_EN]),
    ("too-deep", ["Tài liệu lồng nhau quá sâu", TELL_VI, "The document is nested too deep", TELL_EN]),
    ("worker-memory", ["Đọc tài liệu tốn quá nhiều bộ nhớ nên đã dừng", "Báo cho người quản trị nguồn; nếu tài liệu đúng là lớn như vậy, tăng worker.memory.", "Reading the document took too much memory and was ended", "Tell the people who run the source; if it really is that large, raise worker.memory."]),
    ("worker-time", ["Đọc tài liệu mất quá nhiều thời gian nên đã dừng", "Báo cho người quản trị nguồn; nếu máy này quá chậm, tăng worker.job_timeout.", "Reading the document took too long and was ended", "Tell the people who run the source; if this machine is slow, raise worker.job_timeout."]),
    ("worker-start", ["Không khởi động được tiến trình đọc tài liệu", "Xem nhật ký máy chủ: thiếu bộ nhớ hoặc vượt số tiến trình cho phép.", "No process could be started to read the document", "See this server's log: it lacks memory, or may start no more processes."]),
    ("worker", ["Không đọc nổi tài liệu trong giới hạn cho phép", TELL_VI, "The document could not be read within the limits", TELL_EN]),
];

const OTHER: [&str; 4] = ["Không đọc được nguồn", TELL_VI, "The source could not be read", TELL_EN];

/// What the last poll of a source means and what to do about it.
pub fn explain(last: &Last) -> Explanation {
    let name = match last {
        Last::Never => "never",
        Last::Fresh => "fresh",
        Last::NotModified => "not-modified",
        Last::Gone => "gone",
        Last::Failed(failure) => &failure.name,
    };
    let row = ROWS.iter().find(|(known, _)| *known == name).map_or(OTHER, |(_, texts)| *texts);
    let [vi, vi_remedy, en, en_remedy] = row;
    let remedy = Meaning { vi: vi_remedy, en: en_remedy };
    Explanation { problem: Meaning { vi, en }, remedy }
}
