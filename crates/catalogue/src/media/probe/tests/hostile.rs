//! Files that lie about their sizes, and damaged files: the probe reads or refuses them, quickly and in little memory.

use proptest::prelude::*;

use super::*;

#[test]
fn a_track_without_samples_is_refused() {
    let mut empty = usual().to_vec();
    for place in places(&empty, *b"stsz") {
        empty[place + 8..place + 16].copy_from_slice(&[0; 8]);
        empty[place + 12..place + 16].copy_from_slice(&[0; 4]);
    }
    assert_eq!(probe(&empty).unwrap_err(), "The file's video has no pictures.");
}

/// Where boxes of a kind begin, at their names.
fn places(bytes: &[u8], kind: [u8; 4]) -> Vec<usize> {
    (0..bytes.len() - 4)
        .filter(|place| bytes[*place..*place + 4] == kind)
        .collect()
}

#[test]
fn sizes_that_are_lies_cost_nothing() {
    // Four thousand million samples of one byte, in a table of twenty bytes.
    let mut many = usual().to_vec();
    let place = places(&many, *b"stsz")[0];
    many[place + 8..place + 12].copy_from_slice(&1_u32.to_be_bytes());
    many[place + 12..place + 16].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(probe(&many).is_err());
    // Tables that say they are longer than their box.
    for (kind, at) in [
        (*b"stts", 8),
        (*b"stsc", 8),
        (*b"stco", 8),
        (*b"stsz", 12),
        (*b"ctts", 8),
    ] {
        let mut long = usual().to_vec();
        let place = places(&long, kind)[0];
        long[place + at..place + at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        let _ = probe(&long);
    }
    // A run in a fragment that has no list of its samples, with the largest possible count.
    let mut run = fragmented().to_vec();
    let place = places(&run, *b"trun")[0];
    run[place + 4..place + 8].copy_from_slice(&[0, 0, 0, 1]);
    run[place + 8..place + 12].copy_from_slice(&u32::MAX.to_be_bytes());
    let _ = probe(&run);
    // Boxes larger than the file, in four bytes and in eight, and smaller than their own header.
    let head = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    for lie in [
        &b"\xff\xff\xff\xffmoov"[..],
        b"\0\0\0\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\0\x01moov\0\0\0\0\0\0\0\x02",
        b"\0\0\0\x04moov",
    ] {
        assert!(probe(&[head, lie].concat()).is_err());
    }
    // Elements of WebM likewise.
    let head = &webm()[..webm().windows(4).position(|id| id == [0x18, 0x53, 0x80, 0x67]).unwrap()];
    for lie in [
        &b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xfe\x16\x54\xae\x6b\x08\xff\xff\xff\xff"[..],
        b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x16\x54\xae\x6b\x01\xff\xff\xff\xff\xff\xff\xff",
        b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff",
        b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(probe(&[head, lie].concat()).is_err());
    }
}

#[test]
fn a_film_of_more_than_four_gigabytes_is_read_by_its_places() {
    /// A film whose data begins behind five gigabytes that were never written, as in a sparse file.
    struct Sparse {
        head: Vec<u8>,
        tail_at: u64,
        tail: Vec<u8>,
    }
    impl Source for Sparse {
        fn read_at(&mut self, at: u64, length: u64) -> IoResult<Vec<u8>> {
            let byte = |place: u64| match place.checked_sub(self.tail_at) {
                Some(in_tail) => self.tail[usize::try_from(in_tail).unwrap()],
                None => self.head.get(usize::try_from(place).unwrap()).copied().unwrap_or(0),
            };
            Ok((at..at + length).map(byte).collect())
        }
    }
    const GAP: u64 = 5 * 1024 * 1024 * 1024;
    let whole = film("film.mp4", "-c:v libx264 -pix_fmt yuv420p -an");
    let index = whole.windows(4).position(|kind| kind == b"moov").unwrap() - 4;
    let data = whole.windows(4).position(|kind| kind == b"mdat").unwrap() - 4;
    let data_size = u64::from(u32::from_be_bytes(whole[data..data + 4].try_into().unwrap()));
    // The data's box is longer by the gap, so that its size takes eight bytes.
    let mut head = whole[..data].to_vec();
    head.extend(1_u32.to_be_bytes());
    head.extend(b"mdat");
    head.extend((data_size + 8 + GAP).to_be_bytes());
    head.extend(&whole[data + 8..index]);
    let tail_at = data as u64 + data_size + 8 + GAP;
    let tail = whole[index..].to_vec();
    let size = tail_at + tail.len() as u64;
    let mut file = FileReader::new(Sparse { head, tail_at, tail }, size);
    let found = Probe::read(&mut file).unwrap();
    assert_eq!(found.video[0].codec.name, "H.264");
    let mut cut = FileReader::new(
        Sparse {
            head: file_head(&whole, data),
            tail_at: u64::MAX,
            tail: Vec::new(),
        },
        u64::from(u32::MAX),
    );
    assert!(Probe::read(&mut cut).is_err());
}

fn file_head(whole: &[u8], data: usize) -> Vec<u8> {
    let mut head = whole[..data].to_vec();
    head.extend(1_u32.to_be_bytes());
    head.extend(b"mdat");
    head.extend((6_u64 << 30).to_be_bytes());
    head
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the damage is, the probe reads or refuses the file and does not panic.
    #[test]
    fn a_damaged_film_is_read_or_refused(
        which in 0_usize..3,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        kept in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let whole = [usual(), webm(), fragmented()][which];
        let mut bytes = whole.to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(kept.index(whole.len()));
        }
        if let Ok(probe) = probe(&bytes) {
            prop_assert!(!probe.video.is_empty());
            probe.unplayable();
        }
    }
}
