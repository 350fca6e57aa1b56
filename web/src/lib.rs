//! The page: a yew application, and the worker that reads and computes for it.
//!
//! The worker owns the trace; the page holds only what it shows. They speak [`protocol`].

pub mod protocol;
pub mod worker;
