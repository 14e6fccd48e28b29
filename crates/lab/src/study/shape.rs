//! The messages of a method, and how their bytes are decoded.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MessageDescriptor};
use rpc::{Direction, Format, Method};

use super::fields::{Field, json, protobuf};

/// The contracts, which the build has checked.
static CONTRACTS: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(api::DESCRIPTORS).unwrap_or_default());

/// The messages of a method in each direction.
#[derive(Debug, Clone)]
pub struct Shape {
    there: Option<MessageDescriptor>,
    back: Option<MessageDescriptor>,
}

impl Shape {
    pub fn of<Q, A>(method: &Method<Q, A>) -> Self {
        let service = CONTRACTS.get_service_by_name(method.service);
        let found = service.and_then(|service| service.methods().find(|one| one.name() == method.name));
        Self {
            there: found.as_ref().map(prost_reflect::MethodDescriptor::input),
            back: found.as_ref().map(prost_reflect::MethodDescriptor::output),
        }
    }

    /// The message's name in the contract.
    pub fn name(&self, direction: Direction) -> &str {
        self.descriptor(direction).map_or("", MessageDescriptor::name)
    }

    /// Up to `most` fields of a message, each with its position; none if the bytes are not of this format.
    pub fn open(&self, direction: Direction, format: Format, payload: &[u8], most: usize) -> Vec<Field> {
        match (format, self.descriptor(direction)) {
            (Format::Json, _) => json::open(payload, most),
            (Format::Protobuf, Some(descriptor)) => protobuf::open(descriptor, payload, most),
            (Format::Protobuf, None) => Vec::new(),
        }
    }

    fn descriptor(&self, direction: Direction) -> Option<&MessageDescriptor> {
        match direction {
            Direction::There => self.there.as_ref(),
            Direction::Back => self.back.as_ref(),
        }
    }
}
