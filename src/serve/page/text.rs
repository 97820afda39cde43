use crate::model::Language;

/// The words of a language.
pub(super) fn words(language: Language) -> &'static Words {
    language.pick(&EN, &VI)
}

macro_rules! words {
    ($($name:ident: $vi:expr, $en:expr;)*) => {
        /// One field per text, so that no language can miss one.
        #[derive(Debug)]
        pub(super) struct Words { $(pub(super) $name: &'static str,)* }
        const VI: Words = Words { $($name: $vi,)* };
        const EN: Words = Words { $($name: $en,)* };
    };
}

words! {
    own_name: "Tiếng Việt", "English";
    skip: "Chuyển đến nội dung chính", "Skip to the main content";
    main_menu: "Điều hướng chính", "Main menu";
    home: "Trang chủ", "Home";
    feeds: "Kênh tin", "Feeds";
    state_of_sources: "Tình trạng nguồn tin", "Sources";
    latest: "Tin mới nhất", "Latest news";
    nothing_yet: "Chưa có tin nào. Khi nguồn tin đầu tiên gửi tin, tin sẽ hiện ở đây.",
        "No news yet. The first article that a source sends will appear here.";
    read_original: "Đọc bản gốc", "Read the original";
    also_told: "Cùng tin này:", "The same story:";
    source: "Nguồn tin", "Source";
    author: "Tác giả", "Author";
    publisher: "Cơ quan chủ quản", "Publisher";
    published: "Đăng lúc", "Published";
    received_at: "Nhận lúc", "Received";
    updated: "Cập nhật", "Updated";
    via: "Dẫn từ", "Via";
    rights: "Bản quyền", "Rights";
    categories: "Chuyên mục", "Categories";
    about_article: "Về bài này", "About this article";
    files: "Tệp đính kèm", "Attached files";
    repairs: "Những chỗ đã sửa lỗi chữ", "Text that was repaired";
    repairs_why: "Bản gốc có chữ viết bằng bảng mã cũ hoặc gõ nhầm dấu. Mỗi chỗ sửa được ghi lại để ai cũng kiểm tra được.",
        "The original has words in an old encoding or with stray marks. Each repair is listed so that anyone can check it.";
    field: "Ở phần", "Where";
    was: "Bản gốc viết", "The original says";
    now: "Đã sửa thành", "Repaired to";
    rule: "Quy tắc", "Rule";
    flags: "Chỗ đáng ngờ, giữ nguyên", "Doubtful, left as it was";
    may_be: "có lẽ là", "may be";
    revisions: "Các lần cập nhật", "Revisions";
    changed: "đã đổi", "changed";
    this_revision: "bản đang đọc", "the one you are reading";
    withdrawn_once: "đã gỡ", "withdrawn";
    no_title: "(không có tiêu đề)", "(untitled)";
    withdrawn: "Bài này đã được gỡ", "This article was withdrawn";
    withdrawn_text: "Nguồn tin đã gỡ bài này nên chúng tôi không giữ nội dung của bài ở đây nữa. Địa chỉ này sẽ không được dùng cho bài khác.",
        "Its source took this article back, so its text is no longer shown here. This address will never be used for another article.";
    withdrawn_at: "Gỡ lúc", "Withdrawn";
    more_of_source: "Xem các tin khác của nguồn tin này", "See more from this source";
    feed_kicker: "Kênh tin để theo dõi", "A feed to follow";
    feed_what: "Đây là một kênh tin: chép địa chỉ dưới đây vào ứng dụng đọc tin, tin mới sẽ tự đến. Không cần đăng ký, không cần địa chỉ thư, bỏ theo dõi lúc nào cũng được.",
        "This is a feed: copy the address below into a feed reader and new articles come to you. No account, no e-mail address; leave whenever you like.";
    address: "Địa chỉ kênh tin", "Address of the feed";
    address_help: "Bấm vào ô, chọn tất cả (Ctrl+A) rồi chép (Ctrl+C).",
        "Click in the box, select all (Ctrl+A), then copy (Ctrl+C).";
    open_in: "Theo dõi bằng", "Follow it with";
    app_on_device: "Ứng dụng trên máy", "An app on this device";
    formats: "Các định dạng", "Formats";
    new_in_feed: "Tin mới trong kênh tin này", "Latest in this feed";
    older: "Tin cũ hơn", "Older news";
    newest: "Về tin mới nhất", "Back to the latest news";
    feed_empty: "Kênh tin này chưa có tin.", "This feed has no entries yet.";
    all_feeds: "Tất cả kênh tin", "All feeds";
    feeds_what: "Chọn một kênh tin để theo dõi bằng ứng dụng đọc tin.", "Pick a feed and follow it in a feed reader.";
    kind_all: "Mọi tin", "Everything";
    kind_own: "Tuyển chọn", "Selections";
    kind_source: "Theo nguồn tin", "By source";
    kind_category: "Theo chuyên mục", "By category";
    subscribe: "Theo dõi", "Follow";
    opml: "Tải cả danh sách (OPML)", "Download the whole list (OPML)";
    footer: "Xuất bản bằng", "Published with";
    status_title: "Tình trạng các nguồn tin", "Sources";
    status_lead: "Mỗi nguồn tin một khung: đang thế nào, lần cuối nhận được tin, và cần làm gì.",
        "One box per source: how it is, when it last worked, and what to do.";
    all_well: "Mọi nguồn tin đều bình thường.", "All sources are well.";
    all_work: "Mọi nguồn tin đều hoạt động", "All sources work";
    some_warned: "nguồn tin có cảnh báo", "with warnings";
    some_fail: "nguồn tin đang có vấn đề", "with a problem";
    and_more: "và", "and";
    more_files: "tệp nữa", "more";
    looked_at: "Tính đến", "As of";
    no_sources: "Chưa khai báo nguồn tin nào. Thêm một mục [[source]] vào tệp cấu hình rồi nạp lại.",
        "No source is configured. Add a [[source]] to the config file and reload.";
    follows: "Nút này chép theo nút chính", "This node follows its leader";
    state_new: "Đang chờ tin đầu tiên", "Waiting for its first article";
    state_good: "Bình thường", "OK";
    state_warned: "Hoạt động, có cảnh báo", "OK, with warnings";
    state_failing: "Đang lỗi", "Failing";
    state_stopped: "Đã dừng", "Stopped";
    way: "Cách nhận", "Type";
    way_push: "CMS gửi đến", "push";
    way_folder: "thư mục", "folder";
    way_feed: "đọc kênh tin", "feed";
    way_page: "đọc trang", "page";
    way_mirror: "chép từ dongtin khác", "mirror";
    last_good: "Lần đọc thành công gần nhất", "Last successful read";
    next_check: "Lần kiểm tra tới", "Next check";
    never: "chưa có", "never";
    none_planned: "không hẹn giờ", "none planned";
    articles_held: "Số bài đang đăng", "Articles published";
    problem: "Lỗi gần nhất", "Last error";
    proposal: "Bộ chọn mới (đề xuất)", "New selectors (proposed)";
    hub: "WebSub", "WebSub";
    hub_until: "hub báo tin mới đến", "the hub tells of changes until";
    hub_waiting: "đang chờ hub trả lời; vẫn đọc theo lịch", "waiting for the hub; polled meanwhile";
    hub_refused: "hub không nhận đăng ký; vẫn đọc theo lịch", "no hub takes the subscription; polled instead";
    times_in_a_row: "lần liên tiếp", "times in a row";
    warnings: "Cảnh báo", "Warnings";
    what_to_do: "Cần làm gì", "What to do";
    do_nothing: "Không cần làm gì.", "Nothing.";
    do_push: "Gửi bài đầu tiên từ CMS; nếu CMS báo đã gửi, kiểm tra mã truy cập và địa chỉ gửi.",
        "Push the first article from the CMS; if it says it did, check the token and the address.";
    do_folder: "Đặt tệp tin đầu tiên vào thư mục; kiểm tra quyền đọc của thư mục.",
        "Put the first file in the folder; check that the folder can be read.";
    do_wait: "Chờ lần kiểm tra tiếp theo.", "Wait for the next check.";
    do_wait_warned: "Không cần làm gì: phần còn chờ sẽ được đọc sau.", "Nothing: what waits is read later.";
    do_warned: "Tin vẫn ra bình thường. Báo cho bên quản trị nguồn tin để họ sửa tận gốc.",
        "News still flows. Tell the source's webmaster so that it is mended there.";
    do_warned_folder: "Tin vẫn ra bình thường, chỗ chưa chuẩn đã được xử lý khi đọc. Muốn hết cảnh báo, sửa tệp trong thư mục.",
        "News still flows; what was wrong was dealt with while reading. To be rid of the warnings, mend the files.";
    do_failing: "Các tin đã nhận vẫn được giữ và phát. Chúng tôi tự thử lại; nếu kéo dài quá một ngày, mở địa chỉ nguồn tin bằng trình duyệt và hỏi bên quản trị.",
        "What was received stays published. It is tried again by itself; after a day, open the source's address in a browser and ask its webmaster.";
    do_failing_folder: "Các tin đã nhận vẫn được giữ và phát. Kiểm tra thư mục có còn và có đọc được không, rồi sửa tệp nêu trong lỗi.",
        "What was received stays published. Check that the folder is there and readable, then mend the file that the error names.";
    do_failing_files: "Sửa các tệp nêu dưới đây trong thư mục: có bài trong đó chưa ra, hoặc vẫn là bản trước. Các tệp khác vẫn được đọc.",
        "Mend the files named below: some of what they hold is not published, or as it was before. The other files are read.";
    do_failing_push: "Các tin đã nhận vẫn được giữ và phát. Xem lỗi, sửa ở CMS rồi gửi lại bài.",
        "What was received stays published. Read the error, mend it in the CMS and push the article again.";
    do_stopped: "Nguồn tin báo đã đóng vĩnh viễn (410). Chúng tôi xem lại mỗi ngày một lần, nguồn tin mở lại thì tự đọc tiếp; nếu không, tìm địa chỉ mới rồi sửa tệp cấu hình, hoặc bỏ nguồn tin này.",
        "The source said it is gone for good (410). It is looked at once a day and read again once it answers; otherwise find its new address and put it in the config, or remove the source.";
    error_404: "Không tìm thấy trang này", "This page is not here";
    error_404_text: "Có thể địa chỉ bị gõ sai, hoặc trang chưa từng có ở đây.",
        "The address may be mistyped, or the page was never here.";
    error_410: "Trang này không còn nữa", "This page is gone";
    error_410_text: "Trang đã được gỡ và sẽ không quay lại.", "It was taken down and will not come back.";
    error_4xx: "Yêu cầu chưa đúng", "The request was not understood";
    error_4xx_text: "Hãy kiểm tra lại địa chỉ rồi thử lại.", "Check the address and try again.";
    error_429: "Quá nhiều yêu cầu", "Too many requests";
    error_429_text: "Hãy chờ một lát rồi thử lại.", "Wait a little and try again.";
    error_5xx: "Máy chủ gặp lỗi", "Something broke on our side";
    error_5xx_text: "Không có tin nào bị mất. Hãy thử lại sau ít phút; chi tiết đã được ghi trong nhật ký máy chủ.",
        "No news was lost. Try again in a few minutes; the log has the details for the operator.";
    error_503: "Đang khởi động", "Starting up";
    error_503_text: "Máy chủ đang đọc lại tin đã giữ. Hãy thử lại sau vài giây.",
        "The server is reading back what it holds. Try again in a few seconds.";
    go_home: "Về trang chủ", "Go to the front page";
    code: "Mã", "Code";
    minutes: "phút", "min";
    audio_video: "Thời lượng", "Length";
    unknown_size: "không rõ dung lượng", "size unknown";
}

pub(super) fn field_name(language: Language, field: &str) -> String {
    let (vi, en) = match field {
        "title" => ("tiêu đề", "title"),
        "summary" => ("đoạn dẫn", "lead"),
        "content" => ("nội dung", "text"),
        "author" => ("tác giả", "author"),
        "category" => ("chuyên mục", "category"),
        "published" => ("ngày đăng", "date"),
        "image" => ("ảnh", "picture"),
        "files" => ("tệp đính kèm", "files"),
        "address" => ("liên kết gốc", "link to the original"),
        "language" => ("ngôn ngữ", "language"),
        "rights" => ("bản quyền", "rights"),
        "origin" => ("nơi dẫn", "origin"),
        other => return other.to_owned(),
    };
    language.pick(en, vi).to_owned()
}

pub(super) fn rule_name(language: Language, rule: &str) -> String {
    let (vi, en) = match rule {
        "tcvn3" => ("bảng mã TCVN3 (ABC)", "TCVN3 (ABC) encoding"),
        "tcvn3-lost-horn-u" => ("TCVN3, mất chữ ư", "TCVN3, lost ư"),
        "vni" => ("bảng mã VNI", "VNI encoding"),
        "nfc" => ("dấu tổ hợp (NFC)", "combining marks (NFC)"),
        "look-alike" => ("chữ giống nhau", "look-alike letter"),
        "glued" => ("dính chữ", "glued words"),
        "cut" => ("bị cắt", "cut off"),
        "embedded" => ("nội dung nhúng, thay bằng liên kết", "embedded, a link instead"),
        "undated" => ("không rõ ngày", "undated"),
        other => return other.to_owned(),
    };
    language.pick(en, vi).to_owned()
}
