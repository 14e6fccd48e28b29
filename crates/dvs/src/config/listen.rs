//! Parses the address on which a process listens.

use std::net::SocketAddr;

/// The port of the example in an error message if the text has none.
const PORT: u16 = 8000;

/// An address of this machine and a port; `localhost` is 127.0.0.1.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let numbers = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numbers.parse().map_err(|_invalid| {
        let last = text.rsplit(':').next().unwrap_or_default();
        let port = last.trim_end_matches('/').parse().unwrap_or(PORT);
        format!(
            "write an address and a port, such as 127.0.0.1:{port} for this machine alone, or 0.0.0.0:{port} for all \
             of its networks"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port_and_localhost_is_one() {
        for (text, address) in [
            ("127.0.0.1:18100", "127.0.0.1:18100"),
            ("localhost:18100", "127.0.0.1:18100"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(listen_address(text).unwrap().to_string(), address);
        }
    }

    #[test]
    fn what_is_no_address_is_answered_with_one_to_write() {
        for text in ["18100", ":18100", "http://127.0.0.1:18100/", "films.example:18100"] {
            let refusal = listen_address(text).unwrap_err();
            assert!(
                refusal.contains("127.0.0.1:18100") && refusal.contains("0.0.0.0:18100"),
                "{refusal}"
            );
        }
        for text in ["", "localhost", "localhost:99999"] {
            assert!(listen_address(text).unwrap_err().contains("127.0.0.1:8000"), "{text}");
        }
    }
}
