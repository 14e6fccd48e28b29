//! The addresses of a service: one or several fixed ones, or a DNS name that resolves to several.

use std::io;
use std::str::FromStr;

use crate::connect::{Address, AddressError};

/// The prefix of a name that resolves to several addresses, as gRPC writes it.
const DNS: &str = "dns:///";

/// The addresses of a service, written as `http://a:50051,http://b:50051`, `unix:PATH`, or `dns:///catalogue:50051`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    At(Address),
    /// `host:port`, resolved periodically.
    Named(String),
}

impl Addresses {
    /// Whether the addresses may change, because one of them is a name.
    pub(crate) fn may_change(&self) -> bool {
        self.0.iter().any(|place| matches!(place, Place::Named(_)))
    }

    /// The addresses that do not change.
    pub(crate) fn fixed(&self) -> Vec<Address> {
        let fixed = self.0.iter().filter_map(|place| match place {
            Place::At(address) => Some(address.clone()),
            Place::Named(_) => None,
        });
        fixed.collect()
    }

    /// All addresses at this moment. A name that does not resolve is an error only if no other address is known.
    pub async fn look_up(&self) -> io::Result<Vec<Address>> {
        let mut found = self.fixed();
        let mut failed = None;
        for place in &self.0 {
            let Place::Named(name) = place else { continue };
            match tokio::net::lookup_host(name).await {
                Ok(addresses) => found.extend(addresses.map(|address| Address::Tcp(address.to_string()))),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }
}

impl FromStr for Addresses {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let places: Result<Vec<_>, _> = text.split(',').map(|place| place.trim().parse()).collect();
        Ok(Self(places?))
    }
}

impl FromStr for Place {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let Some(name) = text.strip_prefix(DNS) else {
            return text.parse().map(Self::At);
        };
        match name.parse()? {
            Address::Tcp(name) => Ok(Self::Named(name)),
            Address::Unix(_) => Err(AddressError::of(text)),
        }
    }
}

impl From<Address> for Addresses {
    fn from(address: Address) -> Self {
        Self(vec![Place::At(address)])
    }
}

impl From<&Address> for Addresses {
    fn from(address: &Address) -> Self {
        address.clone().into()
    }
}

impl From<&Self> for Addresses {
    fn from(addresses: &Self) -> Self {
        addresses.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_and_a_name_are_read() {
        let addresses: Addresses = "http://a:1, b:2,unix:/data/rent.sock".parse().unwrap();
        assert_eq!(addresses.fixed().len(), 3);
        assert!(!addresses.may_change());
        let name: Addresses = "dns:///catalogue:50051".parse().unwrap();
        assert!(name.may_change() && name.fixed().is_empty());
        for text in ["", "a:1,", "dns:///catalogue", "dns:///unix:/x", "dns:///"] {
            assert!(text.parse::<Addresses>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        let name: Addresses = "dns:///localhost:50051".parse().unwrap();
        let found = name.look_up().await.unwrap();
        assert!(found.contains(&Address::Tcp("127.0.0.1:50051".to_owned())), "{found:?}");
        let unknown: Addresses = "dns:///unknown.invalid:1".parse().unwrap();
        assert!(unknown.look_up().await.is_err());
    }
}
