/// What a row of measured values comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) p95: f64,
}

impl Spread {
    pub(crate) fn of(values: &[f64]) -> Option<Spread> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&least, &most) = (sorted.first()?, sorted.last()?);
        // The value that this share of all do not exceed.
        let below = |share: f64| sorted[((sorted.len() as f64 * share).ceil() as usize).max(1) - 1];
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Some(Spread { median, least, most, p95: below(0.95) })
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn median_is_in_the_middle() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(
            Spread::of(&[3.0, 1.0, 2.0, 10.0]),
            Some(Spread { median: 2.5, least: 1.0, most: 10.0, p95: 10.0 })
        );
    }
}
