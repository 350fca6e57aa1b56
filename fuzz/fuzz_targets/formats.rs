#![no_main]

use kmemscope_tests::fuzz::targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::formats(bytes));
