//! `seeds DIR`: writes valid inputs for every fuzz target, as cargo-fuzz's corpus.

use std::{
    env, fs,
    io::{Error, Result},
    path::PathBuf,
};

use kmemscope_tests::fuzz::TARGETS;

fn main() -> Result<()> {
    let root = env::args_os().nth(1).map(PathBuf::from).ok_or_else(|| Error::other("usage: seeds DIR"))?;
    for target in TARGETS {
        let folder = root.join(target.name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{index:02}")), seed)?;
        }
    }
    Ok(())
}
