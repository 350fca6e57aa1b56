//! Files packed by other libraries, unpacked here.

use alloc::{format, vec};
use std::io::Write;

use super::*;

/// (name, content, complete)
type Files = Vec<(Option<String>, Vec<u8>, bool)>;

#[derive(Default)]
struct Collect(Files);

impl Sink for Collect {
    fn begin(&mut self, member: Member<'_>) {
        self.0.push((member.name.map(str::to_string), Vec::new(), false));
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.last_mut().expect("begun").1.extend_from_slice(bytes);
    }
    fn end(&mut self) {
        self.0.last_mut().expect("begun").2 = true;
    }
}

fn unpack(packed: &[u8], chunk: usize) -> (Files, Result<(), UnpackError>) {
    let mut unpacker = Unpacker::new();
    let mut sink = Collect::default();
    let pushed = packed.chunks(chunk).try_for_each(|chunk| unpacker.push(chunk, &mut sink));
    let finished = unpacker.finish(&mut sink);
    (sink.0, pushed.and(finished))
}

fn content(len: usize) -> Vec<u8> {
    (0..len as u32).flat_map(|n| (n.wrapping_mul(n) >> 7).to_le_bytes()).take(len).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new()
        .filename("perf.data")
        .extra(vec![1, 2, 3])
        .write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("writes");
    encoder.finish().expect("ends")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::stream::encode_all(bytes, 3).expect("packs")
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("appends");
    }
    builder.into_inner().expect("ends")
}

#[test]
fn what_is_not_packed_passes_through() {
    for len in [0, 1, 511, 512, 513, 5000] {
        let plain = content(len);
        assert_eq!(unpack(&plain, 100), (vec![(None, plain, true)], Ok(())), "{len}");
    }
}

#[test]
fn every_packing_in_chunks_of_any_size() {
    let plain = content(300_000);
    let long = format!("{}/perf.data", "folder".repeat(30));
    let files = [(None, plain.clone(), true)];
    let members = [(Some(long.clone()), plain.clone(), true), (Some("empty".into()), vec![], true)];
    let archive = tar(&[(&long, &plain), ("empty", &[])]);
    let packed_members = tar(&[(&long, &gzip(&plain)), ("empty", &zstd(&[]))]);
    for (packed, expected) in [
        (gzip(&plain), &files[..]),
        (zstd(&plain), &files),
        ([gzip(&plain[..1000]), gzip(&plain[1000..]), vec![0; 100]].concat(), &files),
        (
            [zstd(&plain[..1000]), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(&plain[1000..])].concat(),
            &files,
        ),
        (archive.clone(), &members),
        (gzip(&archive), &members),
        (zstd(&archive), &members),
        (gzip(&packed_members), &members),
    ] {
        for chunk in [7, 4096, packed.len()] {
            let (files, result) = unpack(&packed, chunk);
            assert_eq!(result, Ok(()), "{chunk}");
            assert!(files == expected, "{chunk}");
        }
    }
    for chunk in [1, 2, 511, 512, 513] {
        let small = tar(&[("a", b"hello"), ("b", &content(512)), ("c", &gzip(b"x"))]);
        let (files, result) = unpack(&small, chunk);
        assert_eq!(result, Ok(()));
        assert_eq!(files[0], (Some("a".into()), b"hello".to_vec(), true));
        assert_eq!(files[2], (Some("c".into()), b"x".to_vec(), true));
    }
}

#[test]
fn a_cut_file_gives_what_came_before() {
    let plain = content(600_000);
    let archive = tar(&[("a", &plain)]);
    for packed in [gzip(&plain), zstd(&plain), archive.clone(), gzip(&archive), zstd(&archive)] {
        for end in [0, 1, 5, 11, 30, 600, 5000, packed.len() / 2, packed.len() - 1100] {
            let (files, result) = unpack(&packed[..end], 1000);
            for (_, bytes, complete) in &files {
                assert!(plain.starts_with(bytes) || end < 1024, "{end}");
                assert!(!complete || end < 1024, "{end}");
            }
            // A tar can be told only from its first whole header.
            assert!(end < 600 || result.is_err(), "{end}");
        }
        let half = unpack(&packed[..packed.len() / 2], 1000).0;
        assert!(half[0].1.len() > 100_000, "{} bytes of half a file", half[0].1.len());
    }
}

#[test]
fn damage_is_found() {
    let plain = content(100_000);
    let mut packed = gzip(&plain);
    let checksum = packed.len() - 8;
    packed[checksum] ^= 1;
    assert!(matches!(unpack(&packed, 999).1, Err(UnpackError::Damaged { what: "the gzip file", .. })));
    let mut packed = tar(&[("a", b"x"), ("b", b"y")]);
    packed[1024] ^= 1;
    let (files, result) = unpack(&packed, 999);
    assert_eq!(files, [(Some("a".into()), b"x".to_vec(), true)]);
    assert!(matches!(result, Err(UnpackError::Damaged { what: "the tar", offset: 1024, .. })), "{result:?}");
}

#[test]
fn layers_without_end_are_refused() {
    let mut packed = b"perf".to_vec();
    for _ in 0..10 {
        packed = gzip(&packed);
    }
    assert_eq!(unpack(&packed, 50).1, Err(UnpackError::TooDeep));
}
