//! The page report equals the slow model's, on random recordings in random forms.

use kmem::{Context, Query, Truth};
use kmemscope_tests::{
    arbitrary::{Limits, forms, recordings},
    made,
    model::{page::Page, told::PageTold},
    subject,
};
use proptest::prelude::*;

const LIMITS: Limits = Limits { narrow: false, equal_times: true, events: 200 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_report_is_the_models(
        recording in recordings(LIMITS),
        form in forms(LIMITS),
        live_pages in any::<bool>(),
    ) {
        let (trace, damage) = subject::trace(&made::write(&recording, &form));
        prop_assert_eq!(damage, None);
        let context = Context { trace: &trace, symbols: None, topology: None };
        let query = Query { live_pages, truth: Truth::Perf, ..Query::default() };
        let report = query.run(&context);

        let events = made::delivered(&recording, &form).into_iter().map(|index| &recording.events[index]);
        let map_start = form.callchain.then_some(recording.text_start);
        let model = Page::of(events, u64::from(recording.page_size), live_pages, map_start);
        // Where perf stops in the middle there is nothing of it to compare with.
        prop_assume!(model.perf_stops == 0);
        prop_assert_eq!(PageTold::from(&report.page), PageTold::of(&model, live_pages));
    }
}
