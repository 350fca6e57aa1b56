//! Interned texts: thread and cache names.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

/// How many texts are found without hashing.
const RECENT: usize = 64;

/// Distinct texts in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strings {
    index: HashMap<Vec<u8>, u32>,
    texts: Vec<String>,
    recent: Vec<Option<(Vec<u8>, u32)>>,
}

impl Strings {
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The index of a text; bytes that are not UTF-8 are replaced in what is shown, not in what is compared.
    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        let slot = slot(text);
        if let Some(Some((known, id))) = self.recent.get(slot)
            && known == text
        {
            return *id;
        }
        let id = match self.index.get(text) {
            Some(&id) => id,
            None => {
                let id = self.texts.len() as u32;
                self.texts.push(String::from_utf8_lossy(text).into_owned());
                self.index.insert(text.to_vec(), id);
                id
            }
        };
        self.recent.resize(RECENT, None);
        if let Some(entry) = self.recent.get_mut(slot) {
            *entry = Some((text.to_vec(), id));
        }
        id
    }
}

/// Names differ in their length, their first and their last letters.
fn slot(text: &[u8]) -> usize {
    let at = |index: usize| text.get(index).copied().map_or(0, usize::from);
    (text.len() ^ at(0) ^ at(2) << 1 ^ at(text.len().wrapping_sub(1)) << 2) & (RECENT - 1)
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
}
