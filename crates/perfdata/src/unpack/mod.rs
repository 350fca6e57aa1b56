//! Whole files packed by gzip or zstd, and tars of several: bytes in as they come, bytes out as they are unpacked.
//!
//! An [`Unpacker`] looks at the content, never at a name; a tar within a gzip within a tar is followed, as deep as
//! [`DEPTH_LIMIT`]. What is not packed passes through. Memory is bounded by one block and one window of each layer.

mod gzip;
mod tar;
mod zstd;

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};

use thiserror::Error;

use gzip::Gzip;
use tar::Tar;
pub use zstd::{Out, Zstd};

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip (RFC 1952).
    Gzip,
    /// zstd (RFC 8878).
    Zstd,
    /// tar (POSIX ustar and pax, GNU's long names).
    Tar,
}

/// So many bytes of a file's beginning are enough to recognise every [`Packing`].
pub const HEAD: usize = tar::BLOCK;

/// So many layers are followed: a packed tar of packed files.
pub const DEPTH_LIMIT: u8 = 4;

impl Packing {
    /// How a file that begins with `head` (its first [`HEAD`] bytes, or all of it) is packed.
    pub fn recognise(head: &[u8]) -> Option<Packing> {
        if head.starts_with(&gzip::MAGIC) {
            Some(Packing::Gzip)
        } else if head.starts_with(&crate::zstd::MAGIC) || is_skippable(head) {
            Some(Packing::Zstd)
        } else if head.first_chunk().is_some_and(tar::is_header) {
            Some(Packing::Tar)
        } else {
            None
        }
    }
}

/// `pzstd` and others begin with a skippable frame.
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Why a file can't be unpacked. Offsets count in the bytes that the layer named was given: those of the file itself
/// for the outermost one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// What was expected there isn't there.
    #[error("{what} can't be unpacked at byte {offset}: {why}")]
    Damaged {
        /// Of which layer: "the gzip file".
        what: &'static str,
        /// Where.
        offset: u64,
        /// What was expected.
        why: &'static str,
    },
    /// The packed bytes end too early; what came before is unpacked.
    #[error("{what} ends too early, at byte {offset}")]
    Truncated {
        /// Which layer.
        what: &'static str,
        /// Where it ends.
        offset: u64,
    },
    /// More layers than [`DEPTH_LIMIT`].
    #[error("the file is packed more than {DEPTH_LIMIT} times over")]
    TooDeep,
}

/// A file that comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name in the tar or gzip; `None` where there is none.
    pub name: Option<&'a str>,
    /// Its bytes, where they are known before.
    pub size: Option<u64>,
}

/// Who gets what comes out: for each file `begin`, any number of `bytes`, `end`.
pub trait Sink {
    /// A file begins.
    fn begin(&mut self, member: Member<'_>);
    /// More of its content.
    fn bytes(&mut self, bytes: &[u8]);
    /// It is complete. Not called for a file that is cut or damaged.
    fn end(&mut self);
}

/// Unpacks one file, of whatever packing.
#[derive(Debug)]
pub struct Unpacker {
    root: Layer,
}

impl Default for Unpacker {
    fn default() -> Unpacker {
        Unpacker::new()
    }
}

impl Unpacker {
    /// An unpacker that has seen nothing yet.
    pub fn new() -> Unpacker {
        Unpacker { root: Layer::new(0, None, None) }
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// Where the packed bytes are damaged. What came before is with the sink; nothing more will come.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), UnpackError> {
        self.root.push(bytes, sink)
    }

    /// The file has no more bytes.
    ///
    /// # Errors
    /// Where something packed isn't complete.
    pub fn finish(&mut self, sink: &mut impl Sink) -> Result<(), UnpackError> {
        self.root.finish(sink)
    }
}

/// One file: the whole one, or one that came out of it.
#[derive(Debug)]
struct Layer {
    depth: u8,
    name: Option<String>,
    size: Option<u64>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Too little of it is there to tell.
    Unknown(Vec<u8>),
    /// Not packed.
    Plain,
    Gzip(Box<Gzip>, Box<Layer>),
    Zstd(Box<Zstd>, Box<Layer>),
    Tar(Box<Tar>, Option<Box<Layer>>),
    /// Damaged: nothing more comes out.
    Dead(UnpackError),
}

impl Layer {
    fn new(depth: u8, name: Option<String>, size: Option<u64>) -> Layer {
        Layer { depth, name, size, content: Content::Unknown(Vec::new()) }
    }

    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), UnpackError> {
        let result = self.try_push(bytes, sink);
        if let Err(error) = result {
            self.content = Content::Dead(error);
        }
        result
    }

    fn try_push(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), UnpackError> {
        let depth = self.depth;
        match &mut self.content {
            Content::Unknown(head) if head.is_empty() && bytes.len() >= HEAD => {
                self.open(bytes, sink)?;
                self.try_push(bytes, sink)
            }
            Content::Unknown(head) => {
                let (more, rest) = bytes.split_at(HEAD.saturating_sub(head.len()).min(bytes.len()));
                head.extend_from_slice(more);
                if head.len() < HEAD {
                    return Ok(());
                }
                let head = core::mem::take(head);
                self.open(&head, sink)?;
                self.try_push(&head, sink)?;
                self.try_push(rest, sink)
            }
            Content::Plain => {
                sink.bytes(bytes);
                Ok(())
            }
            Content::Gzip(gzip, inner) => gzip.push(bytes, &mut |out| inner.push(out, sink)),
            Content::Zstd(zstd, inner) => zstd.push(bytes, &mut |out| inner.push(out, sink)),
            Content::Tar(tar, inner) => tar.push(bytes, &mut |step| match step {
                tar::Step::Begin { name, size } => {
                    *inner = Some(Box::new(Layer::new(depth + 1, Some(name.to_string()), Some(size))));
                    Ok(())
                }
                tar::Step::Bytes(out) => inner.as_mut().map_or(Ok(()), |inner| inner.push(out, sink)),
                tar::Step::End => inner.take().map_or(Ok(()), |mut inner| inner.finish(sink)),
            }),
            Content::Dead(error) => Err(*error),
        }
    }

    /// Decides what the content is, from its beginning.
    fn open(&mut self, head: &[u8], sink: &mut dyn Sink) -> Result<(), UnpackError> {
        let packing = Packing::recognise(head);
        if packing.is_some() && self.depth >= DEPTH_LIMIT {
            return Err(UnpackError::TooDeep);
        }
        let inner = |name| Box::new(Layer::new(self.depth + 1, name, None));
        self.content = match packing {
            None => {
                sink.begin(Member { name: self.name.as_deref(), size: self.size });
                Content::Plain
            }
            Some(Packing::Gzip) => Content::Gzip(Box::default(), inner(self.name.take())),
            Some(Packing::Zstd) => Content::Zstd(Box::default(), inner(self.name.take())),
            Some(Packing::Tar) => Content::Tar(Box::default(), None),
        };
        Ok(())
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<(), UnpackError> {
        if let Content::Unknown(head) = &mut self.content {
            let head = core::mem::take(head);
            self.open(&head, sink)?;
            self.try_push(&head, sink)?;
        }
        match core::mem::replace(&mut self.content, Content::Unknown(Vec::new())) {
            Content::Unknown(_) => Ok(()),
            Content::Plain => {
                sink.end();
                Ok(())
            }
            Content::Gzip(gzip, mut inner) => finish_inner(gzip.finish(), Some(&mut inner), sink),
            Content::Zstd(mut zstd, mut inner) => {
                let finished = zstd.finish(&mut |out| inner.push(out, sink));
                finish_inner(finished, Some(&mut inner), sink)
            }
            Content::Tar(tar, mut inner) => finish_inner(tar.finish(), inner.as_deref_mut(), sink),
            Content::Dead(_) => Ok(()),
        }
    }
}

/// Ends the file within a layer: well only if the layer itself did.
fn finish_inner(
    finished: Result<(), UnpackError>,
    inner: Option<&mut Layer>,
    sink: &mut dyn Sink,
) -> Result<(), UnpackError> {
    let Some(inner) = inner else { return finished };
    match finished {
        Ok(()) => inner.finish(sink),
        Err(error) => {
            inner.cut(sink);
            Err(error)
        }
    }
}

impl Layer {
    /// The bytes end in the middle: what is held back comes out, but no file ends.
    fn cut(&mut self, sink: &mut dyn Sink) {
        // A beginning too short to be told is handed out as it is; all other errors follow from the cut.
        if let Content::Unknown(head) = &mut self.content {
            let head = core::mem::take(head);
            if self.open(&head, sink).is_ok() {
                _ = self.try_push(&head, sink);
            }
        }
        match &mut self.content {
            Content::Gzip(_, inner) => inner.cut(sink),
            Content::Zstd(zstd, inner) => {
                _ = zstd.finish(&mut |out| inner.push(out, sink));
                inner.cut(sink);
            }
            Content::Tar(_, Some(inner)) => inner.cut(sink),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
