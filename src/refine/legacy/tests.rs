//! The kinds of text that portals send, and what must come of them.

use super::*;

fn fixed(text: &str, mode: RepairMode) -> String {
    repair(text, Settings::new("content", mode)).text
}

fn with_words(text: &str, mode: RepairMode, allow: &[String], deny: &[String]) -> Repaired {
    repair(text, Settings { words: Words { allow, deny }, ..Settings::new("content", mode) })
}

#[test]
fn tcvn3_phrases_are_repaired() {
    for (broken, right) in [
        ("l\u{b5}nh m¹nh", "lành mạnh"),
        ("th\u{ad}íc đo", "thước đo"),
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
        ("C¨n cø", "Căn cứ"),
        ("®ång chÝ", "đồng chí"),
        ("Uû ban nh©n d©n tØnh", "Uỷ ban nhân dân tỉnh"),
        ("cấp tỉnh; viÖc lµm míi cho nông dân", "cấp tỉnh; việc làm mới cho nông dân"),
        ("CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("ch\u{2212}¬ng tr×nh n\u{2212}íc s¹ch", "chương trình nước sạch"),
        ("tr\u{ad}êng häc vµ ng\u{ad}êi d©n ®\u{ad}îc", "trường học và người dân được"),
        ("ngêi d©n ®îc", "người dân được"),
        ("tØnh Hoµ B×nh", "tỉnh Hoà Bình"),
        ("x\u{2219} héi", "xã hội"),
    ] {
        assert_eq!(fixed(broken, RepairMode::Safe), right, "{broken}");
        assert_eq!(fixed(broken, RepairMode::Full), right, "{broken}");
    }
}

#[test]
fn safe_reaches_words_that_read_both_ways_at_a_fragments_ends_and_leaves_good_words_beside_it() {
    for (mixed, right) in [
        ("Sáng qua, mét sè cöa hµng đã mở", "Sáng qua, một số cửa hàng đã mở"),
        ("họ nói cã n¨ng lùc và tốt", "họ nói có năng lực và tốt"),
        ("ông bảo c¸ch lµm tèt tõ đó", "ông bảo cách làm tốt từ đó"),
        ("người dùng m¸y tÝnh ở xã", "người dùng máy tính ở xã"),
        ("một sè mới, cã thể", "một sè mới, cã thể"),
    ] {
        assert_eq!(fixed(mixed, RepairMode::Safe), right, "{mixed}");
    }
}

#[test]
fn vni_phrases_are_repaired() {
    let broken = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam";
    let right = "Cộng hòa xã hội chủ nghĩa Việt Nam";
    assert_eq!(fixed(broken, RepairMode::Safe), right);
    let one = repair("Ñoäc laäp - Töï do - Haïnh phuùc", Settings::new("title", RepairMode::Full));
    assert_eq!(one.text, "Độc lập - Tự do - Hạnh phúc");
    assert!(one.repairs.iter().all(|r| r.rule == "vni"));
}

#[test]
fn clean_text_is_untouched() {
    for text in [
        "São Paulo",
        "Müller",
        "naïve",
        "café",
        "Curaçao",
        "façade",
        "Beyoncé",
        "Zoë Noël",
        "El Niño",
        "Øresund",
        "Škoda",
        "Straße",
        "5 µm",
        "50 µg/m³",
        "© 2009 UBND tỉnh",
        "Windows®",
        "«Hòa Bình»",
        "« Hòa Bình »",
        "1ª",
        "Mª José",
        "nº 5",
        "a·b",
        "3 × 4",
        "6 ÷ 2",
        "± 5°",
        "§ 5",
        "Đắk Lắk",
        "Krông Pắc",
        "dân phòng hóa trị",
        "ông",
        "Bộ trưởng",
        "où, naïf, Loïc",
        "píc-níc",
        "hình H¹",
        "½ cốc, ¼ thìa",
        "Ban Tổ Chức Tỉnh uỷ",
        "BCVT&CNTT",
        "Việt Nam · Hà Nội",
        "déjà vu",
        "Übermensch",
    ] {
        let repaired = repair(text, Settings::new("content", RepairMode::Full));
        assert_eq!(repaired.text, text);
        assert_eq!(repaired.repairs, [], "{text}");
    }
}

#[test]
fn decomposed_text_is_composed_and_logged_once() {
    for broken in ["Vie\u{302}\u{323}t Nam", "Vi\u{ea}\u{323}t Nam"] {
        let repaired = repair(broken, Settings::new("title", RepairMode::Safe));
        assert_eq!(repaired.text, "Việt Nam");
        assert_eq!(repaired.repairs.len(), 1);
        assert_eq!(repaired.repairs[0].rule, "nfc");
    }
}

#[test]
fn look_alikes_and_invisible_characters() {
    let repaired = repair("Ðảng, Ðông, BCÐ tỉnh", Settings::new("title", RepairMode::Safe));
    assert_eq!(repaired.text, "Đảng, Đông, BCĐ tỉnh");
    assert!(repaired.repairs.iter().all(|r| r.rule == "look-alike"));
    let hidden = "\u{feff}tin\u{200b} tức \u{202e}mới\u{202c}, công\u{ad}ty";
    assert_eq!(fixed(hidden, RepairMode::Safe), "tin tức mới, côngty");
    assert_eq!(fixed(hidden, RepairMode::Off), "tin tức mới, côngty");
}

#[test]
fn the_seed_article_gives_three_repairs_and_two_flags() {
    let text = "được công bằng, bình đẳng và l\u{b5}nh m¹nh. Khẳng định\n\
        chính là thíc đo đánh giá hiệu quả quản lý của Sở TT&TT\n\
        hiệuquả ứng dụng CNTT, tích cực phối hợptriển khai; Tỉnh uỷ, BCVT&CNTT, Hòa Bình";
    let repaired = repair(text, Settings::new("content", RepairMode::Safe));
    let repairs: Vec<_> = repaired
        .repairs
        .iter()
        .map(|r| (r.from.as_str(), r.to.as_str(), r.rule.as_str()))
        .collect();
    assert_eq!(
        repairs,
        [
            ("lµnh", "lành", "tcvn3"),
            ("m¹nh", "mạnh", "tcvn3"),
            ("thíc", "thước", "tcvn3-lost-horn-u")
        ]
    );
    for repair in &repaired.repairs {
        assert!(repaired.text[repair.offset..].starts_with(&repair.to));
    }
    let flags: Vec<_> =
        repaired.flags.iter().map(|f| (f.text.as_str(), f.suggestion.as_deref())).collect();
    assert_eq!(flags, [("hiệuquả", Some("hiệu quả")), ("hợptriển", Some("hợp triển"))]);
}

#[test]
fn repairs_can_be_undone() {
    let broken = "cấp tỉnh; viÖc lµm míi cho nông dân, ngêi d©n";
    let repaired = repair(broken, Settings::new("content", RepairMode::Full));
    let mut text = repaired.text.clone();
    for repair in repaired.repairs.iter().rev() {
        text.replace_range(repair.offset..repair.offset + repair.to.len(), &repair.from);
    }
    assert_eq!(text, broken);
}

#[test]
fn modes_and_words_of_the_source() {
    let broken = "chính là thíc đo";
    assert_eq!(fixed(broken, RepairMode::Off), broken);
    let report = repair(broken, Settings::new("content", RepairMode::Report));
    assert_eq!((report.text.as_str(), report.repairs.len()), (broken, 0));
    assert_eq!(report.flags[0].suggestion.as_deref(), Some("thước"));
    let deny = ["THÍC".to_owned()];
    assert_eq!(with_words(broken, RepairMode::Full, &[], &deny).text, broken);
    let allow = ["phóc".to_owned()];
    let alone = "hạnh phóc cho mọi người";
    assert_eq!(fixed(alone, RepairMode::Full), alone);
    let allowed = with_words(alone, RepairMode::Safe, &allow, &[]);
    assert_eq!(allowed.text, "hạnh phúc cho mọi người");
}

#[test]
fn text_nodes_of_a_paragraph_see_each_other() {
    let texts = ["§éc lËp - ", "H¹nh", "\n phóc"];
    let repaired = repair_runs(&texts, Settings::new("content", RepairMode::Safe));
    let texts: Vec<_> = repaired.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(texts, ["Độc lập - ", "Hạnh", "\n phúc"]);
    assert_eq!(repaired[1].repairs[0].offset, 0);
    assert_eq!(repair_runs(&[], Settings::new("content", RepairMode::Safe)), []);
}

#[test]
fn explains_each_decision() {
    let decisions =
        explain("thíc đo, phóc, hiệuquả, Müller, 5 µm", Settings::new("", RepairMode::Full));
    let lines: Vec<String> = decisions.iter().map(ToString::to_string).collect();
    assert!(lines[0].contains("convert thíc -> thước  [lost-horn]"), "{lines:?}");
    assert!(lines.iter().any(|l| l.contains("leave   phóc -> phúc  [both]")), "{lines:?}");
    assert!(lines.iter().any(|l| l.contains("flag    hiệuquả")), "{lines:?}");
    assert!(lines.iter().any(|l| l.contains("Müller")), "{lines:?}");
}

#[test]
fn odd_text_does_no_harm() {
    let long = "µ¹©®¨·".repeat(20_000);
    assert_eq!(fixed(&long, RepairMode::Full).chars().count(), 120_000);
    for text in ["", "\u{ad}", "\u{2212}", "·", "\u{301}", "a\u{301}\u{ad}b", "®", "§", "ƯƯ\u{ad}"]
    {
        fixed(text, RepairMode::Full);
        fixed(text, RepairMode::Report);
    }
}

#[test]
fn safe_leaves_doubtful_words_alone_without_a_sure_trace() {
    for text in [
        "Em Giàng Thị Níc và bạn Vàng A Bíc được khen.",
        "Y Níc, Y Bíc",
        "Một thíc vải, ba tôc dây.",
        "Đường cao tôc mới thông xe, khuyến khíc đi chậm.",
        "Ông Hầu A Têng kể chuyện; đồng hồ kêu tíc tắc.",
        "Ca sĩ Mø và cầu thủ Tör gặp người hâm mộ",
        "Ông Caïn ở xã Ea Hleo, chị Thaïs, anh Noël",
        "Nhà máy boàn cầu, hãng Moõng",
    ] {
        let repaired = repair(text, Settings::new("title", RepairMode::Safe));
        assert_eq!((repaired.text.as_str(), repaired.repairs.len()), (text, 0), "{text}");
    }
    for (mixed, right) in [
        ("Quy ho¹ch míi: kích thíc, anh Níc đã xem", "Quy hoạch mới: kích thước, anh Níc đã xem"),
        ("Ngêi d©n\nTrêng häc, trung t©m\nlíp häc", "Người dân\nTrường học, trung tâm\nlớp học"),
    ] {
        assert_eq!(fixed(mixed, RepairMode::Safe), right);
    }
}

#[test]
fn an_articles_traces_count_in_all_its_texts() {
    let body = "<p>Chất lượng và l&micro;nh m&sup1;nh.</p><p>Chị Y Níc đọc.</p>";
    let article = Article::of(["Thíc đo kích thíc", body]);
    assert_eq!((article.traces().tcvn3, article.traces().vni), (2, false));
    let settings = Settings { article: Some(&article), ..Settings::new("title", RepairMode::Safe) };
    assert_eq!(repair("đo kích thíc vải", settings).text, "đo kích thước vải");
    assert_eq!(repair("Chị Y Níc đọc", settings).text, "Chị Y Níc đọc");
    let clean = Article::of(["kích thíc", "<p>Anh Níc &amp; chị Têng</p>"]);
    assert_eq!((clean.traces().tcvn3, clean.traces().vni), (0, false));
}

#[test]
fn doubtful_words_are_tcvn3_where_their_article_is_so_throughout() {
    let body = "<p>Ch&Ecirc;t l\u{ad}îng cña c&para;c c«ng tr×nh, h¹ tÇng vµ ®\u{ad}êng giao th«ng cña tØnh ®· t¨ng</p>";
    let article = Article::of(["Chuyện của bé và bá", body]);
    assert!(article.traces().is_tcvn3_throughout());
    let settings = Settings { article: Some(&article), ..Settings::new("body", RepairMode::Safe) };
    assert_eq!(repair("mét xin chñ", settings).text, "một xin chủ");
    assert_eq!(repair("Chuyện của bé và bá", settings).text, "Chuyện của bé và bá");
    assert_eq!(repair("100 µm, 5 §", settings).text, "100 µm, 5 §");
    let once = Article::of(["Chuyện của bé và bá", "l&micro;nh"]);
    assert!(!once.traces().is_tcvn3_throughout());
    let settings = Settings { article: Some(&once), ..settings };
    assert_eq!(repair("mét xin chñ", settings).text, "mét xin chủ");
}

#[test]
fn abbreviations_and_document_numbers_get_their_d() {
    for (broken, right) in [
        ("Nghò quyeát soá 3/2002/NQ-HÑND vaø 8/NÑ-CP", "Nghị quyết số 3/2002/NQ-HĐND và 8/NĐ-CP"),
        ("Quyeát ñònh 5/QÑ-UB cuûa UBND tænh", "Quyết định 5/QĐ-UB của UBND tỉnh"),
        ("Ñ/c Laøi, ñ/c Döông noäp 5.000ñ, ÑT: 12", "Đ/c Lài, đ/c Dương nộp 5.000đ, ĐT: 12"),
        ("C¨n cø 17/2001/N§-CP vµ Q§-UB cña H§ND", "Căn cứ 17/2001/NĐ-CP và QĐ-UB của HĐND"),
        ("§/c bÝ th\u{ad} vµ ®/c chñ tÞch: 3.000®/kg", "Đ/c bí thư và đ/c chủ tịch: 3.000đ/kg"),
    ] {
        assert_eq!(fixed(broken, RepairMode::Safe), right, "{broken}");
    }
    for clean in ["Theo § 5, Windows® và ñ/c của Ñ", "El Niño, CASTAÑO, NÑ", "§/c 3.000® từ ngày"]
    {
        assert_eq!(fixed(clean, RepairMode::Safe), clean);
    }
}

#[test]
fn vni_is_read_throughout_where_the_text_is_vni() {
    for (broken, right) in [
        ("Cô quan ñôn vò ôû xaõ Pa Haùng, laàn thöù ba", "Cơ quan đơn vị ở xã Pa Háng, lần thứ ba"),
        (
            "Soá TT\nTeân goïi\nNoäi dung\nÑòa chæ\nTrình ñoä",
            "Số TT\nTên gọi\nNội dung\nĐịa chỉ\nTrình độ",
        ),
        ("UBND tænh Bình Döông vaø HÑND", "UBND tỉnh Bình Dương và HĐND"),
    ] {
        assert_eq!(fixed(broken, RepairMode::Safe), right, "{broken}");
    }
}
