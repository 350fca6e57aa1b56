//! The user's choices, as they stand in the address behind `#`, so that a link opens the same view and the browser's
//! back undoes a step.

use crate::protocol::{Selection, Sort, TableId};

/// A view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The summary.
    #[default]
    Summary,
    /// Slab, by call site.
    CallSites,
    /// Slab, by ptr.
    Allocations,
    /// The page allocator.
    Pages,
    /// perf's text.
    Report,
    /// What was odd.
    Notes,
}

impl Tab {
    /// All of them, in the order of the tabs.
    pub const ALL: [Tab; 6] =
        [Tab::Summary, Tab::CallSites, Tab::Allocations, Tab::Pages, Tab::Report, Tab::Notes];

    /// Its name in the address.
    pub fn id(self) -> &'static str {
        match self {
            Tab::Summary => "summary",
            Tab::CallSites => "callsites",
            Tab::Allocations => "allocations",
            Tab::Pages => "pages",
            Tab::Report => "report",
            Tab::Notes => "notes",
        }
    }

    /// Its name on the page.
    pub fn title(self) -> &'static str {
        match self {
            Tab::Summary => "Summary",
            Tab::CallSites => "Call sites",
            Tab::Allocations => "Allocations",
            Tab::Pages => "Pages",
            Tab::Report => "Report",
            Tab::Notes => "Notes",
        }
    }
}

/// Everything that the user chose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The view.
    pub tab: Tab,
    /// Which events count.
    pub selection: Selection,
    /// Addresses instead of symbols.
    pub raw: bool,
    /// Exact bytes instead of human ones.
    pub exact: bool,
    /// Orders of tables, where they are not the tables' own.
    pub sorts: Vec<(TableId, Vec<Sort>)>,
    /// Words of the Report view's command line; `None` until the user chooses.
    pub report: Option<String>,
    /// Whether the Report view's `kmem.default` is `page`.
    pub default_page: bool,
    /// Whether the Report view shows the right numbers.
    pub corrected: bool,
}

impl Choice {
    /// The order of a table.
    pub fn sort(&self, table: TableId) -> Vec<Sort> {
        let chosen = self.sorts.iter().find(|(other, _)| *other == table);
        chosen.map_or_else(|| table.default_sort(), |(_, sort)| sort.clone())
    }

    /// Orders a table.
    pub fn set_sort(&mut self, table: TableId, sort: Vec<Sort>) {
        self.sorts.retain(|(other, _)| *other != table);
        if sort != table.default_sort() {
            self.sorts.push((table, sort));
        }
    }

    /// The part of the address behind `#`.
    pub fn to_hash(&self) -> String {
        let mut parts = Vec::new();
        if self.tab != Tab::Summary {
            parts.push(format!("tab={}", self.tab.id()));
        }
        let mut text = |key: &str, value: &str| {
            if !value.is_empty() {
                parts.push(format!("{key}={}", escape(value)));
            }
        };
        text("filter", &self.selection.text);
        text("time", &self.selection.time);
        if let Some(words) = &self.report {
            parts.push(format!("report={}", escape(words)));
        }
        for (name, on) in [
            ("raw", self.raw),
            ("exact", self.exact),
            ("live", self.selection.live_pages),
            ("default-page", self.default_page),
            ("corrected", self.corrected),
        ] {
            if on {
                parts.push(name.into());
            }
        }
        for (table, sort) in &self.sorts {
            let keys: Vec<_> = sort
                .iter()
                .map(|sort| format!("{}{}", if sort.descending { "" } else { "-" }, sort.key))
                .collect();
            parts.push(format!("sort.{}={}", table.name(), keys.join(",")));
        }
        parts.join("&")
    }

    /// The choices of an address; what it doesn't know is passed over.
    pub fn from_hash(hash: &str) -> Choice {
        let mut choice = Choice::default();
        for part in hash.trim_start_matches('#').split('&') {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = unescape(value);
            match key {
                "tab" => choice.tab = Tab::ALL.into_iter().find(|tab| tab.id() == value).unwrap_or_default(),
                "filter" => choice.selection.text = value,
                "time" => choice.selection.time = value,
                "report" => choice.report = Some(value),
                "raw" => choice.raw = true,
                "exact" => choice.exact = true,
                "live" => choice.selection.live_pages = true,
                "default-page" => choice.default_page = true,
                "corrected" => choice.corrected = true,
                _ => {
                    let table = key.strip_prefix("sort.");
                    let table =
                        table.and_then(|name| TableId::ALL.into_iter().find(|table| table.name() == name));
                    if let Some(table) = table {
                        choice.set_sort(table, keys(&value, table));
                    }
                }
            }
        }
        choice
    }
}

fn keys(value: &str, table: TableId) -> Vec<Sort> {
    let columns = table.columns();
    let key = |word: &str| {
        let (name, descending) = word.strip_prefix('-').map_or((word, true), |name| (name, false));
        let known = columns.iter().any(|column| column.id == name && column.sortable);
        known.then(|| Sort { key: name.into(), descending })
    };
    value.split(',').filter_map(key).collect()
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b',' | b':' | b'/' | b'+' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%').and_then(|hex| core::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_choice_survives_the_address() {
        let mut choice = Choice {
            tab: Tab::CallSites,
            selection: Selection {
                text: "ext4 & \"jbd2\" ü".into(), time: "1.5,2".into(), live_pages: true
            },
            raw: true,
            exact: true,
            report: Some("--caller -l 10".into()),
            default_page: true,
            corrected: true,
            ..Choice::default()
        };
        choice.set_sort(
            TableId::CallSites,
            vec![
                Sort { key: "hit".into(), descending: true },
                Sort { key: "callsite".into(), descending: false },
            ],
        );
        assert_eq!(Choice::from_hash(&choice.to_hash()), choice);
        let choice = Choice { report: Some(String::new()), ..Choice::default() };
        assert_eq!(Choice::from_hash(&choice.to_hash()), choice);
        assert_eq!(Choice::default().to_hash(), "");
    }

    #[test]
    fn a_strange_address_is_no_error() {
        let choice = Choice::from_hash("#tab=nosuch&sort.callsites=nosuch,hit&%zz=%&sort.=x&filter=%e2%28");
        assert_eq!(choice.tab, Tab::Summary);
        assert_eq!(choice.sort(TableId::CallSites), [Sort { key: "hit".into(), descending: true }]);
    }
}
