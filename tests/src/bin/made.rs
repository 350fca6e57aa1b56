//! `made SCENARIO FILE [KEY=VALUE …]`: writes a made `perf.data`, to see what perf and kmemscope say of it.
//!
//! Keys: `era` (2.6.33, 3.10, 5.10, 6.1, 7.3, shuffled), `endian` (little, big), `long` (4, 8), `mode` (file, pipe),
//! `magic` (1, 2), `attr` (bytes), `id` (first, inside, raw), `all` (0, 1: sample_id_all), `chain` (0, 1),
//! `read` (0, 1, stuck: PERF_SAMPLE_READ), `after` (0, 1: fields behind the raw data), `pages` (arm64), `round` (events, 0: none), `z` (0, 1, 2).

use std::{env, fs, io::Error};

use kmemscope_tests::made::{
    self, Compression, Endian, Era, Form, Identifier, Magic, Mode,
    scenario::{SCENARIOS, Scenario},
};

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, file, settings @ ..] = arguments.as_slice() else {
        println!("usage: made SCENARIO FILE [KEY=VALUE ...]");
        for Scenario { name, about, .. } in SCENARIOS {
            println!("  {name:16} {about}");
        }
        return Ok(());
    };
    let scenario = SCENARIOS
        .into_iter()
        .find(|scenario| scenario.name == name)
        .ok_or_else(|| Error::other(format!("no scenario {name}")))?;
    let mut form = Form { callchain: true, ..Form::today() };
    for setting in settings {
        apply(&mut form, setting).ok_or_else(|| Error::other(format!("not understood: {setting}")))?;
    }
    fs::write(file, made::write(&(scenario.recording)(), &form))
}

fn apply(form: &mut Form, setting: &str) -> Option<()> {
    let (key, value) = setting.split_once('=')?;
    match key {
        "era" => {
            form.era = match value {
                "2.6.33" => Era::Linux2_6_33,
                "3.10" => Era::Linux3_10,
                "5.10" => Era::Linux5_10,
                "6.1" => Era::Linux6_1,
                "7.3" => Era::Linux7_3,
                "shuffled" => Era::Shuffled,
                _ => return None,
            };
        }
        "endian" => form.endian = if value == "big" { Endian::Big } else { Endian::Little },
        "long" => form.long_size = value.parse().ok()?,
        "mode" => form.mode = if value == "pipe" { Mode::Pipe } else { Mode::File },
        "magic" => form.magic = if value == "1" { Magic::V1 } else { Magic::V2 },
        "attr" => form.attr_size = value.parse().ok()?,
        "id" => {
            form.identifier = match value {
                "first" => Identifier::First,
                "inside" => Identifier::Inside,
                "raw" => Identifier::RawOnly,
                _ => return None,
            };
        }
        "all" => form.sample_id_all = value == "1",
        "chain" => form.callchain = value == "1",
        "pages" => form.arm64_pages = value == "arm64",
        "read" => {
            form.read = value != "0";
            form.read_stuck = value == "stuck";
        }
        "after" => form.after_raw = value == "1",
        "round" => form.round = Some(value.parse().ok()?).filter(|&events| events > 0),
        "z" => {
            form.compression = match value {
                "0" => Compression::None,
                "1" => Compression::Compressed,
                "2" => Compression::Compressed2,
                _ => return None,
            };
        }
        _ => return None,
    }
    Some(())
}
