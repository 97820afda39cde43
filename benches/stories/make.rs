//! Articles with the event that each tells: written ones read, others made of many facts and rewritten.

use dongtin::testing::model::{
    Article, ArticleId, ArticleKey, DateRule, Dated, Precision, SourceId, Timestamp,
};

/// An article and the event that it tells.
pub struct Labelled {
    pub event: String,
    pub article: Article,
}

const START: i64 = 1_795_000_000_000;
const MINUTE: i64 = 60_000;

pub fn written(text: &str) -> Vec<Labelled> {
    let blocks = text.split("\n## ").skip(1);
    blocks
        .map(|block| {
            let mut lines = block.lines();
            let head: Vec<&str> = lines.next().unwrap().split(' ').collect();
            let title = lines.next().unwrap();
            let body = lines.collect::<Vec<_>>().join(" ");
            labelled(head[0], head[1], head[2].parse().unwrap(), title, &body)
        })
        .collect()
}

fn labelled(event: &str, source: &str, minute: i64, title: &str, body: &str) -> Labelled {
    let source = SourceId::new(source).unwrap();
    let upstream_id = format!("{event}-{minute}-{}", title.len());
    let key = ArticleKey::of(&source, &format!("{upstream_id}{title}"));
    let at = Timestamp(START + minute * MINUTE);
    let article = Article {
        id: ArticleId::mint("tin.example.vn,2026", &source, key),
        key,
        url: Some(format!("https://{source}.example.vn/{upstream_id}")),
        title: title.to_owned(),
        content: Some(format!("<p>{body}</p>")),
        language: Some("vi".to_owned()),
        published: Some(Dated {
            at,
            offset: 25_200,
            raw: String::new(),
            precision: Precision::Second,
            rule: DateRule::Iso,
        }),
        received: at.plus_millis(20 * MINUTE),
        changed: at.plus_millis(20 * MINUTE),
        revision: 1,
        ..Article::named(source, upstream_id)
    };
    Labelled { event: event.to_owned(), article }
}

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const SOURCES: [&str; 8] =
    ["phu-tho", "lao-cai", "ttxvn", "bao-ngay", "so-y-te", "hoa-binh", "vinh-phuc", "tin-nhanh"];
const BODIES: [&str; 8] = [
    "Ủy ban nhân dân tỉnh",
    "Sở Y tế",
    "Công an tỉnh",
    "Hội Nông dân",
    "Tỉnh đoàn",
    "Sở Công Thương",
    "Liên đoàn Lao động tỉnh",
    "Sở Nông nghiệp và Môi trường",
];
const DOINGS: [(&str, &str); 8] = [
    ("khởi công xây dựng", "chính thức động thổ"),
    ("khai trương", "đưa vào hoạt động"),
    ("trao tặng", "bàn giao"),
    ("kiểm tra thực tế", "đi thị sát"),
    ("phát động", "mở đợt thi đua về"),
    ("công bố quy hoạch", "thông tin về quy hoạch"),
    ("xử phạt vi phạm tại", "lập biên bản"),
    ("hỗ trợ", "giúp đỡ"),
];
const THINGS: [&str; 12] = [
    "trạm y tế",
    "trường tiểu học",
    "cầu dân sinh",
    "khu tái định cư",
    "hồ chứa nước",
    "tuyến đường liên xã",
    "chợ trung tâm",
    "nhà văn hóa",
    "trại lợn giống",
    "vùng trồng bưởi",
    "cụm công nghiệp",
    "bến thuyền du lịch",
];
const PLACES: [&str; 14] = [
    "Cao Phong", "Mường Động", "Thịnh Minh", "Tân Hòa", "Lạc Lương", "Đà Bắc", "Mai Hạ", "Bao La",
    "Yên Thủy", "Kim Bôi", "Lương Sơn", "Thanh Ba", "Tam Nông", "Vĩnh Tường",
];
const SURNAMES: [&str; 8] = ["Nguyễn", "Bùi", "Đinh", "Hà", "Quách", "Trần", "Lê", "Xa"];
const MIDDLES: [&str; 6] = ["Văn", "Thị", "Đức", "Minh", "Quốc", "Thanh"];
const GIVEN: [&str; 10] =
    ["Hùng", "Lan", "Toàn", "Hương", "Sơn", "Nhàn", "Khánh", "Tiến", "Yến", "Dũng"];
const REASONS: [&str; 8] = [
    "nhằm rút ngắn thời gian đi lại của người dân trong mùa mưa bão",
    "sau nhiều năm người dân kiến nghị tại các kỳ tiếp xúc cử tri",
    "theo chương trình mục tiêu quốc gia xây dựng nông thôn mới",
    "để phục vụ sản xuất vụ đông xuân và phòng cháy chữa cháy rừng",
    "trong khuôn khổ hợp tác với một tổ chức phi chính phủ của Nhật Bản",
    "khi công trình cũ đã xuống cấp, không còn bảo đảm an toàn",
    "góp phần tạo việc làm cho lao động nữ và thanh niên nông thôn",
    "đúng dịp kỷ niệm ngày thành lập ngành",
];
const ENDS: [&str; 6] = [
    "Bà con trong vùng phấn khởi góp hàng trăm ngày công dọn dẹp mặt bằng.",
    "Chính quyền đề nghị nhà thầu bảo đảm chất lượng, tiến độ và vệ sinh môi trường.",
    "Trước đó, đoàn công tác đã đến thăm và tặng quà các gia đình chính sách.",
    "Dịp này, nhiều tập thể và cá nhân được khen thưởng vì thành tích xuất sắc.",
    "Công tác tuyên truyền được các đoàn thể triển khai đến từng hộ gia đình.",
    "Các đại biểu cũng trao đổi kinh nghiệm giữ gìn bản sắc văn hóa dân tộc Mường.",
];
const SWAPS: [(&str, &str); 10] = [
    ("cho biết", "thông tin"),
    ("tổng kinh phí", "tổng mức đầu tư"),
    ("người dân", "bà con"),
    ("triển khai", "thực hiện"),
    ("phấn khởi", "vui mừng"),
    ("đề nghị", "yêu cầu"),
    ("Trước đó", "Trước đấy"),
    ("dự kiến", "theo kế hoạch sẽ"),
    ("góp phần", "giúp"),
    ("hòa", "hoà"),
];

/// News of so many events, each told by one to four portals; the strength says how much the copies are rewritten.
pub fn made(events: usize, strength: usize) -> Vec<Labelled> {
    let mut dice = Dice(7 + strength as u64);
    let mut all = Vec::new();
    for event in 0..events {
        let (titles, sentences) = event_of(&mut dice);
        let minute = event as i64 * 11;
        let first = dice.below(SOURCES.len());
        for copy in 0..1 + dice.below(4) {
            let source = SOURCES[(first + copy) % SOURCES.len()];
            let text = if copy == 0 {
                sentences.join(" ")
            } else {
                rewritten(&sentences, strength, &mut dice)
            };
            let minute = minute + copy as i64 * 45;
            all.push(labelled(
                &format!("e{event}"),
                source,
                minute,
                &titles[copy % titles.len()],
                &text,
            ));
        }
    }
    all
}

fn event_of(dice: &mut Dice) -> (Vec<String>, Vec<String>) {
    let (body, thing, place, far) =
        (dice.of(&BODIES), dice.of(&THINGS), dice.of(&PLACES), dice.of(&PLACES));
    let (doing, other_doing) = DOINGS[dice.below(DOINGS.len())];
    let (day, month) = (1 + dice.below(28), 1 + dice.below(12));
    let (money, people, length) =
        (2 + dice.below(97), 30 + dice.below(900), 110 + dice.below(4000));
    let who = format!("{} {} {}", dice.of(&SURNAMES), dice.of(&MIDDLES), dice.of(&GIVEN));
    let chief = format!("{} {} {}", dice.of(&SURNAMES), dice.of(&MIDDLES), dice.of(&GIVEN));
    let months = 3 + dice.below(30);
    let sentences = vec![
        format!(
            "Ngày {day}/{month}, tại xã {place}, {body} {doing} {thing} với sự tham dự của lãnh đạo huyện và đông đảo nhân dân."
        ),
        format!(
            "Công trình có tổng kinh phí {money} tỷ đồng, phục vụ {people} hộ dân, {}.",
            dice.of(&REASONS)
        ),
        format!(
            "Ông {who}, đại diện chủ đầu tư, cho biết hạng mục chính rộng {length} mét vuông, dự kiến hoàn thành sau {months} tháng."
        ),
        format!(
            "Phát biểu tại đây, bà {chief} đánh giá cao tinh thần vượt khó của cán bộ xã {place} và đề nghị xã {far} học tập cách làm này."
        ),
        dice.of(&ENDS).to_owned(),
        format!(
            "Trong {} năm qua, địa phương đã huy động {} triệu đồng từ xã hội hóa để sửa chữa {} công trình, {}.",
            2 + dice.below(8),
            100 + dice.below(8000),
            3 + dice.below(40),
            dice.of(&REASONS)
        ),
        dice.of(&ENDS).to_owned(),
    ];
    let titles = vec![
        format!("{body} {doing} {thing} tại xã {place}"),
        format!("Xã {place}: {other_doing} {thing}"),
        format!("{people} hộ dân {place} có {thing} mới"),
        format!("Thêm một {thing} cho vùng cao"),
    ];
    (titles, sentences)
}

/// What portals do to a copy: an agency before it, the end cut off, sentences moved, words changed, something of their own added.
fn rewritten(sentences: &[String], strength: usize, dice: &mut Dice) -> String {
    let mut sentences = sentences.to_vec();
    let cut = dice.below(3 * strength.min(1) + strength);
    sentences.truncate(sentences.len().saturating_sub(cut).max(3));
    if strength > 1 {
        let at = 1 + dice.below(sentences.len() - 1);
        let moved = sentences.remove(at);
        sentences.insert(1, moved);
    }
    let mut text = sentences.join(" ");
    for (from, to) in SWAPS.iter().filter(|_| true) {
        if dice.below(4) < 2 * strength {
            text = text.replace(from, to);
        }
    }
    if dice.below(2) == 0 {
        text = format!("(TTXVN) - {text}");
    }
    if dice.below(3) < strength {
        text = format!("{text} {} Tin, ảnh: phóng viên thường trú.", dice.of(&ENDS));
    }
    text
}

/// One form, other places, days and figures; each is its own event.
pub fn lookalikes() -> Vec<Labelled> {
    let mut dice = Dice(99);
    let mut all = Vec::new();
    for day in 0..6_usize {
        for (n, source) in SOURCES.iter().enumerate() {
            let place = PLACES[n];
            let (low, high, rain) = (20 + dice.below(6), 28 + dice.below(8), 5 + dice.below(60));
            let minute = day as i64 * 1440 + n as i64;
            let d = 10 + day;
            let mut add = |kind: &str, title: String, body: String| {
                all.push(labelled(&format!("{kind}-{day}-{n}"), source, minute, &title, &body));
            };
            add(
                "weather",
                if n % 2 == 0 {
                    format!("Dự báo thời tiết {place} hôm nay")
                } else {
                    format!("Thời tiết {place} ngày {d}/11")
                },
                format!(
                    "Đài Khí tượng thủy văn khu vực thông báo thời tiết ngày {d}/11 tại {place}. Nhiều mây, có mưa rào và dông vài nơi, đêm không mưa. Gió đông nam cấp 2 đến cấp 3. Nhiệt độ thấp nhất từ {low} đến {} độ C, nhiệt độ cao nhất từ {high} đến {} độ C. Lượng mưa phổ biến từ {rain} đến {} mm, độ ẩm {} phần trăm. Trong mưa dông có khả năng xảy ra lốc, sét, mưa đá và gió giật mạnh. Người dân cần đề phòng.",
                    low + 2,
                    high + 2,
                    rain + 15,
                    60 + dice.below(35)
                ),
            );
            let gold = 140_000 + dice.below(9000);
            add(
                "prices",
                format!("Giá nông sản hôm nay tại {place}"),
                format!(
                    "Khảo sát tại chợ đầu mối {place} sáng {d}/11 cho thấy giá nông sản biến động nhẹ. Lợn hơi {}.000 đồng/kg, gà thả vườn {}.000 đồng/kg, cam lòng vàng {}.000 đồng/kg, bưởi đỏ {}.000 đồng/quả, gạo tám {}.000 đồng/kg, vàng SJC {gold}.000 đồng/chỉ. Tiểu thương cho biết sức mua ổn định, nguồn cung dồi dào. Sở Công Thương khuyến cáo bà con theo dõi giá trước khi bán.",
                    50 + dice.below(30),
                    90 + dice.below(50),
                    15 + dice.below(20),
                    20 + dice.below(25),
                    14 + dice.below(12)
                ),
            );
            add(
                "power",
                format!("Lịch cắt điện ngày {d}/11 tại {place}"),
                format!(
                    "Điện lực {place} thông báo lịch tạm ngừng cung cấp điện ngày {d}/11 để sửa chữa, bảo dưỡng lưới điện. Từ {} giờ {} phút đến {} giờ: trạm biến áp số {}, {} và {}. Kính mong quý khách hàng thông cảm và chủ động bố trí sản xuất, sinh hoạt. Khi hoàn thành sớm, điện được đóng lại mà không báo trước. Mọi chi tiết xin liên hệ tổng đài chăm sóc khách hàng.",
                    5 + dice.below(4),
                    5 * dice.below(12),
                    11 + dice.below(7),
                    1 + dice.below(40),
                    41 + dice.below(40),
                    81 + dice.below(40)
                ),
            );
            let who = format!("{} {} {}", dice.of(&SURNAMES), dice.of(&MIDDLES), dice.of(&GIVEN));
            add(
                "congress",
                format!("Đại hội Đảng bộ xã {place} lần thứ nhất thành công tốt đẹp"),
                format!(
                    "Trong hai ngày, Đảng bộ xã {place} tổ chức Đại hội đại biểu lần thứ nhất, nhiệm kỳ 2025 - 2030. Dự đại hội có {} đại biểu đại diện cho {} đảng viên. Nhiệm kỳ qua, Đảng bộ xã đã lãnh đạo hoàn thành {} trên {} chỉ tiêu nghị quyết; thu nhập bình quân đạt {} triệu đồng một người một năm, tỷ lệ hộ nghèo còn {} phần trăm. Đại hội bầu Ban Chấp hành khóa mới gồm {} đồng chí; đồng chí {who} được tín nhiệm giữ chức Bí thư Đảng ủy.",
                    120 + dice.below(80),
                    400 + dice.below(900),
                    12 + dice.below(6),
                    18 + dice.below(4),
                    40 + dice.below(30),
                    2 + dice.below(9),
                    21 + dice.below(12)
                ),
            );
        }
    }
    all
}
