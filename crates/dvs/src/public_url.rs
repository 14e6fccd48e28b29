//! The store's address as customers type it. Whether the store is public, and so what is refused or protected, depends
//! on it: it is parsed once, and strictly, because an invalid address would count as one without https.

use std::fmt::{self, Display};
use std::str::FromStr;

use axum::http::Uri;

/// An address such as `https://films.example`, as browsers write it: in small letters, without the default port, and
/// without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    text: String,
    is_https: bool,
}

impl PublicUrl {
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }
}

impl Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal =
            || format!("{text:?} is no address that customers can type: write it whole, such as https://films.example");
        let trimmed = text.trim();
        let has_more = trimmed.contains(['?', '#', '@']) || !trimmed.contains("://");
        let uri: Uri = trimmed.parse().map_err(|_unreadable| refusal())?;
        let (scheme, default_port) = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("https") => ("https", 443),
            Some("http") => ("http", 80),
            _ => return Err(refusal()),
        };
        let host = uri
            .host()
            .filter(|host| !host.is_empty() && !has_more)
            .ok_or_else(refusal)?;
        let has_port = uri.authority().is_some_and(|authority| authority.as_str() != host);
        if has_port && uri.port_u16().is_none() {
            return Err(refusal());
        }
        let port = match uri.port_u16().filter(|port| *port != default_port) {
            Some(port) => format!(":{port}"),
            None => String::new(),
        };
        let host = host.to_ascii_lowercase();
        let path = uri.path().trim_end_matches('/');
        Ok(Self {
            text: format!("{scheme}://{host}{port}{path}"),
            is_https: scheme == "https",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_browsers_write_it() {
        for (text, read) in [
            ("https://films.example", "https://films.example"),
            (" HTTPS://Films.Example/ ", "https://films.example"),
            ("https://films.example:443/", "https://films.example"),
            ("http://films.example:443", "http://films.example:443"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
            ("https://films.example/shop/", "https://films.example/shop"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(
                (&*url.text, url.is_https()),
                (read, read.starts_with("https")),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            " ",
            "films.example",
            "films.example:443",
            "//films.example",
            "https:films.example",
            "https:/films.example",
            "https://",
            "https:// films.example",
            "https://:443",
            "ftp://films.example",
            "https://films.example?x=1",
            "https://films.example#top",
            "https://user:word@films.example",
            "https://films.example:99999",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
