//! Vectors and turns in the camera's space: centimetres, x to the right of the picture, y down, z away from the camera.

use std::ops::{Add, Mul, Sub};

/// A point, a direction, or a linear colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3(pub [f32; 3]);

impl Vec3 {
    /// All three parts.
    pub const fn new(x: f32, y: f32, z: f32) -> Self {
        Self([x, y, z])
    }

    /// Three equal parts.
    pub const fn all(value: f32) -> Self {
        Self([value; 3])
    }

    /// To the right, or red.
    pub const fn x(self) -> f32 {
        self.0[0]
    }

    /// Down, or green.
    pub const fn y(self) -> f32 {
        self.0[1]
    }

    /// Away, or blue.
    pub const fn z(self) -> f32 {
        self.0[2]
    }

    /// The scalar product.
    pub fn dot(self, other: Self) -> f32 {
        self.0.iter().zip(other.0).map(|(a, b)| a * b).sum()
    }

    /// The vector product.
    #[must_use]
    pub fn cross(self, other: Self) -> Self {
        let (mine, theirs) = (self.0, other.0);
        let part = |i: usize, k: usize| mine[i] * theirs[k] - mine[k] * theirs[i];
        Self([part(1, 2), part(2, 0), part(0, 1)])
    }

    /// Part by part.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self([self.0[0] * other.0[0], self.0[1] * other.0[1], self.0[2] * other.0[2]])
    }

    /// Euclidean length.
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1; a zero vector stays.
    #[must_use]
    pub fn unit(self) -> Self {
        self * (1.0 / self.length().max(1e-9))
    }

    /// The mean of the parts.
    pub fn mean(self) -> f32 {
        self.0.iter().sum::<f32>() / 3.0
    }

    /// The point `share` of the way to `other`.
    #[must_use]
    pub fn towards(self, other: Self, share: f32) -> Self {
        self + (other - self) * share
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1], self.0[2] + other.0[2]])
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self([self.0[0] - other.0[0], self.0[1] - other.0[1], self.0[2] - other.0[2]])
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        Self(self.0.map(|v| v * by))
    }
}

/// A rotation; its rows make the parts of the turned vector.
#[derive(Clone, Copy, Debug)]
pub struct Turn([Vec3; 3]);

impl Turn {
    /// The turn of a head that looks at the camera to `yaw`, `pitch` and `roll` in degrees, with the signs of `face::landmarks::Pose`: to
    /// the person's left, up, and clockwise for the viewer are positive.
    pub fn of(yaw: f32, pitch: f32, roll: f32) -> Self {
        let [(sy, cy), (sp, cp), (sr, cr)] = [yaw, pitch, roll].map(|degrees| degrees.to_radians().sin_cos());
        let rows = |a: [f32; 3], b: [f32; 3], c: [f32; 3]| Self([Vec3(a), Vec3(b), Vec3(c)]);
        let yaw = rows([cy, 0.0, -sy], [0.0, 1.0, 0.0], [sy, 0.0, cy]);
        let pitch = rows([1.0, 0.0, 0.0], [0.0, cp, sp], [0.0, -sp, cp]);
        let roll = rows([cr, -sr, 0.0], [sr, cr, 0.0], [0.0, 0.0, 1.0]);
        yaw.after(&pitch).after(&roll)
    }

    /// The turn whose rows are three orthogonal directions: it expresses a vector in their terms.
    pub const fn from_axes(axes: [Vec3; 3]) -> Self {
        Self(axes)
    }

    /// The turned vector.
    #[must_use]
    pub fn apply(&self, v: Vec3) -> Vec3 {
        Vec3(self.0.map(|row| row.dot(v)))
    }

    /// First `other`, then this.
    #[must_use]
    pub fn after(&self, other: &Self) -> Self {
        let column = |i: usize| Vec3([other.0[0].0[i], other.0[1].0[i], other.0[2].0[i]]);
        Self(self.0.map(|row| Vec3([row.dot(column(0)), row.dot(column(1)), row.dot(column(2))])))
    }
}

/// 0 below `low`, 1 above `high`, and between them a curve without kinks.
pub fn smooth(low: f32, high: f32, at: f32) -> f32 {
    let t = ((at - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_have_the_signs_of_the_pose() {
        // The direction into the head: to the viewer's left when the face looks to the person's left; down when it looks up.
        let inward = Vec3::new(0.0, 0.0, 1.0);
        assert!(Turn::of(20.0, 0.0, 0.0).apply(inward).x() < -0.3);
        assert!(Turn::of(0.0, 20.0, 0.0).apply(inward).y() > 0.3);
        assert!(Turn::of(0.0, 0.0, 20.0).apply(Vec3::new(1.0, 0.0, 0.0)).y() > 0.3);
    }

    #[test]
    fn turns_keep_lengths() {
        let v = Vec3::new(1.0, -2.0, 3.0);
        assert!((Turn::of(33.0, -12.0, 70.0).apply(v).length() - v.length()).abs() < 1e-5);
    }
}
