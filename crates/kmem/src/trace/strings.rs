//! Interned texts: thread and cache names.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

/// Distinct texts in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strings {
    index: HashMap<Vec<u8>, u32>,
    texts: Vec<String>,
}

impl Strings {
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The index of a text; bytes that are not UTF-8 are replaced in what is shown, not in what is compared.
    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        if let Some(&id) = self.index.get(text) {
            return id;
        }
        let id = self.texts.len() as u32;
        self.texts.push(String::from_utf8_lossy(text).into_owned());
        self.index.insert(text.to_vec(), id);
        id
    }
}
