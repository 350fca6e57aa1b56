//! The kernel's list format for CPUs: `0-3,8`, and `0-30:2/4` for groups within a range.

use alloc::vec::Vec;

use super::MAX_CPU;

/// The CPUs of a list; `None` where it is none. An empty list has no CPUs.
pub(super) fn parse(list: &str) -> Option<Vec<u32>> {
    let mut cpus = Vec::new();
    let list = list.trim();
    if list.is_empty() {
        return Some(cpus);
    }
    for part in list.split(',') {
        let (range, stride) = match part.split_once(':') {
            Some((range, stride)) => (range, Some(stride)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => {
                let cpu = number(range)?;
                (cpu, cpu)
            }
        };
        if last < first {
            return None;
        }
        let (used, group) = match stride {
            Some(stride) => {
                let (used, group) = stride.split_once('/')?;
                (number(used)?, number(group)?)
            }
            None => (1, 1),
        };
        if group == 0 {
            return None;
        }
        cpus.extend((first..=last).filter(|cpu| (cpu - first) % group < used));
        if cpus.len() > MAX_CPU as usize {
            return None;
        }
    }
    Some(cpus)
}

/// A CPU number, below what any kernel can have.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&cpu| cpu < MAX_CPU)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lists() {
        assert_eq!(parse("0-3,8").unwrap(), [0, 1, 2, 3, 8]);
        assert_eq!(parse("0,1 ").unwrap(), [0, 1]);
        assert_eq!(parse("0-7:2/4").unwrap(), [0, 1, 4, 5]);
        assert_eq!(parse("").unwrap(), [0u32; 0]);
        for bad in ["x", "3-1", "0-", "-1", "0,,1", "99999999999", "0-7:1/0", "0-7:x", "70000"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
