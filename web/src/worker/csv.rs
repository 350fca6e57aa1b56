//! Tables as comma-separated values (RFC 4180): exact numbers, one head line.

use kmem::{Context, Report};

use super::tables;
use crate::protocol::{Cell, TableId};

pub(crate) fn csv(
    context: &Context<'_>,
    report: &Report,
    table: TableId,
    order: &[u32],
    raw: bool,
) -> String {
    let mut out = String::new();
    for (index, column) in table.columns().iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(column.id);
    }
    out.push_str("\r\n");
    let resolver = context.resolver();
    for &at in order {
        let Some(row) = tables::row(context, &resolver, report, table, at as usize, raw) else { continue };
        for (index, cell) in row.cells.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            match cell {
                Cell::None => {}
                Cell::Number(number) => out.push_str(&number.to_string()),
                Cell::Fraction(number) => out.push_str(&format!("{number:.6}")),
                Cell::Text(text) => quote(&mut out, text),
            }
        }
        out.push_str("\r\n");
    }
    out
}

fn quote(out: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}
