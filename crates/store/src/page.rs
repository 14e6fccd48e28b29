//! Pages of lists: a size, and an opaque token that says after which row the next page begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The size of a page if the caller does not state one.
const DEFAULT_SIZE: i32 = 24;
const MAX_SIZE: i32 = 100;
/// A longer token is refused without being decoded.
const MAX_TOKEN_BYTES: usize = 1024;

/// How many rows a page has, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to {MAX_SIZE} entries")]
pub struct InvalidPageSize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page token does not belong to this list")]
pub struct InvalidPageToken;

impl PageSize {
    /// Zero means that the caller has not stated a size.
    pub fn parse(size: i32) -> Result<Self, InvalidPageSize> {
        let size = if size == 0 { DEFAULT_SIZE } else { size };
        match u8::try_from(size) {
            Ok(size @ 1..) if i32::from(size) <= MAX_SIZE => Ok(Self(size)),
            _ => Err(InvalidPageSize),
        }
    }

    pub fn rows(self) -> usize {
        usize::from(self.0)
    }

    /// How many rows to fetch: one more than the page has, to find out whether another page follows.
    pub fn limit(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// Cuts the rows of [`PageSize::limit`] to a page, and returns whether another page follows.
    pub fn cut<T>(self, mut rows: Vec<T>) -> (Vec<T>, bool) {
        let more = rows.len() > self.rows();
        rows.truncate(self.rows());
        (rows, more)
    }
}

/// The token of a page: the position of the last row, bound to the query (filters and order) that it belongs to.
#[derive(Debug)]
pub struct PageToken;

impl PageToken {
    /// `position` and `query` are plain structs, tuples or texts.
    #[expect(clippy::expect_used, reason = "plain values always have a JSON text")]
    pub fn encode<P: Serialize, Q: Serialize + ?Sized>(position: &P, query: &Q) -> String {
        let text = serde_json::to_vec(&(binding(query), position)).expect("a position is plain");
        URL_SAFE_NO_PAD.encode(text)
    }

    pub fn decode<P: DeserializeOwned, Q: Serialize + ?Sized>(token: &str, query: &Q) -> Result<P, InvalidPageToken> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(InvalidPageToken);
        }
        let text = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidPageToken)?;
        let (bound, position): (u32, P) = serde_json::from_slice(&text).map_err(|_| InvalidPageToken)?;
        if bound == binding(query) {
            Ok(position)
        } else {
            Err(InvalidPageToken)
        }
    }
}

/// A short hash of the query (FNV-1a), the same in every process. It detects mistakes, not forgeries: a forger would
/// gain nothing, because a position is only a place in a list that the caller may read.
#[expect(clippy::expect_used, reason = "plain values always have a JSON text")]
fn binding<Q: Serialize + ?Sized>(query: &Q) -> u32 {
    let text = serde_json::to_vec(query).expect("a query is plain");
    text.iter().fold(0x811C_9DC5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
