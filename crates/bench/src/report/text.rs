//! The formatting of figures, and of text in HTML.

use crate::interval::Interval;

/// A figure to three digits, with commas in thousands.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = value.abs();
    if magnitude >= 100.0 {
        return whole(value.round());
    }
    if magnitude >= 10.0 {
        return format!("{value:.1}");
    }
    format!("{value:.2}")
}

fn whole(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

/// An exact count.
pub(super) fn count(count: u32) -> String {
    if count < 1_000 {
        return count.to_string();
    }
    number(f64::from(count))
}

/// A time in microseconds, in a suitable unit.
pub(super) fn time(microseconds: f64) -> String {
    if microseconds >= 1e6 {
        format!("{} s", number(microseconds / 1e6))
    } else if microseconds >= 1e3 {
        format!("{} ms", number(microseconds / 1e3))
    } else {
        format!("{} µs", number(microseconds))
    }
}

pub(super) fn bytes(bytes: f64) -> String {
    const MIB: f64 = 1_048_576.0;
    if bytes >= MIB {
        format!("{} MiB", number(bytes / MIB))
    } else if bytes >= 10_240.0 {
        format!("{} KiB", number(bytes / 1_024.0))
    } else {
        format!("{} B", whole(bytes.round()))
    }
}

/// A ratio as people say it, always above one: 1.5 is "1.50 times", and 0.5 is "2.00 times" for the other side.
pub(super) fn times(ratio: f64) -> String {
    let ratio = if ratio < 1.0 { 1.0 / ratio } else { ratio };
    format!("{} times", number(ratio))
}

/// The interval of a ratio, inverted if [`times`] inverts its median.
pub(super) fn times_interval(ratio: &Interval) -> String {
    let (low, high) = if ratio.median < 1.0 {
        (1.0 / ratio.high, 1.0 / ratio.low)
    } else {
        (ratio.low, ratio.high)
    };
    format!("{} to {}", number(low), number(high))
}

pub(super) fn interval(interval: &Interval) -> String {
    format!(
        "{} ({} to {})",
        number(interval.median),
        number(interval.low),
        number(interval.high)
    )
}

pub(super) fn percent(share: f64) -> String {
    format!("{} %", number(share * 100.0))
}

/// Text as HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A list as part of a sentence.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_commas() {
        let written = [0.123, 9.876, 45.67, 123.4, 1_234_567.0, f64::NAN].map(number);
        assert_eq!(written, ["0.12", "9.88", "45.7", "123", "1,234,567", "–"]);
        assert_eq!(time(1_500.0), "1.50 ms");
        assert_eq!(bytes(1_500.0), "1,500 B");
        assert_eq!(times(0.5), "2.00 times");
    }
}
