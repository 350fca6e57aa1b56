//! The `kmemscope` command, as a process: what it prints is what the library gives, and what perf prints.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use kmemscope_tests::{
    data::{Case, Folder, Threads, checked_in, folders},
    parity::{Outcome, difference, rule},
};

/// Builds the command with the profile of this test and says where it is.
fn command() -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "kmemscope-cli"]);
    if profile.ends_with("release") {
        build.arg("--release");
    }
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(build.status().unwrap().success(), "the command builds");
    profile.join(format!("kmemscope{}", env::consts::EXE_SUFFIX))
}

struct Inputs {
    folder: PathBuf,
}

impl Inputs {
    fn unpack(folder: &Folder) -> Inputs {
        let path = env::temp_dir().join(format!("kmemscope-command-{}-{}", folder.name, std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("perf.data"), folder.recording().unwrap()).unwrap();
        fs::write(path.join("kallsyms"), folder.kallsyms().unwrap()).unwrap();
        fs::write(path.join("nodes"), folder.text("node-cpulist.txt").unwrap()).unwrap();
        Inputs { folder: path }
    }

    fn run(&self, command: &Path, options: &[String]) -> Outcome {
        let Output { status, stdout, stderr } = Command::new(command)
            .arg("stat")
            .args(options.iter().filter(|option| *option != "stat"))
            .args(["-i", "perf.data", "--kallsyms", "kallsyms", "--numa", "nodes"])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        Outcome {
            stdout,
            exit: status.code().unwrap_or(-1),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

const TRACES: [&str; 4] = ["5.10-1cpu-tiny", "6.1-slab-page", "6.12-slab-z", "7.x-page"];
const LABELS: [&str; 8] = [
    "stat-plain",
    "caller-alloc",
    "both-l",
    "caller-alloc-raw",
    "page-caller-alloc",
    "page-live-alloc-s-order,bytes",
    "bad-sort2",
    "time-pct",
];

#[test]
fn the_command_prints_what_perf_prints() {
    let command = command();
    let mut compared = 0;
    for folder in
        folders(&checked_in()).unwrap().into_iter().filter(|folder| TRACES.contains(&folder.name.as_str()))
    {
        let inputs = Inputs::unpack(&folder);
        let cases = folder.cases().unwrap();
        for case in cases.iter().filter(|Case { label, .. }| LABELS.contains(&label.as_str())) {
            let ours = inputs.run(&command, &case.options);
            let difference = difference(rule(&folder.name, case), case, &ours);
            assert_eq!(difference, None, "{}/{}", folder.name, case.label);
            compared += 1;
        }
    }
    assert!(compared > 20, "only {compared} texts");
}

#[test]
fn the_files_of_a_directory_are_one_recording() {
    let command = command();
    let threads = Threads::checked_in().unwrap();
    let folder = env::temp_dir().join(format!("kmemscope-threads-{}", std::process::id()));
    let directory = folder.join("perf.data");
    fs::create_dir_all(&directory).unwrap();
    for (name, bytes) in &threads.files {
        fs::write(directory.join(name), bytes).unwrap();
    }
    fs::write(folder.join("packed"), &threads.packed).unwrap();
    let run = |input: &str, options: &str| {
        let output = Command::new(&command)
            .args(["stat", "-i", input])
            .args(options.split_whitespace())
            .current_dir(&folder)
            .output()
            .unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(threads.texts.len(), 4);
    for (options, text) in &threads.texts {
        for input in ["perf.data", "perf.data/data", "packed"] {
            assert!(run(input, options) == (text.clone(), String::new()), "{input} {options}");
        }
    }
    let (text, error) = run("perf.data/data.1", "--caller");
    assert!(text.is_empty() && error.contains("together with the file `data`"), "{error}");
    fs::remove_file(directory.join("data.0")).unwrap();
    fs::remove_file(directory.join("data.1")).unwrap();
    let (_, error) = run("perf.data", "--caller");
    assert!(error.contains("data.0, data.1 and so on"), "{error}");
    fs::remove_dir_all(folder).unwrap();
}
