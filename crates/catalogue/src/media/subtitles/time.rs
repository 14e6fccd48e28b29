//! Times of cues, in the notation of each format.

/// The largest time: four digits of hours, more than any film has.
const HOURS: u64 = 9_999;

/// The notation of WebVTT: any number of digits for hours, or none; two for minutes and seconds, three for milliseconds.
pub(super) fn strict(time: &str) -> Option<u64> {
    let (clock, milliseconds) = time.split_once('.')?;
    let parts: Vec<_> = clock.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [minutes, seconds] => ("0", minutes, seconds),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let is_strict = minutes.len() == 2 && seconds.len() == 2 && milliseconds.len() == 3;
    is_strict
        .then(|| total(hours, minutes, seconds, milliseconds))
        .flatten()
}

/// The notations of people and of other programs: a comma for the point, one digit for three, hundredths, spaces.
pub(super) fn tolerant(time: &str) -> Option<u64> {
    let time: String = time.chars().filter(|letter| !letter.is_whitespace()).collect();
    let time = time.replace([',', ';'], ".");
    let (clock, fraction) = match time.split_once('.') {
        Some(split) => split,
        // 00:01:02:345
        None if time.matches(':').count() == 3 => time.rsplit_once(':')?,
        None => (time.as_str(), "0"),
    };
    let mut parts = clock.rsplit(':');
    let (seconds, minutes) = (parts.next()?, parts.next()?);
    let hours = parts.next().unwrap_or("0");
    if parts.next().is_some() || fraction.len() > 9 || minutes.len() > 2 || seconds.len() > 2 {
        return None;
    }
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    total(hours, minutes, seconds, &fraction)
}

fn total(hours: &str, minutes: &str, seconds: &str, milliseconds: &str) -> Option<u64> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    let is_time = hours <= HOURS && minutes < 60 && seconds < 60;
    is_time.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + number(milliseconds)?)
}

/// The notation in which tracks are stored.
pub(super) fn written(time_ms: u64) -> String {
    let (seconds, milliseconds) = (time_ms / 1000, time_ms % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{seconds:02}.{milliseconds:03}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for (time, milliseconds) in [
            ("00:01.000", 1_000),
            ("00:00:01.000", 1_000),
            ("0:00:01.000", 1_000),
            ("100:00:00.001", 360_000_001),
        ] {
            assert_eq!(strict(time), Some(milliseconds), "{time}");
            assert_eq!(tolerant(time), Some(milliseconds), "{time}");
        }
        for (time, milliseconds) in [
            ("00:00:01,5", 1_500),
            ("0:00:01.25", 1_250),
            ("1:2:3,4", 3_723_400),
            ("00:00:01:250", 1_250),
            ("00: 00: 01, 250", 1_250),
            ("00:00:01", 1_000),
        ] {
            assert_eq!(strict(time), None, "{time}");
            assert_eq!(tolerant(time), Some(milliseconds), "{time}");
        }
        for time in [
            "",
            "1",
            "00:60.000",
            "60:00.000",
            "00:61:00.000",
            "a:b.c",
            "-1:00.000",
            "99999:00:00.000",
            "1:2:3:4.5",
        ] {
            assert_eq!((strict(time), tolerant(time)), (None, None), "{time}");
        }
        assert_eq!(written(360_000_001), "100:00:00.001");
    }
}
