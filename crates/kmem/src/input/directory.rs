//! The directories that `perf record --threads` writes: a file `data` that is a whole perf.data with few records, and
//! files `data.0`, `data.1` and so on that hold the records of one thread each and nothing else
//! (`tools/perf/util/data.c`, `perf_data__create_dir`).

/// Said of data files that come without the file that describes them.
pub const WITHOUT_HEADER: &str = "This may be one data file of a `perf record --threads` directory: give it together with the file \
     `data` of that directory, which says what is in it.";

/// Said of the describing file alone.
pub const WITHOUT_DATA: &str = "This is the file `data` of a `perf record --threads` directory, most of whose events are in the \
     files data.0, data.1 and so on beside it: give them together.";

/// Which data file of a directory a file is, by its name: 3 for `perf.data/data.3`.
#[must_use]
pub fn data_file_number(name: &str) -> Option<u32> {
    let name = name.rsplit(['/', '\\']).next()?;
    let number = name.strip_prefix("data.")?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::data_file_number;

    #[test]
    fn data_files_have_a_number() {
        assert_eq!(data_file_number("data.0"), Some(0));
        assert_eq!(data_file_number("perf.data/data.17"), Some(17));
        for other in [
            "data",
            "data.",
            "data.x",
            "perf.data",
            "perf.data.0",
            "data.1.old",
            "data.-1",
            "data.99999999999",
        ] {
            assert_eq!(data_file_number(other), None, "{other}");
        }
    }
}
