//! What the worker holds: the inputs, the query in force, and the orders of tables that were asked for.

use kmem::{
    Context, Query, Running, Symbols, Topology, Trace, TraceBuilder, Truth,
    query::Filter,
    stat::{self, Mode, Options, OptionsError},
};

use super::{
    ahead::ReadingWorker,
    csv, memory, now, post,
    recent::{Answer, Recent},
    summary, tables,
};
use crate::protocol::{
    FileKind, Reply, ReportOptions, ReportText, Rows, RowsRequest, Selection, SiteDetail, Slot,
};

/// Why reading a trace ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// There was no more of it, or no more that can be read.
    Whole,
    /// The user stopped it.
    Cancelled,
    /// No more fits.
    Full,
}

/// What decides which events count in perf's text: slab, pages, `--live` and `--time`.
type Counted = (bool, bool, bool, Option<String>);

/// One page's session.
#[derive(Debug, Default)]
pub struct Session {
    /// The trace, once it is read whole.
    trace: Option<Trace>,
    /// The trace that is being read, and what is counted of it.
    builder: Option<TraceBuilder>,
    running: Option<Running>,
    symbols: Option<Symbols>,
    topology: Option<Topology>,
    /// The file name of the trace.
    name: String,
    selection: Selection,
    query: Query,
    /// The answer to the query in force.
    answer: Answer,
    recent: Recent,
    /// What is to be said of the trace besides what it says itself.
    sentences: Vec<String>,
    took_ms: f64,
    /// In how many places perf's text is not right.
    differs: Option<(Counted, u32)>,
    /// Goes up with every trace that is opened, so that an older job sees that it is over.
    generation: u32,
    cancelled: bool,
    /// Bytes of memory that a trace may take, where the page says so.
    memory: Option<f64>,
    /// The trace that did not fit.
    too_long: Option<String>,
    /// The rows that are seen.
    watched: Option<RowsRequest>,
    /// Who reads for this worker; without it, it reads by itself.
    reader: Option<ReadingWorker>,
    /// Name, size and time of the files that make up what is shown.
    taken: Vec<(String, f64, f64)>,
}

impl Session {
    /// Begins a new trace: the one that was there is forgotten; the filter stays, as it does on the page.
    pub(crate) fn begin(&mut self, name: &str) -> u32 {
        self.generation += 1;
        self.cancelled = false;
        self.taken.retain(|(taken, ..)| taken == name);
        self.trace = None;
        let mut builder = TraceBuilder::new();
        self.name = name.into();
        self.sentences.clear();
        if let Some(range) = self.query.filter.time
            && self.too_long.as_deref() == Some(name)
        {
            builder.keep_only(range);
            self.sentences.push(format!(
                "Only the time range {} was kept, because the whole trace does not fit this tab's memory. For another part, \
                 change the range and drop the file again.",
                self.selection.time
            ));
        }
        self.builder = Some(builder);
        self.running = Some(Running::new(Truth::Right));
        self.forget();
        self.generation
    }

    /// From now on `reader` reads.
    pub(crate) fn read_by(&mut self, reader: Option<ReadingWorker>) {
        self.reader = reader;
    }

    /// Who reads for this worker, once it listens.
    pub(crate) fn reader(&self) -> Option<ReadingWorker> {
        self.reader.clone().filter(ReadingWorker::listens)
    }

    /// Whether the job that was given this number is still the one that counts.
    pub(crate) fn is_current(&self, generation: u32) -> bool {
        self.generation == generation
    }

    /// The trace that is being read is to be left as it is.
    pub(crate) fn cancel(&mut self) {
        self.cancelled = true;
        self.taken.clear();
    }

    /// The file of this name was of no use, or is no longer shown.
    pub(crate) fn forget_file(&mut self, name: &str) {
        self.taken.retain(|(taken, ..)| taken != name);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Whether a file is not the one that was taken last; if it is the same, the page is told so.
    pub(crate) fn is_new(&mut self, file: &web_sys::File) -> bool {
        let identity = (file.name(), file.size(), file.last_modified());
        if self.taken.contains(&identity) {
            post(&Reply::Problem(format!("{} is open already; it was not read again.", identity.0)));
            return false;
        }
        self.taken.push(identity);
        true
    }

    /// The builder of the trace that is being read.
    pub(crate) fn builder(&mut self) -> Option<&mut TraceBuilder> {
        self.builder.as_mut()
    }

    /// Feeds the next bytes to the reader of the trace that is being read, and counts what they hold.
    ///
    /// # Errors
    /// As [`perfdata::Reader::feed`].
    pub(crate) fn feed(
        &mut self,
        reader: &mut perfdata::Reader,
        bytes: &[u8],
    ) -> Result<(), perfdata::Error> {
        let Session { builder: Some(builder), running: Some(running), topology, .. } = self else {
            return Ok(());
        };
        let result = builder.feed(reader, bytes);
        running.count(&Context { trace: builder.trace(), symbols: None, topology: topology.as_ref() });
        result
    }

    /// From now on these rows are seen.
    pub(crate) fn watch(&mut self, rows: Option<RowsRequest>) {
        self.watched = rows;
    }

    /// How much memory a trace may take; by default as much as a tab can give.
    pub(crate) fn limit(&mut self, memory: Option<f64>) {
        self.memory = memory;
    }

    /// Whether no more of the trace that is being read should be read.
    pub(crate) fn is_full(&self) -> bool {
        self.builder.as_ref().is_some_and(|builder| memory::is_full(builder, self.memory))
    }

    /// The trace is read, or reading stopped; `read` is the part of its bytes that was read.
    pub(crate) fn finish(&mut self, reader: &perfdata::Reader, packing: Option<String>, end: End, read: f64) {
        let Some(builder) = self.builder.take() else { return };
        let trace = builder.finish(reader);
        let name = &self.name;
        self.sentences.extend(packing.map(|damage| format!("{name}: {damage}; what came before is shown.")));
        match end {
            End::Whole => {}
            End::Cancelled => self
                .sentences
                .push(String::from("Reading was stopped by you: only what was read until then is shown.")),
            End::Full => {
                let seconds = |time: u64| time as f64 / 1e9;
                let (first, last) = trace.events().span().unwrap_or_default();
                let sentence = format!(
                    "Only the first {:.0} % of {name} fit this tab's memory: events from {:.3} to {:.3} s are shown. For \
                     another part, give its time range in the filter bar, as in {:.3},{:.3}, and drop the file again: then \
                     only that part is kept.",
                    read * 100.0,
                    seconds(first),
                    seconds(last),
                    seconds(last),
                    2.0 * seconds(last) - seconds(first),
                );
                post(&Reply::Problem(sentence.clone()));
                self.sentences.push(sentence);
                self.too_long = Some(name.clone());
                self.taken.clear();
            }
        }
        self.trace = Some(trace);
        self.forget();
    }

    /// What was counted while reading has been told.
    pub(crate) fn stop_counting(&mut self) {
        self.running = None;
    }

    /// Forgets a trace that holds nothing of use.
    pub(crate) fn discard(&mut self) {
        self.builder = None;
        self.running = None;
        self.trace = None;
        self.taken.clear();
        self.forget();
    }

    /// The trace, or what there is of it.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref().or_else(|| self.builder.as_ref().map(TraceBuilder::trace))
    }

    pub(crate) fn set_symbols(&mut self, symbols: Symbols) {
        self.symbols = Some(symbols);
        self.forget();
    }

    pub(crate) fn set_topology(&mut self, topology: Topology) {
        self.topology = Some(topology);
        self.forget();
    }

    /// The report has to be made anew.
    pub(crate) fn forget(&mut self) {
        self.answer = Answer::default();
        self.recent.clear();
        self.differs = None;
    }

    /// Puts a selection in force; says whether it is another than before.
    ///
    /// # Errors
    /// Where its time is no range; the one before stays.
    pub fn select(&mut self, selection: Selection) -> Result<bool, String> {
        let time = if selection.time.trim().is_empty() {
            None
        } else {
            let options = Options { time: Some(selection.time.trim().into()), ..Options::default() };
            options.time_range().map_err(|_| {
                format!(
                    "\"{}\" is no time range: give seconds as START,STOP, either side may be empty, as in 90.5,91.25.",
                    selection.time
                )
            })?
        };
        let query = Query {
            filter: Filter { time, text: selection.text.trim().into(), ..Filter::default() },
            live_pages: selection.live_pages,
            truth: Truth::Right,
        };
        self.selection = selection;
        if query == self.query {
            return Ok(false);
        }
        let answer = self.recent.take(&query).unwrap_or_default();
        self.took_ms = 0.0;
        let query = std::mem::replace(&mut self.query, query);
        self.recent.keep(query, std::mem::replace(&mut self.answer, answer));
        Ok(true)
    }

    fn ensure_report(&mut self) {
        if self.answer.report.is_none()
            && let Some(trace) =
                self.trace.as_ref().or_else(|| self.builder.as_ref().map(TraceBuilder::trace))
        {
            let start = now();
            let context = Context { trace, symbols: self.symbols.as_ref(), topology: self.topology.as_ref() };
            self.answer.report = Some(match &mut self.running {
                Some(running) => self.query.run_after(&context, running),
                None => self.query.run(&context),
            });
            self.took_ms = now() - start;
        }
    }

    /// Tells the page what there is, with the rows that are seen.
    pub(crate) fn publish_with_rows(&mut self) {
        let rows = self.watched.clone().map(|request| self.rows(&request));
        self.tell(rows);
    }

    /// Tells the page the rows that are seen.
    pub(crate) fn tell_rows(&mut self) {
        if let Some(request) = self.watched.clone() {
            post(&Reply::Rows(self.rows(&request)));
        }
    }

    /// Tells the page what there is.
    pub(crate) fn publish(&mut self) {
        self.tell(None);
    }

    fn tell(&mut self, rows: Option<Rows>) {
        self.ensure_report();
        let (Some(context), Some(report)) = (self.context(), &self.answer.report) else { return };
        let mut summary = summary::summary(&context, report, &self.name);
        summary.took_ms = self.took_ms;
        summary.notes.sentences.extend(self.sentences.iter().cloned());
        summary.complete = self.trace.is_some();
        post(&Reply::Summary(Box::new(summary), rows));
    }

    /// A window of a table.
    pub fn rows(&mut self, request: &RowsRequest) -> Rows {
        let start = now();
        self.ensure_report();
        let mut rows = Rows { request: request.clone(), total: 0, rows: Vec::new(), took_ms: 0.0 };
        let Some(report) = &self.answer.report else { return rows };
        let key = (request.table, request.sort.clone());
        let order = self
            .answer
            .orders
            .entry(key)
            .or_insert_with(|| tables::order(report, request.table, &request.sort));
        rows.total = order.len() as u32;
        let window = order
            .iter()
            .skip(request.from as usize)
            .take(request.count as usize)
            .copied()
            .collect::<Vec<_>>();
        if let Some(context) = self.context()
            && let Some(report) = &self.answer.report
        {
            rows.rows = tables::rows(&context, report, request.table, &window, request.raw);
        }
        rows.took_ms = now() - start;
        rows
    }

    /// A whole table as CSV.
    pub fn csv(&mut self, request: &RowsRequest) -> String {
        self.ensure_report();
        let (Some(context), Some(report)) = (self.context(), &self.answer.report) else {
            return String::new();
        };
        let order = tables::order(report, request.table, &request.sort);
        csv::csv(&context, report, request.table, &order, request.raw)
    }

    /// perf's text for some options.
    pub fn report(&self, request: &ReportOptions) -> ReportText {
        let report = ReportText { ticket: request.ticket, ..ReportText::default() };
        let error = |text: String| ReportText { text, is_error: true, ..report.clone() };
        let Some(context) = self.context() else { return error("No trace is open.".into()) };
        let options = match options(request) {
            Ok(options) => options,
            Err(refused) => return error(refused.perf_text()),
        };
        // The command is to say the same whatever the configuration of whoever runs it.
        let command = Options { default_mode: Mode::Slab, ..options.clone() }.command_line();
        let truth = if request.corrected { Truth::Right } else { Truth::Perf };
        match stat::output(&context, &options, truth) {
            Ok(output) => ReportText {
                text: output.text,
                command,
                aborts: output.perf_aborts.map(|aborts| aborts.to_string()),
                ..report
            },
            Err(refused) => ReportText { command, ..error(refused.to_string()) },
        }
    }

    /// In how many places perf's text for some options is not right. Remembered, as it does not depend on how the
    /// tables are sorted and cut.
    pub fn differs(&mut self, request: &ReportOptions) -> u32 {
        let Ok(options) = options(request) else { return 0 };
        let key = (options.slab, options.page, options.live, options.time.clone());
        if let Some((known, places)) = &self.differs
            && *known == key
        {
            return *places;
        }
        let Some(context) = self.context() else { return 0 };
        let is_refused =
            (options.slab && !context.trace.has_slab()) || (options.page && !context.trace.has_pages());
        let places = if is_refused { Ok(Vec::new()) } else { stat::differences(&context, &options) };
        let places = places.map_or(0, |places| places.len() as u32);
        self.differs = Some((key, places));
        places
    }

    /// One call site in detail.
    pub(crate) fn site(&mut self, key: &str) -> Option<SiteDetail> {
        self.ensure_report();
        let address = u64::from_str_radix(key.strip_prefix("0x")?, 16).ok()?;
        super::site::detail(
            &self.context()?,
            self.answer.report.as_ref()?,
            &self.query,
            kmem::ids::Address(address),
        )
    }

    fn context(&self) -> Option<Context<'_>> {
        Some(Context {
            trace: self.trace()?,
            symbols: self.symbols.as_ref(),
            topology: self.topology.as_ref(),
        })
    }

    /// Tells the page what is in one of the three places.
    pub(crate) fn slot(kind: FileKind, name: &str, detail: String) {
        post(&Reply::Slot(Slot { kind, name: name.into(), detail }));
    }
}

/// The options of a request.
fn options(request: &ReportOptions) -> Result<Options, OptionsError> {
    let mode = if request.default_page { Mode::Page } else { Mode::Slab };
    Options::parse_with(request.arguments.iter().map(String::as_str), mode)
}
