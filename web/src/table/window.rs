//! Which rows a scroll position shows. Browsers cut an element's height off (Chromium at 33,554,428 px, Firefox lower), so
//! beyond a limit the scroll position stands for a share of the rows instead of for pixels.

/// Pixels of a row.
pub const ROW_HEIGHT: f64 = 24.0;
/// No element is made higher than this.
pub const HEIGHT_LIMIT: f64 = 16_000_000.0;
/// Rows kept ready above and below what is seen.
pub const OVERSCAN: u32 = 8;

/// A table of fixed-height rows seen through a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Rows of the table.
    pub total: u32,
    /// Pixels of the window.
    pub view: f64,
}

impl Geometry {
    /// Pixels of the element that is scrolled.
    pub fn height(self) -> f64 {
        (f64::from(self.total) * ROW_HEIGHT).min(HEIGHT_LIMIT)
    }

    fn full(self) -> f64 {
        f64::from(self.total) * ROW_HEIGHT
    }

    /// The row at the window's top, with its fraction, for a scroll position.
    pub fn row_at(self, scroll: f64) -> f64 {
        let range = (self.height() - self.view).max(0.0);
        if range <= 0.0 {
            return 0.0;
        }
        if self.full() <= HEIGHT_LIMIT {
            return scroll.clamp(0.0, range) / ROW_HEIGHT;
        }
        let share = (scroll / range).clamp(0.0, 1.0);
        share * (self.full() - self.view).max(0.0) / ROW_HEIGHT
    }

    /// The scroll position that brings a row to the window's top.
    pub fn scroll_to(self, row: f64) -> f64 {
        let rows = (self.full() - self.view).max(0.0) / ROW_HEIGHT;
        if rows <= 0.0 {
            return 0.0;
        }
        if self.full() <= HEIGHT_LIMIT {
            return row.clamp(0.0, rows) * ROW_HEIGHT;
        }
        (row / rows).clamp(0.0, 1.0) * (self.height() - self.view).max(0.0)
    }

    /// The first row to be drawn and how many, for a scroll position.
    pub fn window(self, scroll: f64) -> (u32, u32) {
        let (first, seen) = self.asked(scroll);
        (first, seen.min(self.total.saturating_sub(first)))
    }

    /// As [`Geometry::window`], as if the table had more rows than are seen.
    pub fn asked(self, scroll: f64) -> (u32, u32) {
        let top = self.row_at(scroll) as u32;
        let first = top.saturating_sub(OVERSCAN);
        (first, top - first + (self.view / ROW_HEIGHT).ceil() as u32 + 1 + OVERSCAN)
    }

    /// Where a row is drawn within the scrolled element, for a scroll position.
    pub fn top_of(self, row: u32, scroll: f64) -> f64 {
        scroll + (f64::from(row) - self.row_at(scroll)) * ROW_HEIGHT
    }

    /// The scroll position that makes a row visible, moving as little as possible.
    pub fn reveal(self, row: u32, scroll: f64) -> f64 {
        let top = self.row_at(scroll);
        let rows = self.view / ROW_HEIGHT;
        let row = f64::from(row);
        if row < top {
            self.scroll_to(row)
        } else if row + 1.0 > top + rows {
            self.scroll_to(row + 1.0 - rows)
        } else {
            scroll
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn small_tables_scroll_by_pixels() {
        let table = Geometry { total: 1000, view: 480.0 };
        assert_eq!(table.height(), 24_000.0);
        assert_eq!(table.row_at(240.0), 10.0);
        assert_eq!(table.window(240.0), (2, 37));
        assert_eq!(table.top_of(10, 240.0), 240.0);
    }

    #[test]
    fn every_row_of_ten_million_can_be_reached() {
        let table = Geometry { total: 10_000_000, view: 480.0 };
        assert_eq!(table.height(), HEIGHT_LIMIT);
        let end = table.height() - table.view;
        let (first, count) = table.window(end);
        assert_eq!(first + count, table.total);
        for row in [0u32, 1, 5_000_000, 9_999_999] {
            let scroll = table.reveal(row, 0.0);
            let top = table.row_at(scroll);
            assert!(
                top <= f64::from(row) + 1e-6 && f64::from(row) + 1.0 <= top + 20.0 + 1e-6,
                "{row} at {top}"
            );
        }
    }

    #[test]
    fn a_table_without_rows_has_no_window() {
        let table = Geometry { total: 0, view: 480.0 };
        assert_eq!((table.window(0.0), table.height()), ((0, 0), 0.0));
    }
}
