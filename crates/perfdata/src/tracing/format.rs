//! One event's `format` file of tracefs, as `Documentation/trace/events.rst` describes it.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

/// How a field's bytes are to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A number.
    Plain,
    /// A fixed array.
    Array,
    /// A 32-bit word: the low half is the offset of the content in the payload, the high half its length.
    DataLoc,
    /// The same, with the offset counted from the end of the word.
    RelLoc,
}

/// One field of an event's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its C type as the format writes it.
    pub type_name: String,
    /// First byte in the payload.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
    /// Whether a number is signed.
    pub signed: bool,
    /// How to take the bytes.
    pub kind: FieldKind,
}

/// The format of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFormat {
    /// What `common_type` of the payload and `attr.config` hold.
    pub id: u32,
    /// `kmem`, for example.
    pub system: String,
    /// `kmalloc`, for example.
    pub name: String,
    /// Fields, the common ones included, in the format's order.
    pub fields: Vec<Field>,
    /// What stands behind `print fmt:`.
    pub print_fmt: String,
}

impl EventFormat {
    /// Reads a `format` file; `None` where it has no name or no id.
    pub fn parse(text: &str, system: &str) -> Option<EventFormat> {
        let mut format = EventFormat { system: system.to_string(), ..EventFormat::default() };
        let mut id = None;
        for line in text.lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix("name:") {
                format.name = name.trim().to_string();
            } else if let Some(number) = line.strip_prefix("ID:") {
                id = number.trim().parse().ok();
            } else if let Some(print) = line.strip_prefix("print fmt:") {
                format.print_fmt = print.trim().to_string();
            } else if line.starts_with("field") {
                format.fields.extend(field(line));
            }
        }
        format.id = id?;
        (!format.name.is_empty()).then_some(format)
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// `field:TYPE NAME[N];\toffset:8;\tsize:8;\tsigned:0;` (`field special:` in 2.6.33; without `signed` before 2.6.34).
fn field(line: &str) -> Option<Field> {
    let (_, rest) = line.split_once(':')?;
    let mut parts = rest.split(';');
    let declaration = parts.next()?.trim();
    let (mut offset, mut size, mut signed) = (None, None, None);
    for part in parts {
        let Some((key, value)) = part.split_once(':') else { continue };
        let value = value.trim().parse::<u32>().ok();
        match key.trim() {
            "offset" => offset = value,
            "size" => size = value,
            "signed" => signed = value,
            _ => {}
        }
    }
    let (declaration, is_array) = match declaration.split_once('[') {
        // `__data_loc char[] name` has its brackets in the type, `char comm[16]` behind the name.
        Some((before, after)) => {
            let behind = after.split_once(']').map_or("", |(_, behind)| behind).trim();
            (if behind.is_empty() { before.to_string() } else { alloc::format!("{before}[] {behind}") }, true)
        }
        None => (declaration.to_string(), false),
    };
    let (type_name, name) = declaration.rsplit_once([' ', '*'])?;
    let type_name = type_name.trim();
    let kind = if type_name.starts_with("__data_loc") {
        FieldKind::DataLoc
    } else if type_name.starts_with("__rel_loc") {
        FieldKind::RelLoc
    } else if is_array {
        FieldKind::Array
    } else {
        FieldKind::Plain
    };
    Some(Field {
        name: name.to_string(),
        type_name: type_name.to_string(),
        offset: offset?,
        size: size?,
        signed: signed.map_or_else(|| signed_type(type_name), |signed| signed != 0),
        kind,
    })
}

/// Formats before 2.6.34 don't say whether a number is signed; its C type does.
fn signed_type(type_name: &str) -> bool {
    matches!(type_name, "int" | "long" | "short" | "s8" | "s16" | "s32" | "s64" | "pid_t" | "ssize_t")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KMEM_CACHE_FREE: &str = "name: kmem_cache_free\nID: 624\nformat:\n\
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
        \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\
        \tfield:unsigned long call_site;\toffset:8;\tsize:8;\tsigned:0;\n\
        \tfield:const void * ptr;\toffset:16;\tsize:8;\tsigned:0;\n\
        \tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:0;\n\
        \tfield:char comm[16];\toffset:28;\tsize:16;\tsigned:0;\n\n\
        print fmt: \"call_site=%pS ptr=%p name=%s\", (void *)REC->call_site, REC->ptr, __get_str(name)\n";

    #[test]
    fn reads_every_kind_of_field() {
        let format = EventFormat::parse(KMEM_CACHE_FREE, "kmem").expect("a format");
        assert_eq!((format.id, format.name.as_str()), (624, "kmem_cache_free"));
        assert!(format.print_fmt.starts_with("\"call_site=%pS"));
        let kinds: Vec<_> =
            format.fields.iter().map(|f| (f.name.as_str(), f.offset, f.signed, f.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("common_type", 0, false, FieldKind::Plain),
                ("common_pid", 4, true, FieldKind::Plain),
                ("call_site", 8, false, FieldKind::Plain),
                ("ptr", 16, false, FieldKind::Plain),
                ("name", 24, false, FieldKind::DataLoc),
                ("comm", 28, false, FieldKind::Array),
            ]
        );
    }

    #[test]
    fn old_formats_do_not_say_the_sign() {
        let field = field("field:int node;\toffset:40;\tsize:4;").expect("a field");
        assert!(field.signed);
    }

    #[test]
    fn a_format_without_an_id_is_none() {
        assert_eq!(EventFormat::parse("name: x\nformat:\n", "kmem"), None);
    }
}
