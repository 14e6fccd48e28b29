//! Cached answers.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType};
use prost::{DecodeError, Message};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A message that a service caches and answers with many times, without copying it for each call. It travels as the
/// message itself, and is encoded as Protobuf once.
#[derive(Debug, Clone, Default)]
pub struct Shared<M>(Arc<Kept<M>>);

#[derive(Debug, Default)]
struct Kept<M> {
    message: M,
    /// The message as Protobuf, once it has been encoded for the first time.
    written: OnceLock<Box<[u8]>>,
}

impl<M: Clone> Clone for Kept<M> {
    /// A copy is made only to be changed, so it does not copy the encoded form.
    fn clone(&self) -> Self {
        Self::of(self.message.clone())
    }
}

impl<M> Kept<M> {
    fn of(message: M) -> Self {
        let written = OnceLock::new();
        Self { message, written }
    }
}

impl<M: Clone> Shared<M> {
    /// The message, which is copied only if it is shared.
    pub fn into_inner(self) -> M {
        Arc::unwrap_or_clone(self.0).message
    }

    fn to_mut(&mut self) -> &mut M {
        let kept = Arc::make_mut(&mut self.0);
        kept.written.take();
        &mut kept.message
    }
}

impl<M> From<M> for Shared<M> {
    fn from(message: M) -> Self {
        Self(Arc::new(Kept::of(message)))
    }
}

impl<M> Deref for Shared<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.0.message
    }
}

impl<M: PartialEq> PartialEq for Shared<M> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<M: Message + Clone + Default> Message for Shared<M> {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        let written = self.0.written.get_or_init(|| self.0.message.encode_to_vec().into());
        buffer.put_slice(written);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        self.to_mut().merge_field(tag, wire_type, buffer, context)
    }

    fn merge(&mut self, buffer: impl Buf) -> Result<(), DecodeError> {
        self.to_mut().merge(buffer)
    }

    fn encoded_len(&self) -> usize {
        let written = self.0.written.get();
        written.map_or_else(|| self.0.message.encoded_len(), |written| written.len())
    }

    fn clear(&mut self) {
        self.0 = Arc::default();
    }
}

impl<M: Serialize> Serialize for Shared<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.message.serialize(serializer)
    }
}

impl<'de, M: Deserialize<'de>> Deserialize<'de> for Shared<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        M::deserialize(deserializer).map(Self::from)
    }
}
