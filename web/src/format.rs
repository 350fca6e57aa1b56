//! Numbers as the page writes them.

/// A whole number with thin spaces between groups of three digits.
pub fn exact(value: f64) -> String {
    let negative = value < 0.0;
    let digits = format!("{:.0}", value.abs());
    let mut out = String::with_capacity(digits.len() * 2);
    if negative {
        out.push('\u{2212}');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Bytes in the largest unit that leaves at least one, with three digits.
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = value.abs();
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    let digits = if unit == 0 || size >= 99.95 {
        format!("{size:.0}")
    } else if size >= 9.995 {
        format!("{size:.1}")
    } else {
        format!("{size:.2}")
    };
    format!("{sign}{digits}\u{a0}{}", UNITS[unit])
}

/// Bytes, human or exact.
pub fn size(value: f64, is_exact: bool) -> String {
    if is_exact { exact(value) } else { bytes(value) }
}

/// A duration in the unit that fits.
pub fn milliseconds(value: f64) -> String {
    if value < 1.0 {
        format!("{:.0}\u{a0}µs", value * 1000.0)
    } else if value < 1000.0 {
        format!("{value:.0}\u{a0}ms")
    } else if value < 120_000.0 {
        format!("{:.1}\u{a0}s", value / 1000.0)
    } else {
        format!("{:.0}\u{a0}min", value / 60_000.0)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn exact_numbers_are_grouped() {
        assert_eq!(exact(0.0), "0");
        assert_eq!(exact(999.0), "999");
        assert_eq!(exact(31_296_362.0), "31\u{202f}296\u{202f}362");
        assert_eq!(exact(-1000.0), "\u{2212}1\u{202f}000");
    }

    #[test]
    fn bytes_keep_three_digits() {
        assert_eq!(bytes(1023.0), "1023\u{a0}B");
        assert_eq!(bytes(1024.0), "1.00\u{a0}KiB");
        assert_eq!(bytes(10_240.0), "10.0\u{a0}KiB");
        assert_eq!(bytes(31_296_362.0), "29.8\u{a0}MiB");
        assert_eq!(bytes(-2048.0), "\u{2212}2.00\u{a0}KiB");
    }

    #[test]
    fn durations_have_their_unit() {
        assert_eq!(milliseconds(0.25), "250\u{a0}µs");
        assert_eq!(milliseconds(99.6), "100\u{a0}ms");
        assert_eq!(milliseconds(1500.0), "1.5\u{a0}s");
    }
}
