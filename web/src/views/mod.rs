//! The views, one a tab.

mod allocations;
mod call_sites;
mod framed;
mod notes;
mod pages;
mod report;
mod summary;

pub use allocations::{AllocationsProps, allocations_view};
pub use call_sites::CallSitesView;
pub use framed::{Framed, Tables};
pub use notes::{NotesProps, notes_view};
pub use pages::PagesView;
pub use report::ReportView;
pub use summary::{SummaryProps, summary_view};
