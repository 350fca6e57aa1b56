//! `versus_perf [RUNS [SEED]]`: random recordings in random forms, analysed by the `kmemscope` library and by the `perf`
//! of this machine (6.1 or newer); the texts must be equal. Not part of the ordinary tests, which need no perf.

use std::{
    env, fs,
    io::{Error, Result},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use kmem::{
    Context, Symbols, Topology, Truth,
    stat::{self, Options},
};
use kmemscope_tests::{
    arbitrary::{Limits, forms, recordings},
    made::{self, Compression, Era, Form, Identifier, Mode, Recording},
    parity::{first_difference, perf_stopped},
    subject,
};
use proptest::{
    prop_oneof,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// Option lines; `--raw-ip`, since the made kernel's addresses mean nothing here.
const LINES: [&str; 9] = [
    "--raw-ip --caller --alloc stat",
    "--raw-ip --caller -s hit,callsite --alloc -s pingpong,ptr stat",
    "--raw-ip --caller -l 3 --alloc -s bytes -l 2 stat",
    "--raw-ip --time 5.000001000,5.000200000 --caller --alloc stat",
    "--page --caller --alloc stat",
    "--page --live --caller --alloc stat",
    "--page --caller -s order,migtype,gfp --alloc -s page,hit stat",
    "--slab --page --raw-ip --caller --alloc stat",
    "--page --live --alloc -s order -l 4 stat",
];

/// Kernels whose rules the perf here follows, attrs and records that it knows.
fn readable(form: &Form) -> bool {
    matches!(form.era, Era::Linux6_1 | Era::Linux7_3 | Era::Shuffled)
        && form.attr_size <= 128
        && form.mode == Mode::File
        && form.identifier != Identifier::RawOnly
        && form.compression != Compression::Compressed2
}

fn main() -> Result<ExitCode> {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse::<u64>().map_err(Error::other));
    let runs = arguments.next().transpose()?.unwrap_or(100);
    let seed = arguments.next().transpose()?.unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let random = |narrow| {
        let limits = Limits { narrow, equal_times: true, events: 150 };
        (recordings(limits), forms(limits).prop_filter("perf reads it", readable))
    };
    // Half of them what a 32-bit kernel could have recorded.
    let random = prop_oneof![random(false), random(true)];
    let folder = env::temp_dir().join(format!("versus-perf-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let here = Here::look()?;

    let (mut compared, mut stopped, mut differ) = (0, 0, 0);
    for run in 0..runs {
        let (mut recording, form) =
            random.new_tree(&mut runner).map_err(|reason| Error::other(reason.to_string()))?.current();
        // perf looks the nodes of CPUs that this machine lacks up behind the end of its table.
        for event in &mut recording.events {
            event.cpu %= here.cpus;
        }
        let file = folder.join("perf.data");
        fs::write(&file, made::write(&recording, &form))?;
        let mut shown = false;
        for line in LINES {
            match here.compare(&file, &recording, &form, line)? {
                Verdict::Equal => compared += 1,
                Verdict::PerfStops => stopped += 1,
                Verdict::Differs(difference) => {
                    differ += 1;
                    if !std::mem::replace(&mut shown, true) {
                        let kept = folder.join(format!("differs-{run}.data"));
                        fs::copy(&file, &kept)?;
                        println!("run {run}: {line}: {} {form:?}\n{difference}", kept.display());
                    }
                }
            }
        }
    }
    println!(
        "versus perf: {compared} texts equal, {differ} differ, perf stopped with an error {stopped} times"
    );
    Ok(if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

enum Verdict {
    Equal,
    PerfStops,
    Differs(String),
}

/// What perf takes from the machine that it runs on.
struct Here {
    symbols: Option<Symbols>,
    topology: Topology,
    cpus: u32,
}

impl Here {
    fn look() -> Result<Here> {
        let mut nodes = String::new();
        for node in 0..64 {
            let path = PathBuf::from(format!("/sys/devices/system/node/node{node}/cpulist"));
            if let Ok(cpus) = fs::read_to_string(&path) {
                nodes.push_str(&format!("{}:{cpus}", path.display()));
            }
        }
        Ok(Here {
            symbols: Symbols::parse(&fs::read("/proc/kallsyms")?).ok(),
            topology: Topology::parse(&nodes).unwrap_or_else(|_| Topology::none()),
            cpus: std::thread::available_parallelism()?.get() as u32,
        })
    }

    fn compare(&self, file: &Path, recording: &Recording, form: &Form, line: &str) -> Result<Verdict> {
        let words: Vec<&str> = line.split(' ').collect();
        let perf = Command::new("perf")
            .args(["kmem", "-f", "-i"])
            .arg(file)
            .args(&words)
            .env("LC_ALL", "C")
            .output()?;
        let (trace, _) = subject::trace(&made::write(recording, form));
        let context =
            Context { trace: &trace, symbols: self.symbols.as_ref(), topology: Some(&self.topology) };
        let options = Options::parse(words.iter().copied()).map_err(Error::other)?;
        let ours = stat::output(&context, &options, Truth::Perf).map_err(|error| error.to_string());
        if !perf.status.success() {
            let said = String::from_utf8_lossy(&perf.stderr);
            // Everything but the stops that docs/perf-kmem-parity.md tells of is a fault of the made file.
            let Some(number) = perf_stopped(&said) else {
                return Ok(Verdict::Differs(format!("perf fails: {said}")));
            };
            let ours = ours.ok().and_then(|output| output.perf_aborts).map(|aborts| aborts.errno);
            return Ok(if ours != Some(number) {
                Verdict::Differs(format!("perf stops with {number}, we say {ours:?}"))
            } else {
                Verdict::PerfStops
            });
        }
        let ours = ours.map_or_else(|error| error, |output| output.text);
        Ok(first_difference(&perf.stdout, ours.as_bytes()).map_or(Verdict::Equal, Verdict::Differs))
    }
}
