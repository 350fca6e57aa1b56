//! `grow FROM TO SIZE`: repeats a recording in time, with fresh ptrs in each copy, until it has the size: `2G`, `500M`,
//! a number of bytes, or `3x` for three copies.

use std::{
    env,
    io::{Error, Result},
    path::Path,
};

use kmemscope_tests::grown::{Until, grow};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to, size] = arguments.as_slice() else {
        return Err(Error::other("usage: grow FROM TO SIZE"));
    };
    let until = Until::parse(size).ok_or_else(|| Error::other(format!("{size} is no size")))?;
    let grown = grow(Path::new(from), Path::new(to), until)?;
    println!("{to}: {} bytes, {} samples, {} copies", grown.bytes, grown.samples, grown.copies);
    Ok(())
}
