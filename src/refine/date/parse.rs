use super::calendar::{Day, whole_year};
use super::parts::{Fixed, Open, Parts, Time};
use super::scan::Token;
use super::words;
use crate::model::Precision;

/// Everything that the pieces say.
pub fn parse(tokens: &[Token]) -> Parts {
    let mut reader = Reader { tokens, at: 0, parts: Parts::default(), unknown_zone: false };
    while reader.at < tokens.len() {
        let before = reader.at;
        reader.step();
        reader.at = reader.at.max(before + 1);
    }
    super::eliminate::fill_by_elimination(&mut reader.parts, tokens);
    reader.parts.impossible |= reader.unknown_zone && reader.parts.offset.is_none();
    reader.parts
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    parts: Parts,
    /// A zone was named whose offset is not known.
    unknown_zone: bool,
}

impl Reader<'_> {
    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn number(&self, ahead: usize) -> Option<(u64, usize)> {
        self.token(ahead)?.number()
    }

    fn word(&self, ahead: usize) -> Option<&str> {
        self.token(ahead)?.word()
    }

    fn mark(&self, ahead: usize, marks: &str) -> bool {
        self.token(ahead).is_some_and(|t| t.is_mark(marks))
    }

    fn touching(&self, ahead: usize) -> bool {
        self.token(ahead).is_some_and(|t| !t.spaced)
    }

    fn step(&mut self) {
        if self.number(0).is_some() {
            let read = self.clock() || self.spoken_clock() || self.triple() || self.unit();
            if !read && !self.pair() {
                self.parts.loose.extend(self.number(0));
            }
        } else if self.word(0).is_some() {
            let _ = self.vietnamese_word() || self.zone() || self.half() || self.name();
        } else if self.mark(0, "+-") {
            self.offset();
        }
    }

    fn take(&mut self, count: usize) -> bool {
        self.at += count;
        true
    }

    /// `20:30`, `20:30:21.5`, also `203021` and `2030` after a `T`.
    fn clock(&mut self) -> bool {
        let Some((hour, width)) = self.number(0) else { return false };
        let after_t = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)?.word()) == Some("t");
        if after_t && matches!(width, 4 | 6) && !self.mark(1, ":") {
            let (hms, seconds) =
                if width == 6 { (hour, Some(hour % 100)) } else { (hour * 100, None) };
            let second = seconds.map(small);
            let hour = small(hms / 10_000);
            let minute = Some(small(hms / 100 % 100));
            return self.set_time(Time { hour, minute, second, millis: 0, unpadded: false }, 1);
        }
        let colon = if self.is_dotted_clock() { "." } else { ":" };
        let Some((minute, 1..=2)) = self.number(2).filter(|_| self.mark(1, colon) && width <= 2)
        else {
            return false;
        };
        let mut time = Time {
            hour: small(hour),
            minute: Some(small(minute)),
            second: None,
            millis: 0,
            unpadded: width == 1,
        };
        let mut used = 3;
        if let (true, Some((second, 1..=2))) = (self.mark(3, colon), self.number(4)) {
            time.second = Some(small(second));
            used = 5;
            if let (true, Some((fraction, width))) =
                (self.mark(5, ".,") && self.touching(6), self.number(6))
            {
                time.millis = millis(fraction, width);
                used = 7;
            }
        }
        self.set_time(time, used)
    }

    /// `10.21.00`, behind a day or before AM or PM.
    fn is_dotted_clock(&self) -> bool {
        let small = |ahead: usize, most: u64| {
            self.number(ahead).is_some_and(|(value, width)| width <= 2 && value <= most)
        };
        let dotted = |ahead: usize| self.mark(ahead, ".") && self.touching(ahead);
        let whole = small(0, 24) && dotted(1) && small(2, 59);
        let end = if dotted(3) && small(4, 60) { 5 } else { 3 };
        let half = || self.word(end).is_some_and(|word| matches!(word, "am" | "pm" | "sa" | "ch"));
        whole && (self.has_whole_day() || half())
    }

    /// Whether day, month and year are known already.
    fn has_whole_day(&self) -> bool {
        let parts = &self.parts;
        let year = parts.year.is_some() || parts.loose.iter().any(|(_, width)| *width == 4);
        parts.open.is_some() || parts.fixed.is_some() || (parts.month.is_some() && year)
    }

    fn set_time(&mut self, time: Time, used: usize) -> bool {
        self.parts.time.get_or_insert(time);
        self.take(used)
    }

    /// `20h30`, `20 giờ 30 phút 21 giây`, `20g`.
    fn spoken_clock(&mut self) -> bool {
        let Some((hour, 1..=2)) = self.number(0) else { return false };
        let hours = matches!(self.word(1), Some("h" | "g" | "gio" | "시" | "時" | "时" | "hrs"));
        if !hours || matches!(self.word(2), Some("truoc")) {
            return false;
        }
        let mut used = 2;
        let mut time =
            Time { hour: small(hour), minute: None, second: None, millis: 0, unpadded: false };
        if let Some((minute, 1..=2)) = self.number(2).filter(|_| !self.mark(3, "/:")) {
            time.minute = Some(small(minute));
            used = 3;
            if self.mark(3, "'")
                || matches!(self.word(3), Some("phut" | "p" | "ph" | "분" | "分" | "m"))
            {
                used = 4;
                let unit = matches!(self.word(5), Some("giay" | "s" | "초" | "秒"));
                if let (true, Some((second, 1..=2))) = (unit, self.number(4)) {
                    time.second = Some(small(second));
                    used = 6;
                }
            }
        }
        self.parts.vietnamese |= matches!(self.word(1), Some("h" | "g" | "gio"));
        self.set_time(time, used)
    }

    /// `12/06/2009`, `2009-06-12`, `12-Jun-2009`.
    fn triple(&mut self) -> bool {
        if self.has_whole_day() {
            return false;
        }
        let same =
            self.mark(1, "/-.") && self.token(1).map(|t| &t.kind) == self.token(3).map(|t| &t.kind);
        let (Some(first), true) = (self.number(0), same) else { return false };
        if let (Some(month), Some(last)) = (self.word(2).and_then(words::month), self.number(4)) {
            return self.named_triple(first, month, last);
        }
        let (Some(second), Some(last)) = (self.number(2), self.number(4)) else { return false };
        match (first.1, second.1, last.1) {
            (4, 1..=2, 1..=2) => self.year_first(first.0, second.0, last.0),
            (1..=2, 1..=2, 2 | 4) => self.year_last(first, second, last),
            _ => false,
        }
    }

    fn named_triple(&mut self, first: (u64, usize), month: u32, last: (u64, usize)) -> bool {
        let (year, day) = if first.1 == 4 { (first, last) } else { (last, first) };
        let year = whole_year(year.0, year.1);
        (self.parts.year, self.parts.month, self.parts.day) =
            (year, Some(month), Some(small(day.0)));
        self.parts.named = true;
        self.take(5)
    }

    fn year_first(&mut self, year: u64, month: u64, day: u64) -> bool {
        let year = i32::try_from(year).unwrap_or(0);
        let day = Day::new(year, small(month), small(day))
            .or_else(|| Day::new(year, small(day), small(month)));
        self.parts.fixed = day.map(|day| Fixed { day, precision: Precision::Day });
        // `2026-02-31` is not February 2026.
        self.parts.impossible |= day.is_none();
        self.take(5)
    }

    fn year_last(&mut self, first: (u64, usize), second: (u64, usize), last: (u64, usize)) -> bool {
        let Some(year) = whole_year(last.0, last.1) else { return false };
        let padded = |(value, width): (u64, usize)| value < 10 && width == 2;
        let short_year_first = last.1 == 2 && first.1 == 2 && self.mark(1, "-");
        let year_first = short_year_first
            .then(|| Day::new(whole_year(first.0, 2)?, small(second.0), small(last.0)))
            .flatten();
        self.parts.open = Some(Open {
            first: small(first.0),
            second: small(second.0),
            year,
            american_look: self.mark(1, "/") && !padded(first) && !padded(second),
            year_first,
        });
        self.take(5)
    }

    /// `06/2009`, `2003-12`, `2003-335`, `-03-12`, and `12/6` before `năm`.
    fn pair(&mut self) -> bool {
        let (Some(first), Some(second)) = (self.number(0), self.number(2)) else { return false };
        if !self.mark(1, "/-.") || !self.touching(1) || !self.touching(2) || self.has_day() {
            return false;
        }
        if self.is_joined() {
            return false;
        }
        let year = |(value, width): (u64, usize)| whole_year(value, width).unwrap_or(0);
        let found = match (first.1, second.1) {
            (4, 3) => Day::of_year(year(first), small(second.0)).map(|d| (d, Precision::Day)),
            (4, 2) => Day::new(year(first), small(second.0), 1).map(|d| (d, Precision::Month)),
            (1 | 2, 4) => Day::new(year(second), small(first.0), 1).map(|d| (d, Precision::Month)),
            (2, 2) if self.at == 1 && self.tokens.first().is_some_and(|t| t.is_mark("-")) => {
                Day::new(year(first), small(second.0), 1).map(|d| (d, Precision::Month))
            }
            (1 | 2, 1 | 2) => {
                (self.parts.day, self.parts.month) = (Some(small(first.0)), Some(small(second.0)));
                return self.take(3);
            }
            _ => None,
        };
        self.parts.fixed = found.map(|(day, precision)| Fixed { day, precision });
        found.is_some() && self.take(3)
    }

    /// Whether another figure is joined to this one, as in `112/06/2009`: then it is no pair.
    fn is_joined(&self) -> bool {
        let before = |back: usize| self.tokens.get(self.at.checked_sub(back)?);
        let joined = !self.tokens.get(self.at).is_some_and(|t| t.spaced)
            && before(1).is_some_and(|t| t.is_mark("/-.") && !t.spaced);
        joined && before(2).is_some_and(|t| t.number().is_some())
    }

    fn has_day(&self) -> bool {
        self.parts.fixed.is_some() || self.parts.open.is_some() || self.parts.day.is_some()
    }

    /// `2004년 05월 28일`: a figure with its unit behind it; `1st`, `2nd`.
    fn unit(&mut self) -> bool {
        let (Some((value, width)), Some(unit)) = (self.number(0), self.word(1)) else {
            return false;
        };
        match unit.chars().next() {
            Some('년' | '年') => self.parts.year = whole_year(value, width),
            Some('월' | '月') => self.parts.month = Some(small(value)),
            Some('일' | '日' | '号') => self.parts.day = Some(small(value)),
            _ if matches!(unit, "st" | "nd" | "rd" | "th") && self.touching(1) && width <= 2 => {
                self.parts.loose.push((value, width));
            }
            _ => return false,
        }
        self.take(2)
    }

    /// `thứ sáu`, `chủ nhật`, `T6,`; `ngày 12`, `tháng 6`, `thg 6`, `năm 2009`.
    fn vietnamese_word(&mut self) -> bool {
        let next = self.number(1);
        match (self.word(0), self.word(1), next) {
            (Some("thu"), Some(word), _) => match words::number(word) {
                Some(day @ 2..=7) => self.vietnamese_weekday(day),
                _ => false,
            },
            (Some("thu"), _, Some((day @ 2..=8, 1))) => self.vietnamese_weekday(day),
            (Some("t"), _, Some((day @ 2..=7, 1))) if !self.mark(2, ":") && self.at == 0 => {
                self.vietnamese_weekday(day)
            }
            (Some("chu"), Some("nhat"), _) => self.vietnamese_weekday(8),
            (Some("cn"), _, _) if self.at == 0 => {
                self.vietnamese_weekday(8) && {
                    self.at -= 1;
                    true
                }
            }
            (Some("ngay"), _, _) => {
                let used = self.spelled_day().unwrap_or(0);
                self.vietnamese(1 + used)
            }
            (Some("thang" | "thg" | "th"), Some(word), _) => self.spoken_month(word.to_owned()),
            (Some("thang" | "thg" | "th"), _, Some((month, 1 | 2))) => {
                self.parts.month = Some(small(month));
                self.day_before();
                self.vietnamese(2)
            }
            (Some("nam"), _, Some((year, width @ (2 | 4)))) => {
                self.parts.year = whole_year(year, width);
                self.vietnamese(2)
            }
            _ => false,
        }
    }

    /// `ngày mười hai tháng`: how many words the day takes.
    fn spelled_day(&mut self) -> Option<usize> {
        let spelled: Vec<&str> = (1..=4).map_while(|ahead| self.word(ahead)).collect();
        let length = spelled.iter().position(|word| *word == "thang")?;
        self.parts.day = Some(words::day(spelled.get(..length)?)?);
        Some(length)
    }

    /// `12 tháng 6`: the figure just before the month is the day.
    fn day_before(&mut self) {
        if self.parts.day.is_some() {
            return;
        }
        if let Some((day, 1..=2)) = self.parts.loose.pop() {
            self.parts.day = Some(small(day));
        }
    }

    fn vietnamese(&mut self, used: usize) -> bool {
        self.parts.vietnamese = true;
        self.take(used)
    }

    /// Weekdays count from Sunday = 1: `thứ hai` is Monday.
    fn vietnamese_weekday(&mut self, number: u64) -> bool {
        self.parts.weekday = u32::try_from(number.saturating_sub(2)).ok();
        self.vietnamese(2)
    }

    fn spoken_month(&mut self, word: String) -> bool {
        let Some(month) = words::number(&word) else { return false };
        let then = self.word(2).and_then(words::number).filter(|_| month == 10);
        let (month, used) = match then {
            Some(one @ 1..=2) => (10 + one, 3),
            _ => (month, 2),
        };
        self.parts.month = Some(small(month));
        self.day_before();
        self.vietnamese(used)
    }

    /// `GMT`, `GMT+7`, `UTC+07:00`, `Etc/GMT-7`, `ICT`, `Asia/Ho_Chi_Minh`.
    fn zone(&mut self) -> bool {
        let Some(word) = self.word(0) else { return false };
        if let (true, true, Some(city)) = (words::is_area(word), self.mark(1, "/"), self.word(2)) {
            match words::city(city) {
                Some(minutes) => _ = self.parts.offset.get_or_insert(minutes * 60),
                None => self.unknown_zone = true,
            }
            return self.take(3);
        }
        let Some(minutes) = words::zone(word) else { return false };
        let stands = self.parts.time.is_some() || self.at > 0;
        if !stands || (word == "met" && self.parts.time.is_none()) {
            return false;
        }
        let posix =
            self.at >= 2 && self.tokens.get(self.at - 2).and_then(|t| t.word()) == Some("etc");
        let zero = minutes == 0;
        self.take(1);
        if zero && self.mark(0, "+-") && self.number(1).is_some() {
            self.offset();
            if posix {
                self.parts.offset = self.parts.offset.map(|offset| -offset);
            }
        } else {
            self.parts.offset.get_or_insert(minutes * 60);
        }
        true
    }

    /// `+0700`, `-05:00`, `+7` after the time.
    fn offset(&mut self) {
        let after_zone = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)?.word()).is_some();
        let Some((value, width)) = self.number(1) else { return };
        let negative = self.mark(0, "-");
        let timed = self.parts.time.is_some();
        let dated = self.mark(2, "/-.") && self.number(3).is_some();
        if (!timed && !after_zone) || dated || (!self.touching(1) && !after_zone) {
            return;
        }
        let (hours, minutes) = match (width, self.number(3).filter(|_| self.mark(2, ":"))) {
            (1 | 2, Some((minutes, 2))) => {
                self.at += 2;
                (value, minutes)
            }
            (1 | 2, None) => (value, 0),
            (3 | 4, _) => (value / 100, value % 100),
            _ => return,
        };
        if hours * 60 + minutes <= 15 * 60 && minutes < 60 {
            let seconds = i32::try_from(hours * 60 + minutes).unwrap_or(0) * 60;
            self.parts.offset.get_or_insert(if negative { -seconds } else { seconds });
        } else {
            self.parts.impossible = true;
        }
        self.at += 2;
    }

    /// `PM`, `p.m.`, `CH`, `chiều`.
    fn half(&mut self) -> bool {
        let dotted = self.mark(1, ".") && self.word(2) == Some("m");
        let word = match (self.word(0), dotted) {
            (Some("a"), true) => "am",
            (Some("p"), true) => "pm",
            (Some(word), _) => word,
            _ => return false,
        };
        let Some((half, vietnamese)) = words::half(word) else { return false };
        self.parts.half.get_or_insert(half);
        self.parts.vietnamese |= vietnamese;
        self.parts.english_half |= matches!(self.word(0), Some("am" | "pm" | "a" | "p"));
        self.take(if dotted { 3 } else { 1 })
    }

    /// The name of a weekday or a month.
    fn name(&mut self) -> bool {
        let Some(word) = self.word(0) else { return false };
        let (weekday, month) = (words::weekday(word), words::month(word));
        if let (Some(month), None) = (month, self.parts.month) {
            self.parts.month = Some(month);
            self.parts.named = true;
        } else if weekday.is_some() && self.parts.weekday.is_none() {
            self.parts.weekday = weekday;
        }
        self.take(1)
    }
}

fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn millis(fraction: u64, width: usize) -> u32 {
    let mut value = fraction;
    for _ in 3..width.min(19) {
        value /= 10;
    }
    for _ in width..3 {
        value *= 10;
    }
    small(value.min(999))
}
