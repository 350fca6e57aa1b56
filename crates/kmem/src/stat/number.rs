//! Numbers in columns, written without the formatting machinery: a table can have a million rows.

use alloc::string::String;

use super::put;

/// C's `%{width}llu`.
pub(super) fn right(out: &mut String, value: u64, width: usize) {
    let mut buffer = [0; 20];
    let digits = decimal(&mut buffer, value);
    fill(out, width.saturating_sub(digits.len()));
    out.push_str(digits);
}

/// C's `%-{width}llu`.
pub(super) fn left(out: &mut String, value: u64, width: usize) {
    let mut buffer = [0; 20];
    let digits = decimal(&mut buffer, value);
    out.push_str(digits);
    fill(out, width.saturating_sub(digits.len()));
}

/// C's `%6.3f`.
pub(super) fn thousandths(out: &mut String, value: f64) {
    let scaled = value * 1000.0;
    let whole = scaled as u64;
    let rest = scaled - whole as f64;
    // Close to half a unit the exact binary value decides, which only the slow way looks at.
    if value.is_sign_negative() || !(0.0..1e12).contains(&scaled) || (rest - 0.5).abs() < 1e-4 {
        return put(out, format_args!("{value:6.3}"));
    }
    let rounded = whole + u64::from(rest > 0.5);
    right(out, rounded / 1000, 2);
    out.push('.');
    let rest = rounded % 1000;
    for digit in [rest / 100, rest / 10 % 10, rest % 10] {
        out.push(char::from(b'0' + digit as u8));
    }
}

pub(super) fn fill(out: &mut String, count: usize) {
    const SPACES: &str = "                                        ";
    match SPACES.get(..count) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(core::iter::repeat_n(' ', count)),
    }
}

fn decimal(buffer: &mut [u8; 20], mut value: u64) -> &str {
    let mut at = buffer.len();
    loop {
        at -= 1;
        if let Some(digit) = buffer.get_mut(at) {
            *digit = b'0' + (value % 10) as u8;
        }
        value /= 10;
        if value == 0 {
            break;
        }
    }
    buffer.get(at..).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{left, right, thousandths};
    use alloc::format;
    use alloc::string::String;

    fn text(write: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn as_the_formatting_machinery_writes_them() {
        for value in [0, 7, 10, 99_999, 123_456_789, u64::MAX] {
            for width in [0, 5, 9, 60] {
                assert_eq!(text(|out| right(out, value, width)), format!("{value:width$}"));
                assert_eq!(text(|out| left(out, value, width)), format!("{value:<width$}"));
            }
        }
        let mut seed = 1u64;
        for _ in 0..200_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (requested, allocated) = (seed >> 44, (seed >> 20 & 0xf_ffff) + 1);
            let value = crate::report::fragmentation(requested, allocated);
            assert_eq!(
                text(|out| thousandths(out, value)),
                format!("{value:6.3}"),
                "{requested}/{allocated}"
            );
        }
        for value in [0.0, -0.0, 0.0005, 0.0015, 12.3445, 99.9995, 100.0, -25.0, f64::NAN, 1e300] {
            assert_eq!(text(|out| thousandths(out, value)), format!("{value:6.3}"));
        }
    }
}
