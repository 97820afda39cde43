//! Dates as they were seen in the wild.

use super::*;
use crate::model::{DateRule, Precision};

const NOW: &str = "2026-11-23T00:00:00Z";

fn context() -> DateContext<'static> {
    DateContext::plain(Timestamp::parse_rfc3339(NOW).unwrap(), 25_200)
}

fn read(text: &str) -> String {
    match read_date(text, &context()) {
        Ok(dated) => dated.at.rfc3339_at(25_200),
        Err(error) => error.to_string(),
    }
}

#[test]
fn portals_of_vietnam() {
    let same = "2009-06-12T20:30:00+07:00";
    for text in [
        "12/06/2009 20:30",
        "20:30 12/06/2009",
        "20:30, 12/06/2009",
        "20:30 - 12/06/2009",
        "12-06-2009 20:30",
        "12.06.2009 20:30",
        "Thứ Sáu, ngày 12/06/2009 20:30",
        "Thứ 6, 12/06/2009 20:30",
        "T6, 12/06/2009 20:30",
        "Thứ sáu, 12/6/2009 | 20h30",
        "Thứ sáu, 12/6/2009, 20:30 (GMT+7)",
        "ngày 12 tháng 6 năm 2009, 20 giờ 30 phút",
        "20 giờ 30 ngày 12 tháng sáu năm 2009",
        "Cập nhật lúc 20h30' ngày 12/06/2009",
        "12 thg 6, 2009 20:30",
        "Tháng Sáu 12, 2009 20:30",
        "12/06/2009 8:30 CH",
        "12/06/2009 08:30 chiều",
        "12-06-2009 - 08:30 PM",
        "2009-06-12 20:30",
        "2009/06/12 20:30",
        "Thứ Sáu, 12/06/2009 | 20:30 GMT+7",
        "(12/06/2009 20:30)",
        "Ngày đăng: 12/06/2009 20:30",
        "Thø s¸u, ngµy 12 th¸ng 6 n¨m 2009 20:30",
        "Fri, 12/06/2009 - 20:30",
    ] {
        assert_eq!(read(text), same, "{text}");
    }
    for (text, expected) in [
        ("12/06/2009 08:30:21 CH", "2009-06-12T20:30:21+07:00"),
        ("12/06/2009 08:30:21 SA", "2009-06-12T08:30:21+07:00"),
        ("11 giờ đêm 12/06/2009", "2009-06-12T23:00:00+07:00"),
        ("12/06/2009 6:15 đêm", "2009-06-12T18:15:00+07:00"),
        ("12 giờ đêm ngày 12/06/2009", "2009-06-12T00:00:00+07:00"),
        ("2h30 khuya 12/06/2009", "2009-06-12T02:30:00+07:00"),
        ("12/06/2009 05:59 khuya", "2009-06-12T05:59:00+07:00"),
        ("12/06/2009 23:10 đêm", "2009-06-12T23:10:00+07:00"),
        ("12/06/2009 12:30:21 SA", "2009-06-12T00:30:21+07:00"),
        ("Thứ Sáu, ngày 12 tháng 06 năm 2009, 20:30:21", "2009-06-12T20:30:21+07:00"),
        ("Thứ sáu, 6/8/2021, 01:08 (GMT+7)", "2021-08-06T01:08:00+07:00"),
        ("Thứ 5, 28/05/2026 17:00:00 GMT+7", "2026-05-28T17:00:00+07:00"),
        ("Chủ nhật, 7/6/2009, 09:05", "2009-06-07T09:05:00+07:00"),
        ("CN, 07/06/2009 09:05", "2009-06-07T09:05:00+07:00"),
        ("31/10/2013 22:13", "2013-10-31T22:13:00+07:00"),
        ("2025-06-30T19:02:21", "2025-06-30T19:02:21+07:00"),
        ("/Date(1244813421000)/", "2009-06-12T20:30:21+07:00"),
        ("1244813421", "2009-06-12T20:30:21+07:00"),
        ("tháng mười hai 2009", "2009-12-01T00:00:00+07:00"),
        ("tháng 12/2009", "2009-12-01T00:00:00+07:00"),
        ("ngày 12/6 năm 2009", "2009-06-12T00:00:00+07:00"),
        ("12/06/09", "2009-06-12T00:00:00+07:00"),
        ("2009-06-12T20:30:21+07:00[Asia/Ho_Chi_Minh]", "2009-06-12T20:30:21+07:00"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn the_feeds_of_the_world() {
    for (text, expected) in [
        ("Mon, 07 Sep 2026 19:41:53 GMT+7", "2026-09-07T19:41:53+07:00"),
        ("Fri, 12 Jun 2009 20:30:21 ICT", "2009-06-12T20:30:21+07:00"),
        ("Fri, 12 Jun 2009 20:30:21 +0700", "2009-06-12T20:30:21+07:00"),
        ("Fri, 12 Jun 2009 20:30:21 +07:00", "2009-06-12T20:30:21+07:00"),
        ("Fri, 12 Jun 2009 13:30:21 GMT", "2009-06-12T20:30:21+07:00"),
        ("Fri, 12 Jun 2009 13:30:21 +0000 (UTC)", "2009-06-12T20:30:21+07:00"),
        ("Fri,12 Jun 2009 08:30:21 -0500", "2009-06-12T20:30:21+07:00"),
        ("12 Jun 09 09:30:21 EDT", "2009-06-12T20:30:21+07:00"),
        ("Friday, June 12th, 2009 6:30:21 AM PDT", "2009-06-12T20:30:21+07:00"),
        ("Jun 12, 2009 1:30:21 PM UTC", "2009-06-12T20:30:21+07:00"),
        ("Fri Jun 12 13:30:21 UTC 2009", "2009-06-12T20:30:21+07:00"),
        ("Fri Jun 12 20:30:21 2009", "2009-06-12T20:30:21+07:00"),
        ("Fri Jun 12 2009 20:30:21 GMT+0700 (Indochina Time)", "2009-06-12T20:30:21+07:00"),
        ("Fri, 2009/06/12 09:30:21 EDT", "2009-06-12T20:30:21+07:00"),
        ("2009-06-12T13:30:21Z", "2009-06-12T20:30:21+07:00"),
        ("2009-06-12T13:30:21.5Z", "2009-06-12T20:30:21+07:00"),
        ("2009-06-12 20:30:21.0", "2009-06-12T20:30:21+07:00"),
        ("2009-06-12T08:30:21-05:00", "2009-06-12T20:30:21+07:00"),
        ("20090612T203021", "2009-06-12T20:30:21+07:00"),
        ("20090612T133021Z", "2009-06-12T20:30:21+07:00"),
        ("20090612203021", "2009-06-12T20:30:21+07:00"),
        ("2004년 05월 28일  01:31:15", "2004-05-28T01:31:15+07:00"),
        ("2004-05-25 오후 11:23:17", "2004-05-25T23:23:17+07:00"),
        ("2004-július-13T9:15-05:00", "2004-07-13T21:15:00+07:00"),
        ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-12T00:00:00+07:00"),
        ("24 juin 2009 20:30", "2009-06-24T20:30:00+07:00"),
        ("Thu, 01 Jan 04 19:48 GMT", "2004-01-02T02:48:00+07:00"),
        ("01 Jan 2004", "2004-01-01T00:00:00+07:00"),
        ("Thu, 31 Dec 1998 24:00:00 +0700", "1999-01-01T00:00:00+07:00"),
        ("Thu, 31 Dec 1998 23:59:60 +0700", "1999-01-01T00:00:00+07:00"),
        ("2003", "2003-01-01T00:00:00+07:00"),
        ("2003-12", "2003-12-01T00:00:00+07:00"),
        ("20031231", "2003-12-31T00:00:00+07:00"),
        ("031231", "2003-12-31T00:00:00+07:00"),
        ("03-12-31", "2003-12-31T00:00:00+07:00"),
        ("-03-12", "2003-12-01T00:00:00+07:00"),
        ("-0312", "2003-12-01T00:00:00+07:00"),
        ("2003335", "2003-12-01T00:00:00+07:00"),
        ("2003-335", "2003-12-01T00:00:00+07:00"),
        ("12-Jun-2009 20:30", "2009-06-12T20:30:00+07:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T06:59:59+07:00"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn the_seed_is_june() {
    let text = "6/12/2009 8:30:21 PM";
    let body = Some("Ngày 11/6, đồng chí Bí thư đã có buổi làm việc");
    let dated = read_date(text, &DateContext { body, ..context() }).unwrap();
    assert_eq!(dated.at.rfc3339_at(dated.offset), "2009-06-12T20:30:21+07:00");
    assert_eq!((dated.rule, dated.precision), (DateRule::UsAmPm, Precision::Second));
    assert_eq!(dated.raw, text);
    let steps = explain(text, &DateContext { body, ..context() });
    assert!(
        steps.iter().any(|s| s.token == "body" && s.candidate.as_deref() == Some("2009-06-12"))
    );
}

#[test]
fn evidence_is_asked_strongest_first() {
    let june = Timestamp::parse_rfc3339("2009-06-10T00:00:00Z");
    let cases: [(&str, DateContext<'_>, &str, DateRule); 9] = [
        ("6/12/2009 20:30", context(), "2009-12-06", DateRule::Default),
        ("6/13/2009", context(), "2009-06-13", DateRule::Unambiguous),
        ("Fri, 6/12/2009", context(), "2009-06-12", DateRule::Weekday),
        ("6/12/2009 8:30:21 CH", context(), "2009-12-06", DateRule::Vietnamese),
        (
            "06/12/2009",
            DateContext { order: DateOrder::MonthFirst, ..context() },
            "2009-06-12",
            DateRule::Configured,
        ),
        (
            "06/12/2009",
            DateContext { body: Some("Sáng 11/6, tại"), ..context() },
            "2009-06-12",
            DateRule::Body,
        ),
        (
            "06/12/2009",
            DateContext { now: june.unwrap().plus_millis(5 * 86_400_000), ..context() },
            "2009-06-12",
            DateRule::NotFuture,
        ),
        (
            "06/12/2009",
            DateContext { neighbors: &[june, june], ..context() },
            "2009-12-06",
            DateRule::Default,
        ),
        (
            "06/12/2009",
            DateContext { settled: Some(DateOrder::MonthFirst), ..context() },
            "2009-06-12",
            DateRule::Settled,
        ),
    ];
    for (text, context, day, rule) in cases {
        let dated = read_date(text, &context).unwrap();
        assert_eq!((&dated.at.rfc3339_at(25_200)[..10], dated.rule), (day, rule), "{text}");
    }
    let neighbors = [june.map(|t| t.plus_millis(5 * 86_400_000)), june];
    let dated =
        read_date("06/12/2009", &DateContext { neighbors: &neighbors, ..context() }).unwrap();
    assert_eq!(dated.rule, DateRule::Monotone);
}

#[test]
fn what_is_no_date_keeps_its_text_and_is_never_now() {
    for (text, error) in [
        ("13/25/2009", DateError::NoSuchDay("13/25/2009".into())),
        ("31/02/2009", DateError::NoSuchDay("31/02/2009".into())),
        ("0000-00-00 00:00:00", DateError::NoSuchDay("0000-00-00 00:00:00".into())),
        ("20:30", DateError::NoDay("20:30".into())),
        ("5 phút đọc", DateError::NoDay("5 phút đọc".into())),
        ("trước 20:30", DateError::NoDay("trước 20:30".into())),
        ("11/6", DateError::NoSuchDay("11/6".into())),
        ("0001-01-01T00:00:00", DateError::Placeholder("0001-01-01T00:00:00".into())),
        ("1601-01-01T00:00:00Z", DateError::Placeholder("1601-01-01T00:00:00Z".into())),
        ("  ", DateError::Empty),
    ] {
        assert_eq!(read_date(text, &context()), Err(error), "{text}");
    }
}

#[test]
fn what_no_calendar_or_clock_has_is_never_another_date() {
    for text in [
        "32 Nov 2026 25:61:61",
        "32 Nov 2026",
        "32 Nov 26",
        "0 Nov 2026",
        "Nov 32, 2026",
        "Sun, 32 Nov 2026 08:00:00 +0700",
        "32-Nov-2026",
        "32-Nov-26",
        "31 February 2026",
        "Feb 31, 2026 08:00",
        "29 Feb 2026",
        "31-Feb-2026",
        "2026-02-31",
        "2026-02-31T08:00:00+07:00",
        "2026-02-29",
        "2026/13/45",
        "2026-00-10",
        "2026-11-00",
        "20260231",
        "20260231T080000",
        "260231",
        "2026366",
        "2026-366",
        "31/02/2026",
        "29/02/2026 08:00",
        "30/02/26",
        "31-02-29",
        "112/06/2009",
        "12/06/026",
        "12/06/0026",
        "0026-06-12",
        "12 Jun 0026",
        "12 tháng 6 năm 0026",
        "ngày 32 tháng 6 năm 2026",
        "ngày 31 tháng 2 năm 2026",
        "ngày 12 tháng 13 năm 2026",
        "31/2 năm 2026",
        "13/2026",
        "2026-13",
        "2026-11-23T25:00:00+07:00",
        "2026-11-23T08:61:00+07:00",
        "2026-11-23T08:00:61+07:00",
        "2026-11-23T24:00:01Z",
        "20261123256161",
        "23/11/2026 25:61",
        "12/06/2009 77:99",
        "23/11/2026 25h61",
        "2026-11-23T08:00:00+99:99",
        "2026-11-23T08:00:00-24:00",
        "2026-11-23T08:00:00+07:60",
        "Mon, 23 Nov 2026 08:00:00 +9999",
        "Mon, 23 Nov 2026 08:00:00 GMT+99",
    ] {
        let read = read_date(text, &context());
        assert!(read.is_err(), "{text}: {read:?}");
        assert_eq!(read.unwrap_err().raw(), text);
    }
}

#[test]
fn dates_are_told_from_the_time_of_reading() {
    // NOW is 07:00 of 23 November in Vietnam.
    for (text, expected, precision) in [
        ("vừa xong", "2026-11-23T07:00", Precision::Minute),
        ("15 phút trước", "2026-11-23T06:45", Precision::Minute),
        ("15' trước", "2026-11-23T06:45", Precision::Minute),
        ("2 giờ trước", "2026-11-23T05:00", Precision::Minute),
        ("2h trước", "2026-11-23T05:00", Precision::Minute),
        ("1 giờ 20 phút trước", "2026-11-23T05:40", Precision::Minute),
        ("một tiếng trước", "2026-11-23T06:00", Precision::Minute),
        ("Cách đây 8 giờ", "2026-11-22T23:00", Precision::Minute),
        ("Đăng 3 ngày trước", "2026-11-20T00:00", Precision::Day),
        ("2 tuần trước", "2026-11-09T00:00", Precision::Day),
        ("2 tháng trước", "2026-09-01T00:00", Precision::Month),
        ("1 năm trước", "2025-11-01T00:00", Precision::Month),
        ("Hôm qua, 08:05", "2026-11-22T08:05", Precision::Minute),
        ("08h05 hôm qua", "2026-11-22T08:05", Precision::Minute),
        ("Hôm nay lúc 6:30", "2026-11-23T06:30", Precision::Minute),
        ("hôm kia", "2026-11-21T00:00", Precision::Day),
        ("3 hours ago", "2026-11-23T04:00", Precision::Minute),
        ("an hour ago", "2026-11-23T06:00", Precision::Minute),
        ("yesterday", "2026-11-22T00:00", Precision::Day),
    ] {
        let dated = read_date(text, &context()).unwrap();
        assert_eq!(&dated.at.rfc3339_at(25_200)[..16], expected, "{text}");
        assert_eq!((dated.precision, dated.rule), (precision, DateRule::Relative), "{text}");
    }
    let absolute = read_date("12/06/2009 (17 năm trước)", &context()).unwrap();
    assert_eq!(&absolute.at.rfc3339_at(25_200)[..10], "2009-06-12");
}

#[test]
fn a_date_is_the_right_one_or_none() {
    for (text, expected) in [
        ("06-DEC-25 10.21.00 AM", "2025-12-06T10:21:00+07:00"),
        ("12 Jun 2009 10.21.30", "2009-06-12T10:21:30+07:00"),
        ("8.30 PM 12/06/2009", "2009-06-12T20:30:00+07:00"),
        ("12/06/2009 20.30", "2009-06-12T20:30:00+07:00"),
        ("Ngày cập nhật: 07/11/2025 - Ngày đăng: 06/11/2025", "2025-11-06T00:00:00+07:00"),
        ("Ngày đăng: 06/11/2025 - Cập nhật: 07/11/2025 09:00", "2025-11-06T00:00:00+07:00"),
        ("Cập nhật 07/11/2025 09:00, đăng lúc 06/11/2025 08:30", "2025-11-06T08:30:00+07:00"),
        ("06/11/2025 08:30 (cập nhật 07/11/2025 09:00)", "2025-11-06T08:30:00+07:00"),
        ("Updated: 7 Nov 2025, Published: 6 Nov 2025", "2025-11-06T00:00:00+07:00"),
        ("Sửa lần cuối 06/11/2025 08:30", "2025-11-06T08:30:00+07:00"),
        ("ngày mười hai tháng sáu năm 2009", "2009-06-12T00:00:00+07:00"),
        ("ngày hai mươi mốt tháng mười hai năm 2009", "2009-12-21T00:00:00+07:00"),
        ("ngày mùng năm tháng sáu năm 2009", "2009-06-05T00:00:00+07:00"),
        ("2026-06-12 08:00 Asia/Singapore", "2026-06-12T07:00:00+07:00"),
        ("2026-06-12T08:00:00+02:00[Europe/Berlin]", "2026-06-12T13:00:00+07:00"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    for text in [
        "06/11/2568",
        "2568-11-06",
        "2026-06-12 08:00 Europe/Berlin",
        "2026-06-12 08:00 America/New_York",
        "ngày mười hai tháng sáu năm hai nghìn",
    ] {
        assert!(read_date(text, &context()).is_err(), "{text}: {}", read(text));
    }
}

#[test]
fn other_dates_of_a_body_decide_nothing() {
    for (text, body, settled, expected) in [
        ("08/03/2024 07:00", "Đến 4/8 đạt 3/8 kế hoạch.", None, "2024-03-08"),
        ("05/11/2026 08:00", "Tổng kết từ ngày 10/5 đến nay.", None, "2026-11-05"),
        ("05/11/2026 08:00", "Ngày 10/5, xã sẽ họp.", None, "2026-11-05"),
        ("08/01/2025 07:00", "Đội vào vòng 1/8 của giải.", None, "2025-01-08"),
        ("12/10/2026 08:00", "Ngày 9/12, đoàn đã họp.", None, "2026-10-12"),
        ("05/11/2025 08:00", "Ngày 10/5, đã họp.", Some(DateOrder::DayFirst), "2025-11-05"),
        ("06/12/2009", "Sáng 11/6, tại xã.", Some(DateOrder::DayFirst), "2009-12-06"),
    ] {
        let context = DateContext { body: Some(body), settled, ..context() };
        let dated = read_date(text, &context).unwrap();
        assert_eq!(&dated.at.rfc3339_at(25_200)[..10], expected, "{text} {body}");
    }
}

#[test]
fn precision_is_what_the_text_said() {
    for (text, precision) in [
        ("2003", Precision::Year),
        ("06/2009", Precision::Month),
        ("12/06/2009", Precision::Day),
        ("20h ngày 12/06/2009", Precision::Hour),
        ("20h30 12/06/2009", Precision::Minute),
        ("12/06/2009 20:30:21", Precision::Second),
    ] {
        assert_eq!(read_date(text, &context()).unwrap().precision, precision, "{text}");
    }
}

#[test]
fn odd_text_does_no_harm() {
    for text in
        ["99999999999999999999999", "//////", "1:2:3:4:5", "+-+-", "-", "GMT", "thứ", "tháng"]
    {
        let _ = read_date(text, &context());
    }
    let long = "12/".repeat(100_000);
    let _ = read_date(&long, &context());
    let body = "11/6 ".repeat(100_000);
    assert!(read_date("06/12/2009", &DateContext { body: Some(&body), ..context() }).is_ok());
}

#[test]
fn a_time_of_reading_beyond_all_calendars_does_no_harm() {
    for now in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
        for text in ["vừa xong", "2 giờ trước", "hôm qua 08:30", "3 ngày trước", "1000 năm trước"]
        {
            let _ = read_date(text, &DateContext { now, ..context() });
        }
    }
}
