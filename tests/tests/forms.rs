//! The same events, written down in any form, give the same report.

use kmem::{Context, Query, Topology};
use kmemscope_tests::{
    arbitrary::{Limits, forms, packings, recordings},
    comparable::{Comparable, comparable},
    made::{self, Form, Mode, Recording},
    subject,
};
use perfdata::Source;
use proptest::prelude::*;

/// What any form can hold: 32 bits, and one event a nanosecond, since equal times keep the order of the file.
const LIMITS: Limits = Limits { narrow: true, equal_times: false, events: 120 };

fn report(bytes: &[u8], source: Source, chunk: usize, topology: &Topology) -> Comparable {
    let (trace, damage) = subject::trace_from(bytes, source, chunk);
    assert_eq!(damage, None);
    let context = Context { trace: &trace, symbols: None, topology: Some(topology) };
    comparable(&Query::default().run(&context), &trace)
}

fn plain(recording: &Recording, form: &Form) -> Vec<u8> {
    made::write(recording, &Form { era: form.era, callchain: form.callchain, ..Form::today() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_form_gives_the_same_report(recording in recordings(LIMITS), form in forms(LIMITS)) {
        let topology = Topology::from_cpu_lists([(0, "0-1"), (1, "2-3")]).unwrap();
        let file = |bytes: &[u8]| report(bytes, Source::File { len: bytes.len() as u64 }, subject::CHUNK, &topology);
        let expected = file(&plain(&recording, &form));
        prop_assert_eq!(file(&made::write(&recording, &form)), expected);
    }

    #[test]
    fn chunks_of_any_size_give_the_same_report(
        recording in recordings(Limits { events: 40, ..LIMITS }),
        form in forms(LIMITS),
        chunk in prop_oneof![1usize..40, 40usize..5000],
    ) {
        let topology = Topology::none();
        let bytes = made::write(&recording, &form);
        let source = Source::File { len: bytes.len() as u64 };
        let expected = report(&bytes, source, subject::CHUNK, &topology);
        prop_assert_eq!(report(&bytes, source, chunk, &topology), expected.clone());
        if form.mode == Mode::Pipe {
            prop_assert_eq!(report(&bytes, Source::Stream, chunk, &topology), expected);
        }
    }

    #[test]
    fn every_packing_unpacks_to_the_same_bytes(
        recording in recordings(Limits { events: 20, ..LIMITS }),
        form in forms(LIMITS),
        packing in packings(),
        chunk in prop_oneof![1usize..40, 40usize..5000],
    ) {
        let bytes = made::write(&recording, &form);
        let packed = made::write(&recording, &Form { packing, ..form });
        let (unpacked, error) = subject::unpack(&packed, chunk, usize::MAX);
        prop_assert_eq!(error, None);
        prop_assert_eq!(unpacked, bytes);
    }
}
