//! Triangles between points of a plane: Delaunay's, by Bowyer's and Watson's method (1981).

/// A triangle in the making, with its circumscribed circle.
struct Circle {
    corners: [usize; 3],
    centre: [f64; 2],
    square: f64,
}

impl Circle {
    fn around(points: &[[f64; 2]], corners: [usize; 3]) -> Self {
        let [first, second, third] = corners.map(|i| points[i]);
        let from = |p: [f64; 2]| [p[0] - first[0], p[1] - first[1]];
        let (b, c) = (from(second), from(third));
        let twice = 2.0 * (b[0] * c[1] - b[1] * c[0]);
        let (bb, cc) = (b[0] * b[0] + b[1] * b[1], c[0] * c[0] + c[1] * c[1]);
        let centre = [(c[1] * bb - b[1] * cc) / twice, (b[0] * cc - c[0] * bb) / twice];
        // Points on one line have no circle: the next point takes such a triangle apart again.
        let flat = twice.abs() < 1e-12;
        let square = if flat { f64::INFINITY } else { centre[0] * centre[0] + centre[1] * centre[1] };
        Self { corners, centre: [first[0] + centre[0], first[1] + centre[1]], square }
    }

    fn holds(&self, p: [f64; 2]) -> bool {
        let (x, y) = (p[0] - self.centre[0], p[1] - self.centre[1]);
        !self.square.is_finite() || x * x + y * y < self.square
    }
}

/// The triangles of `points`, each as three places in the list. Points that coincide with an earlier one are left out.
pub fn delaunay(points: &[[f32; 2]]) -> Vec<[usize; 3]> {
    let n = points.len();
    let mut all: Vec<[f64; 2]> = points.iter().map(|p| [f64::from(p[0]), f64::from(p[1])]).collect();
    let low = all.iter().fold([f64::MAX; 2], |l, p| [l[0].min(p[0]), l[1].min(p[1])]);
    let high = all.iter().fold([f64::MIN; 2], |h, p| [h[0].max(p[0]), h[1].max(p[1])]);
    let size = (high[0] - low[0]).max(high[1] - low[1]);
    if n < 3 || size.is_nan() || size <= 0.0 {
        return Vec::new();
    }
    let middle = [f64::midpoint(low[0], high[0]), f64::midpoint(low[1], high[1])];
    let far = 1e4 * size;
    all.push([middle[0] - far, middle[1] - far]);
    all.push([middle[0] + far, middle[1] - far]);
    all.push([middle[0], middle[1] + far]);
    let mut triangles = vec![Circle::around(&all, [n, n + 1, n + 2])];
    for at in 0..n {
        insert(&all, at, &mut triangles);
    }
    triangles.into_iter().map(|t| t.corners).filter(|c| c.iter().all(|i| *i < n)).collect()
}

/// Takes out the triangles whose circles hold the point `at`, and fills the hole with triangles to it.
fn insert(points: &[[f64; 2]], at: usize, triangles: &mut Vec<Circle>) {
    let mut edges: Vec<[usize; 2]> = Vec::new();
    triangles.retain(|triangle| {
        let hit = triangle.holds(points[at]);
        if hit {
            let [a, b, c] = triangle.corners;
            edges.extend([[a, b], [b, c], [c, a]]);
        }
        !hit
    });
    for (i, edge) in edges.iter().enumerate() {
        let inner =
            edges.iter().enumerate().any(|(k, other)| k != i && (other == edge || *other == [edge[1], edge[0]]));
        if !inner {
            triangles.push(Circle::around(points, [edge[0], edge[1], at]));
        }
    }
}

/// Whether `p` lies in the polygon, by the even-odd rule.
pub fn inside(polygon: &[[f32; 2]], p: [f32; 2]) -> bool {
    let Some(mut previous) = polygon.last().copied() else { return false };
    let mut odd = false;
    for &corner in polygon {
        if (corner[1] > p[1]) != (previous[1] > p[1]) {
            let share = (p[1] - corner[1]) / (previous[1] - corner[1]);
            odd ^= p[0] < corner[0] + share * (previous[0] - corner[0]);
        }
        previous = corner;
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn area(points: &[[f32; 2]], t: [usize; 3]) -> f64 {
        let [a, b, c] = t.map(|i| points[i].map(f64::from));
        (((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) / 2.0).abs()
    }

    #[test]
    fn a_square_with_a_middle_has_four_triangles() {
        let points = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [1.0, 1.01]];
        let triangles = delaunay(&points);
        assert_eq!(triangles.len(), 4);
        assert!((triangles.iter().map(|t| area(&points, *t)).sum::<f64>() - 4.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn no_point_lies_in_another_triangles_circle(
            points in proptest::collection::vec((0_u16..1000, 0_u16..1000), 4..40),
        ) {
            // Off the grid, so that no four points lie on one circle.
            let points: Vec<[f32; 2]> = points
                .iter()
                .enumerate()
                .map(|(i, (x, y))| [f32::from(*x) + (i as f32 * 0.37).sin(), f32::from(*y) + (i as f32 * 0.73).cos()])
                .collect();
            let wide: Vec<[f64; 2]> = points.iter().map(|p| p.map(f64::from)).collect();
            for t in delaunay(&points) {
                let mut circle = Circle::around(&wide, t);
                circle.square *= 1.0 - 1e-6;
                let other = (0..points.len()).filter(|i| !t.contains(i)).find(|i| circle.holds(wide[*i]));
                prop_assert!(other.is_none() || area(&points, t) < 1e-3);
            }
        }
    }

    #[test]
    fn nothing_comes_of_too_few_points() {
        assert!(delaunay(&[[0.0, 0.0], [1.0, 1.0]]).is_empty());
        assert!(delaunay(&[[1.0, 1.0]; 5]).is_empty());
    }

    #[test]
    fn a_polygon_holds_its_inside() {
        let square = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]];
        assert!(inside(&square, [1.0, 1.0]) && !inside(&square, [3.0, 1.0]) && !inside(&[], [0.0, 0.0]));
    }
}
