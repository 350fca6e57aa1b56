//! Counts what is in a `perf.data`: `cargo run --release --example records -- FILE…`.

use std::{collections::BTreeMap, fs, time::Instant};

use perfdata::{Metadata, Reader, Record, Source, Visitor, Wants, order::RoundMerger};

#[derive(Default)]
struct Counter {
    samples: BTreeMap<String, u64>,
    others: BTreeMap<String, u64>,
    merger: RoundMerger<u32>,
    delivered: u64,
}

impl Visitor for Counter {
    fn record(&mut self, meta: &Metadata, record: Record<'_>) {
        let delivered = &mut self.delivered;
        match record {
            Record::Sample(sample) => {
                let name = meta.events.get(sample.event.0 as usize).and_then(|event| event.name.as_deref());
                let name = name.unwrap_or("?");
                match self.samples.get_mut(name) {
                    Some(count) => *count += 1,
                    None => _ = self.samples.insert(name.into(), 1),
                }
                self.merger.push(sample.time, 0, |_, _| *delivered += 1);
            }
            Record::FinishedRound => {
                self.merger.round(|_, _| *delivered += 1);
                *self.others.entry("round".into()).or_default() += 1;
            }
            Record::Other { kind, .. } => *self.others.entry(format!("type {kind}")).or_default() += 1,
            other => {
                let name = format!("{other:?}");
                let name = name.split([' ', '{']).next().unwrap_or_default();
                *self.others.entry(name.into()).or_default() += 1;
            }
        }
    }
}

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let bytes = fs::read(&path)?;
        let start = Instant::now();
        let mut reader = Reader::new(Source::File { len: bytes.len() as u64 });
        let mut counter = Counter::default();
        while let Wants::Bytes { offset, len } = reader.wants() {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let to = from.saturating_add(len.min(32 << 20) as usize).min(bytes.len());
            let fed = if from == to {
                reader.end(&mut counter)
            } else {
                reader.feed(&bytes[from..to], &mut counter)
            };
            if fed.is_err() {
                break;
            }
        }
        _ = reader.end(&mut counter);
        let (merger, delivered) = (&mut counter.merger, &mut counter.delivered);
        merger.finish(|_, _| *delivered += 1);
        println!("{path}: {:?} {:?}", counter.samples, counter.others);
        println!(
            "  {} delivered, {} late, {} unreadable, {:?}, {:?}",
            counter.delivered,
            counter.merger.late(),
            reader.unreadable_samples(),
            reader.damage(),
            start.elapsed()
        );
    }
    Ok(())
}
