//! Where areas lie in a rectangle, as square as they get (Bruls, Huizing, van Wijk: Squarified Treemaps).

/// A place in a rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// The places of areas of these sizes, largest first, in a rectangle.
pub fn layout(sizes: &[f64], width: f64, height: f64) -> Vec<Place> {
    let total: f64 = sizes.iter().sum();
    if total <= 0.0 || width <= 0.0 || height <= 0.0 {
        return vec![Place::default(); sizes.len()];
    }
    let scale = width * height / total;
    let mut free = Place { x: 0.0, y: 0.0, width, height };
    let mut places = Vec::with_capacity(sizes.len());
    let mut rest = sizes;
    while !rest.is_empty() {
        let side = free.width.min(free.height).max(f64::MIN_POSITIVE);
        let mut row = 1;
        let mut worst = worst_ratio(&rest[..1], scale, side);
        while let Some(longer) = rest.get(..row + 1) {
            let next = worst_ratio(longer, scale, side);
            if next > worst {
                break;
            }
            worst = next;
            row += 1;
        }
        let (now, later) = rest.split_at(row);
        let area: f64 = now.iter().sum::<f64>() * scale;
        let depth = area / side;
        let mut along = 0.0;
        for size in now {
            let length = if area > 0.0 { size * scale / depth } else { 0.0 };
            places.push(if free.width >= free.height {
                Place { x: free.x, y: free.y + along, width: depth, height: length }
            } else {
                Place { x: free.x + along, y: free.y, width: length, height: depth }
            });
            along += length;
        }
        if free.width >= free.height {
            free.x += depth;
            free.width -= depth;
        } else {
            free.y += depth;
            free.height -= depth;
        }
        rest = later;
    }
    places
}

/// How far from a square the worst of a row is.
fn worst_ratio(row: &[f64], scale: f64, side: f64) -> f64 {
    let area: f64 = row.iter().sum::<f64>() * scale;
    let depth = area / side;
    let ratio = |size: &f64| {
        let length = size * scale / depth;
        (length / depth).max(depth / length)
    };
    row.iter().map(ratio).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::layout;

    #[test]
    fn areas_fill_the_rectangle_in_proportion() {
        let sizes = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0];
        let places = layout(&sizes, 600.0, 400.0);
        let total: f64 = sizes.iter().sum();
        for (size, place) in sizes.iter().zip(&places) {
            assert!((place.width * place.height - size / total * 240_000.0).abs() < 1e-6);
            assert!(place.x >= -1e-9 && place.y >= -1e-9);
            assert!(place.x + place.width <= 600.0 + 1e-6 && place.y + place.height <= 400.0 + 1e-6);
        }
        // The paper's own example: the first two stand above each other, 200 by 300.
        assert!((places[0].width - 300.0).abs() < 1e-6 && (places[0].height - 200.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_has_no_place() {
        assert!(layout(&[], 10.0, 10.0).is_empty());
        assert_eq!(layout(&[0.0, 0.0], 10.0, 10.0).len(), 2);
        assert_eq!(layout(&[1.0, 0.0], 10.0, 10.0)[1].width * layout(&[1.0, 0.0], 10.0, 10.0)[1].height, 0.0);
    }
}
