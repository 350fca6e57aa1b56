//! From the worker to the page.

use serde::{Deserialize, Serialize};

use super::{CsvTarget, Rows};

/// What the worker tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker is there and listens.
    Ready,
    /// An input was recognised, or forgotten.
    Slot(Slot),
    /// How far reading is.
    Progress(Progress),
    /// There is something to show; while reading, what was read so far. With it the rows that are seen, where the worker
    /// knows which: they need not be asked for.
    Summary(Box<Summary>, Option<Rows>),
    /// A window of a table.
    Rows(Rows),
    /// A table as CSV.
    Csv {
        /// Where it goes.
        target: CsvTarget,
        /// A name for the file.
        name: String,
        /// Its content.
        text: String,
    },
    /// perf's text.
    Report(Box<ReportText>),
    /// In how many places the text that perf prints with the options of the last [`Reply::Report`] is not right.
    Differs(u32),
    /// The trace was read to its end, or reading stopped.
    Finished(Finished),
    /// What was in a place turned out to be of no use.
    Discarded(FileKind),
    /// One call site in detail.
    Site(Box<SiteDetail>),
    /// Something can't be used: one sentence.
    Problem(String),
}

/// perf's text for some options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportText {
    /// The text, or perf's error sentence.
    pub text: String,
    /// Whether it is perf's error sentence.
    pub is_error: bool,
    /// The command line that says the same.
    pub command: String,
    /// Why perf itself would print nothing, if it would not.
    pub aborts: Option<String>,
    /// What the request said.
    pub ticket: u32,
}

/// Which of the three inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// The trace.
    Trace,
    /// /proc/kallsyms or System.map.
    Symbols,
    /// The NUMA topology.
    Topology,
}

/// What is in one of the three places of the empty page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Which place.
    pub kind: FileKind,
    /// The file's name.
    pub name: String,
    /// What it is, in a few words.
    pub detail: String,
}

/// How far reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes read.
    pub bytes: f64,
    /// Bytes there are, 0 where unknown.
    pub total: f64,
    /// Events so far.
    pub events: f64,
    /// Milliseconds since the beginning.
    pub elapsed_ms: f64,
}

/// The end of reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Milliseconds from the drop on.
    pub took_ms: f64,
    /// Milliseconds of these that the analyser worked; the others it waited for bytes.
    pub compute_ms: f64,
    /// Bytes of wasm memory in the worker.
    pub memory: f64,
    /// Distinct ptrs and pages of the trace.
    pub targets: f64,
    /// Whether the user stopped it.
    pub cancelled: bool,
}

/// Everything that the page shows without asking for rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The trace's file name.
    pub name: String,
    /// Host, kernel, CPUs and so on, for the header line.
    pub headline: Vec<String>,
    /// What the trace says about itself.
    pub facts: Vec<Fact>,
    /// Events in the trace.
    pub events: f64,
    /// Slab totals, where the trace has slab events.
    pub slab: Option<SlabTotals>,
    /// Page totals, where the trace has page events.
    pub page: Option<PageTotals>,
    /// The five call sites that waste most.
    pub worst: Vec<Site>,
    /// The call sites that set most bytes aside, for the chart.
    pub sites: Vec<Site>,
    /// Bytes that all other call sites set aside.
    pub other_sites: f64,
    /// Fragmentation by bucket.
    pub buckets: Vec<BucketSummary>,
    /// What was odd.
    pub notes: Notes,
    /// Whether there is a symbol table.
    pub has_symbols: bool,
    /// Milliseconds that the query took.
    pub took_ms: f64,
    /// Whether the whole trace has been read.
    pub complete: bool,
}

/// One line of facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// perf's summary of the slab allocator, with the right number beside each that perf gets wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlabTotals {
    /// Bytes asked for.
    pub requested: f64,
    /// Bytes set aside.
    pub allocated: f64,
    /// Bytes freed, as perf counts.
    pub freed_perf: f64,
    /// Bytes freed.
    pub freed: f64,
    /// Cross-node allocations, as perf counts.
    pub cross_perf: f64,
    /// Cross-node allocations, if any node is known.
    pub cross: Option<f64>,
    /// Allocations.
    pub hits: f64,
    /// Frees of them.
    pub frees: f64,
    /// Frees on another CPU, as perf counts.
    pub pingpong_perf: f64,
    /// Frees on another CPU.
    pub pingpong: f64,
    /// Fragmentation in per cent.
    pub fragmentation: f64,
    /// Bytes live at the end.
    pub live: f64,
    /// Distinct call sites.
    pub call_sites: f64,
    /// Distinct ptrs.
    pub ptrs: f64,
}

/// perf's summary of the page allocator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageTotals {
    /// (what, help, requests, bytes) of each line.
    pub lines: Vec<(String, String, f64, f64)>,
    /// Allocations by order and migrate type.
    pub orders: Vec<OrderCell>,
    /// Bytes of a page.
    pub page_size: f64,
    /// Why perf itself would print nothing, if it would not.
    pub perf_aborts: Option<String>,
}

/// One order and migrate type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderCell {
    /// The block has 2^order pages.
    pub order: u32,
    /// The kernel's name of the type.
    pub migrate_type: String,
    /// Allocations.
    pub count: f64,
}

/// A call site for the chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Its address.
    pub key: String,
    /// Its symbol.
    pub name: String,
    /// Bytes asked for.
    pub requested: f64,
    /// Bytes set aside.
    pub allocated: f64,
    /// Allocations.
    pub hits: f64,
}

/// A bucket or cache for the chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BucketSummary {
    /// `kmalloc-64`, or the cache's name.
    pub name: String,
    /// Whether it is a kmalloc bucket.
    pub is_kmalloc: bool,
    /// Bytes of an object.
    pub size: f64,
    /// Allocations.
    pub hits: f64,
    /// Bytes asked for.
    pub requested: f64,
    /// Bytes set aside.
    pub allocated: f64,
}

/// What was odd.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// Where reading ended early, or what is missing.
    pub damage: Option<String>,
    /// Sentences.
    pub sentences: Vec<String>,
    /// Events lost in all.
    pub lost_events: f64,
    /// Records that tell of lost events.
    pub lost_records: f64,
    /// The first of them.
    pub lost: Vec<LostSummary>,
    /// Events out of time order.
    pub out_of_order: f64,
    /// Samples that could not be read.
    pub unreadable: f64,
    /// Records of unknown types: (type, how many).
    pub unknown_records: Vec<(u32, f64)>,
    /// Anomalies by kind.
    pub anomalies: Vec<AnomalySummary>,
    /// Where perf's numbers are not the right ones.
    pub corrections: Vec<CorrectionNote>,
}

/// One record that tells of lost events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LostSummary {
    /// When, seconds.
    pub time: String,
    /// On which CPU.
    pub cpu: String,
    /// How many events.
    pub events: f64,
    /// The record's byte.
    pub offset: f64,
}

/// One kind of anomaly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnomalySummary {
    /// What.
    pub title: String,
    /// Why it happens.
    pub meaning: String,
    /// How often.
    pub count: f64,
    /// The first of them: (time, CPU, ptr, call site).
    pub first: Vec<(String, String, String, String)>,
}

/// One number that perf gets wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrectionNote {
    /// Which.
    pub what: String,
    /// What perf prints.
    pub perf: String,
    /// What is right.
    pub right: String,
    /// Why.
    pub why: String,
}

/// One call site in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteDetail {
    /// Its address.
    pub key: String,
    /// Its symbol.
    pub name: String,
    /// Its numbers, each with its name.
    pub facts: Vec<Fact>,
    /// Bytes requested of an allocation, bytes set aside for it, how many of them; most frequent first.
    pub sizes: Vec<(f64, f64, f64)>,
    /// Bytes allocated in each of equal parts of the trace's time.
    pub timeline: Vec<f64>,
    /// Seconds that one part of the timeline lasts.
    pub timeline_step: f64,
    /// Allocations by CPU.
    pub cpus: Vec<(u32, f64)>,
    /// Allocations by thread, most first.
    pub threads: Vec<(String, f64)>,
    /// Allocations by callchain, innermost frame first, most first; empty where no callchains were recorded.
    pub callers: Vec<(Vec<String>, f64)>,
}
