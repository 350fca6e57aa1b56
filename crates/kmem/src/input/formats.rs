//! Format files of tracepoints as text, several in a row: `cat /sys/kernel/tracing/events/kmem/*/format`.

use alloc::string::String;
use alloc::vec::Vec;

use perfdata::EventFormat;

/// The formats in a text; the files do not say their system, which is taken to be `kmem`. Empty where there is none.
#[must_use]
pub fn event_formats(text: &str) -> Vec<EventFormat> {
    let mut formats = Vec::new();
    let mut one = String::new();
    for line in text.lines().chain(["name:"]) {
        if line.starts_with("name:") {
            formats.extend(EventFormat::parse(&one, "kmem"));
            one.clear();
        }
        one.push_str(line);
        one.push('\n');
    }
    formats
}

#[cfg(test)]
mod tests {
    use super::event_formats;
    use alloc::vec::Vec;

    #[test]
    fn files_follow_one_another() {
        let text = "name: kfree\nID: 625\nformat:\n\tfield:unsigned long call_site;\toffset:8;\tsize:8;\tsigned:0;\n\n\
            print fmt: \"x\", REC->call_site\n\nname: kmalloc\nID: 626\nformat:\n";
        let formats = event_formats(text);
        let found: Vec<_> = formats.iter().map(|f| (f.name.as_str(), f.id, f.fields.len())).collect();
        assert_eq!(found, [("kfree", 625, 1), ("kmalloc", 626, 0)]);
        assert!(event_formats("hello").is_empty());
    }
}
