//! Uses both libraries from end to end, so that all of them is linked and nothing is optimised away.

use core::hint::black_box;

use kmem::{
    Context, Query, Symbols, Topology, TraceBuilder,
    input::recognise,
    stat::{self, Options},
};
use perfdata::{Reader, Source, Wants};

/// Analyses bytes that the compiler does not know; gives the length of all that was printed.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn analyse() -> usize {
    let bytes: &[u8] = black_box(&[]);
    let text: &str = black_box("");
    black_box(recognise(bytes));

    let mut reader = Reader::new(Source::File { len: bytes.len() as u64 });
    let mut builder = TraceBuilder::new();
    while let Wants::Bytes { .. } = reader.wants() {
        if reader.feed(bytes, &mut builder).is_err() {
            break;
        }
    }
    black_box(reader.end(&mut builder).is_ok());
    let trace = builder.finish(&reader);

    let symbols = Symbols::parse(bytes).ok();
    let topology = Topology::parse(text).ok();
    let context = Context { trace: &trace, symbols: symbols.as_ref(), topology: topology.as_ref() };
    black_box(Query::default().run(&context));
    let printed =
        Options::parse(text.split(' ')).ok().and_then(|options| stat::text(&context, &options).ok());
    printed.map_or(0, |printed| printed.len())
}
