//! What page and worker say to each other. Files travel beside a message, as handles; nothing of a trace does but what is shown.

mod reply;
mod request;
mod table;

pub use reply::{
    AnomalySummary, BucketSummary, CorrectionNote, Fact, FileKind, Finished, LostSummary, Notes, OrderCell,
    PageTotals, Progress, Reply, ReportText, Site, SiteDetail, SlabTotals, Slot, Summary,
};
pub use request::{CsvTarget, ReportOptions, Request, Selection};
pub use table::{Cell, Column, ColumnKind, Row, Rows, RowsRequest, Sort, TableId};

use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

/// The largest whole number that a JavaScript number holds exactly. A count of bytes beyond it (9 PB) is shown as it.
pub const EXACT_LIMIT: u64 = (1 << 53) - 1;

/// A message as it is posted.
///
/// # Errors
/// Where a value can't be expressed in JavaScript.
pub fn encode<T: Serialize>(message: &T) -> Result<JsValue, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::to_value(message)
}

/// A message from what was posted.
///
/// # Errors
/// Where it is none: page and worker come from different builds.
pub fn decode<T: DeserializeOwned>(value: JsValue) -> Result<T, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(value)
}
