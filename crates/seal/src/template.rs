//! Renewable templates (ISO/IEC 24745): the vectors of a template are turned by a secret rotation of their space.
//!
//! A rotation keeps every scalar product, so that two templates under one secret compare exactly as they did before, while one under another
//! secret points in a direction that has nothing to do with the first: templates of two purposes cannot be linked, and a leaked one is made
//! useless by a new version of the secret. Who has the secret can turn back; so templates are sealed all the same, and the secret is in the
//! key ring and not in the database.
//!
//! The rotation is drawn evenly from all orthogonal matrices, as a product of reflections in keyed Gaussian vectors (G. W. Stewart, "The
//! efficient generation of random orthogonal matrices", SIAM J. Numer. Anal. 17, 1980). Each expert of a pack gets one of its own.

use crate::bytes::{joined, mac};
use crate::code::Code;
use crate::error::{Error, Result};
use zeroize::Zeroizing;

/// The secret of one version of one purpose's templates: 32 bytes, overwritten when dropped.
pub struct TemplateSecret(Zeroizing<[u8; 32]>);

impl TemplateSecret {
    /// A secret from its bytes: for implementations of [`crate::keys::KeyRing`].
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for TemplateSecret {
    /// The name only: a secret never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TemplateSecret")
    }
}

/// The secret rotation of each expert's vectors. Making one takes some milliseconds and four bytes for each pair of dimensions; keep it for
/// as long as the purpose's version is the current one.
pub struct Transform(Vec<Rotation>);

impl Transform {
    /// The rotations of `secret` for vectors of these `dimensions`, one an expert in the pack's order.
    pub fn new(secret: &TemplateSecret, dimensions: &[usize]) -> Self {
        let rotation = |(expert, &size): (usize, &usize)| Rotation::new(Stream::new(secret, expert, size), size);
        Self(dimensions.iter().enumerate().map(rotation).collect())
    }

    /// Turns the vectors of a template.
    ///
    /// # Errors
    /// `template-shape`, with nothing turned, when their number or a length is another or a value is not finite.
    pub fn apply(&self, experts: &mut [Vec<f32>]) -> Result<()> {
        self.each(experts, Rotation::apply)
    }

    /// Turns the vectors of a template back.
    ///
    /// # Errors
    /// As [`Transform::apply`].
    pub fn undo(&self, experts: &mut [Vec<f32>]) -> Result<()> {
        self.each(experts, Rotation::undo)
    }

    /// Turns one vector of expert number `expert`, such as one of a calibration's cohort.
    ///
    /// # Errors
    /// As [`Transform::apply`].
    pub fn apply_one(&self, expert: usize, vector: &mut [f32]) -> Result<()> {
        let rotation = self.0.get(expert).filter(|rotation| rotation.fits(vector)).ok_or_else(misshapen)?;
        rotation.apply(vector);
        Ok(())
    }

    fn each(&self, experts: &mut [Vec<f32>], turn: fn(&Rotation, &mut [f32])) -> Result<()> {
        let fits = self.0.len() == experts.len() && self.0.iter().zip(&*experts).all(|(rotation, v)| rotation.fits(v));
        if !fits {
            return Err(misshapen());
        }
        self.0.iter().zip(experts).for_each(|(rotation, vector)| turn(rotation, vector));
        Ok(())
    }
}

impl std::fmt::Debug for Transform {
    /// The dimensions only: a rotation is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transform")?;
        f.debug_list().entries(self.0.iter().map(|rotation| rotation.size)).finish()
    }
}

fn misshapen() -> Error {
    Error::new(Code::TemplateShape, "the vectors do not have the transform's number and lengths, or are not finite")
}

/// An orthogonal matrix Q = H₀ H₁ … D. Hₖ reflects the coordinates from k on in a unit vector; D changes signs.
struct Rotation {
    size: usize,
    /// The unit vectors, one after the other: `size` numbers, `size` − 1, …, 1.
    axes: Zeroizing<Vec<f64>>,
    /// The diagonal of D.
    signs: Zeroizing<Vec<f64>>,
}

impl Rotation {
    fn new(mut stream: Stream, size: usize) -> Self {
        let mut axes = Zeroizing::new(Vec::with_capacity(size * (size + 1) / 2));
        let mut signs = Zeroizing::new(Vec::with_capacity(size));
        for length in (1..=size).rev() {
            let start = axes.len();
            axes.extend(std::iter::repeat_with(|| stream.gaussian()).take(length));
            let axis = &mut axes[start..];
            // The reflection takes the Gaussian vector x to ∓|x| e₁; the sign is chosen so that nothing cancels (Stewart §3).
            let sign = if axis[0] < 0.0 { -1.0 } else { 1.0 };
            axis[0] += sign * norm(axis);
            let scale = norm(axis);
            axis.iter_mut().for_each(|value| *value /= scale);
            signs.push(-sign);
        }
        Self { size, axes, signs }
    }

    fn fits(&self, vector: &[f32]) -> bool {
        vector.len() == self.size && vector.iter().all(|value| value.is_finite())
    }

    fn apply(&self, vector: &mut [f32]) {
        let mut values =
            Zeroizing::new(vector.iter().zip(&*self.signs).map(|(v, sign)| f64::from(*v) * sign).collect::<Vec<_>>());
        let mut end = self.axes.len();
        for length in 1..=self.size {
            reflect(&self.axes[end - length..end], &mut values[self.size - length..]);
            end -= length;
        }
        vector.iter_mut().zip(&*values).for_each(|(v, value)| *v = *value as f32);
    }

    fn undo(&self, vector: &mut [f32]) {
        let mut values = Zeroizing::new(vector.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
        let mut start = 0;
        for length in (1..=self.size).rev() {
            reflect(&self.axes[start..start + length], &mut values[self.size - length..]);
            start += length;
        }
        let turned = values.iter().zip(&*self.signs);
        vector.iter_mut().zip(turned).for_each(|(v, (value, sign))| *v = (value * sign) as f32);
    }
}

/// v − 2 (u·v) u for a unit vector u.
fn reflect(axis: &[f64], values: &mut [f64]) {
    let twice = 2.0 * axis.iter().zip(&*values).map(|(u, v)| u * v).sum::<f64>();
    values.iter_mut().zip(axis).for_each(|(v, u)| *v -= twice * u);
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Gaussian numbers from a key: HMAC-SHA-256 over a counter, and the transformation of Box and Muller.
struct Stream {
    key: Zeroizing<[u8; 32]>,
    block: u64,
    /// Numbers that were made and not yet taken.
    ready: Zeroizing<Vec<f64>>,
}

impl Stream {
    /// The numbers of one expert; another number of dimensions gives others.
    fn new(secret: &TemplateSecret, expert: usize, size: usize) -> Self {
        let which = [(expert as u64).to_le_bytes(), (size as u64).to_le_bytes()];
        let key = mac(&secret.0, &joined("countenance rotation v1", &[&which[0], &which[1]]));
        Self { key: Zeroizing::new(key), block: 0, ready: Zeroizing::new(Vec::with_capacity(8)) }
    }

    fn gaussian(&mut self) -> f64 {
        loop {
            if let Some(number) = self.ready.pop() {
                return number;
            }
            self.refill();
        }
    }

    /// Eight numbers from the next block: four pairs of 32 bits, each pair two independent Gaussian numbers.
    fn refill(&mut self) {
        let bytes = Zeroizing::new(mac(&self.key, &self.block.to_le_bytes()));
        self.block += 1;
        // The middle of each of 2^32 equal parts of (0, 1), so that the logarithm is finite.
        let uniform = |bytes: &[u8; 4]| (f64::from(u32::from_le_bytes(*bytes)) + 0.5) / 4_294_967_296.0;
        for pair in bytes.as_chunks::<4>().0.as_chunks::<2>().0 {
            let radius = (-2.0 * uniform(&pair[0]).ln()).sqrt();
            let (sin, cos) = (std::f64::consts::TAU * uniform(&pair[1])).sin_cos();
            self.ready.extend([radius * cos, radius * sin]);
        }
    }
}
