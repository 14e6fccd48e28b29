use super::*;

fn passages(said: &[(Direction, &[u8])]) -> Vec<Passage> {
    let passage = |(direction, bytes): &(Direction, &[u8])| Passage {
        connection: 0,
        direction: *direction,
        at: Instant::now(),
        bytes: Bytes::copy_from_slice(bytes),
    };
    said.iter().map(passage).collect()
}

fn whats(said: &[(Direction, &[u8])]) -> Vec<What> {
    read(&passages(said)).into_iter().map(|event| event.what).collect()
}

/// A body whose messages each have this many bytes of framing.
fn body(name: &'static str, around: usize, messages: &[&'static [u8]], is_last: bool) -> What {
    let message = |payload: &&'static [u8]| Message {
        payload: Bytes::from_static(payload),
        bytes: Some(payload.len() + around),
    };
    What::Body {
        name,
        messages: messages.iter().map(message).collect(),
        is_last,
    }
}

/// The payloads of all messages.
fn payloads(events: &[Event]) -> Vec<&[u8]> {
    let bodies = events.iter().filter_map(|event| match &event.what {
        What::Body { messages, .. } => Some(messages),
        _ => None,
    });
    bodies.flatten().map(|message| &*message.payload).collect()
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, stream];
    frame.extend_from_slice(payload);
    frame
}

/// `:method: POST` (static, 3) and `content-type: application/grpc`, a literal.
const GRPC_HEAD: &[u8] = b"\x83\x0f\x10\x10application/grpc";

#[test]
fn http2_is_read_however_its_bytes_are_cut() {
    let mut line = http2::PREFACE.to_vec();
    line.extend(frame(4, 0, 0, &[0, 4, 0, 1, 0, 0]));
    line.extend(frame(1, 4, 1, GRPC_HEAD));
    line.extend(frame(0, 0, 1, b"\0\0\0\0\x02hi\0\0\0"));
    line.extend(frame(0, 1, 1, b"\0\x03you"));
    line.extend(frame(8, 0, 1, &[0, 0, 1, 0]));
    line.extend(frame(3, 0, 1, &[0, 0, 0, 8]));
    let whole = whats(&[(Direction::There, &line)]);
    assert_eq!(
        whole,
        [
            What::Control {
                name: "PREFACE",
                detail: "PRI * HTTP/2.0".to_owned()
            },
            What::Control {
                name: "SETTINGS",
                detail: "INITIAL_WINDOW_SIZE 65536".to_owned()
            },
            What::Head {
                start: String::new(),
                fields: vec![
                    (":method".to_owned(), "POST".to_owned()),
                    ("content-type".to_owned(), "application/grpc".to_owned()),
                ]
            },
            body("DATA", 5, &[b"hi"], false),
            body("DATA", 5, &[b"you"], true),
            What::Control {
                name: "WINDOW_UPDATE",
                detail: "+256 bytes".to_owned()
            },
            What::Control {
                name: "RST_STREAM",
                detail: "CANCEL".to_owned()
            },
        ]
    );
    // The preface identifies the protocol, so it must arrive in one piece.
    let (preface, rest) = line.split_at(http2::PREFACE.len());
    let mut bytewise = vec![(Direction::There, preface)];
    bytewise.extend(rest.chunks(1).map(|byte| (Direction::There, byte)));
    assert_eq!(whats(&bytewise), whole);
}

#[test]
fn a_second_header_block_of_a_stream_is_its_trailers() {
    let status = b"\x0f\x10\x010";
    let mut back = frame(1, 4, 1, GRPC_HEAD);
    back.extend(frame(1, 5, 1, status));
    let heard = whats(&[(Direction::There, http2::PREFACE), (Direction::Back, &back)]);
    assert!(matches!(heard.get(1), Some(What::Head { .. })));
    assert!(matches!(heard.get(2), Some(What::Trailers { .. })));
}

#[test]
fn chunks_of_lines_are_read_as_messages() {
    let there = b"GET /v1/titles:export HTTP/1.1\r\nAccept: application/x-ndjson\r\n\r\n";
    let opening = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    let heard = whats(&[
        (Direction::There, there),
        (Direction::Back, opening),
        (Direction::Back, b"6\r\n{}\n{\"a\r\n"),
        (Direction::Back, b"5\r\n\":1}\n\r\n0\r\n\r\n"),
    ]);
    assert!(
        matches!(heard.first(), Some(What::Head { start, .. }) if start == "GET /v1/titles:export HTTP/1.1"),
        "{heard:?}"
    );
    assert_eq!(
        heard.get(2..),
        Some(
            &[
                body("CHUNK", 1, &[b"{}"], false),
                body("CHUNK", 1, &[b"{\"a\":1}"], false),
                body("CHUNK", 1, &[], true),
            ][..]
        )
    );
}

#[test]
fn an_upgraded_connection_is_read_as_a_websocket() {
    let there = b"GET /v1/playback:play HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
    let back = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";
    // "hi", masked with 1, 2, 3, 4.
    let masked = [0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2];
    let heard = whats(&[
        (Direction::There, there),
        (Direction::Back, back),
        (Direction::There, &masked),
        (Direction::Back, b"\x81\x02@o\x88\x00"),
    ]);
    let close = What::Control {
        name: "CLOSE",
        detail: String::new(),
    };
    assert_eq!(
        heard.get(2..),
        Some(
            &[
                body("FRAME", 6, &[b"hi"], false),
                body("FRAME", 2, &[b"@o"], false),
                close
            ][..]
        )
    );
}

#[test]
fn what_is_no_protocol_is_left_out() {
    assert_eq!(
        whats(&[(Direction::There, b"\0\xff\r\n\r\n"), (Direction::Back, b"\x01\x02")]),
        []
    );
}

#[test]
fn every_byte_belongs_to_an_event_or_is_counted_as_unread() {
    let mut line = http2::PREFACE.to_vec();
    // A header block in two frames, data on a stream that was never opened, and a frame that is only begun.
    let (first, rest) = GRPC_HEAD.split_at(4);
    line.extend(frame(1, 0, 1, first));
    line.extend(frame(9, 4, 1, rest));
    line.extend(frame(0, 0, 7, b"unopened"));
    line.extend(frame(0, 1, 1, b"\0\0\0\0\x02hi"));
    line.extend(&frame(8, 0, 1, &[0, 0, 1, 0])[..5]);
    let mut reader = Reader::default();
    let events = reader.hear(&passages(&[(Direction::There, &line)]));
    let told: usize = events.iter().map(|event| event.bytes).sum();
    assert_eq!(told + reader.unread(), line.len());
    assert_eq!(reader.unread(), 5);
    assert_eq!(payloads(&events), [b"hi"]);
    let head = events.last().map(|event| &*event.head);
    assert_eq!(head, Some(&[0, 0, 7, 0, 1, 0, 0, 0, 1][..]));
}

#[test]
fn passages_are_read_in_two_calls_as_in_one() {
    let mut line = http2::PREFACE.to_vec();
    line.extend(frame(1, 4, 1, GRPC_HEAD));
    line.extend(frame(0, 1, 1, b"\0\0\0\0\x02hi"));
    let all = passages(&[(Direction::There, &line[..60]), (Direction::There, &line[60..])]);
    let (early, late) = all.split_at(1);
    let mut reader = Reader::default();
    let mut events = reader.hear(early);
    events.extend(reader.hear(late));
    let whole: Vec<_> = read(&all).into_iter().map(|event| event.what).collect();
    assert_eq!(events.into_iter().map(|event| event.what).collect::<Vec<_>>(), whole);
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, content).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_packed_message_of_grpc_is_unpacked() {
    // `grpc-encoding: gzip`, a literal with a name of its own.
    let mut head = GRPC_HEAD.to_vec();
    head.extend(b"\0\x0dgrpc-encoding\x04gzip");
    let packed = gzip(b"hello, hello, hello");
    let mut message = vec![1, 0, 0, 0, u8::try_from(packed.len()).unwrap()];
    message.extend(&packed);
    let mut line = http2::PREFACE.to_vec();
    line.extend(frame(1, 4, 1, &head));
    line.extend(frame(0, 1, 1, &message));
    let events = read(&passages(&[(Direction::There, &line)]));
    assert_eq!(payloads(&events), [b"hello, hello, hello"]);
    let Some(What::Body { messages, .. }) = events.last().map(|event| &event.what) else {
        panic!("{events:?}");
    };
    assert_eq!(messages[0].bytes, Some(message.len()));
}

#[test]
fn a_packed_body_is_unpacked_as_it_comes() {
    let opening = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-encoding: gzip\r\n\
        transfer-encoding: chunked\r\n\r\n";
    let packed = gzip(b"{\"a\":1}\n{\"b\":2}\n");
    let (first, rest) = packed.split_at(12);
    let chunk = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    let events = read(&passages(&[
        (Direction::Back, opening),
        (Direction::Back, &chunk(first)),
        (Direction::Back, &chunk(rest)),
        (Direction::Back, b"0\r\n\r\n"),
    ]));
    assert_eq!(payloads(&events), [b"{\"a\":1}", b"{\"b\":2}"]);
}
