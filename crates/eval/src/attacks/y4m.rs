//! Films as Y4M (YUV4MPEG2, 8-bit 4:2:0, 4:2:2, 4:4:4 or grey) and as rows of JPEG files: what needs no decoder of ours but the engine's.
//!
//! The format is MJPEG Tools' (`yuv4mpeg(5)`); colours are those of BT.601 with studio range, as `ffmpeg` and browsers take them.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::SESSION_FRAMES_MAX;
use face::Image;

/// The first line of a film of `width` × `height` pixels with `rate` pictures a second.
pub fn header(width: usize, height: usize, rate: f32) -> String {
    format!("YUV4MPEG2 W{width} H{height} F{}:1000 Ip A1:1 C420jpeg\n", (rate * 1000.0).round() as u32)
}

/// One picture of a film, three bytes a pixel, as 4:2:0.
pub fn frame(rgb: &[u8], width: usize) -> Vec<u8> {
    let height = rgb.len() / 3 / width.max(1);
    let mut out = b"FRAME\n".to_vec();
    let pixel = |x: usize, y: usize| {
        let at = (y.min(height - 1) * width + x.min(width - 1)) * 3;
        [f32::from(rgb[at]), f32::from(rgb[at + 1]), f32::from(rgb[at + 2])]
    };
    for y in 0..height {
        for x in 0..width {
            let [r, g, b] = pixel(x, y);
            out.push((16.0 + (65.481 * r + 128.553 * g + 24.966 * b) / 255.0).round() as u8);
        }
    }
    for weights in [[-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]] {
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                let four = [pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)];
                let sum: f32 = four.iter().flat_map(|p| p.iter().zip(weights).map(|(v, w)| v * w)).sum();
                out.push((128.0 + sum / 4.0 / 255.0).round().clamp(0.0, 255.0) as u8);
            }
        }
    }
    out
}

/// What the first line of a Y4M file says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Head {
    width: usize,
    height: usize,
    rate: f32,
    /// Pixels for each sample of colour, across and down; none for grey.
    colour: Option<[usize; 2]>,
}

fn head(line: &str) -> Option<Head> {
    let mut head = Head { width: 0, height: 0, rate: 25.0, colour: Some([2, 2]) };
    let mut words = line.split(' ');
    if words.next() != Some("YUV4MPEG2") {
        return None;
    }
    for word in words.filter(|w| !w.is_empty()) {
        let (name, value) = word.split_at_checked(1)?;
        match name {
            "W" => head.width = value.parse().ok()?,
            "H" => head.height = value.parse().ok()?,
            "F" => {
                let (a, b) = value.split_once(':')?;
                head.rate = a.parse::<f32>().ok()? / b.parse::<f32>().ok()?;
            }
            "C" if matches!(value, "420" | "420jpeg" | "420mpeg2" | "420paldv") => head.colour = Some([2, 2]),
            "C" if value == "422" => head.colour = Some([2, 1]),
            "C" if value == "444" => head.colour = Some([1, 1]),
            "C" if value == "mono" => head.colour = None,
            "C" => return None,
            _ => {}
        }
    }
    let sound = (48..=8192).contains(&head.width) && (48..=8192).contains(&head.height) && head.rate > 0.1;
    (sound && head.rate < 1000.0).then_some(head)
}

/// The pictures of a film with their times in ms, at most `rate` a second.
///
/// # Errors
/// `clip-invalid` when the bytes are neither a whole Y4M file nor JPEG files in a row.
pub fn read(bytes: &[u8], rate: f32) -> Result<Vec<(u32, Image)>> {
    if bytes.starts_with(b"YUV4MPEG2") { y4m(bytes, rate) } else { mjpeg(bytes, rate) }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::ClipInvalid, why)
}

fn y4m(bytes: &[u8], rate: f32) -> Result<Vec<(u32, Image)>> {
    let line =
        bytes.iter().take(1024).position(|b| *b == b'\n').ok_or_else(|| invalid("its first line does not end"))?;
    let text = std::str::from_utf8(&bytes[..line]).map_err(|_| invalid("its first line is no text"))?;
    let head =
        head(text).ok_or_else(|| invalid("its first line has a size, a rate or a colour format that is not read"))?;
    let (w, h) = (head.width, head.height);
    let part = head.colour.map_or(0, |[x, y]| w.div_ceil(x) * h.div_ceil(y));
    let mut rest = &bytes[line + 1..];
    let (mut out, mut number, mut next) = (Vec::new(), 0_u32, 0.0);
    while !rest.is_empty() {
        let end = rest.iter().take(256).position(|b| *b == b'\n').filter(|_| rest.starts_with(b"FRAME"));
        let data = end.and_then(|end| rest.get(end + 1..end + 1 + w * h + 2 * part));
        let Some(data) = data else { return Err(invalid("it ends within a picture")) };
        rest = &rest[end.unwrap_or(0) + 1 + data.len()..];
        let at = number as f32 * 1000.0 / head.rate;
        number += 1;
        // A little early is not early: 30 pictures a second give every second one at 15.
        if at + 1.0 < next || out.len() >= SESSION_FRAMES_MAX {
            continue;
        }
        next = at + 1000.0 / rate;
        out.push((at.round() as u32, Image::from_rgb(w as u32, h as u32, rgb(data, &head, part))?));
    }
    if out.is_empty() { Err(invalid("it has no picture")) } else { Ok(out) }
}

/// BT.601 to RGB.
fn rgb(data: &[u8], head: &Head, part: usize) -> Vec<u8> {
    let (w, h) = (head.width, head.height);
    let mut rgb = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        for x in 0..w {
            let light = 1.164_383 * (f32::from(data[y * w + x]) - 16.0);
            let at = head.colour.map(|[across, down]| w * h + y / down * w.div_ceil(across) + x / across);
            let [u, v] = at.map_or([0.0; 2], |at| [f32::from(data[at]) - 128.0, f32::from(data[at + part]) - 128.0]);
            let values = [light + 1.596_027 * v, light - 0.391_762 * u - 0.812_968 * v, light + 2.017_232 * u];
            rgb.extend(values.map(|v| v.round().clamp(0.0, 255.0) as u8));
        }
    }
    rgb
}

/// JPEG files in a row, as cameras send them; 25 a second, because nothing in such a file says it.
fn mjpeg(bytes: &[u8], rate: f32) -> Result<Vec<(u32, Image)>> {
    let mut starts: Vec<usize> = Vec::new();
    for (at, three) in bytes.windows(3).enumerate() {
        if three == [0xFF, 0xD8, 0xFF] && (at == 0 || bytes[..at].ends_with(&[0xFF, 0xD9])) {
            starts.push(at);
        }
    }
    if starts.first() != Some(&0) {
        return Err(invalid("it is neither Y4M nor JPEG files in a row"));
    }
    starts.push(bytes.len());
    let (mut out, mut next) = (Vec::new(), 0.0);
    for (number, pair) in starts.windows(2).enumerate() {
        let at = number as f32 * 40.0;
        if at + 1.0 >= next && out.len() < SESSION_FRAMES_MAX {
            next = at + 1000.0 / rate;
            out.push((at as u32, Image::decode(&bytes[pair[0]..pair[1]])?));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(shade: u8) -> Vec<u8> {
        (0..48 * 64).flat_map(|i| [shade, (i % 48 / 16 * 60) as u8, 255 - shade]).collect()
    }

    #[test]
    fn a_film_comes_back_with_its_colours_and_times() {
        let mut film = header(48, 64, 30.0).into_bytes();
        for shade in [10, 90, 170, 250] {
            film.extend(frame(&picture(shade), 48));
        }
        let all = read(&film, 30.0).unwrap();
        assert_eq!(all.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 33, 67, 100]);
        for ((_, image), shade) in all.iter().zip([10_u8, 90, 170, 250]) {
            let worst = image.rgb().iter().zip(&picture(shade)).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(worst <= 4, "{worst}");
        }
        assert_eq!(read(&film, 15.0).unwrap().len(), 2);
    }

    #[test]
    fn broken_films_are_refused() {
        let mut film = header(48, 64, 15.0).into_bytes();
        film.extend(frame(&picture(3), 48));
        film.pop();
        for bad in [&film[..], b"YUV4MPEG2 W48 H64 C420p10\nFRAME\n", b"YUV4MPEG2 W9 H9\n", b"GIF89a", b""] {
            assert_eq!(read(bad, 15.0).unwrap_err().code(), "clip-invalid");
        }
    }

    #[test]
    fn jpeg_files_in_a_row_are_a_film() {
        let one = crate::attacks::render::camera::jpeg(&picture(99), 48, 64, 90).unwrap();
        let film: Vec<u8> = one.iter().chain(&one).chain(&one).copied().collect();
        assert_eq!(read(&film, 25.0).unwrap().iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 40, 80]);
    }
}
