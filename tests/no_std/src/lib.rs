//! Links perfdata and kmem for wasm32 without std.
//!
//! This crate has a panic handler and an allocator of its own. A dependency of either library that brings std back
//! brings std's panic handler with it, and two of them do not compile. Elsewhere than on wasm32 the crate is empty.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod linked;
#[cfg(target_arch = "wasm32")]
mod runtime;
