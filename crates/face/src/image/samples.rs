//! Samples of other forms to 8-bit RGB.

/// Straight alpha over white: `value` at `alpha` / 255.
fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Packs `channels` 8-bit samples a pixel (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha) to RGB over white. RGB passes untouched,
/// RGB with alpha is packed in place.
pub(super) fn to_rgb(mut samples: Vec<u8>, channels: usize) -> Vec<u8> {
    match channels {
        1 => samples.iter().flat_map(|&v| [v; 3]).collect(),
        2 => samples.as_chunks::<2>().0.iter().flat_map(|&[v, a]| [over_white(v, a); 3]).collect(),
        4 => {
            let pixels = samples.len() / 4;
            for at in 0..pixels {
                let alpha = samples[at * 4 + 3];
                for channel in 0..3 {
                    samples[at * 3 + channel] = over_white(samples[at * 4 + channel], alpha);
                }
            }
            samples.truncate(pixels * 3);
            samples
        }
        _ => samples,
    }
}

/// Brings 16-bit samples in the machine's byte order to 8 bits, rounded to the nearest.
pub(super) fn to_8_bits(samples: &[u8]) -> Vec<u8> {
    let pairs = samples.as_chunks::<2>().0;
    pairs.iter().map(|&pair| ((u32::from(u16::from_ne_bytes(pair)) * 255 + 32_767) / 65_535) as u8).collect()
}

/// Printing inks to RGB, as a product of what cyan, magenta or yellow and black let through. `inverted` is Adobe's way, in which 255
/// is no ink.
pub(super) fn inks_to_rgb(inks: &[u8], inverted: bool) -> Vec<u8> {
    let flip = if inverted { 0 } else { 255 };
    let pixels = inks.as_chunks::<4>().0;
    let through = |ink: u8, black: u8| ((u32::from(ink ^ flip) * u32::from(black ^ flip) + 127) / 255) as u8;
    pixels.iter().flat_map(|&[c, m, y, k]| [through(c, k), through(m, k), through(y, k)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_lies_on_white() {
        assert_eq!(to_rgb(vec![10, 20, 30, 255, 10, 20, 30, 0], 4), [10, 20, 30, 255, 255, 255]);
        assert_eq!(to_rgb(vec![0, 128, 200, 255], 2), [127, 127, 127, 200, 200, 200]);
    }

    #[test]
    fn sixteen_bits_round_to_the_nearest() {
        let bytes: Vec<u8> = [0_u16, 65_535, 257, 128, 129].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(to_8_bits(&bytes), [0, 255, 1, 0, 1]);
    }

    #[test]
    fn inks_of_both_ways() {
        assert_eq!(inks_to_rgb(&[0, 255, 255, 0], false), [255, 0, 0]);
        assert_eq!(inks_to_rgb(&[255, 0, 0, 255], true), [255, 0, 0]);
        assert_eq!(inks_to_rgb(&[255, 255, 255, 0], true), [0, 0, 0]);
    }
}
