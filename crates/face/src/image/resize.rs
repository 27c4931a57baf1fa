//! Resizing in two passes of integer arithmetic: rows first, then columns.

/// The weights of one output position add up to this. They fit in 16 bits, which every processor multiplies eight at a time; with the
/// 16-bit input of the second pass the sums stay below 2³¹.
const ONE: u32 = 1 << 14;

/// What one output position takes: input positions from `start`, one weight each.
struct Tap {
    start: usize,
    weights: Vec<u16>,
}

/// Resizes RGB pixels from `size` to `target` (width, height); all sides are at least 1.
pub(super) fn resize(rgb: &[u8], size: (u32, u32), target: (u32, u32)) -> Vec<u8> {
    let stride = size.0 as usize * 3;
    let columns = taps(size.0, target.0);
    let mut sums = vec![0_u32; stride];
    let mut row = vec![0_u16; stride];
    let mut out = vec![0; target.0 as usize * target.1 as usize * 3];
    for (tap, line) in taps(size.1, target.1).iter().zip(out.chunks_exact_mut(target.0 as usize * 3)) {
        sums.fill(0);
        let inputs = rgb[tap.start * stride..].chunks_exact(stride);
        for (input, &weight) in inputs.zip(&tap.weights) {
            for (sum, &value) in sums.iter_mut().zip(input) {
                *sum += u32::from(weight) * u32::from(value);
            }
        }
        // 8 whole bits and 8 bits of fraction remain.
        for (short, &sum) in row.iter_mut().zip(&sums) {
            *short = (sum >> 6) as u16;
        }
        fill_line(&row, &columns, line);
    }
    out
}

/// The second pass for one row.
fn fill_line(row: &[u16], columns: &[Tap], line: &mut [u8]) {
    let pixels = row.as_chunks::<3>().0;
    for (tap, out) in columns.iter().zip(line.as_chunks_mut::<3>().0) {
        let mut sums = [ONE << 7; 3];
        for (pixel, &weight) in pixels[tap.start..].iter().zip(&tap.weights) {
            for (sum, &value) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(weight) * u32::from(value);
            }
        }
        // The 8 bits of fraction and the weights' 14 go; half of what goes was added first.
        *out = sums.map(|sum| (sum / (ONE << 8)) as u8);
    }
}

/// The taps of all output positions of one axis.
fn taps(from: u32, to: u32) -> Vec<Tap> {
    let scale = f64::from(from) / f64::from(to);
    let last = from as usize - 1;
    (0..to)
        .map(|at| {
            let (start, weights) = if to < from {
                let (left, right) = (f64::from(at) * scale, f64::from(at + 1) * scale);
                let start = (left as usize).min(last);
                let end = (right.ceil() as usize).clamp(start + 1, last + 1);
                let covered = |i: usize| (right.min(i as f64 + 1.0) - left.max(i as f64)).max(0.0) / scale;
                (start, (start..end).map(covered).collect::<Vec<_>>())
            } else {
                let centre = ((f64::from(at) + 0.5) * scale - 0.5).clamp(0.0, last as f64);
                let start = (centre as usize).min(last.saturating_sub(1));
                let part = centre - start as f64;
                (start, if last == 0 { vec![1.0] } else { vec![1.0 - part, part] })
            };
            Tap { start, weights: whole(&weights) }
        })
        .collect()
}

/// Weights as whole numbers that add up to [`ONE`] exactly: each takes what the rounding of those before it left over.
fn whole(weights: &[f64]) -> Vec<u16> {
    let (mut exact, mut given) = (0.0, 0);
    let mut next = |weight: &f64| {
        exact += weight * f64::from(ONE);
        let weight = (exact.round() as u32).min(ONE) - given;
        given += weight;
        weight as u16
    };
    weights.iter().map(&mut next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_on_every_axis() {
        for (from, to) in [(1, 1), (1, 7), (2, 3), (1280, 320), (1279, 33), (5000, 1), (48, 4096)] {
            for tap in taps(from, to) {
                assert_eq!(tap.weights.iter().map(|&w| u32::from(w)).sum::<u32>(), ONE, "{from} to {to}");
                assert!(tap.start + tap.weights.len() <= from as usize, "{from} to {to}");
            }
        }
    }

    #[test]
    fn white_stays_white() {
        for target in [(3, 2), (100, 80), (31, 97)] {
            assert!(resize(&[255; 60 * 50 * 3], (60, 50), target).iter().all(|&v| v == 255));
        }
    }
}
