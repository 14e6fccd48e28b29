use api::catalogue::{TitleBatch, TitleInput, catalogue_service::methods as catalogue};
use api::rent::play_request::{Message as Said, Position};
use api::rent::{PlayRequest, playback_service::methods as rent};
use prost::Message;
use rpc::{Direction, Format};

use super::Field;
use crate::study::Shape;

fn told(fields: &[Field]) -> Vec<(usize, &str, &str)> {
    fields
        .iter()
        .map(|field| (field.depth, &*field.name, &*field.value))
        .collect()
}

fn beat() -> PlayRequest {
    PlayRequest {
        message: Some(Said::Beat(Position { seconds: 300 })),
    }
}

#[test]
fn a_message_is_opened_into_the_fields_of_its_contract() {
    let payload = beat().encode_to_vec();
    let fields = Shape::of(&rent::PLAY).open(Direction::There, Format::Protobuf, &payload, 10);
    assert_eq!(told(&fields), [(0, "beat", ""), (1, "seconds", "300")]);
    let second = &fields[1];
    assert_eq!(
        (second.number, second.start, second.value_start, second.end),
        (Some(1), 2, 3, 5)
    );
}

#[test]
fn the_fields_of_messages_within_follow_with_their_own_places() {
    let title = |name: &str| TitleInput {
        name: name.to_owned(),
        ..TitleInput::default()
    };
    let batch = TitleBatch {
        titles: vec![title("Limite"), title("Häxan")],
        ..TitleBatch::default()
    };
    let payload = batch.encode_to_vec();
    let fields = Shape::of(&catalogue::EXPORT_TITLES).open(Direction::Back, Format::Protobuf, &payload, 10);
    assert_eq!(
        told(&fields),
        [
            (0, "titles", ""),
            (1, "name", "Limite"),
            (0, "titles", ""),
            (1, "name", "Häxan")
        ]
    );
    for field in fields.iter().filter(|field| field.depth == 1) {
        assert_eq!(&payload[field.value_start..field.end], field.value.as_bytes());
    }
}

#[test]
fn every_byte_of_a_message_is_in_one_of_its_outer_fields() {
    let payload = beat().encode_to_vec();
    let fields = Shape::of(&rent::PLAY).open(Direction::There, Format::Protobuf, &payload, 10);
    let mut at = 0;
    for field in fields.iter().filter(|field| field.depth == 0) {
        assert_eq!(field.start, at);
        at = field.end;
    }
    assert_eq!(at, payload.len());
}

#[test]
fn a_text_is_opened_into_its_names_and_values() {
    let payload = br#"{"action":"PLAY", "at":[1,-2.5],"in":{"a\"b":true,"n":null}}"#;
    let fields = Shape::of(&rent::PLAY).open(Direction::There, Format::Json, payload, 20);
    assert_eq!(
        told(&fields),
        [
            (0, "action", "PLAY"),
            (0, "at", ""),
            (1, "[0]", "1"),
            (1, "[1]", "-2.5"),
            (0, "in", ""),
            (1, "a\"b", "true"),
            (1, "n", "null"),
        ]
    );
    let list = &fields[1];
    assert_eq!(&payload[list.start..list.end], br#""at":[1,-2.5]"#);
    assert_eq!(&payload[list.value_start..list.end], b"[1,-2.5]");
}

#[test]
fn no_more_is_opened_than_was_asked_for() {
    let payload = br#"{"a":1,"b":{"c":2,"d":3},"e":4}"#;
    let shape = Shape::of(&rent::PLAY);
    assert_eq!(shape.open(Direction::There, Format::Json, payload, 3).len(), 3);
    let payload = beat().encode_to_vec();
    assert_eq!(shape.open(Direction::There, Format::Protobuf, &payload, 1).len(), 1);
}

#[test]
fn what_is_no_message_is_opened_as_far_as_it_can_be_read() {
    let shape = Shape::of(&rent::PLAY);
    for payload in [
        &b"\xff"[..],
        b"\x08",
        b"\x1a\x7fshort",
        b"\x07",
        b"@open",
        b"{\"a\"",
        b"[",
        b"{\"a\":\"\\",
    ] {
        for format in [Format::Protobuf, Format::Json] {
            let fields = shape.open(Direction::There, format, payload, 10);
            assert!(fields.iter().all(|field| field.end <= payload.len()), "{fields:?}");
        }
    }
    let nested = "[".repeat(1_000);
    assert!(
        shape
            .open(Direction::There, Format::Json, nested.as_bytes(), 2_000)
            .len()
            < 20
    );
}
