//! The JSON form of generated messages: Protobuf's own mapping, but with 64-bit integers as numbers.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Map, Value};

/// A Protobuf enum, for its names.
pub trait Named: TryFrom<i32> + Into<i32> + Copy + Default {
    fn name(&self) -> &'static str;
    fn from_name(name: &str) -> Option<Self>;
}

/// Whether a field has its default value and stays unwritten.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A Protobuf `oneof`, for the names of its fields.
pub trait Alternatives {
    const NAMES: &'static [&'static str];
}

/// Reads a `oneof` from among the other fields of its message: none where none of its fields is set. As in Protobuf's own
/// mapping, two of its fields and a field of the wrong shape are errors; fields of other names are ignored, since they may
/// be of a later contract.
pub fn alternative<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Alternatives + DeserializeOwned,
    D: Deserializer<'de>,
{
    let mut fields = Map::deserialize(deserializer)?;
    fields.retain(|name, value| T::NAMES.contains(&name.as_str()) && !value.is_null());
    if fields.is_empty() {
        return Ok(None);
    }
    if fields.len() > 1 {
        let names: Vec<_> = fields.keys().collect();
        return Err(de::Error::custom(format_args!("only one of {names:?} may be set")));
    }
    T::deserialize(Value::Object(fields))
        .map(Some)
        .map_err(de::Error::custom)
}

/// Reads and writes an enum field by its names.
pub struct Enumeration<E>(PhantomData<E>);

impl<E: Named> Enumeration<E> {
    pub fn serialize<S: Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        match E::try_from(*value) {
            Ok(known) => serializer.serialize_str(known.name()),
            Err(_) => serializer.serialize_i32(*value),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        deserializer.deserialize_any(NameVisitor::<E>(PhantomData))
    }
}

/// Reads and writes a repeated enum field by its names.
pub struct Enumerations<E>(PhantomData<E>);

impl<E: Named> Enumerations<E> {
    pub fn serialize<S: Serializer>(values: &[i32], serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(values.len()))?;
        for value in values {
            match E::try_from(*value) {
                Ok(known) => sequence.serialize_element(known.name())?,
                Err(_) => sequence.serialize_element(value)?,
            }
        }
        sequence.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i32>, D::Error> {
        deserializer.deserialize_seq(NamesVisitor::<E>(PhantomData))
    }
}

struct NameVisitor<E>(PhantomData<E>);

impl<E: Named> Visitor<'_> for NameVisitor<E> {
    type Value = i32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of an enum value")
    }

    fn visit_str<Error: de::Error>(self, name: &str) -> Result<i32, Error> {
        let known = E::from_name(name).ok_or_else(|| Error::custom(format_args!("unknown value {name:?}")))?;
        Ok(known.into())
    }

    fn visit_i64<Error: de::Error>(self, number: i64) -> Result<i32, Error> {
        i32::try_from(number).map_err(|_| Error::custom("an enum number is out of range"))
    }

    fn visit_u64<Error: de::Error>(self, number: u64) -> Result<i32, Error> {
        i32::try_from(number).map_err(|_| Error::custom("an enum number is out of range"))
    }
}

struct NamesVisitor<E>(PhantomData<E>);

impl<'de, E: Named> Visitor<'de> for NamesVisitor<E> {
    type Value = Vec<i32>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of names of enum values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<i32>, A::Error> {
        let mut values = Vec::new();
        while let Some(One(value, PhantomData::<E>)) = sequence.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

struct One<E>(i32, PhantomData<E>);

impl<'de, E: Named> de::Deserialize<'de> for One<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Enumeration::<E>::deserialize(deserializer).map(|value| Self(value, PhantomData))
    }
}
