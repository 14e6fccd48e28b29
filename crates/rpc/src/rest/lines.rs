//! Streams as lines of JSON (NDJSON). A fault is the last line: `{"@fault": {…}}`; a stream without one ended normally.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::rest::fault::FaultBody;
use crate::rest::to_json;
use crate::routes::Payload;

/// The start of a fault's line; no message has a field of that name.
const FAULT: &[u8] = b"{\"@fault\":";

#[derive(Serialize, Deserialize)]
struct FaultLine {
    #[serde(rename = "@fault")]
    fault: FaultBody,
}

pub(super) fn write<T: Payload>(chunk: &mut Vec<u8>, message: crate::Result<T>) {
    let line = message.and_then(|message| to_json(&message)).unwrap_or_else(|fault| {
        let line = FaultLine {
            fault: FaultBody::from(&fault),
        };
        serde_json::to_vec(&line).unwrap_or_default()
    });
    chunk.extend(line);
    chunk.push(b'\n');
}

pub(super) fn read<T: Payload>(line: &Bytes, malformed: fn(String) -> Fault) -> crate::Result<T> {
    if line.starts_with(FAULT) {
        let line: FaultLine = serde_json::from_slice(line).map_err(|error| malformed(error.to_string()))?;
        return Err(line.fault.into());
    }
    serde_json::from_slice(line).map_err(|error| malformed(error.to_string()))
}
