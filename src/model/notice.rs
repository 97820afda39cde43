//! What we find about a source besides what its documents are: each notice with its name and its meaning.

use super::{Meaning, Warning};
use serde::{Deserialize, Serialize};

macro_rules! notices {
    ($($(#[$doc:meta])* $notice:ident $name:literal $vi:literal $en:literal)*) => {
        /// What a source's status warns of. Its name is what JSON, metrics and commands call it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Notice {
            $($(#[$doc])* $notice,)*
        }

        impl Notice {
            /// Every notice.
            pub const ALL: &[Notice] = &[$(Notice::$notice),*];

            /// Its stable name in kebab-case.
            pub fn name(self) -> &'static str {
                match self { $(Notice::$notice => $name),* }
            }

            /// What it means.
            pub fn meaning(self) -> Meaning {
                match self { $(Notice::$notice => Meaning { vi: $vi, en: $en }),* }
            }
        }
    };
}

notices! {
    /// The date of an article stands outside of it on its page.
    DateOutsideArticle "date-outside-article"
        "Ngày lấy từ chỗ ngoài bài trên trang, có thể là của thứ khác"
        "A date stands outside the article on its page; it may be of something else"
    /// An article's page is on a host that another source polls.
    DetailElsewhere "detail-elsewhere"
        "Trang của bài ở máy chủ mà nguồn khác đang theo dõi, không mở"
        "An article's page is on a host that another source polls; not read"
    /// An article's page could not be read this time.
    DetailFailed "detail-failed"
        "Chưa mở được trang của bài, sẽ thử lại"
        "An article's page could not be read; it will be tried again"
    /// An article's page is tried no more.
    DetailGivenUp "detail-given-up"
        "Không mở được trang của bài, giữ phần đọc được từ danh sách"
        "An article's page cannot be read; it stays as listed"
    /// The host of articles' pages asks for a rest.
    DetailResting "detail-resting"
        "Máy chủ đang bận và đề nghị quay lại sau: chưa mở trang của bài, sẽ mở sau"
        "The host is busy and asks us to come later: articles' pages are read then"
    /// robots.txt forbids an article's page.
    DetailRobots "detail-robots"
        "robots.txt đề nghị không mở trang của bài"
        "robots.txt asks to leave an article's page alone"
    /// robots.txt cannot be fetched.
    DetailRobotsUnreachable "detail-robots-unreachable"
        "Chưa hỏi được robots.txt của máy chủ: chưa mở trang của bài, sẽ hỏi lại"
        "The host's robots.txt cannot be had: no article's page is read until it can"
    /// An article's page waits for its turn.
    DetailWaiting "detail-waiting"
        "Trang của bài đang chờ tới lượt mở"
        "An article's page waits for its turn"
    /// The entries have no dates any more.
    #[serde(alias = "dates-gone")]
    DriftDatesGone "drift-dates-gone"
        "Trước có ngày, nay hầu như không"
        "Entries had dates; hardly any has one now"
    /// The entries are errors or logins.
    #[serde(alias = "error-titles")]
    DriftErrorTitles "drift-error-titles"
        "Nội dung là thông báo lỗi hoặc trang đăng nhập, không phải tin"
        "What came is an error message or a login, no news"
    /// Entries are kept from readers.
    DriftKept "drift-kept"
        "Tin mới đang được giữ lại, chưa phát"
        "New entries are kept from readers"
    /// The entries lead to other hosts.
    #[serde(alias = "links-elsewhere")]
    DriftLinksElsewhere "drift-links-elsewhere"
        "Liên kết dẫn sang máy chủ khác hẳn trước"
        "The links lead to other hosts than before"
    /// The entries have no texts any more.
    #[serde(alias = "texts-gone")]
    DriftTextsGone "drift-texts-gone"
        "Trước có nội dung, nay hầu như trống"
        "Entries had text; hardly any has some now"
    /// The entries have one title.
    #[serde(alias = "titles-equal")]
    DriftTitlesEqual "drift-titles-equal"
        "Mọi tin cùng một tiêu đề"
        "All entries have the same title"
    /// The entries' titles are as short as a menu's.
    #[serde(alias = "titles-short")]
    DriftTitlesShort "drift-titles-short"
        "Tiêu đề ngắn hẳn so với trước"
        "The titles are much shorter than before"
    /// An entry is no article.
    EntryRejected "entry-rejected"
        "Có mục không thành bài được, đã bỏ"
        "An entry cannot be an article; left out"
    /// Nobody can say where an article's text is on its page.
    FullTextUnsure "full-text-unsure"
        "Không chắc đâu là nội dung bài, giữ phần tóm tắt"
        "The article's text could not be told for sure; the lead stays"
    /// Articles wait for a quota or for their age.
    HeldBack "held-back"
        "Có bài đang chờ lần đọc sau"
        "Articles wait for the next poll"
    /// More articles wait than are kept.
    HeldBeyond "held-beyond"
        "Quá nhiều bài đang chờ: phần thừa chỉ còn ở nguồn, có thể mất khi nguồn bỏ khỏi danh sách"
        "Too many articles wait: the rest stand only in the source's list and are lost if it drops them"
    /// The host asks for a rest.
    HostResting "host-resting"
        "Máy chủ yêu cầu tạm ngừng truy cập: chưa đọc nguồn tin này cho đến thời điểm ghi trong ngoặc"
        "The host asked to be left alone: the source is not polled until the time in the example"
    /// A poll found what the hub did not tell.
    HubSilent "hub-silent"
        "Hub không báo tin mà lần đọc định kỳ đã tìm thấy: đọc lại theo lịch của nguồn"
        "The hub did not tell of what a poll found: the source is polled by its own schedule"
    /// A hub's deliveries cannot be used.
    HubUnusable "hub-unusable"
        "Hub gửi nội dung không dùng được (sai chữ ký, quá lớn, bị nén): đọc thẳng từ nguồn"
        "The hub's deliveries cannot be used (signature, size or coding): the source is polled instead"
    /// Every entry is new, poll after poll.
    ListAllNew "list-all-new"
        "Lần đọc nào mọi tin cũng mới: nguồn đang tràn tin, hoặc danh sách quá ngắn nên có thể mất tin giữa hai lần đọc"
        "Every entry is new at each poll: the source floods us, or its list is so short that articles between two polls are missed"
    /// The list is empty.
    ListEntriesGone "list-entries-gone"
        "Danh sách nay trống, trước vẫn có tin"
        "The list is empty; it used to have entries"
    /// The entries have no pictures any more.
    ListImagesGone "list-images-gone"
        "Trước tin nào cũng có ảnh, nay hầu như không"
        "Entries had pictures; hardly any has one now"
    /// The entries have no leads any more.
    ListLeadsGone "list-leads-gone"
        "Trước tin nào cũng có lời dẫn, nay hầu như không"
        "Entries had leads; hardly any has one now"
    /// More articles' pages wait than are remembered.
    ListLeftOut "list-left-out"
        "Quá nhiều bài đang chờ mở trang, bài này giữ như trong danh sách"
        "Too many articles wait for their pages; this one stays as listed"
    /// There is no room for further copies of files.
    MediaFull "media-full"
        "Hết chỗ dành cho bản sao ảnh và tệp: bài mới dùng ảnh ở nơi gốc cho đến khi có chỗ"
        "There is no room for further copies of files: new articles show them at their origin until there is"
    /// A file of an article is not copied.
    MediaGivenUp "media-given-up"
        "Không sao được một ảnh hoặc tệp của bài: bài vẫn dùng địa chỉ gốc"
        "A picture or file of an article could not be copied: the article keeps its original address"
    /// A feed in pages has pages that were not read.
    PagesLeft "pages-left"
        "Kênh tin nhiều trang: các trang sau chưa được đọc"
        "A feed in pages: further pages were not read"
    /// A sitemap of an index cannot be read.
    SitemapFailed "sitemap-failed"
        "Không đọc được một sitemap trong danh mục"
        "A sitemap of the index could not be read"
    /// An article stays withdrawn though it is listed.
    StaysWithdrawn "stays-withdrawn"
        "Bài đã gỡ vẫn nằm trong danh sách, không phát lại: nguồn đổi ngày cập nhật hoặc nội dung bài nếu chính nguồn đã gỡ, hoặc đẩy lại bài"
        "A withdrawn article is listed still and stays withdrawn: it returns if its source withdrew it and changes its date or text, or if it is pushed again"
    /// A text comes back by turns with another.
    TextByTurns "text-by-turns"
        "Một bài lúc thế này lúc thế khác, như từ hai máy chủ: chỉ nhận bản mới thưa dần"
        "An article says one thing and another by turns, as if from two servers: revisions are taken ever less often"
    /// Figures in a text change at every look.
    TextCounts "text-counts"
        "Số liệu trong bài đổi ở mỗi lần đọc (như lượt xem): chỉ nhận bản mới thưa dần"
        "Figures in an article change at every poll, as counters do: revisions are taken ever less often"
    /// A mirror brings an id that only this dongtin gives.
    OwnId "own-id"
        "Nơi xuất bản gửi bài mang mã định danh của chính nơi này: không nhận, vì mỗi mã chỉ có một bài"
        "The publisher sends an article under an id that only this dongtin gives: it is not taken, since an id has one article"
    /// A mirror brings an id that is at home with another mirror's publisher.
    ForeignId "foreign-id"
        "Nơi xuất bản gửi bài mang mã định danh của một nơi xuất bản khác mà bài không đi qua: không nhận; nếu đúng là của nơi này, hãy bỏ nguồn kia khỏi cấu hình"
        "The publisher sends an article under an id of another publisher that it did not come through: it is not taken; if it is right, take the other source out of the config"
    /// An article of a mirror cannot be cleaned within the limits.
    CopyUnread "copy-unread"
        "Không đọc nổi một bài chép về trong giới hạn cho phép: bỏ qua bài đó, các bài khác vẫn chép"
        "An article of the publisher could not be read within the limits: it is left out, the others are copied"
    /// A text is dated earlier than the one we have.
    TextOlder "text-older"
        "Nguồn đưa lại bản cũ hơn của bài: giữ bản mới"
        "The source lists an older version of an article: the newer one stays"
    /// Only what signs the addresses in a text changes.
    TextSignedAnew "text-signed-anew"
        "Địa chỉ ảnh hoặc tệp trong bài được ký lại ở mỗi lần đọc: không coi là bản mới; ảnh có thể mất khi chữ ký hết hạn"
        "Addresses in an article are signed anew at every poll: no revision; its pictures may stop working when the signature ends"
}

impl Notice {
    /// The notice of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.name() == name)
    }

    /// A warning of so many of it.
    pub fn warning(self, count: usize, example: Option<String>) -> Warning {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let example = example.map(|example| example.chars().take(120).collect());
        Warning { name: self.name().to_owned(), count, example }
    }

    /// Counts one more of it in a list of warnings, keeping the first example.
    pub fn add(self, list: &mut Vec<Warning>, example: &str) {
        Warning::add(list, self.name(), Some(example).filter(|example| !example.is_empty()));
    }

    /// Whether it is over by itself: something waits for its turn.
    pub fn passes(self) -> bool {
        use Notice::*;
        matches!(
            self,
            DetailResting | DetailWaiting | DetailRobotsUnreachable | HeldBack | HostResting
        )
    }

    /// Whether its example names a host and a time. Other examples quote the source, and what they quote may be kept from
    /// readers.
    pub fn names_a_host(self) -> bool {
        matches!(self, Self::DetailResting | Self::HostResting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_written_by_its_name() {
        for notice in Notice::ALL {
            assert_eq!(serde_json::to_value(notice).unwrap(), notice.name());
            assert_eq!(Notice::of_name(notice.name()), Some(*notice));
        }
    }
}
