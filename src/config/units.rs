/// Milliseconds of `250ms`, `30s`, `5m`, `2h`, `7d`.
pub(super) fn millis(text: &str) -> Result<i64, String> {
    const UNITS: [(&str, i64); 5] =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    number_and_unit(text, &UNITS).ok_or_else(|| {
        format!("`{text}` is not a time: write a whole number and ms, s, m, h or d, as in \"30s\"")
    })
}

/// Bytes of `512KiB`, `10 MiB`, `1GiB`, `100`.
pub(super) fn bytes(text: &str) -> Result<i64, String> {
    const UNITS: [(&str, i64); 5] =
        [("", 1), ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    number_and_unit(text, &UNITS).ok_or_else(|| {
        format!(
            "`{text}` is not a size: write a whole number and B, KiB, MiB or GiB, as in \"10MiB\""
        )
    })
}

/// Seconds east of UTC of `+07:00`.
pub(super) fn offset(text: &str) -> Result<i32, String> {
    read_offset(text)
        .ok_or_else(|| format!("`{text}` is not an offset from UTC: write it as in \"+07:00\""))
}

fn read_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then_some(sign * (hours * 3600 + minutes * 60))
}

fn number_and_unit(text: &str, units: &[(&str, i64)]) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = text.get(..digits)?.parse().ok()?;
    let unit = text.get(digits..)?.trim();
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(millis("30s"), Ok(30_000));
        assert_eq!(millis("7 d"), Ok(604_800_000));
        assert_eq!(bytes("10MiB"), Ok(10_485_760));
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(offset("+07:00"), Ok(25_200));
        assert_eq!(offset("-03:30"), Ok(-12_600));
    }

    #[test]
    fn refuses_what_is_neither() {
        for bad in ["", "s", "30", "-1s", "1.5h", "99999999999999999999s", "9223372036854775807d"] {
            assert!(millis(bad).is_err(), "{bad}");
        }
        for bad in ["", "10MB", "MiB", "ten"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
        for bad in ["", "7", "+7", "+25:00", "ô", "07:00"] {
            assert!(offset(bad).is_err(), "{bad}");
        }
    }
}
