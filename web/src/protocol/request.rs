//! From the page to the worker.

use serde::{Deserialize, Serialize};

use super::RowsRequest;

/// What the page asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// The first request: the script of the program, from which the worker may start another that reads for it.
    Begin {
        /// Relative to the page.
        script: String,
        /// Bytes of memory that a trace may take; by default what a tab can give.
        memory: Option<f64>,
    },
    /// Files were dropped or picked; their handles are beside the message.
    Files,
    /// A text was pasted.
    Paste(String),
    /// Files on the page's own host: the sample, or what the address names.
    Fetch {
        /// Addresses, relative to the page.
        urls: Vec<String>,
        /// The page's own address.
        base: String,
    },
    /// Stop reading; what was read stays.
    Cancel,
    /// Which events count from here on, and which rows are seen.
    Select(Selection, Option<RowsRequest>),
    /// A window of a table.
    Rows(RowsRequest),
    /// A whole table as CSV.
    Csv(RowsRequest, CsvTarget),
    /// One call site in detail, by its address as rows name it.
    Site(String),
    /// perf's text.
    Report(ReportOptions),
}

/// Where a table goes as CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CsvTarget {
    /// A file that the browser saves.
    File,
    /// The clipboard.
    Clipboard,
}

/// Which events count, in every view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Part of a function's, cache's or thread's name, or of a call site's address.
    pub text: String,
    /// perf's `--time`: `start,stop` in seconds; empty for all.
    pub time: String,
    /// Whether page tables show only what is still allocated.
    pub live_pages: bool,
}

/// The options of the Report view, as perf has them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportOptions {
    /// Words of the command line, without `perf kmem` and `stat`.
    pub arguments: Vec<String>,
    /// Whether perf's `kmem.default` is `page`.
    pub default_page: bool,
    /// Whether the right numbers are to stand where perf's are wrong.
    pub corrected: bool,
    /// Told back with the answer.
    pub ticket: u32,
}
