//! TRACING_DATA: the event formats (`tools/perf/util/trace-event-info.c` writes the real one).

use super::{
    bytes::Bytes,
    event::Recording,
    form::{Endian, Form},
    formats,
};

/// The whole block, from its magic on.
pub(super) fn write(recording: &Recording, form: &Form) -> Vec<u8> {
    let mut bytes = Bytes::new(form.endian);
    bytes.raw(&[23, 8, 68]);
    bytes.raw(b"tracing");
    bytes.c_string("0.6");
    bytes.u8(match form.endian {
        Endian::Little => 0,
        Endian::Big => 1,
    });
    bytes.u8(form.long_size as u8);
    bytes.u32(recording.page_size);

    let long = form.long_size;
    let header_page = format!(
        "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\
         \tfield: local_t commit;\toffset:8;\tsize:{long};\tsigned:1;\n\
         \tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n\
         \tfield: char data;\toffset:{};\tsize:4080;\tsigned:1;\n",
        8 + long
    );
    bytes.c_string("header_page");
    sized_u64(&mut bytes, &header_page);
    bytes.c_string("header_event");
    sized_u64(
        &mut bytes,
        "# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n",
    );

    let no_ftrace_formats = 0;
    bytes.u32(no_ftrace_formats);
    let formats = formats(form);
    bytes.u32(1);
    bytes.c_string("kmem");
    bytes.u32(formats.len() as u32);
    for format in &formats {
        sized_u64(&mut bytes, format);
    }

    let no_kallsyms = 0;
    bytes.u32(no_kallsyms);
    let no_printk_formats = 0;
    bytes.u32(no_printk_formats);
    let cmdlines: String =
        recording.tasks.iter().map(|task| format!("{} {}\n", task.tid, task.comm)).collect();
    sized_u64(&mut bytes, &cmdlines);
    bytes.all
}

fn sized_u64(bytes: &mut Bytes, text: &str) {
    bytes.u64(text.len() as u64);
    bytes.raw(text.as_bytes());
}
