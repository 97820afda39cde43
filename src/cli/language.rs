use crate::model::Language;
use clap::{Arg, ArgAction, Command};

/// The language that the environment asks for, by the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set: `En`
/// unless it is Vietnamese. English help has Vietnamese in brackets.
pub(super) fn language_of(variable: impl Fn(&str) -> Option<String>) -> Language {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
    let first = named.map(|value| value.to_lowercase()).find(|value| !value.is_empty());
    let is_vietnamese = first.is_some_and(|value| {
        value == "vi" || ["vi_", "vi-", "vi."].iter().any(|start| value.starts_with(start))
    });
    if is_vietnamese { Language::Vi } else { Language::En }
}

/// The language that the environment of this process asks for.
pub(super) fn of_environment() -> Language {
    language_of(|name| std::env::var(name).ok())
}

/// The Vietnamese help of each command. A test fails if one is missing.
#[rustfmt::skip]
const ABOUT: &[(&str, &str)] = &[
    ("dongtin", "Dòng tin: nhận tin bài của cổng thông tin, lưu lại, và xuất bản dưới dạng RSS, Atom, JSON Feed"),
    ("dongtin serve", "Chạy dịch vụ"),
    ("dongtin demo", "Chạy thử với tin mẫu, không cần cài đặt gì thêm"),
    ("dongtin add", "Thêm tin từ tệp: .txt, .html, .md, .json, tệp kênh tin"),
    ("dongtin token", "Khóa để hệ thống quản trị nội dung (CMS) đẩy tin: tạo, xem, hủy"),
    ("dongtin token new", "Tạo mã truy cập cho một nguồn tin và hiện ra, chỉ một lần"),
    ("dongtin token list", "Xem nguồn tin nào có mã truy cập, từ khi nào"),
    ("dongtin token revoke", "Hủy mọi mã truy cập của một nguồn tin, hoặc một mã"),
    ("dongtin partner", "Đối tác chép tin: đã chép đến đâu"),
    ("dongtin partner status", "Từng đối tác: con trỏ đã gửi lần gần nhất và khi nào"),
    ("dongtin source", "Nguồn tin: tình trạng, tìm nguồn tin mới, nhập và xuất danh sách"),
    ("dongtin source status", "Từng nguồn tin: tình trạng, lần đọc thành công gần nhất, lần kiểm tra tới, cảnh báo, việc cần làm"),
    ("dongtin source discover", "Tìm nguồn tin ở một địa chỉ và đề xuất mục cấu hình"),
    ("dongtin source import", "Nhập danh sách kênh tin từ tệp OPML"),
    ("dongtin source export", "Xuất danh sách kênh tin ra tệp OPML"),
    ("dongtin source accept", "Đăng tin đang giữ lại vì nguồn tin đã thay đổi"),
    ("dongtin source discard", "Bỏ tin đang giữ lại"),
    ("dongtin source poll", "Kiểm tra nguồn tin ngay, không chờ đến lượt; vẫn giữ khoảng nghỉ của từng máy chủ"),
    ("dongtin feed", "Các kênh tin đang phát và địa chỉ của chúng"),
    ("dongtin config", "Kiểm tra tệp cấu hình, hoặc in mọi tùy chọn"),
    ("dongtin config check", "Cho biết cấu hình đúng hay sai, sai ở dòng nào, sửa thế nào"),
    ("dongtin config print", "In tệp cấu hình với mọi tùy chọn, giá trị mặc định và một câu giải thích"),
    ("dongtin check", "Kiểm tra nhật ký, chỉ mục và các kênh tin có khớp nhau không"),
    ("dongtin redate", "Sửa giờ của những bài nhận vào khi đồng hồ máy chủ chạy nhanh"),
    ("dongtin rebuild", "Bỏ chỉ mục và dựng lại từ nhật ký"),
    ("dongtin backup", "Sao lưu nhật ký, cấu hình và mã truy cập vào một thư mục, dịch vụ đang chạy hay không đều được"),
    ("dongtin restore", "Phục hồi thư mục dữ liệu từ bản sao lưu"),
    ("dongtin export", "Xuất nhật ký ra tệp NDJSON nén"),
    ("dongtin import", "Nhập tệp đã xuất vào nhật ký"),
    ("dongtin mirror", "Chép tin bài từ một nơi phát tin khác vào thư mục, SQLite hoặc chương trình, và chép tiếp khi có thay đổi"),
    ("dongtin rehearse", "Diễn tập: thử bộ nhận tin trước khi dùng thật"),
    ("dongtin rehearse publisher", "Đóng vai nơi phát tin để thử bộ nhận: chậm, bận, mất kết nối, đính chính, thu hồi, phục hồi"),
    ("dongtin rehearse receiver", "Đóng vai bộ nhận để thử nơi phát tin: đọc mọi dạng và xem câu trả lời"),
    ("dongtin history", "Xem mọi điều một bài từng nói; chỉ người vận hành xem được"),
    ("dongtin purge", "Xóa hẳn nội dung một bài khỏi nhật ký, sau hai lần xác nhận; không thể hoàn tác"),
    ("dongtin promote", "Đưa nút dự phòng lên làm nút chính khi nút chính không còn"),
    ("dongtin rejoin", "Cho nút này chép theo nút chính trở lại, bỏ những gì chỉ nút này có; hỏi trước khi bỏ"),
    ("dongtin read", "Đọc thử một kênh tin hoặc một tệp và cho xem có gì trong đó"),
    ("dongtin repair", "Sửa chữ tiếng Việt theo bảng mã cũ (TCVN3, VNI)"),
    ("dongtin date", "Đọc thử một ngày giờ như khi đọc từ nguồn tin"),
];

/// The command with its help in a language.
pub(super) fn told(command: Command, language: Language) -> Command {
    match language {
        Language::En => command,
        Language::Vi => in_vietnamese(command, ""),
    }
}

fn in_vietnamese(command: Command, above: &str) -> Command {
    let path = format!("{above}{}{}", if above.is_empty() { "" } else { " " }, command.get_name());
    let names: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let mut command = command
        .help_template("{about-with-newline}\nCách dùng: {usage}\n\n{all-args}")
        .subcommand_help_heading("Lệnh")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Xem trợ giúp"));
    if above.is_empty() {
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
        command = command.arg(version.help("Xem phiên bản"));
    }
    let mut command = command.mut_args(|argument| {
        let heading = if argument.is_positional() { "Tham số" } else { "Tùy chọn" };
        argument.help_heading(heading)
    });
    if let Some((_, about)) = ABOUT.iter().find(|(name, _)| *name == path) {
        command = command.about(*about).long_about(*about);
    }
    for name in names {
        command = command.mut_subcommand(name, |inner| in_vietnamese(inner, &path));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn language(pairs: &[(&str, &str)]) -> Language {
        language_of(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_says_which() {
        for value in ["vi_VN", "vi_VN.UTF-8", "vi", "VI_vn.utf8", "vi-VN"] {
            assert_eq!(language(&[("LANG", value)]), Language::Vi, "{value}");
        }
        for value in ["", "C", "en_US.UTF-8", "via"] {
            assert_eq!(language(&[("LANG", value)]), Language::En, "{value}");
        }
        let both = [("LC_ALL", "en_US.UTF-8"), ("LANG", "vi_VN.UTF-8")];
        assert_eq!(language(&both), Language::En);
        assert_eq!(language(&[("LC_ALL", ""), ("LANG", "vi_VN")]), Language::Vi);
    }

    fn walk(command: &Command, above: &str, found: &mut Vec<(String, String)>) {
        let path =
            format!("{above}{}{}", if above.is_empty() { "" } else { " " }, command.get_name());
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        found.push((path.clone(), about));
        let shown =
            command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help");
        shown.for_each(|inner| walk(inner, &path, found));
    }

    #[test]
    fn every_command_speaks_both_languages() {
        let told_in = |language| {
            let mut found = Vec::new();
            walk(&told(super::super::Arguments::command(), language), "", &mut found);
            found
        };
        let (english, vietnamese) = (told_in(Language::En), told_in(Language::Vi));
        assert!(english.len() > 20);
        for ((path, english), (_, vietnamese)) in english.iter().zip(&vietnamese) {
            assert!(!english.is_empty(), "{path}: no help");
            let wanted = ABOUT.iter().find(|(name, _)| name == path).map(|(_, about)| *about);
            assert_eq!(wanted, Some(vietnamese.as_str()), "{path}: no Vietnamese help");
            assert_ne!(english, vietnamese, "{path}");
        }
        for (path, _) in ABOUT {
            assert!(english.iter().any(|(known, _)| known == path), "{path}: no such command");
        }
        told(super::super::Arguments::command(), Language::Vi).debug_assert();
    }
}
