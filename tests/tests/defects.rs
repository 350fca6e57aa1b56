//! perf's defects (docs/perf-kmem-parity.md): what real perf 6.1.187 printed of each made file is the one truth, what
//! is right the other.

use kmem::{
    Context, Query, Report, Symbols, Trace, Truth,
    report::MigrateType,
    stat::{self, Options, Output},
};
use kmemscope_tests::{
    made::{
        self, Era, Form,
        scenario::{SCENARIOS, TEXT_START},
    },
    subject,
};

fn trace(name: &str, form: &Form) -> Trace {
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).expect("a scenario of that name");
    let (trace, damage) = subject::trace(&made::write(&(scenario.recording)(), form));
    assert_eq!(damage, None);
    trace
}

fn today() -> Form {
    Form { callchain: true, ..Form::today() }
}

fn report(trace: &Trace, truth: Truth) -> Report {
    let context = Context { trace, symbols: None, topology: None };
    Query { truth, ..Query::default() }.run(&context)
}

fn output(trace: &Trace, options: &str, truth: Truth) -> Output {
    let context = Context { trace, symbols: None, topology: None };
    let options = Options::parse(options.split(' ')).expect("perf's options");
    stat::output(&context, &options, truth).expect("perf reads this")
}

#[test]
fn a_repeated_free_frees_nothing() {
    let trace = trace("double-free", &today());
    let slab = report(&trace, Truth::Right).slab;
    assert_eq!((slab.summary.freed.perf, slab.summary.freed.right), (192, 64));
    assert_eq!((slab.summary.pingpong.perf, slab.summary.pingpong.right), (2, 0));
    assert_eq!((slab.allocations[0].pingpong.perf, slab.allocations[0].pingpong.right), (2, 0));
    assert!(output(&trace, "stat", Truth::Perf).text.contains("Total bytes freed:     192\n"));
    assert!(output(&trace, "stat", Truth::Right).text.contains("Total bytes freed:     64\n"));
}

#[test]
fn a_failed_allocation_is_never_freed() {
    let slab = report(&trace("kfree-null", &today()), Truth::Right).slab;
    assert_eq!((slab.summary.freed.perf, slab.summary.freed.right), (5 << 20, 0));
    assert_eq!((slab.summary.pingpong.perf, slab.summary.pingpong.right), (4, 0));
}

#[test]
fn any_node_is_no_other_node() {
    let crossed =
        |era| report(&trace("cross-node", &Form { era, ..today() }), Truth::Right).slab.summary.cross_node;
    let (before, since) = (crossed(Era::Linux5_10), crossed(Era::Linux6_1));
    assert_eq!((before.perf, before.right), (2, 1), "perf before 6.1 counts an allocation for any node");
    assert_eq!((since.perf, since.right), (1, 1));
}

#[test]
fn migrate_types_have_the_kernels_names() {
    let trace = trace("migrate-types", &today());
    let compatible = output(&trace, "--page --alloc stat", Truth::Perf).text;
    assert!(compatible.contains(" 1001 |                4 |         1 |     0 |  RECLAIM |"), "{compatible}");
    assert!(compatible.contains(" 1002 |                4 |         1 |     0 |  MOVABLE |"));
    assert_eq!(MigrateType(1).name(), "Movable");
    assert_eq!(MigrateType(2).name(), "Reclaimable");
    let corrected = output(&trace, "--page --alloc stat", Truth::Right).text;
    let row =
        |page: &str| corrected.lines().find(|line| line.contains(page)).unwrap_or_default().to_uppercase();
    assert!(row(" 1001 |").contains("MOVABL"), "{corrected}");
    assert!(row(" 1002 |").contains("RECLAIM"), "{corrected}");
}

#[test]
fn every_order_and_migrate_type_has_its_place() {
    let orders = report(&trace("order-11", &today()), Truth::Right).page.orders;
    let counted: Vec<_> = orders.iter().map(|(order, kind, count)| (order, kind.0, count)).collect();
    assert_eq!(counted, [(10, 0, 1), (11, 0, 1), (13, 0, 1)]);
    let orders = report(&trace("migrate-type-6", &today()), Truth::Right).page.orders;
    assert_eq!(
        orders.iter().map(|(order, kind, count)| (order, kind.0, count)).collect::<Vec<_>>(),
        [(0, 6, 1)]
    );
}

#[test]
fn unknown_gfp_flags_stop_perf_alone() {
    let trace = trace("unknown-gfp", &today());
    let output = output(&trace, "--page --alloc stat", Truth::Perf);
    assert_eq!(output.perf_aborts.map(|aborts| aborts.errno), Some(-1));
    assert!(output.text.contains("Total allocation requests     :                2 "));
    assert_eq!(report(&trace, Truth::Right).page.pages.len(), 2);
}

#[test]
fn sizes_have_more_than_32_bits() {
    let trace = trace("large-bytes", &today());
    assert_eq!(report(&trace, Truth::Right).slab.summary.counts.allocated, 3 << 30);
    let compatible = output(&trace, "--caller stat", Truth::Perf).text;
    assert!(compatible.contains("Total bytes allocated: 18446744072635809792\n"), "{compatible}");
    assert!(
        output(&trace, "--caller stat", Truth::Right).text.contains("Total bytes allocated: 3221225472\n")
    );
}

#[test]
fn a_block_may_be_freed_in_parts() {
    let trace = trace("split-block", &today());
    let errno = |options| output(&trace, options, Truth::Perf).perf_aborts.map(|aborts| aborts.errno);
    assert_eq!(errno("--page stat"), Some(-12));
    assert_eq!(errno("--page --live stat"), Some(-2));
    let page = report(&trace, Truth::Right).page;
    assert_eq!((page.summary.live.blocks, page.summary.live.bytes), (0, 0));
    assert_eq!(page.summary.free_only.right.blocks, 0);
}

#[test]
fn page_call_sites_are_addresses_of_the_kernel() {
    let trace = trace("plain", &today());
    let compatible = output(&trace, "--page --caller stat", Truth::Perf).text;
    assert!(compatible.contains("| ffffffff02001000\n"), "{compatible}");
    let sites = report(&trace, Truth::Right).page.call_sites;
    assert!(
        !sites.is_empty()
            && sites.iter().all(|row| (TEXT_START..TEXT_START + 0x10000).contains(&row.call_site.0))
    );
}

#[test]
fn wide_cpu_numbers_are_cut_by_perf_alone() {
    let slab = report(&trace("wide-cpu", &today()), Truth::Right).slab;
    assert_eq!((slab.summary.pingpong.perf, slab.summary.pingpong.right), (0, 0));
}

#[test]
fn an_allocation_of_a_32_bit_kernel_that_failed_is_no_page() {
    let trace = trace("plain", &Form { long_size: 4, ..today() });
    let compatible = output(&trace, "--page --alloc stat", Truth::Perf).text;
    let row = "       4294967295 |               32 |         1 |     3 | UNMOVABL | K         | ffffffff02001000\n";
    assert!(compatible.contains(row), "{compatible}");
    assert!(
        compatible.contains("Total allocation failures     :                0   [                0 KB ]\n")
    );
    assert!(
        compatible.contains("Total allocation requests     :                3   [               52 KB ]\n")
    );
    assert!(
        compatible.contains("Total alloc-only requests     :                2   [               48 KB ]\n")
    );
    let live = output(&trace, "--page --live --alloc stat", Truth::Perf).text;
    assert!(live.contains("       4294967295 |               32 |"), "{live}");
    let right = report(&trace, Truth::Right);
    assert_eq!((right.page.summary.failures.blocks, right.page.summary.failures.bytes), (1, 32 << 10));
    assert!(right.page.pages.iter().all(|row| row.page.0 < 3000));
    assert!(right.corrections.iter().any(|place| place.what == "Total allocation failures"));
}

#[test]
fn gfp_flags_have_names_of_their_own() {
    let trace = trace("gfp-names", &today());
    let compatible = output(&trace, "--page --alloc stat", Truth::Perf).text;
    for line in [
        "# 00000c00:  R: __GFP_RECLAIM\n",
        "# 00000c40: NF: GFP_NOFS\n",
        "# 00004000:  R: __GFP_RETRY_MAYFAIL\n",
        "# 00008000: NF: __GFP_NOFAIL\n",
        "# 00800cc0:  K: GFP_KERNEL|__GFP_ZEROTAGS\n",
    ] {
        assert!(compatible.contains(line), "{line}: {compatible}");
    }
    let corrected = output(&trace, "--page --alloc stat", Truth::Right).text;
    let legend =
        corrected.lines().skip_while(|line| !line.contains("----")).take_while(|line| !line.is_empty());
    let mut names: Vec<_> = legend
        .filter_map(|line| Some(line.split_once(": ")?.1.split_once(": ")?.0.trim().to_owned()))
        .collect();
    assert_eq!(names.len(), 6, "{corrected}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6, "no two are alike: {names:?}");
    let places = report(&trace, Truth::Right).corrections;
    assert!(places.iter().any(|place| place.what == "GFP flags"), "{places:#?}");
}

#[test]
fn a_print_format_that_libtraceevent_refuses_is_read_by_its_fields() {
    let arm64 = Form { arm64_pages: true, ..today() };
    assert!(made::formats(&arm64).iter().any(|text| text.contains("sizeof(struct page)")));
    let (trace, plain) = (trace("plain", &arm64), trace("plain", &today()));
    for options in ["--page --caller --alloc stat", "--slab --caller --alloc stat"] {
        let errno = |trace| output(trace, options, Truth::Perf).perf_aborts.map(|aborts| aborts.errno);
        assert_eq!((errno(&trace), errno(&plain)), (Some(-1), None), "{options}");
        assert_eq!(output(&trace, options, Truth::Perf).text, output(&plain, options, Truth::Perf).text);
        let corrected = |trace| output(trace, options, Truth::Right).text;
        let tables = |text: String| text.split("\nNOTES").next().map(str::to_owned);
        assert_eq!(tables(corrected(&trace)), tables(corrected(&plain)), "{options}");
    }
}

#[test]
fn samples_of_a_counter_that_stands_still_count() {
    let stuck = Form { read: true, read_stuck: true, ..today() };
    let (trace, plain) = (trace("plain", &stuck), trace("plain", &today()));
    assert_eq!(report(&trace, Truth::Right), report(&plain, Truth::Right));
}

#[test]
fn names_are_never_those_of_this_machine() {
    let trace = trace("plain", &today());
    let text = output(&trace, "--slab --caller stat", Truth::Perf).text;
    assert!(text.contains(" 0xffffffff81100010 "), "without kallsyms there are no names: {text}");
    // As on a machine whose kernel lies elsewhere.
    let elsewhere =
        Symbols::parse(b"ffffffff90000000 T _text\nffffffff90100000 T mine\n").expect("a symbol table");
    let context = Context { trace: &trace, symbols: Some(&elsewhere), topology: None };
    let note = context.resolver().fit().note().expect("the kernel lies elsewhere");
    assert!(note.contains("relocated"), "{note}");
    let text = stat::text(&context, &Options::parse(["--caller", "stat"]).unwrap()).unwrap();
    assert!(text.contains(" mine+10 "), "{text}");
    // Of another kernel.
    let other =
        Symbols::parse(b"ffffffff81000000 T _start\nffffffff81100000 T theirs\n").expect("a symbol table");
    let context = Context { trace: &trace, symbols: Some(&other), topology: None };
    assert!(context.resolver().fit().note().is_some_and(|note| note.contains("another kernel")));
}
