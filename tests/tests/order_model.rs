//! Events come in perf's order, whatever FINISHED_ROUND and the times say.

use kmemscope_tests::model::order::Queue;
use perfdata::{Time, order::RoundMerger};
use proptest::{collection::vec, prelude::*};

#[derive(Debug, Clone)]
enum Step {
    Push(u64),
    Round,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let times = prop_oneof![8 => 1u64..60, 1 => Just(0), 1 => Just(u64::MAX), 1 => any::<u64>()];
    vec(prop_oneof![6 => times.prop_map(Step::Push), 1 => Just(Step::Round)], 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_merger_delivers_as_perf_does(steps in steps()) {
        let mut model = Queue::new();
        let mut expected = Vec::new();
        let mut merger = RoundMerger::new();
        let mut delivered = Vec::new();
        for (item, step) in steps.iter().enumerate() {
            match step {
                Step::Push(time) => {
                    expected.extend(model.push(*time, item));
                    merger.push(Some(Time(*time)), item, |_, item| delivered.push(item));
                },
                Step::Round => {
                    expected.append(&mut model.round());
                    merger.round(|_, item| delivered.push(item));
                },
            }
            prop_assert_eq!(&delivered, &expected);
        }
        expected.append(&mut model.finish());
        merger.finish(|_, item| delivered.push(item));
        prop_assert_eq!(delivered, expected);
        prop_assert_eq!(merger.late(), model.unordered);
    }
}
