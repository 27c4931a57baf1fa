//! Depth by motion: a head that turns moves its nose against its cheeks; paper that turns is only squeezed. And when a face comes closer,
//! the room behind it does not.
//!
//! The bones of each picture are fitted as an affine picture of those that look straight ahead, plus a movement along their relief (what
//! is left of the depth of the straight face after a plane is taken out). A solid that turns by an angle moves along its relief by the
//! angle's sine while its front is squeezed by its cosine; a plane is squeezed alike and does not move along any relief. Value: the
//! natural logarithm of the one over the other, near 0 for a head, below −1 for paper; and when a face comes closer, not above the
//! logarithm of the misfit of a room that grows with the face over the misfit of a room that stays.

use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::Film;
use super::super::least::{self, singular};
use super::super::look::SIDE;
use super::super::track::{BONES, MOMENTS_MIN, Moment, Track, median, quantile};
use crate::geometry::Rect;

/// Least turn by the mesh's angle or by squeezing that says anything, in degrees.
const TURN_MIN: f64 = 8.0;
/// See [`TURN_MIN`]: squeezing is noisy, so it takes more.
const SQUEEZE_MIN: f64 = 28.0;
/// The sine of the angle below which squeezing is noise.
const SINE_MIN: f64 = 0.17;
/// Least growth of a face that says something about the room behind it.
const GROWTH_MIN: f64 = 1.12;
/// Least contrast of the room, in steps of brightness.
const CONTRAST_MIN: f64 = 4.0;

/// Says whether the face moved as a solid.
pub(super) fn assess(film: &Film) -> Cue {
    let track = Track::of(film);
    if track.moments.len() < MOMENTS_MIN {
        return Cue::silent(Kind::Depth, if track.moments.is_empty() { Why::NoFace } else { Why::TooFewFrames });
    }
    let Some(straight) = Straight::of(&track) else { return Cue::silent(Kind::Depth, Why::TooFewFrames) };
    let room = room(&track);
    match (straight.parallax(&track), room) {
        (_, Some(room)) if room < -0.3 => Cue::says(Kind::Depth, room.min(-1.0), Species::Zoom),
        (Some(value), _) => {
            Cue::says(Kind::Depth, value, if value < -1.0 { Species::Print } else { Species::BentPrint })
        }
        (None, _) => Cue::silent(Kind::Depth, Why::TooLittleMotion),
    }
}

/// The bones of the face that looks straight ahead.
struct Straight {
    yaw: f64,
    pitch: f64,
    /// 1, x, y and the relief of each bone.
    basis: Vec<[f64; 4]>,
}

impl Straight {
    /// The mean of the pictures whose pose is nearest to the usual one.
    fn of(track: &Track<'_>) -> Option<Self> {
        let yaw = median(track.moments.iter().map(|m| m.yaw))?;
        let yaw = if yaw.abs() < 8.0 { yaw } else { 0.0 };
        let pitch = median(track.moments.iter().map(|m| m.pitch))?;
        let off = |m: &Moment<'_>| (m.yaw - yaw).abs() + (m.pitch - pitch).abs();
        let mut ranked: Vec<&Moment<'_>> = track.moments.iter().collect();
        ranked.sort_by(|a, b| off(a).total_cmp(&off(b)));
        ranked.truncate((track.moments.len() / 5).clamp(3, 10));
        let n = ranked.len() as f64;
        let mut mean = vec![[0.0; 3]; BONES.len()];
        for m in &ranked {
            for (sum, bone) in mean.iter_mut().zip(bones(m)) {
                (0..3).for_each(|i| sum[i] += bone[i] / n);
            }
        }
        let plane: Vec<[f64; 3]> = mean.iter().map(|bone| [1.0, bone[0], bone[1]]).collect();
        let depth: Vec<f64> = mean.iter().map(|bone| bone[2]).collect();
        let fit = least::squares(&plane, &depth)?;
        let flat = |row: &[f64; 3]| row.iter().zip(fit).map(|(place, slope)| place * slope).sum::<f64>();
        let relief = plane.iter().zip(&depth).map(|(row, depth)| depth - flat(row));
        let basis = plane.iter().zip(relief).map(|(row, relief)| [row[0], row[1], row[2], relief]).collect();
        let mid = |value: fn(&Moment<'_>) -> f64| ranked.iter().map(|m| value(m)).sum::<f64>() / n;
        Some(Self { yaw: mid(|m| m.yaw), pitch: mid(|m| m.pitch), basis })
    }

    /// The sines of the angles by which one picture is turned: by its relief, and by its squeezing.
    fn turn(&self, m: &Moment<'_>) -> Option<(f64, f64)> {
        let now = bones(m);
        let x = least::squares(&self.basis, &now.iter().map(|b| b[0]).collect::<Vec<_>>())?;
        let y = least::squares(&self.basis, &now.iter().map(|b| b[1]).collect::<Vec<_>>())?;
        let (long, short) = singular([[x[1], x[2]], [y[1], y[2]]]);
        let squeezed = (short / long).clamp(0.0, 1.0);
        let sines = (x[3].hypot(y[3]) / long, (1.0 - squeezed * squeezed).sqrt());
        (sines.0.is_finite() && sines.1.is_finite()).then_some(sines)
    }

    /// The value over the pictures that are turned furthest; none when none is turned far enough.
    fn parallax(&self, track: &Track<'_>) -> Option<f64> {
        let turned: Vec<(f64, f64, f64)> = track
            .moments
            .iter()
            .filter_map(|m| {
                let (relief, squeeze) = self.turn(m)?;
                let pose = (m.yaw - self.yaw).abs().max(0.6 * (m.pitch - self.pitch).abs());
                Some((pose, relief, squeeze))
            })
            .filter(|(pose, ..)| *pose < 40.0)
            .collect();
        let most = turned.iter().map(|t| t.0).fold(0.0, f64::max);
        let squeezed = quantile(turned.iter().map(|t| t.2), 0.95)?;
        let by_pose = most >= TURN_MIN;
        if !by_pose && squeezed < SQUEEZE_MIN.to_radians().sin() {
            return None;
        }
        let chosen = turned.iter().filter(|t| if by_pose { t.0 >= 0.75 * most } else { t.2 >= squeezed });
        median(chosen.map(|(_, relief, squeeze)| (relief.max(0.005) / squeeze.max(SINE_MIN)).ln()))
    }
}

/// The bones without place, size and roll; depth towards the camera.
fn bones(m: &Moment<'_>) -> Vec<[f64; 3]> {
    let (sine, cosine) = m.roll.to_radians().sin_cos();
    let depth = BONES.iter().map(|&i| f64::from(m.mesh.depth[i])).sum::<f64>() / BONES.len() as f64;
    BONES
        .iter()
        .map(|&i| {
            let point = m.mesh.points[i];
            let (x, y) = (f64::from(point.x - m.centre.x), f64::from(point.y - m.centre.y));
            let near = depth - f64::from(m.mesh.depth[i]);
            [(cosine * x + sine * y) / m.size, (cosine * y - sine * x) / m.size, near / m.size]
        })
        .collect()
}

/// The natural logarithm of the misfit of a room that grows with the face over that of a room that stays: above 0 for a person who comes
/// closer, below 0 for a picture that is enlarged or carried. None when no face came closer or the room is plain.
fn room(track: &Track<'_>) -> Option<f64> {
    let first = track.moments.first()?;
    let small = track.moments.iter().take(track.moments.len() / 2).min_by(|a, b| a.size.total_cmp(&b.size))?;
    let small = if first.size < small.size * 1.05 { first } else { small };
    let grown: Vec<f64> = track
        .moments
        .iter()
        .filter(|m| m.frame.at_ms > small.frame.at_ms && m.size > small.size * GROWTH_MIN)
        .filter_map(|m| compare(small, m))
        .collect();
    if grown.len() < 4 {
        return None;
    }
    median(grown)
}

/// See [`room`], for two pictures.
fn compare(small: &Moment<'_>, large: &Moment<'_>) -> Option<f64> {
    let place = |m: &Moment<'_>| {
        let rect = Rect::around(m.mesh.points.iter().copied());
        let (w, h) = (f64::from(m.frame.width.max(1)), f64::from(m.frame.height.max(1)));
        let centre = (f64::from(m.centre.x) / w, f64::from(m.centre.y) / h);
        let half = (f64::from(rect.width) * 0.75 / w, f64::from(rect.height) * 0.75 / h);
        (centre, half, f64::from(rect.y + rect.height) / h)
    };
    let ((cx, cy), (hx, hy), chin) = place(large);
    let ((sx, sy), (gx, gy), _) = place(small);
    let growth = large.size / small.size;
    let (mut stays, mut grows) = (Vec::new(), Vec::new());
    for row in 0..SIDE {
        for column in 0..SIDE {
            let middle = |i: usize| (i as f64 + 0.5) / SIDE as f64;
            let (x, y) = (middle(column), middle(row));
            let in_face = |(cx, cy): (f64, f64), (hx, hy): (f64, f64)| (x - cx).abs() < hx && (y - cy).abs() < hy;
            // Below the chin are the shoulders, which come closer too.
            if y > chin.min(0.95) - hy * 0.5 || in_face((cx, cy), (hx, hy)) || in_face((sx, sy), (gx, gy)) {
                continue;
            }
            let now = large.frame.imprint.cell(column, row);
            let before = small.frame.imprint.cell(column, row);
            if let Some(shrunk) = small.frame.imprint.at(sx + (x - cx) / growth, sy + (y - cy) / growth) {
                stays.push((now, before));
                grows.push((now, shrunk));
            }
        }
    }
    let contrast = quantile(stays.iter().map(|p| p.1), 0.9)? - quantile(stays.iter().map(|p| p.1), 0.1)?;
    (stays.len() >= 24 && contrast >= CONTRAST_MIN).then(|| ((misfit(&grows) + 1.0) / (misfit(&stays) + 1.0)).ln())
}

/// The mean difference of pairs after their mean difference is taken out: the camera's exposure may have changed.
fn misfit(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len().max(1) as f64;
    let shift = pairs.iter().map(|(a, b)| a - b).sum::<f64>() / n;
    pairs.iter().map(|(a, b)| (a - b - shift).abs()).sum::<f64>() / n
}
