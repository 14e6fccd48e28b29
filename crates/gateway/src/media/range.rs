//! The byte range that a request asks for (RFC 9110, section 14). Only single ranges are supported: players need no more.

use std::ops::Range;

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A range that lies beyond the end.
    Nothing,
}

/// The wanted part of `size` bytes. A range that is not understood, or that belongs to an older file, is ignored.
pub(super) fn wanted(asked: &HeaderMap, etag: &str, size: u64) -> Wanted {
    let is_of_this_file = asked.get(IF_RANGE).is_none_or(|tag| tag.as_bytes() == etag.as_bytes());
    let range = asked
        .get(RANGE)
        .and_then(|range| range.to_str().ok())
        .filter(|_| is_of_this_file);
    range.and_then(|range| parse(range, size)).unwrap_or(Wanted::Whole)
}

fn parse(range: &str, size: u64) -> Option<Wanted> {
    let (unit, range) = range.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let part = match (first, last) {
        ("", last) => size.saturating_sub(number(last)?)..size,
        (first, "") => number(first)?..size,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(if part.start < part.end {
        Wanted::Part(part)
    } else {
        Wanted::Nothing
    })
}

/// Parses digits only, because `u64` would accept a sign too; a number that is too large becomes the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str, size: u64) -> Wanted {
        let headers = HeaderMap::from_iter([(RANGE, range.parse().unwrap())]);
        wanted(&headers, "\"tag\"", size)
    }

    #[test]
    fn one_range_of_each_form_is_understood() {
        assert_eq!(of("bytes=0-0", 10), Wanted::Part(0..1));
        assert_eq!(of("bytes=2-5", 10), Wanted::Part(2..6));
        assert_eq!(of("bytes=2-500", 10), Wanted::Part(2..10));
        assert_eq!(of("bytes=2-18446744073709551615", 10), Wanted::Part(2..10));
        assert_eq!(of("bytes=2-99999999999999999999", 10), Wanted::Part(2..10));
        assert_eq!(of("bytes=7-", 10), Wanted::Part(7..10));
        assert_eq!(of("bytes=-3", 10), Wanted::Part(7..10));
        assert_eq!(of("bytes=-300", 10), Wanted::Part(0..10));
        assert_eq!(of("Bytes=0-0", 10), Wanted::Part(0..1));
    }

    #[test]
    fn a_range_beyond_the_end_gets_nothing() {
        for range in ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(of(range, 10), Wanted::Nothing, "{range}");
        }
        assert_eq!(of("bytes=0-", 0), Wanted::Nothing);
    }

    #[test]
    fn what_is_not_one_range_is_as_none() {
        for range in [
            "bytes=5-2",
            "bytes=0-1,4-5",
            "bytes=-",
            "bytes=+1-2",
            "bytes=a-b",
            "lines=1-2",
            "",
        ] {
            assert_eq!(of(range, 10), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn a_range_of_an_older_file_gets_the_whole_of_the_new_one() {
        let of = |tag: &str| {
            let headers = [(RANGE, "bytes=0-1".parse().unwrap()), (IF_RANGE, tag.parse().unwrap())];
            wanted(&HeaderMap::from_iter(headers), "\"new\"", 10)
        };
        assert_eq!(of("\"new\""), Wanted::Part(0..2));
        assert_eq!(of("\"old\""), Wanted::Whole);
        assert_eq!(of("Wed, 21 Oct 2015 07:28:00 GMT"), Wanted::Whole);
    }
}
