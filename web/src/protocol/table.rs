//! Tables: what columns there are, and windows of their rows.

use serde::{Deserialize, Serialize};

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TableId {
    /// Slab: a row a call site.
    CallSites,
    /// Slab: a row a ptr.
    Allocations,
    /// Pages: a row for each page, order, migrate type and gfp flags.
    Pages,
    /// Pages: a row for each call site, order, migrate type and gfp flags.
    PageCallSites,
}

/// How a column's cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Symbols and addresses.
    Code,
    /// Other text.
    Text,
    /// Bytes: human or exact, as the user chooses.
    Bytes,
    /// A count.
    Count,
    /// Per cent, shown with a bar.
    Percent,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in sort keys and in the address.
    pub id: &'static str,
    /// Its head.
    pub title: &'static str,
    /// What it says, in a sentence, with perf's name for it.
    pub help: &'static str,
    /// How its cells are written.
    pub kind: ColumnKind,
    /// Its width in pixels.
    pub width: u32,
    /// Whether the table can be sorted by it.
    pub sortable: bool,
}

const fn column(
    id: &'static str,
    title: &'static str,
    kind: ColumnKind,
    width: u32,
    help: &'static str,
) -> Column {
    Column { id, title, help, kind, width, sortable: true }
}

const CALL_SITES: &[Column] = &[
    column(
        "callsite",
        "Call site",
        ColumnKind::Code,
        240,
        "Where the allocation was asked for (perf: Callsite).",
    ),
    column(
        "bytes",
        "Allocated",
        ColumnKind::Bytes,
        96,
        "Bytes that the allocator set aside (perf: Total_alloc).",
    ),
    fixed(
        "bytes_per",
        "per hit",
        ColumnKind::Bytes,
        72,
        "Allocated bytes per allocation, rounded down (perf: Total_alloc/Per).",
    ),
    column("requested", "Requested", ColumnKind::Bytes, 96, "Bytes that were asked for (perf: Total_req)."),
    fixed(
        "requested_per",
        "per hit",
        ColumnKind::Bytes,
        72,
        "Requested bytes per allocation, rounded down (perf: Total_req/Per).",
    ),
    column("waste", "Waste", ColumnKind::Bytes, 88, "Allocated − requested: what rounding up costs."),
    column("hit", "Hits", ColumnKind::Count, 72, "Number of allocations (perf: Hit)."),
    column(
        "pingpong",
        "Ping-pong",
        ColumnKind::Count,
        88,
        "Freed on another CPU than allocated (perf: Ping-pong).",
    ),
    column("frag", "Frag %", ColumnKind::Percent, 112, "100 − 100·requested/allocated (perf: Frag)."),
    column(
        "crossnode",
        "Cross-node",
        ColumnKind::Count,
        96,
        "Allocations that asked for another node than the CPU's own (perf: Cross CPU allocations).",
    ),
    column("live", "Live", ColumnKind::Bytes, 80, "Allocated and not freed when the trace ends."),
    fixed(
        "cache",
        "Cache",
        ColumnKind::Text,
        136,
        "The kmem_cache its objects were freed to, where the trace names one.",
    ),
];

const ALLOCATIONS: &[Column] = &[
    column("ptr", "Ptr", ColumnKind::Code, 152, "Address of the object (perf: Alloc Ptr)."),
    column("callsite", "Last call site", ColumnKind::Code, 240, "Where its latest allocation was asked for."),
    column(
        "bytes",
        "Allocated",
        ColumnKind::Bytes,
        96,
        "Bytes set aside, over all its allocations (perf: Total_alloc).",
    ),
    fixed(
        "bytes_per",
        "per hit",
        ColumnKind::Bytes,
        72,
        "Allocated bytes per allocation (perf: Total_alloc/Per).",
    ),
    column("requested", "Requested", ColumnKind::Bytes, 96, "Bytes asked for (perf: Total_req)."),
    fixed(
        "requested_per",
        "per hit",
        ColumnKind::Bytes,
        72,
        "Requested bytes per allocation (perf: Total_req/Per).",
    ),
    column("waste", "Waste", ColumnKind::Bytes, 88, "Allocated − requested."),
    column("hit", "Hits", ColumnKind::Count, 72, "How often this address was allocated (perf: Hit)."),
    column(
        "pingpong",
        "Ping-pong",
        ColumnKind::Count,
        88,
        "Freed on another CPU than allocated (perf: Ping-pong).",
    ),
    column("frag", "Frag %", ColumnKind::Percent, 112, "100 − 100·requested/allocated (perf: Frag)."),
    column(
        "live",
        "Live since (s)",
        ColumnKind::Text,
        128,
        "Time of the allocation that was not freed when the trace ends.",
    ),
];

const PAGES: &[Column] = &[
    column("page", "PFN", ColumnKind::Code, 120, "Number of the block's first page (perf: PFN)."),
    column("bytes", "Allocated", ColumnKind::Bytes, 104, "Bytes of all its allocations (perf: Total alloc)."),
    column("hit", "Hits", ColumnKind::Count, 80, "Number of allocations (perf: Hits)."),
    column("order", "Order", ColumnKind::Count, 72, "The block has 2^order pages (perf: Order)."),
    column(
        "migtype",
        "Migrate type",
        ColumnKind::Text,
        112,
        "The kernel's own name; perf prints Movable and Reclaimable swapped (perf: Mig.type).",
    ),
    column(
        "gfp",
        "gfp flags",
        ColumnKind::Code,
        280,
        "Flags of the request, from the trace's own format (perf: GFP flags).",
    ),
    column(
        "callsite",
        "Call site",
        ColumnKind::Code,
        300,
        "First caller outside the page allocator; perf prints a wrong address (perf: Callsite).",
    ),
];

const PAGE_CALL_SITES: &[Column] = &[
    column(
        "callsite",
        "Call site",
        ColumnKind::Code,
        300,
        "First caller outside the page allocator; perf prints a wrong address (perf: Callsite).",
    ),
    column("bytes", "Allocated", ColumnKind::Bytes, 104, "Bytes of all its allocations (perf: Total alloc)."),
    column("hit", "Hits", ColumnKind::Count, 80, "Number of allocations (perf: Hits)."),
    column("order", "Order", ColumnKind::Count, 72, "The blocks have 2^order pages (perf: Order)."),
    column(
        "migtype",
        "Migrate type",
        ColumnKind::Text,
        112,
        "The kernel's own name; perf prints Movable and Reclaimable swapped (perf: Mig.type).",
    ),
    column(
        "gfp",
        "gfp flags",
        ColumnKind::Code,
        280,
        "Flags of the request, from the trace's own format (perf: GFP flags).",
    ),
];

const fn fixed(
    id: &'static str,
    title: &'static str,
    kind: ColumnKind,
    width: u32,
    help: &'static str,
) -> Column {
    Column { id, title, help, kind, width, sortable: false }
}

impl TableId {
    /// All tables.
    pub const ALL: [TableId; 4] =
        [TableId::CallSites, TableId::Allocations, TableId::Pages, TableId::PageCallSites];

    /// Its columns, the first one naming the row.
    pub fn columns(self) -> &'static [Column] {
        match self {
            TableId::CallSites => CALL_SITES,
            TableId::Allocations => ALLOCATIONS,
            TableId::Pages => PAGES,
            TableId::PageCallSites => PAGE_CALL_SITES,
        }
    }

    /// Its name in the address and in test hooks.
    pub fn name(self) -> &'static str {
        match self {
            TableId::CallSites => "callsites",
            TableId::Allocations => "allocations",
            TableId::Pages => "pages",
            TableId::PageCallSites => "pagesites",
        }
    }

    /// The order a table has until the user chooses: perf's own.
    pub fn default_sort(self) -> Vec<Sort> {
        let keys: &[&str] = match self {
            TableId::CallSites => &["waste"],
            TableId::Allocations => &["frag", "hit", "bytes"],
            TableId::Pages | TableId::PageCallSites => &["bytes", "hit"],
        };
        keys.iter().map(|key| Sort { key: (*key).into(), descending: true }).collect()
    }
}

/// One sort key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// A column's id.
    pub key: String,
    /// Largest first.
    pub descending: bool,
}

/// Which rows the page wants to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowsRequest {
    /// Of which table.
    pub table: TableId,
    /// In which order.
    pub sort: Vec<Sort>,
    /// The first row.
    pub from: u32,
    /// How many.
    pub count: u32,
    /// Addresses instead of symbols.
    pub raw: bool,
    /// The page's [`Model::version`](crate::state::Model::version): rows of an earlier one are no longer true.
    pub version: u32,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing to say.
    None,
    /// A text as it is shown.
    Text(String),
    /// A whole number.
    Number(u64),
    /// A number that need not be whole.
    Fraction(f64),
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What names the row in its table, whatever the order: an address.
    pub key: String,
    /// Its cells, in the order of the table's columns.
    pub cells: Vec<Cell>,
}

/// A window of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// What was asked for.
    pub request: RowsRequest,
    /// How many rows the table has.
    pub total: u32,
    /// The rows.
    pub rows: Vec<Row>,
    /// Milliseconds that the worker took.
    pub took_ms: f64,
}
