//! Convex outlines: hull, area, clipping to the picture, filling.

use crate::geometry::Point;

/// The convex hull of `points`, without repeated points, in one turning direction. Points must be finite.
pub(super) fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let lower = half_hull(points.iter().copied());
    let upper = half_hull(points.iter().rev().copied());
    let mut hull = lower;
    hull.pop();
    hull.extend(upper);
    hull.pop();
    hull
}

/// One chain of Andrew's monotone chain algorithm.
fn half_hull(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for p in points {
        while let [.., a, b] = chain[..] {
            if cross(a, b, p) > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(p);
    }
    chain
}

/// Twice the signed area of the triangle `a`, `b`, `c`.
fn cross(a: Point, b: Point, c: Point) -> f64 {
    let (ax, ay) = (f64::from(a.x), f64::from(a.y));
    (f64::from(b.x) - ax) * (f64::from(c.y) - ay) - (f64::from(b.y) - ay) * (f64::from(c.x) - ax)
}

/// The area of a simple polygon.
pub(super) fn area(polygon: &[Point]) -> f64 {
    let Some(last) = polygon.last() else { return 0.0 };
    let mut previous = *last;
    let mut twice = 0.0;
    for &p in polygon {
        twice += f64::from(previous.x) * f64::from(p.y) - f64::from(p.x) * f64::from(previous.y);
        previous = p;
    }
    (twice / 2.0).abs()
}

/// The share of a convex polygon's area that lies outside a picture of `width` × `height`, 0 to 1; 1 for a polygon without area.
pub(super) fn share_outside(polygon: &[Point], width: f32, height: f32) -> f64 {
    let whole = area(polygon);
    if whole <= 0.0 {
        return 1.0;
    }
    let mut inside = clip(polygon, |p| p.x);
    inside = clip(&inside, |p| width - p.x);
    inside = clip(&inside, |p| p.y);
    inside = clip(&inside, |p| height - p.y);
    (1.0 - area(&inside) / whole).clamp(0.0, 1.0)
}

/// The part of a convex polygon where `depth` (a linear function) is not negative (Sutherland and Hodgman).
fn clip(polygon: &[Point], depth: impl Fn(Point) -> f32) -> Vec<Point> {
    let Some(last) = polygon.last() else { return Vec::new() };
    let mut previous = *last;
    let mut kept = Vec::with_capacity(polygon.len() + 2);
    for &p in polygon {
        let (from, to) = (depth(previous), depth(p));
        if (from < 0.0) != (to < 0.0) {
            let t = from / (from - to);
            kept.push(Point::new(previous.x + t * (p.x - previous.x), previous.y + t * (p.y - previous.y)));
        }
        if to >= 0.0 {
            kept.push(p);
        }
        previous = p;
    }
    kept
}

/// For each row `0..height`, the columns `start..end` within `0..width` whose pixel centres (column + 0.5, row + 0.5) lie inside a
/// convex polygon; empty ranges for rows that it does not reach.
pub(super) fn rows(polygon: &[Point], width: usize, height: usize) -> Vec<std::ops::Range<usize>> {
    (0..height)
        .map(|row| {
            let (low, high) = span(polygon, row as f32 + 0.5);
            let start = (low - 0.5).ceil().clamp(0.0, width as f32) as usize;
            let end = ((high - 0.5).floor() + 1.0).clamp(start as f32, width as f32) as usize;
            start..end
        })
        .collect()
}

/// The least and greatest x at which the horizontal line at `y` meets the polygon's edges; an empty span when it does not.
fn span(polygon: &[Point], y: f32) -> (f32, f32) {
    let mut range = (f32::INFINITY, f32::NEG_INFINITY);
    let Some(last) = polygon.last() else { return range };
    let mut a = *last;
    for &b in polygon {
        if (a.y <= y) != (b.y <= y) {
            let x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
            range = (range.0.min(x), range.1.max(x));
        }
        a = b;
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, y: f32, side: f32) -> Vec<Point> {
        vec![Point::new(x, y), Point::new(x + side, y), Point::new(x + side, y + side), Point::new(x, y + side)]
    }

    #[test]
    fn the_hull_drops_inner_points() {
        let mut points = square(0.0, 0.0, 10.0);
        points.extend([Point::new(5.0, 5.0), Point::new(2.0, 9.0), Point::new(5.0, 0.0)]);
        let hull = convex_hull(points);
        assert_eq!(hull.len(), 4);
        assert!((area(&hull) - 100.0).abs() < 1e-6);
    }

    #[test]
    fn a_square_half_outside_has_half_its_area_outside() {
        let polygon = square(-5.0, 20.0, 10.0);
        assert!((share_outside(&polygon, 100.0, 100.0) - 0.5).abs() < 1e-6);
        assert!(share_outside(&square(1.0, 1.0, 10.0), 100.0, 100.0).abs() < 1e-6);
        assert!((share_outside(&square(200.0, 1.0, 10.0), 100.0, 100.0) - 1.0).abs() < 1e-6);
        assert!((share_outside(&[], 100.0, 100.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn filling_counts_the_pixels_of_a_square() {
        let filled = rows(&square(2.0, 3.0, 4.0), 10, 10);
        assert_eq!(filled.iter().map(ExactSizeIterator::len).sum::<usize>(), 16);
        assert_eq!(filled[3], 2..6);
        let outside = rows(&square(-20.0, 3.0, 4.0), 10, 10);
        assert_eq!(outside.iter().map(ExactSizeIterator::len).sum::<usize>(), 0);
    }
}
