//! Records that are not samples.

use super::{Layouts, Pid, Record, SampleId, Tid, kind};
use crate::{
    Endianity,
    endian::{u32_at, u64_at},
};

/// The record of a type other than SAMPLE, or `None` where its body is too short for its type.
pub(crate) fn parse<'a, E: Endianity>(
    kind: u32,
    misc: u16,
    body: &'a [u8],
    offset: u64,
    layouts: &Layouts,
) -> Option<Record<'a>> {
    // Types that perf itself makes up, behind the kernel's, carry no sample id.
    let id = if kind <= kind::LAST_KERNEL { layouts.trailer::<E>(body) } else { SampleId::default() };
    let word = |at| u64_at::<E>(body, at);
    let pid = |at| u32_at::<E>(body, at).map(Pid);
    let tid = |at| u32_at::<E>(body, at).map(Tid);
    Some(match kind {
        kind::COMM => Record::Comm { pid: pid(0)?, tid: tid(4)?, comm: until_nul(body.get(8..)?), id },
        kind::FORK => {
            Record::Fork { pid: pid(0)?, parent_pid: pid(4)?, tid: tid(8)?, parent_tid: tid(12)?, id }
        }
        kind::EXIT => Record::Exit { pid: pid(0)?, tid: tid(8)?, id },
        kind::MMAP | kind::MMAP2 => {
            let name = if kind == kind::MMAP { 32 } else { 64 };
            Record::Mmap {
                pid: pid(0)?,
                start: word(8)?,
                len: word(16)?,
                pgoff: word(24)?,
                name: until_nul(body.get(name..)?),
                build_id: (kind == kind::MMAP2 && misc & MMAP_BUILD_ID != 0)
                    .then(|| build_id(body))
                    .flatten(),
                id,
            }
        }
        kind::LOST => Record::Lost { lost: word(8)?, id, offset },
        kind::LOST_SAMPLES => Record::LostSamples { lost: word(0)?, id, offset },
        kind::FINISHED_ROUND => Record::FinishedRound,
        _ => Record::Other { kind, offset, id },
    })
}

/// `PERF_RECORD_MISC_MMAP_BUILD_ID`: in place of device and inode stands a build id.
const MMAP_BUILD_ID: u16 = 1 << 14;

/// One byte of size, three that are reserved, 20 of id.
fn build_id(body: &[u8]) -> Option<&[u8]> {
    let size = usize::from(*body.get(32)?);
    body.get(36..56)?.get(..size)
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    &bytes[..end]
}
