//! The slab report equals the slow model's, on random recordings in random forms.

use kmem::{Context, Query};
use kmemscope_tests::{
    arbitrary::{Limits, forms, recordings},
    made::{self, Era, Form, Recording},
    model::{
        node::CpuNodes,
        slab::{Right, Slab},
        told::SlabTold,
    },
    subject,
};
use proptest::prelude::*;

const LIMITS: Limits = Limits { narrow: false, equal_times: true, events: 200 };

fn modelled(recording: &Recording, form: &Form) -> Slab {
    let events = made::delivered(recording, form).into_iter().map(|index| &recording.events[index]);
    Slab::of(events, form.era, &nodes(recording, form))
}

/// What the file itself says; perf of Linux 2.6.33 did not write the nodes down.
fn nodes(recording: &Recording, form: &Form) -> CpuNodes {
    if form.era == Era::Linux2_6_33 { CpuNodes::default() } else { CpuNodes::from_lists(&recording.nodes) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_report_is_the_models(recording in recordings(LIMITS), form in forms(LIMITS)) {
        let bytes = made::write(&recording, &form);
        let (trace, damage) = subject::trace(&bytes);
        prop_assert_eq!(damage, None);
        let context = Context { trace: &trace, symbols: None, topology: None };
        let report = Query::default().run(&context);
        let model = modelled(&recording, &form);
        prop_assert_eq!(SlabTold::from(&report.slab), SlabTold::from(&model));

        let summary = &report.slab.summary;
        let by_call_site = report
            .slab
            .call_sites
            .iter()
            .filter(|row| row.pingpong.right > 0)
            .map(|row| (row.call_site.0, row.pingpong.right))
            .collect();
        let right = Right {
            freed: summary.freed.right,
            pingpong: summary.pingpong.right,
            pingpong_by_call_site: by_call_site,
        };
        prop_assert_eq!(right, model.right);
    }

    #[test]
    fn a_time_range_is_as_if_nothing_else_had_happened(
        recording in recordings(LIMITS),
        ends in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let form = Form::today();
        let times: Vec<u64> = recording.events.iter().map(|event| event.time).collect();
        prop_assume!(!times.is_empty());
        let (a, b) = (times[ends.0.index(times.len())], times[ends.1.index(times.len())]);
        let (start, end) = (a.min(b), a.max(b));
        let (trace, _) = subject::trace(&made::write(&recording, &form));
        let context = Context { trace: &trace, symbols: None, topology: None };
        let mut query = Query::default();
        query.filter.time = Some(kmem::TimeRange { start, end });

        let events = made::delivered(&recording, &form)
            .into_iter()
            .map(|index| &recording.events[index])
            .filter(|event| (start..=end).contains(&event.time));
        let model = Slab::of(events, form.era, &nodes(&recording, &form));
        prop_assert_eq!(SlabTold::from(&query.run(&context).slab), SlabTold::from(&model));
    }
}
