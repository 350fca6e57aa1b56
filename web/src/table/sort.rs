//! What a click on a head does to the sort keys.

use crate::protocol::{Column, ColumnKind, Sort};

/// A plain click sorts by that column alone, a second one turns it round; with shift the column becomes the last key, a
/// second one turns it round and a third removes it.
pub fn click(keys: &[Sort], column: &Column, shift: bool) -> Vec<Sort> {
    let first = Sort {
        key: column.id.into(),
        descending: !matches!(column.kind, ColumnKind::Code | ColumnKind::Text),
    };
    let turned = |sort: &Sort| Sort { key: sort.key.clone(), descending: !sort.descending };
    let found = keys.iter().position(|sort| sort.key == column.id);
    if !shift {
        return match (found, keys) {
            (Some(0), [only]) => vec![turned(only)],
            _ => vec![first],
        };
    }
    let mut keys = keys.to_vec();
    match found {
        None => keys.push(first),
        Some(at) if keys[at].descending == first.descending => keys[at] = turned(&keys[at]),
        Some(at) if keys.len() > 1 => drop(keys.remove(at)),
        Some(_) => keys = vec![first],
    }
    keys
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::protocol::TableId;

    fn keys(text: &[(&str, bool)]) -> Vec<Sort> {
        text.iter().map(|&(key, descending)| Sort { key: key.into(), descending }).collect()
    }

    fn column(id: &str) -> Column {
        *TableId::CallSites.columns().iter().find(|column| column.id == id).expect("a column")
    }

    #[test]
    fn plain_clicks_choose_and_turn() {
        let hit = column("hit");
        assert_eq!(click(&keys(&[("frag", true), ("hit", true)]), &hit, false), keys(&[("hit", true)]));
        assert_eq!(click(&keys(&[("hit", true)]), &hit, false), keys(&[("hit", false)]));
        assert_eq!(click(&[], &column("callsite"), false), keys(&[("callsite", false)]));
    }

    #[test]
    fn shift_adds_turns_and_removes() {
        let hit = column("hit");
        let one = click(&keys(&[("frag", true)]), &hit, true);
        assert_eq!(one, keys(&[("frag", true), ("hit", true)]));
        let two = click(&one, &hit, true);
        assert_eq!(two, keys(&[("frag", true), ("hit", false)]));
        assert_eq!(click(&two, &hit, true), keys(&[("frag", true)]));
    }
}
