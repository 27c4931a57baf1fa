//! Resizing in two passes of integer arithmetic: rows first, then columns.

/// Weights of one output position add up to this, in the pass over rows.
const ROW_ONE: u32 = 1 << 16;
/// Weights of one output position add up to this, in the pass over columns; with 16-bit input the sum stays below 2³⁰.
const COLUMN_ONE: u32 = 1 << 14;

/// What one output position takes: input positions from `start`, one weight each.
struct Tap {
    start: usize,
    weights: Vec<u32>,
}

/// Resizes RGB pixels from `size` to `target` (width, height); all sides are at least 1.
pub(super) fn resize(rgb: &[u8], size: (u32, u32), target: (u32, u32)) -> Vec<u8> {
    let stride = size.0 as usize * 3;
    let columns = taps(size.0, target.0, COLUMN_ONE);
    let mut sums = vec![0_u32; stride];
    let mut row = vec![0_u16; stride];
    let mut out = Vec::with_capacity(target.0 as usize * target.1 as usize * 3);
    for tap in taps(size.1, target.1, ROW_ONE) {
        sums.fill(0);
        let inputs = rgb[tap.start * stride..].chunks_exact(stride);
        for (input, &weight) in inputs.zip(&tap.weights) {
            for (sum, &value) in sums.iter_mut().zip(input) {
                *sum += weight * u32::from(value);
            }
        }
        // 8 whole bits and 8 bits of fraction remain.
        for (short, &sum) in row.iter_mut().zip(&sums) {
            *short = (sum >> 8) as u16;
        }
        push_row(&row, &columns, &mut out);
    }
    out
}

/// The second pass for one row.
fn push_row(row: &[u16], columns: &[Tap], out: &mut Vec<u8>) {
    let pixels = row.as_chunks::<3>().0;
    for tap in columns {
        let mut sums = [COLUMN_ONE << 7; 3];
        for (pixel, &weight) in pixels[tap.start..].iter().zip(&tap.weights) {
            for (sum, &value) in sums.iter_mut().zip(pixel) {
                *sum += weight * u32::from(value);
            }
        }
        out.extend(sums.map(|sum| (sum / (COLUMN_ONE << 8)).min(255) as u8));
    }
}

/// The taps of all output positions of one axis; the weights of each add up to `one`.
fn taps(from: u32, to: u32, one: u32) -> Vec<Tap> {
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
            Tap { start, weights: whole(&weights, one) }
        })
        .collect()
}

/// Weights as whole numbers that add up to `one` exactly; the largest takes what rounding left over.
fn whole(weights: &[f64], one: u32) -> Vec<u32> {
    let mut whole: Vec<u32> = weights.iter().map(|w| (w * f64::from(one)).round() as u32).collect();
    let sum: u32 = whole.iter().sum();
    if let Some(largest) = whole.iter_mut().max() {
        *largest = (*largest + one).saturating_sub(sum);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_on_every_axis() {
        for (from, to) in [(1, 1), (1, 7), (2, 3), (1280, 320), (1279, 33), (5000, 1), (48, 4096)] {
            for tap in taps(from, to, ROW_ONE) {
                assert_eq!(tap.weights.iter().sum::<u32>(), ROW_ONE, "{from} to {to}");
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
