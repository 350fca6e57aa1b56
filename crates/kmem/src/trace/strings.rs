//! Interned texts: thread and cache names.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

/// Distinct texts in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strings {
    index: HashMap<Vec<u8>, u32>,
    bytes: Vec<Vec<u8>>,
    texts: Vec<String>,
}

impl Strings {
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether the text of an index is this one.
    #[inline]
    pub(crate) fn is(&self, index: u32, text: &[u8]) -> bool {
        self.bytes.get(index as usize).is_some_and(|known| same(known, text))
    }

    /// The index of a text; bytes that are not UTF-8 are replaced in what is shown, not in what is compared.
    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        if let Some(&id) = self.index.get(text) {
            return id;
        }
        let id = self.texts.len() as u32;
        self.texts.push(String::from_utf8_lossy(text).into_owned());
        self.bytes.push(text.to_vec());
        self.index.insert(text.to_vec(), id);
        id
    }
}

/// Equality of short texts, word by word: the general comparison is a call, and in WebAssembly one byte after another.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let ((words_a, rest_a), (words_b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let words = words_a.iter().zip(words_b).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b));
    words && rest_a.iter().zip(rest_b).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::Strings;

    #[test]
    fn equal_texts_share_an_index() {
        let mut strings = Strings::default();
        assert_eq!(strings.intern(b"dentry"), 0);
        assert_eq!(strings.intern(b""), 1);
        for i in 0..500u32 {
            assert_eq!(strings.intern(alloc::format!("cache-{i}").as_bytes()), i + 2);
        }
        assert_eq!(strings.intern(b"dentry"), 0);
        assert_eq!(strings.intern(b"\xff"), 502);
        assert_eq!(strings.texts()[502], "\u{fffd}");
    }

    #[test]
    fn texts_are_compared_to_their_ends() {
        let mut strings = Strings::default();
        let names: [&[u8]; 5] = [b"", b"dentry", b"dentry_x", b"ext4_inode_cache", b"ext4_inode_cachf"];
        for (name, index) in names.iter().zip(0..) {
            assert_eq!(strings.intern(name), index);
        }
        for (a, index) in names.iter().zip(0..) {
            for b in names {
                assert_eq!(strings.is(index, b), *a == b);
            }
        }
        assert!(!strings.is(9, b""));
    }
}
