//! Made-up Vietnamese news for tests, for the benchmark, and for training the dictionary of records.
//!
//! The dictionary was made by `cargo test --lib journal::samples::train -- --ignored`; a released one is never made again,
//! because every record names the one it was written with.

use super::Body;
use crate::model::*;
use std::sync::Arc;

const SUBJECTS: &[&str] = &[
    "Ủy ban nhân dân tỉnh",
    "Sở Giáo dục và Đào tạo",
    "Sở Y tế",
    "Sở Nông nghiệp và Môi trường",
    "Công an tỉnh",
    "Ban Chỉ huy Phòng thủ dân sự",
    "Hội Liên hiệp Phụ nữ",
    "Tỉnh đoàn",
    "Đảng ủy xã",
    "Hội Nông dân",
    "Bệnh viện đa khoa tỉnh",
    "Trường Trung học phổ thông",
    "Ban Quản lý dự án",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Liên đoàn Lao động tỉnh",
    "Mặt trận Tổ quốc",
];
const VERBS: &[&str] = &[
    "tổ chức hội nghị",
    "khai mạc lớp tập huấn",
    "ban hành kế hoạch",
    "kiểm tra thực tế",
    "phát động phong trào thi đua",
    "công bố quyết định",
    "triển khai chương trình",
    "sơ kết sáu tháng đầu năm",
    "làm việc với đoàn công tác",
    "trao quà cho các hộ nghèo",
    "khánh thành công trình",
    "họp báo thông tin về",
    "đẩy mạnh tuyên truyền",
    "tiếp xúc cử tri",
    "bàn giao nhà tình nghĩa",
    "tăng cường quản lý",
];
const TOPICS: &[&str] = &[
    "phòng, chống thiên tai và tìm kiếm cứu nạn",
    "xây dựng nông thôn mới",
    "chuyển đổi số trong cơ quan nhà nước",
    "an toàn giao thông dịp nghỉ lễ",
    "bảo vệ và phát triển rừng",
    "giảm nghèo bền vững",
    "thu ngân sách trên địa bàn",
    "phát triển du lịch cộng đồng",
    "chăm sóc sức khỏe nhân dân",
    "tuyển sinh vào lớp 10",
    "vệ sinh an toàn thực phẩm",
    "giải phóng mặt bằng dự án đường cao tốc",
    "bảo tồn di sản văn hóa các dân tộc",
    "cải cách thủ tục hành chính",
    "phát triển kinh tế tập thể, hợp tác xã",
    "đại hội đảng bộ các cấp nhiệm kỳ mới",
];
const PLACES: &[&str] = &[
    "xã Cao Phong",
    "phường Tân Hòa",
    "huyện Đà Bắc",
    "thị trấn Mai Châu",
    "xã Lạc Sơn",
    "phường Hữu Nghị",
    "huyện Kim Bôi",
    "xã Tân Lạc",
    "vùng hồ Sông Đà",
    "khu công nghiệp Lương Sơn",
    "xóm Ải",
    "bản Lác",
    "thành phố Hòa Bình",
    "tỉnh Phú Thọ",
];
const CLAUSES: &[&str] = &[
    "đồng chí Chủ tịch Ủy ban nhân dân tỉnh chủ trì buổi làm việc",
    "dự hội nghị có đại diện lãnh đạo các sở, ban, ngành",
    "theo báo cáo của cơ quan chuyên môn",
    "các đại biểu đã tập trung thảo luận, đóng góp ý kiến",
    "phát biểu kết luận, đồng chí nhấn mạnh",
    "trong thời gian tới cần tiếp tục thực hiện tốt",
    "đến nay đã hoàn thành trên 85% kế hoạch",
    "với tổng kinh phí hơn 12 tỷ đồng từ nguồn ngân sách nhà nước",
    "góp phần nâng cao đời sống vật chất và tinh thần của nhân dân",
    "người dân phấn khởi, tin tưởng vào sự lãnh đạo của Đảng",
    "so với cùng kỳ năm trước tăng 7,5%",
    "đề nghị các địa phương, đơn vị chủ động xây dựng phương án",
    "mưa lớn trong hai ngày qua gây sạt lở một số tuyến đường",
    "không để xảy ra bị động, bất ngờ trong mọi tình huống",
    "tạo điều kiện thuận lợi cho doanh nghiệp đầu tư",
    "trao giấy khen cho các tập thể, cá nhân có thành tích xuất sắc",
    "chương trình thu hút hơn 300 đoàn viên, thanh niên tham gia",
    "nhằm nâng cao nhận thức của cán bộ, đảng viên và nhân dân",
    "học sinh và giáo viên các trường trên địa bàn",
    "sản phẩm cam, bưởi, mía tím được tiêu thụ tại các siêu thị",
    "lực lượng chức năng đã kịp thời có mặt tại hiện trường",
];
const CATEGORIES: &[&str] = &[
    "Thời sự",
    "Chính trị",
    "Kinh tế",
    "Văn hóa",
    "Xã hội",
    "Giáo dục",
    "Y tế",
    "Pháp luật",
    "Du lịch",
    "Thể thao",
    "Đời sống",
    "Nông nghiệp",
];
const AUTHORS: &[&str] = &[
    "Hồng Nhung",
    "Đinh Văn Thắng",
    "Bùi Minh",
    "P.V",
    "Hương Lan",
    "Việt Lâm",
    "Linh Trang (TTXVN)",
    "Thu Thủy",
];

/// A small generator of numbers (SplitMix64): the same start, the same numbers.
pub struct Dice(pub u64);

impl Dice {
    /// The next number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.below(from.len())).copied().unwrap_or_default()
    }
}

/// Article number `n` of a source at its first publication, about 2 to 5 KB; the same `n`, the same article.
pub fn article(source: &str, n: u64, at: Timestamp) -> Article {
    let mut dice = Dice(n);
    let source = SourceId::new(source).unwrap_or_else(|_| unreachable!("a slug"));
    let upstream_id = format!("/tin-tuc/{}-{n}.html", 1000 + n);
    let key = ArticleKey::of(&source, &upstream_id);
    let title = format!("{} {} {}", dice.pick(SUBJECTS), dice.pick(VERBS), dice.pick(TOPICS));
    let summary = sentence(&mut dice);
    let paragraphs: String = (0..4 + dice.below(6)).map(|_| paragraph(&mut dice)).collect();
    let category = dice.pick(CATEGORIES).to_owned();
    let published = at.plus_millis(-(dice.below(3_600_000) as i64));
    let picture =
        format!("https://bao.example.vn/uploads/2026/{:02}/anh-{n}.jpg", 1 + dice.below(12));
    let mut article = Article {
        id: ArticleId::mint("bao.example.vn,2026-11-23", &source, key),
        key,
        source,
        url: Some(format!("https://bao.example.vn{upstream_id}")),
        upstream_id,
        title,
        summary: Some(summary.clone()),
        content: Some(format!(
            "<p><strong>{summary}</strong></p>\n{paragraphs}<p><img src=\"{picture}\" alt=\"Ảnh minh họa\"></p>"
        )),
        authors: vec![Author { name: Some(dice.pick(AUTHORS).to_owned()), email: None, uri: None }],
        categories: vec![Category { term: category, scheme: None, label: None }],
        enclosures: vec![Enclosure {
            url: picture.clone(),
            media_type: "image/jpeg".to_owned(),
            length: Some(dice.below(400_000) as u64),
            title: None,
            duration: None,
        }],
        image: Some(Image {
            url: picture,
            alt: Some("Ảnh minh họa".to_owned()),
            width: None,
            height: None,
        }),
        language: Some("vi".to_owned()),
        published: Some(Dated {
            at: published,
            offset: 25_200,
            raw: published.rfc822_at(25_200),
            precision: Precision::Second,
            rule: DateRule::Named,
        }),
        updated: None,
        received: at,
        changed: at,
        revision: 1,
        rights: Some("© Báo điện tử tỉnh. Ghi rõ nguồn khi phát hành lại thông tin.".to_owned()),
        publisher: Some("Cổng thông tin điện tử tỉnh".to_owned()),
        origin: None,
        repairs: Vec::new(),
        flags: Vec::new(),
        fingerprint: Fingerprint::default(),
    };
    article.fingerprint = Fingerprint::of(&article);
    article
}

/// A revision of an article: another title, one more revision.
pub fn revised(article: &Article, at: Timestamp) -> Article {
    let mut next = article.clone();
    next.revision += 1;
    next.title = format!("{} (cập nhật lần {})", article.title, article.revision);
    next.changed = at;
    next.updated = article.published.clone();
    next.fingerprint = Fingerprint::of(&next);
    next
}

/// The body of a record that publishes an article.
pub fn published(article: Article) -> Body {
    Body {
        at: article.received,
        idempotency_key: None,
        change: Change::Published { article: Arc::new(article) },
    }
}

fn sentence(dice: &mut Dice) -> String {
    format!(
        "Ngày {}/{}, tại {}, {} {} {}; {}.",
        1 + dice.below(28),
        1 + dice.below(12),
        dice.pick(PLACES),
        dice.pick(SUBJECTS),
        dice.pick(VERBS),
        dice.pick(TOPICS),
        dice.pick(CLAUSES)
    )
}

fn paragraph(dice: &mut Dice) -> String {
    let sentences: Vec<String> = (0..2 + dice.below(3))
        .map(|_| match dice.below(3) {
            0 => sentence(dice),
            1 => format!(
                "Tại {}, {}, {}.",
                dice.pick(PLACES),
                dice.pick(CLAUSES),
                dice.pick(CLAUSES)
            ),
            _ => format!(
                "{} {} {}, {} {} người.",
                dice.pick(SUBJECTS),
                dice.pick(VERBS),
                dice.pick(TOPICS),
                dice.pick(CLAUSES),
                dice.below(900)
            ),
        })
        .collect();
    format!("<p>{}</p>\n", sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the dictionary; the samples are the JSON of made-up events of each kind.
    #[test]
    #[ignore = "writes src/journal/dictionaries/1.zdict, which is for ever once released"]
    fn train() {
        let mut samples = Vec::new();
        for n in 0..3000 {
            let source = ["so-tttt", "bao-tinh", "portal-7", "dai-ptth"][n as usize % 4];
            let article = article(source, n, Timestamp::from_secs(1_795_000_000 + n as i64 * 900));
            let withdrawn = Body {
                at: article.received,
                idempotency_key: Some(format!("{n}-0b6e")),
                change: Change::Withdrawn {
                    key: article.key,
                    id: article.id.clone(),
                    source: article.source.clone(),
                    upstream_id: article.upstream_id.clone(),
                    reason: Some("Gỡ theo yêu cầu của cơ quan chủ quản".to_owned()),
                    revision: 2,
                    gone_since: None,
                },
            };
            let revised =
                Change::Revised { article: Arc::new(revised(&article, article.received)) };
            samples.push(match n % 20 {
                0 => withdrawn,
                1 => Body { change: revised, ..withdrawn },
                _ => published(article),
            });
        }
        let json: Vec<Vec<u8>> =
            samples.iter().map(|body| serde_json::to_vec(body).unwrap()).collect();
        let dictionary = zstd::dict::from_samples(&json, 24 * 1024).unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/journal/dictionaries/1.zdict");
        std::fs::write(path, dictionary).unwrap();
    }
}
