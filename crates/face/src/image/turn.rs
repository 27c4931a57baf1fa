//! Orientation: the tag of EXIF and the turn that makes a picture upright.

use ::image::metadata::Orientation;

/// Columns and rows are moved in squares of this side, so that both sides of the move stay in the cache.
const TILE_PX: usize = 32;

/// The orientation that EXIF data states; upright when it states none or is broken.
pub(super) fn of_exif(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Turns a picture of `width` × `height` pixels upright; gives the new pixels, width and height.
pub(super) fn upright(rgb: Vec<u8>, size: (u32, u32), orientation: Orientation) -> (Vec<u8>, u32, u32) {
    let (width, height) = (size.0 as usize, size.1 as usize);
    // Where pixel (x, y) of the upright picture lies in the stored one: start + x·step_x + y·step_y, in pixels.
    let (w, h) = (width as isize, height as isize);
    let (start, step_x, step_y, swapped) = match orientation {
        Orientation::NoTransforms => return (rgb, size.0, size.1),
        Orientation::FlipHorizontal => (w - 1, -1, w, false),
        Orientation::Rotate180 => (w * h - 1, -1, -w, false),
        Orientation::FlipVertical => (w * (h - 1), 1, -w, false),
        Orientation::Rotate90FlipH => (0, w, 1, true),
        Orientation::Rotate90 => (w * (h - 1), -w, 1, true),
        Orientation::Rotate270FlipH => (w * h - 1, -w, -1, true),
        Orientation::Rotate270 => (w - 1, w, -1, true),
    };
    let (out_width, out_height) = if swapped { (height, width) } else { (width, height) };
    let mut out = vec![0; rgb.len()];
    let (stored, turned) = (rgb.as_chunks::<3>().0, out.as_chunks_mut::<3>().0);
    for tile_y in (0..out_height).step_by(TILE_PX) {
        for tile_x in (0..out_width).step_by(TILE_PX) {
            let tile_end = (tile_x + TILE_PX).min(out_width);
            for y in tile_y..(tile_y + TILE_PX).min(out_height) {
                let mut from = start + tile_x as isize * step_x + y as isize * step_y;
                for pixel in &mut turned[y * out_width + tile_x..y * out_width + tile_end] {
                    *pixel = stored[from as usize];
                    from += step_x;
                }
            }
        }
    }
    (out, out_width as u32, out_height as u32)
}
