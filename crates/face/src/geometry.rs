//! Points and rectangles in pixels of the upright picture: x to the right, y down, (0, 0) at the corner of the first pixel.

use serde::{Deserialize, Serialize};

/// A point in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

impl Point {
    /// A point at `x`, `y`.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance to `other` in pixels.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point half-way to `other`.
    #[must_use]
    pub fn middle(self, other: Self) -> Self {
        Self::new(f32::midpoint(self.x, other.x), f32::midpoint(self.y, other.y))
    }
}

/// An upright rectangle in pixels. It may reach beyond the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, never negative.
    pub width: f32,
    /// Height, never negative.
    pub height: f32,
}

impl Rect {
    /// The smallest rectangle around `points`; empty at the origin when there are none.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Self {
        let mut points = points.into_iter();
        let Some(first) = points.next() else { return Self::default() };
        let (low, high) = points.fold((first, first), |(low, high), p| {
            (Point::new(low.x.min(p.x), low.y.min(p.y)), Point::new(high.x.max(p.x), high.y.max(p.y)))
        });
        Self { x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y }
    }

    /// The middle of the rectangle.
    pub fn centre(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The longer side in pixels.
    pub fn long_side(&self) -> f32 {
        self.width.max(self.height)
    }

    /// Area in square pixels.
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Intersection over union with `other`, 0 to 1 (0 when both are empty).
    pub fn overlap(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_of_a_rectangle_with_itself_is_one_and_with_a_stranger_zero() {
        let a = Rect { x: 1.0, y: 2.0, width: 10.0, height: 20.0 };
        assert!((a.overlap(&a) - 1.0).abs() < 1e-6);
        let b = Rect { x: 100.0, ..a };
        assert!(a.overlap(&b).abs() < 1e-6);
        assert!(Rect::default().overlap(&Rect::default()).abs() < 1e-6);
    }

    #[test]
    fn around_no_points_is_empty() {
        assert_eq!(Rect::around([]), Rect::default());
        let r = Rect::around([Point::new(3.0, 1.0), Point::new(-1.0, 5.0)]);
        assert_eq!(r, Rect { x: -1.0, y: 1.0, width: 4.0, height: 4.0 });
    }
}
