//! Whole documents in the encodings of before Unicode, and what must not be taken for one.

use crate::read::decode::decode;
use crate::text::vietnamese::{decode_document, encoders::encode, syllable};
use encoding_rs::WINDOWS_1252;

const IN_TCVN3: &[&str] = &[
    "Mưa lớn kéo dài khiến nước sông dâng nhanh, nhiều hộ ven bờ phải dời đồ đạc lên gác; \
     dân quân giúp từng nhà chằng buộc mái tôn, mở rộng lối đi.",
    "Bà con vui mừng đón điện về bản. Từng xóm nhỏ sáng đèn, trẻ em học bài đến khuya, người \
     già nghe đài; cán bộ QĐ-UB và NĐ-CP được phổ biến tận nơi.",
    "Trường tiểu học xã Phú Thịnh vừa khánh thành ba phòng học mới. Thầy cô mong các cháu đủ \
     sách vở, ấm áp qua mùa rét đậm ở 8°C.",
    "Nơi nào có đường, ở đó có chợ: nông sản được giá, người trồng bưởi bỏ hẳn lối bán non, \
     mỗi vụ lãi gấp rưỡi những năm trước.",
];
const IN_OTHERS: &[&str] = &[
    "Sáng nay, nước sông Bôi rút dần, bà con vùng thấp trở về dọn bùn, phơi thóc, dựng lại \
     hàng rào; bộ đội giúp trường học rửa bàn ghế.",
    "Hội làm vườn xã Tân Lạc mở lớp ghép bưởi, chọn giống, tưới nhỏ giọt; ai cũng ghi chép \
     cẩn thận, rồi về thử ngay trên đồi nhà mình.",
    "Đường liên xã dài bốn cây số vừa thông xe. Lễ khánh thành diễn ra gọn nhẹ, tiết kiệm, \
     các cụ già đi thử một vòng, ai nấy đều vui.",
];
const ENCODINGS: [(&str, &[&str]); 4] =
    [("tcvn3", IN_TCVN3), ("vni", IN_OTHERS), ("vps", IN_OTHERS), ("viscii", IN_OTHERS)];

fn in_encoding(label: &str, text: &str) -> Vec<u8> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
    encoding.encode(text).0.into_owned()
}

#[test]
fn whole_documents_come_out_exactly_whatever_their_label_says() {
    let labels = ["", "windows-1252", "iso-8859-1", "utf-8", "windows-1258", "us-ascii"];
    for (name, paragraphs) in ENCODINGS {
        let all = paragraphs.join("</p>\n<p>");
        for text in paragraphs.iter().copied().chain([&all[..]]) {
            for label in labels {
                let declared = format!(" encoding='{label}'");
                let declared = if label.is_empty() { "" } else { &declared };
                let document = format!(
                    "<?xml version='1.0'{declared}?><rss><title>UBND</title><p>{text}</p></rss>"
                );
                let bytes = encode(name, &document);
                let read = decode(&bytes, None).unwrap();
                assert_eq!((&*read.text, read.encoding), (&*document, name), "{label}");
                let warned = |name: &str| read.warnings.iter().any(|w| w.name == name);
                let wanted =
                    if label.is_empty() { "encoding-guessed" } else { "encoding-label-wrong" };
                assert!(warned(wanted), "{name} {label}: {:?}", read.warnings);
            }
        }
    }
}

#[test]
fn fonts_that_draw_capitals_and_signs_that_stand_alone() {
    let text = format!("TỉNH PHú Thọ: HộI NGHị\n{}\n© 2006 · «", IN_TCVN3[0]);
    let mut bytes = encode("tcvn3", text.trim_end_matches("© 2006 · «"));
    bytes.extend(b"\xa9 2006 \xb7");
    let wanted = format!("TỈNH PHÚ Thọ: HỘI NGHỊ\n{}\n© 2006 ·", IN_TCVN3[0]);
    assert_eq!(decode(&bytes, None).unwrap().text, wanted);
}

#[test]
fn other_languages_and_short_texts_stay() {
    let french = "L’été dernier, où la forêt brûlait à côté du château, les élèves étaient déjà \
        très fatigués ; « c’est ça », répétait l’infirmière, gênée, près de l’hôpital. À bientôt.";
    let german = "Über die schöne Straße führte früher ein größerer Weg für Fußgänger; später \
        wären dort Bäume gewünscht, meint die Bürgermeisterin, müde und ärgerlich. § 5 gilt.";
    let portuguese = "A eleição não é já amanhã: há opções, informações, coração e emoção. São \
        Paulo e Brasília terão sessões às três, também à noite; é só começar, avó e avô.";
    let danish = "På gården så vi få små køer, må man også gå på åen? Nå, så står båden på \
        den grå strand, før året går på hæld og blå øer når os.";
    let rural = "Le préfet a visité l’hôpital où les blessés étaient soignés ; « très ému », il a salué \
        la sœur aînée, près de la forêt brûlée, et promis des crédits à l’école voisine, déjà fermée à Noël.";
    let walk = "Größere Straßen führen über die Brücke; früher wären dort Fußgänger fröhlich \
        gewandert, heute hört man nur Lärm, klagt die ältere Bäuerin, müde, höflich, natürlich.";
    let spanish = "El niño llegó mañana y tarde al jardín; allí cantó una canción más rápida, según \
        contó su mamá, quien también vivió aquí, en el último piso, cerca del árbol más añoso.";
    let holiday = "São José não é longe; amanhã haverá sessões, canções, pão e maçãs. Avó e avô \
        também irão às três, à tardinha, até o salão do município, onde há decorações.";
    let swedish = "Många åkte över bron för att få höra sången på ön; där är våren skön, när \
        gräset växer, fåglar flyger åter hem och sjön blänker så blå.";

    for text in [french, german, portuguese, danish, rural, walk, spanish, holiday, swedish] {
        let bytes = in_encoding("windows-1252", text);
        assert_eq!(decode_document(&bytes), None, "{text}");
        for label in ["windows-1252", "windows-1258"] {
            let read = decode(&bytes, Some(&format!("text/html; charset={label}"))).unwrap();
            assert_eq!(read.encoding, label, "{text}");
        }
    }
    let czech = "Příliš žluťoučký kůň úpěl ďábelské ódy, děti běžely přes řeku k domů.";
    let russian = "Сегодня утром жители села встретили новых врачей и учителей школы.";
    let turkish = "Güneşli bir günde çocuklar köyün dışındaki ağaçların altında çalışıyordu.";
    for (label, text) in [
        ("windows-1250", czech),
        ("iso-8859-2", czech),
        ("windows-1251", russian),
        ("koi8-r", russian),
        ("iso-8859-5", russian),
        ("windows-1254", turkish),
        ("gbk", "今天上午，学校举行了盛大的开学典礼，学生们非常高兴。"),
        ("shift_jis", "今日の朝、学校で新しい先生の歓迎会がありました。"),
        ("euc-kr", "오늘 아침 학교에서 새로운 선생님을 환영하는 모임이 있었다."),
    ] {
        assert_eq!(decode_document(&in_encoding(label, text)), None, "{label}");
    }

    let short =
        ["Hội nghị", "vui mừng", "từng xóm nhỏ", "nước lũ rút", "Ủy ban nhân dân tỉnh Hòa Bình"];
    for (name, text) in ENCODINGS.iter().flat_map(|(name, _)| short.map(|text| (name, text))) {
        assert_eq!(decode_document(&encode(name, text)), None, "{name}: {text}");
    }
}

#[test]
fn windows_1258_and_utf_8_stay() {
    let text = IN_OTHERS.join("\n");
    assert_eq!(decode(text.as_bytes(), None).unwrap().encoding, "UTF-8");
    let tones =
        [None, Some('\u{300}'), Some('\u{301}'), Some('\u{309}'), Some('\u{303}'), Some('\u{323}')];
    let split = |c: char| {
        let lower = c.to_lowercase().next().unwrap_or(c);
        let row = syllable::VOWELS.iter().find(|row| row.contains(&lower) && c.is_lowercase());
        let tone = row.and_then(|row| row.iter().position(|v| *v == c)).unwrap_or(0);
        [Some(row.map_or(c, |row| row[0])), tones.get(tone).copied().flatten()]
    };
    let apart: String = text.chars().flat_map(split).flatten().collect();
    let (bytes, _, lost) = encoding_rs::WINDOWS_1258.encode(&apart);
    assert!(!lost, "{apart}");
    assert_eq!(decode_document(&bytes), None);
    for label in ["windows-1258", "windows-1252"] {
        let read = decode(&bytes, Some(&format!("text/xml; charset={label}"))).unwrap();
        assert_eq!(read.encoding, label);
    }
}

#[test]
fn fragments_and_lost_horns_stay() {
    let mut mixed = in_encoding("windows-1252", "Le député a déclaré : « ");
    mixed.extend(encode("tcvn3", "nhân dân phấn khởi, đường mới mở rộng, xã có điện"));
    mixed.extend(in_encoding("windows-1252", " » à l’école, fière de ses élèves étrangers"));
    assert_eq!(decode_document(&mixed), None);
    let mut lost = encode("tcvn3", &IN_TCVN3.join("\n"));
    lost.retain(|byte| *byte != 0xad);
    assert_eq!(decode_document(&lost), None);
    let entities = IN_TCVN3.join("\n").replace('ì', "&times;").replace('à', "&micro;");
    assert_eq!(decode_document(&encode("tcvn3", &entities)), None);
    let mut mixed = WINDOWS_1252.encode("Le député a déclaré, très ému : « ").0.into_owned();
    mixed.extend(encode("vni", "nước lũ rút dần, bà con trở về dựng lại nhà cửa"));
    mixed.extend(WINDOWS_1252.encode(" » à l’école, fière de ses élèves étrangers").0.iter());
    assert_eq!(decode_document(&mixed), None);
}

/// Documents of about `size` bytes of a file of text.
fn documents(text: &str, size: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines() {
        if all.last().is_some_and(|last| last.len() > size) {
            all.push(String::new());
        }
        if let Some(last) = all.last_mut() {
            *last += line;
            last.push('\n');
        }
    }
    all
}

/// Whole documents of other languages must stay, those in old encodings must be told: `benches/text-quality`.
#[test]
#[ignore = "needs text: run benches/text-quality"]
fn text_quality_of_documents() {
    let Some(folder) = std::env::var_os("DONGTIN_TEXT_QUALITY") else { return };
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".txt") {
            continue;
        }
        let text = std::fs::read_to_string(file.path()).unwrap();
        let all = documents(&text, 2_000);
        let high = |text: &String| text.chars().filter(|c| !c.is_ascii()).count() > 20;
        let all: Vec<&String> = all.iter().filter(|text| high(text)).collect();
        if name.starts_with("x_") {
            let told =
                all.iter().filter(|text| decode_document(&WINDOWS_1252.encode(text).0).is_some());
            println!("{name}: {} documents, {} taken for Vietnamese", all.len(), told.count());
            continue;
        }
        for page in ["vni", "vps", "viscii"] {
            let told = |text: &&&String| {
                decode_document(&encode(page, text)).map(|(_, name)| name) == Some(page)
            };
            let told = all.iter().step_by(20).filter(told).count();
            println!("{name}: {} in {page}, {told} told", all.len().div_ceil(20));
        }
    }
}
