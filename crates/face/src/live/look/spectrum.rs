//! The power spectrum of a small grey square: a radix-2 Fourier transform (Cooley, Tukey 1965), rows first, then columns.

use std::f32::consts::TAU;

/// The square's side in pixels, a power of two.
pub(super) const SIDE: usize = 128;
/// Lowest frequency in which a peak counts, in periods a square: below it are the face's own forms.
const LOW: usize = SIDE / 8;
/// Bins beside the axes that never count: the blocks of JPEG and straight edges of the picture lie there.
const AXIS: usize = 2;

/// What the spectrum shows.
pub(super) struct Detail {
    pub(super) peak: f32,
    pub(super) peak_at: f32,
    pub(super) fine: f32,
}

/// Looks at `grey`, [`SIDE`] × [`SIDE`] values 0 to 255.
pub(super) fn detail(grey: &[f32]) -> Detail {
    let power = power(grey);
    let radius = |row: usize, column: usize| {
        let fold = |i: usize| i.min(SIDE - i) as f32;
        fold(row).hypot(fold(column))
    };
    let rings = SIDE / 2;
    let mut ring = vec![(0.0_f32, 0.0_f32); rings + 1];
    let (mut fine, mut all) = (0.0, 0.0);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (r, value) = (radius(row, column), power[row * SIDE + column]);
            let at = r.round() as usize;
            if at <= rings && off_axis(row) && off_axis(column) {
                ring[at] = (ring[at].0 + value, ring[at].1 + 1.0);
                all += if at >= LOW / 2 { value } else { 0.0 };
                fine += if at >= SIDE / 4 { value } else { 0.0 };
            }
        }
    }
    let (mut peak, mut peak_at) = (0.0, 0.0);
    for row in 0..=SIDE / 2 {
        for column in 0..SIDE {
            let r = radius(row, column);
            let at = r.round() as usize;
            if at < LOW || at > rings || !off_axis(row) || !off_axis(column) {
                continue;
            }
            let (sum, n) = ring[at];
            let value = power[row * SIDE + column];
            let over = (value / ((sum - value) / (n - 1.0).max(1.0)).max(1e-6)).ln();
            if over > peak {
                (peak, peak_at) = (over, r / SIDE as f32);
            }
        }
    }
    Detail { peak, peak_at, fine: if all > 0.0 { fine / all } else { 0.0 } }
}

fn off_axis(i: usize) -> bool {
    i.min(SIDE - i) > AXIS
}

/// Squared magnitudes under a Hann window, without the mean.
fn power(grey: &[f32]) -> Vec<f32> {
    let hann: Vec<f32> = (0..SIDE).map(|i| 0.5 - 0.5 * (TAU * (i as f32 + 0.5) / SIDE as f32).cos()).collect();
    let mean = grey.iter().sum::<f32>() / grey.len().max(1) as f32;
    let turns: Vec<(f32, f32)> = (0..SIDE / 2).map(|i| (-TAU * i as f32 / SIDE as f32).sin_cos()).collect();
    let mut rows = vec![(0.0, 0.0); SIDE * SIDE];
    for (i, (cell, value)) in rows.iter_mut().zip(grey).enumerate() {
        *cell = ((value - mean) * hann[i / SIDE] * hann[i % SIDE], 0.0);
    }
    rows.chunks_exact_mut(SIDE).for_each(|row| transform(row, &turns));
    let mut power = vec![0.0; SIDE * SIDE];
    let mut column = vec![(0.0, 0.0); SIDE];
    for x in 0..SIDE {
        column.iter_mut().enumerate().for_each(|(y, cell)| *cell = rows[y * SIDE + x]);
        transform(&mut column, &turns);
        column.iter().enumerate().for_each(|(y, (re, im))| power[y * SIDE + x] = re * re + im * im);
    }
    power
}

/// Transforms `values`, (real, imaginary), in place. `turns` are sine and cosine of the first half of a turn in as many steps.
fn transform(values: &mut [(f32, f32)], turns: &[(f32, f32)]) {
    let n = values.len();
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            values.swap(i, j);
        }
    }
    let mut length = 2;
    while length <= n {
        let step = n / length;
        for block in values.chunks_exact_mut(length) {
            let (low, high) = block.split_at_mut(length / 2);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let (sine, cosine) = turns[k * step];
                let (re, im) = (b.0 * cosine - b.1 * sine, b.0 * sine + b.1 * cosine);
                *b = (a.0 - re, a.1 - im);
                *a = (a.0 + re, a.1 + im);
            }
        }
        length *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(value: impl Fn(f32, f32) -> f32) -> Vec<f32> {
        (0..SIDE * SIDE).map(|i| value((i % SIDE) as f32, (i / SIDE) as f32)).collect()
    }

    fn noise(i: f32) -> f32 {
        let mixed = (i as u32).wrapping_mul(0x9E37_79B1).rotate_left(15).wrapping_mul(0x85EB_CA77);
        ((mixed ^ (mixed >> 13)) % 1000) as f32 / 50.0
    }

    #[test]
    fn a_grid_is_found_where_it_is_and_noise_has_none() {
        let plain = detail(&picture(|x, y| 100.0 + noise(x + 128.0 * y)));
        let grid = detail(&picture(|x, y| 100.0 + noise(x + 128.0 * y) + 6.0 * (TAU * (0.22 * x + 0.17 * y)).sin()));
        assert!(grid.peak > plain.peak + 1.5, "{} {}", grid.peak, plain.peak);
        assert!((grid.peak_at - 0.22_f32.hypot(0.17)).abs() < 0.01, "{}", grid.peak_at);
    }

    #[test]
    fn a_wave_of_one_frequency_has_its_power_there() {
        let power = power(&picture(|x, y| 50.0 * (TAU * (10.0 * x + 20.0 * y) / SIDE as f32).cos()));
        let most = (0..power.len()).max_by(|a, b| power[*a].total_cmp(&power[*b])).unwrap();
        let at = (most % SIDE, most / SIDE);
        assert!(at == (10, 20) || at == (SIDE - 10, SIDE - 20), "{at:?}");
    }

    #[test]
    fn a_blurred_picture_has_less_fine_detail() {
        let sharp = detail(&picture(|x, y| noise(x + 128.0 * y)));
        let soft = detail(&picture(|x, y| {
            40.0 * (TAU * x / 14.0).sin() * (TAU * y / 13.0).sin() + noise(x + 128.0 * y) / 20.0
        }));
        assert!(sharp.fine > soft.fine + 0.2, "{} {}", sharp.fine, soft.fine);
    }
}
