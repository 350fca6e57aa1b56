//! Rows of tables, in any order.

use std::cmp::Ordering;

use kmem::{
    Context, Report, page,
    report::{AllocationRow, CallSiteRow, Counts},
    sort::{self, Direction, PageKey, SlabKey, Sortable},
    symbols::Resolver,
};

use super::names::{call_site, seconds};
use crate::protocol::{Cell, EXACT_LIMIT, Row, Sort, TableId};

/// A key of a slab table as the page shows it: the right number where perf's is another.
#[derive(Clone, Copy)]
enum ViewKey {
    Slab(SlabKey),
    PingPong,
}

impl Sortable<ViewKey> for CallSiteRow {
    fn compare(&self, other: &Self, key: ViewKey) -> Ordering {
        match key {
            ViewKey::Slab(key) => self.compare(other, key),
            ViewKey::PingPong => self.pingpong.right.cmp(&other.pingpong.right),
        }
    }
}

impl Sortable<ViewKey> for AllocationRow {
    fn compare(&self, other: &Self, key: ViewKey) -> Ordering {
        match key {
            // Since when a ptr is live, those that are not live last.
            ViewKey::Slab(SlabKey::Live) => self.live_since.cmp(&other.live_since),
            ViewKey::Slab(key) => self.compare(other, key),
            ViewKey::PingPong => self.pingpong.right.cmp(&other.pingpong.right),
        }
    }
}

/// The order of a table's rows: positions in the report.
pub(crate) fn order(report: &Report, table: TableId, keys: &[Sort]) -> Vec<u32> {
    match table {
        TableId::CallSites => sort::order(&report.slab.call_sites, &keys_of(keys, slab_key)),
        TableId::Allocations => sort::order(&report.slab.allocations, &keys_of(keys, slab_key)),
        TableId::Pages => sort::order(&report.page.pages, &keys_of(keys, PageKey::from_perf_name)),
        TableId::PageCallSites => {
            sort::order(&report.page.call_sites, &keys_of(keys, PageKey::from_perf_name))
        }
    }
}

fn keys_of<K>(keys: &[Sort], find: impl Fn(&str) -> Option<K>) -> Vec<(K, Direction)> {
    let direction = |descending| if descending { Direction::Descending } else { Direction::Ascending };
    keys.iter().filter_map(|sort| Some((find(&sort.key)?, direction(sort.descending)))).collect()
}

fn slab_key(name: &str) -> Option<ViewKey> {
    let ours = [SlabKey::Requested, SlabKey::Waste, SlabKey::Live, SlabKey::CrossNode];
    match SlabKey::from_perf_name(name).or_else(|| ours.into_iter().find(|key| key.name() == name))? {
        SlabKey::PingPong => Some(ViewKey::PingPong),
        key => Some(ViewKey::Slab(key)),
    }
}

/// The rows at these positions of the report.
pub(crate) fn rows(
    context: &Context<'_>,
    report: &Report,
    table: TableId,
    window: &[u32],
    raw: bool,
) -> Vec<Row> {
    let resolver = context.resolver();
    window.iter().filter_map(|&at| row(context, &resolver, report, table, at as usize, raw)).collect()
}

/// One row, with its cells in the order of the table's columns.
pub(crate) fn row(
    context: &Context<'_>,
    resolver: &Resolver<'_>,
    report: &Report,
    table: TableId,
    at: usize,
    raw: bool,
) -> Option<Row> {
    let site = |address| Cell::Text(call_site(resolver, address, raw));
    let gfp = |flags| Cell::Text(page::describe(flags, context.trace.gfp_names()));
    Some(match table {
        TableId::CallSites => {
            let row = report.slab.call_sites.get(at)?;
            let mut cells = vec![site(row.call_site)];
            cells.extend(counts(&row.counts, row.pingpong.right));
            cells.push(if context.knows_nodes() { number(row.cross_node) } else { Cell::None });
            cells.push(number(row.live.allocated));
            cells.push(match row.cache.and_then(|cache| context.trace.caches().get(cache.index())) {
                Some(cache) => Cell::Text(cache.clone()),
                None => Cell::None,
            });
            Row { key: format!("{:#x}", row.call_site), cells }
        }
        TableId::Allocations => {
            let row = report.slab.allocations.get(at)?;
            let mut cells = vec![Cell::Text(format!("{:#x}", row.ptr)), site(row.call_site)];
            cells.extend(counts(&row.counts, row.pingpong.right.into()));
            cells.push(row.live_since.map_or(Cell::None, |time| Cell::Text(seconds(time))));
            Row { key: format!("{:#x}", row.ptr), cells }
        }
        TableId::Pages => {
            let row = report.page.pages.get(at)?;
            let cells = vec![
                Cell::Text(row.page.0.to_string()),
                number(row.allocated.bytes),
                number(row.allocated.blocks),
                number(row.order.into()),
                Cell::Text(row.migrate_type.name().into()),
                gfp(row.gfp),
                site(row.call_site),
            ];
            Row { key: format!("{}/{}/{}/{:x}", row.page.0, row.order, row.migrate_type.0, row.gfp), cells }
        }
        TableId::PageCallSites => {
            let row = report.page.call_sites.get(at)?;
            let cells = vec![
                site(row.call_site),
                number(row.allocated.bytes),
                number(row.allocated.blocks),
                number(row.order.into()),
                Cell::Text(row.migrate_type.name().into()),
                gfp(row.gfp),
            ];
            Row {
                key: format!("{:#x}/{}/{}/{:x}", row.call_site, row.order, row.migrate_type.0, row.gfp),
                cells,
            }
        }
    })
}

/// The columns that both slab tables have: allocated to fragmentation.
fn counts(counts: &Counts, pingpong: u64) -> [Cell; 8] {
    [
        number(counts.allocated),
        number(counts.allocated_per_hit()),
        number(counts.requested),
        number(counts.requested_per_hit()),
        number(counts.waste()),
        number(counts.hits),
        number(pingpong),
        Cell::Fraction(counts.fragmentation()),
    ]
}

fn number(value: u64) -> Cell {
    Cell::Number(value.min(EXACT_LIMIT))
}
