//! Records are written, read and passed on without a change.

use super::wire::NAME;
use super::*;
use crate::lab;

/// A batch as a reader with structs decodes it.
#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(message, repeated, tag = "1")]
    records: Vec<lab::Record>,
}

fn said() -> Batch {
    let record = |id: &str, name: &str, genre: &str, year| lab::Record {
        id: id.to_owned(),
        name: name.to_owned(),
        genre: genre.to_owned(),
        year,
    };
    Batch {
        records: vec![
            record("1", "Limite", "drama", 1931),
            record("2", "", "", 0),
            record("3", &"ã".repeat(200), "", -44),
        ],
    }
}

fn written() -> Records {
    let mut writer = RecordsWriter::default();
    for record in &said().records {
        writer.push(Record {
            id: &record.id,
            name: &record.name,
            genre: &record.genre,
            year: record.year,
        });
    }
    writer.into_batch()
}

#[test]
fn what_is_written_is_what_protobuf_writes() {
    assert_eq!(written().encode_to_vec(), said().encode_to_vec());
    assert_eq!(written().encoded_len(), said().encoded_len());
}

#[test]
fn batches_are_what_was_written_between_their_ends() {
    let mut writer = RecordsWriter::default();
    let record = |id| Record {
        id,
        ..Record::default()
    };
    writer.push(record("1"));
    writer.push(record("2"));
    writer.end_batch();
    writer.end_batch();
    writer.push(record("3"));
    writer.end_batch();
    let batches: Vec<_> = writer.into_batches().collect();
    let ids = |batch: &Records| -> Vec<_> {
        let read = batch.read().unwrap();
        read.iter().map(|record| record.unwrap().id.to_owned()).collect()
    };
    let ids: Vec<Vec<String>> = batches.iter().map(ids).collect();
    assert_eq!(ids, [vec!["1", "2"], vec![], vec!["3"]]);
}

/// A whole batch as the inside of a list, taken in pieces of this many bytes.
fn text(batch: Records, bytes: usize) -> String {
    let (mut text, mut all) = (batch.into_text(), Vec::new());
    while !text.is_empty() {
        let mut piece = Vec::new();
        text.take(&mut piece, bytes).unwrap();
        assert!(!piece.is_empty());
        all.extend(piece);
    }
    String::from_utf8(all).unwrap()
}

#[test]
fn what_is_read_is_what_was_written_over_both_formats() {
    assert_eq!(Records::decode(&*said().encode_to_vec()).unwrap(), written());
    let json = serde_json::to_string(&written()).unwrap();
    let read: Records = serde_json::from_str(&json).unwrap();
    assert_eq!(read, written());
    assert_eq!(read.encode_to_vec(), written().encode_to_vec());
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    for nothing in ["{}", r#"{"records":null}"#, r#"{"records":[ ]}"#] {
        assert_eq!(serde_json::from_str::<Records>(nothing).unwrap(), Records::default());
    }
    assert_eq!(serde_json::to_string(&Records::default()).unwrap(), "{}");
}

#[test]
fn what_json_leaves_out_or_escapes_is_read_too() {
    let json = r#"{"records":[{"id":"1"},{"name":"\"é\u00e9","later":[1]}]}"#;
    let read = serde_json::from_str::<Records>(json).unwrap().read().unwrap();
    let read: Vec<_> = read.iter().map(Result::unwrap).collect();
    assert_eq!((read[0].id, read[0].year, read[1].name), ("1", 0, "\"éé"));
}

#[test]
fn the_text_is_one_however_it_came_and_however_it_is_taken() {
    let list = serde_json::to_value(written()).unwrap()["records"].take();
    let came: Records = serde_json::from_str(&serde_json::to_string(&written()).unwrap()).unwrap();
    for batch in [written(), came] {
        for bytes in [1, 100, usize::MAX] {
            let text = format!("[{}]", text(batch.clone(), bytes));
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), list);
        }
    }
    assert!(Records::default().into_text().is_empty());
}

#[test]
fn fields_of_a_later_contract_are_skipped() {
    let mut wire = vec![2 << 3, 7];
    wire.extend(written().encode_to_vec());
    let read = Records::decode(&*wire).unwrap();
    let records = read.read().unwrap();
    assert_eq!(records.iter().filter_map(Result::ok).count(), 3);
    assert_eq!(read.count().unwrap(), 3);
    let mut merged = Records::default();
    Message::merge_length_delimited(&mut merged, &*read.encode_length_delimited_to_vec()).unwrap();
    assert_eq!(merged, written());
}

#[test]
fn a_malformed_record_is_one_error_and_is_never_written() {
    let whole = written().encode_to_vec();
    let cut = Records::decode(&whole[..whole.len() - 1]).unwrap();
    let read = cut.read().unwrap();
    let read: Vec<_> = read.iter().collect();
    assert_eq!(read.len(), 3);
    assert!(read[2].is_err());
    assert!(cut.count().is_err());
    assert!(serde_json::to_string(&cut).is_err());
    assert!(cut.into_text().take(&mut Vec::new(), usize::MAX).is_err());
    let not_text = Records::decode(&[RECORDS, 3, NAME, 1, 0xff][..]).unwrap();
    assert!(not_text.read().unwrap().iter().all(|record| record.is_err()));
}

#[test]
fn what_is_no_list_of_records_is_refused_or_read_as_none() {
    for wrong in [r#"{"records":1}"#, r#"{"records":{}}"#, r#"{"records":[}"#] {
        assert!(serde_json::from_str::<Records>(wrong).is_err(), "{wrong}");
    }
    let numbers: Records = serde_json::from_str(r#"{"records":[1]}"#).unwrap();
    assert!(numbers.read().is_err());
    assert!(serde_json::to_string(&numbers).is_err());
    assert_eq!(numbers.encode_to_vec(), Vec::<u8>::new());
}
