//! By how much times and ptrs differ from copy to copy.

use std::io::Result;

use super::{
    invalid,
    records::{FINISHED_ROUND, LOST, LOST_SAMPLES, SAMPLE},
    samples::{NUMBERED, Places, Shift, What},
};

/// Least and most of what was seen.
#[derive(Debug, Clone, Copy)]
struct Range {
    least: u64,
    most: u64,
}

impl Default for Range {
    fn default() -> Self {
        Range { least: u64::MAX, most: 0 }
    }
}

impl Range {
    fn add(&mut self, number: u64) {
        self.least = self.least.min(number);
        self.most = self.most.max(number);
    }

    fn is_empty(self) -> bool {
        self.least > self.most
    }
}

/// What a recording's times and numbers lie between.
#[derive(Debug, Default)]
pub(super) struct Survey {
    times: Range,
    numbers: [Range; NUMBERED.len()],
}

impl Survey {
    pub(super) fn add(&mut self, record: &mut [u8], places: &Places) -> Result<()> {
        places.visit(record, |what, number| {
            match what {
                What::Time => self.times.add(number),
                What::Number(which) => self.numbers[which].add(number),
            }
            number
        })
    }
}

/// Nanoseconds between two copies.
const PAUSE: u64 = 1_000_000;

/// What is added from one copy to the next.
#[derive(Debug)]
pub(super) struct Plan {
    step: Shift,
}

impl Plan {
    pub(super) fn new(survey: &Survey, places: &Places, copies: u64) -> Result<Plan> {
        let mut step = Shift::default();
        if !survey.times.is_empty() {
            step.time = survey.times.most - survey.times.least + PAUSE;
            let room = u64::MAX - survey.times.most;
            step.time
                .checked_mul(copies)
                .filter(|&time| time < room)
                .ok_or_else(|| invalid("too many copies"))?;
        }
        for (step, range) in step.numbers.iter_mut().zip(survey.numbers) {
            if !range.is_empty() {
                *step = step_of(range, places.widest, copies)
                    .ok_or_else(|| invalid("too many copies for the addresses that there are"))?;
            }
        }
        Ok(Plan { step })
    }

    pub(super) fn shift(&self, copy: u64) -> Shift {
        Shift { time: self.step.time * copy, numbers: self.step.numbers.map(|step| step.wrapping_mul(copy)) }
    }

    /// Whether a record of this type belongs into this copy: what describes processes and the machine is said once.
    pub(super) fn repeats(&self, kind: u32, copy: u64) -> bool {
        copy == 0 || matches!(kind, SAMPLE | LOST | LOST_SAMPLES | FINISHED_ROUND)
    }
}

/// How far apart the numbers of two copies are: so far that none is in both, upwards where there is room, else
/// downwards (a negative step, wrapped). A power of two, so that the low bits stay as the allocator chose them.
fn step_of(range: Range, widest: u64, copies: u64) -> Option<u64> {
    let step = (range.most - range.least).checked_add(1)?.checked_next_power_of_two()?;
    let way = step.checked_mul(copies.saturating_sub(1))?;
    if range.most.checked_add(way).is_some_and(|most| most < widest) {
        Some(step)
    } else {
        (range.least > way).then(|| step.wrapping_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, step_of};

    #[test]
    fn copies_share_no_number() {
        let kernel = Range { least: 0xffff_8880_0000_1000, most: 0xffff_8881_3fff_ffc0 };
        assert_eq!(step_of(kernel, u64::MAX, 11), Some(0x2_0000_0000));
        let upper_end = Range { least: 0xffff_ffff_8000_0000, most: 0xffff_ffff_ffff_0000 };
        assert_eq!(step_of(upper_end, u64::MAX, 11), Some(0x8000_0000u64.wrapping_neg()));
        let narrow = Range { least: 0xc000_0000, most: 0xdfff_fff0 };
        assert_eq!(step_of(narrow, u32::MAX.into(), 2), Some(0x2000_0000u64));
        assert_eq!(step_of(narrow, u32::MAX.into(), 4), Some(0x2000_0000u64.wrapping_neg()));
        assert_eq!(step_of(narrow, u32::MAX.into(), 40), None);
    }
}
