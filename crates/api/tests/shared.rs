//! A cached answer travels as its message.

#![allow(clippy::unwrap_used)]

use api::Shared;
use api::catalogue::{Credit, Title};
use prost::Message;

fn title() -> Title {
    Title {
        title_id: "01a20bb9-3344-7ab4-9fd1-a1a0cd8b7361".to_owned(),
        name: "Limite".to_owned(),
        year: 1931,
        directors: vec![Credit {
            person_id: "7".to_owned(),
            name: "Mário Peixoto".to_owned(),
        }],
        ..Title::default()
    }
}

#[test]
fn it_is_written_and_read_as_its_message() {
    let (title, shared) = (title(), Shared::from(title()));
    for _again in 0..2 {
        assert_eq!(shared.encoded_len(), title.encoded_len());
        assert_eq!(shared.encode_to_vec(), title.encode_to_vec());
    }
    assert_eq!(Shared::<Title>::decode(&*title.encode_to_vec()).unwrap(), shared);
    let json = serde_json::to_string(&title).unwrap();
    assert_eq!(serde_json::to_string(&shared).unwrap(), json);
    assert_eq!(serde_json::from_str::<Shared<Title>>(&json).unwrap(), shared);
}

#[test]
fn what_one_holder_changes_is_its_own() {
    let kept = Shared::from(title());
    let mut taken = kept.clone().into_inner();
    taken.name.clear();
    assert_eq!(kept.encode_to_vec(), title().encode_to_vec());
    let mut merged = kept.clone();
    let more = Title {
        name: "Limite, restored".to_owned(),
        ..Title::default()
    };
    merged.merge(&*more.encode_to_vec()).unwrap();
    assert_eq!(merged.name, "Limite, restored");
    assert_eq!(Title::decode(&*merged.encode_to_vec()).unwrap(), *merged);
    merged.merge(&*title().encode_to_vec()).unwrap();
    assert_eq!(
        merged.encode_to_vec(),
        (*merged).encode_to_vec(),
        "what was written before is not written again"
    );
    merged.clear();
    assert_eq!(*merged, Title::default());
    assert_eq!(*kept, title());
}
