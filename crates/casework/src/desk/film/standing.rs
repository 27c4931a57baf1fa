//! How far a film has come, sealed with each piece: so that the next request opens the few pieces that it needs, and not all before it.

use super::{Head, Piece};
use face::live::challenge::REST_MS;
use face::live::{Challenge, Film, Observation, Prompt, Shown};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A step that is not shown any more and was not followed within this time is not followed by later pictures, milliseconds.
const GRACE_MS: u32 = 1_000;

/// What the next request has to know of all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::desk) struct Standing {
    /// Steps of the challenge that were followed, in their order. One that was followed stays so: the page has gone on.
    pub(super) followed: u32,
    /// The step that was asked last; none before the first.
    pub(super) part: Option<u32>,
    /// In how many pieces there was a picture of this part that could be kept.
    sampled: u32,
    /// The first second: how the face is when nothing is asked.
    rest: Option<Rest>,
    /// The first piece in which the next step was shown; none before.
    from: Option<u32>,
    /// True once the next step has been shown and was not followed: no later picture changes that.
    missed: bool,
}

/// The first second of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {
    /// Until when, by the page's clock.
    to_ms: u32,
    /// How many pieces, from the first on, have pictures of it.
    pieces: u32,
}

/// A piece with its place in the film.
pub(super) type Placed<'a> = (u32, &'a Piece);

impl Standing {
    /// Which of the `count` pieces are needed to go on with a request that shows what `head` says: those of the first second, and of the step that
    /// is asked now.
    pub(super) fn needed(&self, challenge: &Challenge, head: &Head, count: u32) -> [Range<u32>; 2] {
        let goes_on = !self.missed && (self.followed as usize) < challenge.steps.len();
        match self.rest.filter(|_| goes_on && (self.from.is_some() || self.is_shown(head))) {
            Some(rest) => [0..rest.pieces.min(count), self.from.unwrap_or(count).max(rest.pieces)..count],
            None => [0..0, 0..0],
        }
    }

    /// How far the film has come with its newest piece, the last of `pieces`; the others are those that were [`Standing::needed`].
    pub(super) fn with(&self, challenge: Option<&Challenge>, pieces: &[Placed<'_>]) -> Self {
        let mut next = *self;
        let Some((place, newest)) = pieces.last() else { return next };
        next.rest = Rest::with(self.rest, *place, newest);
        // Nothing can be followed before it is asked.
        let Some(challenge) = challenge else { return next };
        if next.missed || next.followed as usize >= challenge.steps.len() {
            return next;
        }
        next.from = next.from.or_else(|| next.first_shown(pieces));
        let Some(film) = next.of_step(challenge, pieces) else { return next };
        let more = face::live::cues::followed(&film) as u32;
        if more > 0 {
            next.followed += more;
            next.from = next.first_shown(pieces);
        }
        let step = Prompt::Step { at: next.followed };
        let mut over = pieces.iter().flat_map(|(_, piece)| &piece.head.shown);
        let gone_ms = over.find(|s| s.prompt == step).map(|s| s.to_ms.saturating_add(GRACE_MS));
        next.missed = gone_ms.is_some_and(|gone_ms| newest.frames.last().is_some_and(|frame| frame.at_ms > gone_ms));
        next
    }

    /// Counts one more piece from which a picture can be kept: in how many pieces of its part there was one, this one included.
    pub(super) fn sampled_from(&mut self, head: &Head) -> u32 {
        let step = prompts(head).filter_map(|p| if let Prompt::Step { at } = p { Some(at) } else { None }).max();
        let part = step.or(self.part);
        self.sampled = if part == self.part { self.sampled.saturating_add(1) } else { 1 };
        self.part = part;
        self.sampled
    }

    /// True if a step that is not yet followed is shown there.
    fn is_shown(&self, head: &Head) -> bool {
        prompts(head).any(|prompt| matches!(prompt, Prompt::Step { at } if at >= self.followed))
    }

    /// The first of these pieces in which such a step is shown.
    fn first_shown(&self, pieces: &[Placed<'_>]) -> Option<u32> {
        pieces.iter().find(|(_, piece)| self.is_shown(&piece.head)).map(|(place, _)| *place)
    }

    /// The film as if it began with the step that is next: the first second, and what came since that step was shown.
    fn of_step(&self, challenge: &Challenge, pieces: &[Placed<'_>]) -> Option<Film> {
        let rest = self.rest?;
        let later = |s: &Shown| match s.prompt {
            Prompt::Step { at } => at.checked_sub(self.followed).map(|at| Shown { prompt: Prompt::Step { at }, ..*s }),
            _ => None,
        };
        let shown: Vec<Shown> = shown(pieces).iter().filter_map(later).collect();
        let from_ms = shown.iter().find(|s| s.prompt == Prompt::Step { at: 0 })?.from_ms;
        let is_of = |frame: &&Observation| frame.at_ms <= rest.to_ms || frame.at_ms >= from_ms;
        let frames = pieces.iter().flat_map(|(_, piece)| &piece.frames).filter(is_of).cloned().collect();
        let steps = challenge.steps.get(self.followed as usize..).unwrap_or_default().to_vec();
        Some(Film { challenge: Challenge { steps, ..challenge.clone() }, shown, frames })
    }
}

impl Rest {
    /// The first second as it is known with one piece more.
    fn with(known: Option<Self>, place: u32, piece: &Piece) -> Option<Self> {
        let first_ms = piece.frames.first()?.at_ms;
        match known {
            None => Some(Self { to_ms: first_ms.saturating_add(REST_MS), pieces: place + 1 }),
            Some(rest) if rest.pieces == place && first_ms <= rest.to_ms => Some(Self { pieces: place + 1, ..rest }),
            Some(rest) => Some(rest),
        }
    }
}

fn prompts(head: &Head) -> impl Iterator<Item = Prompt> {
    head.shown.iter().map(|shown| shown.prompt).chain(head.showing.map(|showing| showing.prompt))
}

/// What the page showed in these pieces, and shows now.
fn shown(pieces: &[Placed<'_>]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = pieces.iter().flat_map(|(_, piece)| piece.head.shown.iter().copied()).collect();
    let newest = pieces.last().map(|(_, piece)| *piece);
    let last_ms = newest.and_then(|piece| piece.frames.last()).map_or(0, |frame| frame.at_ms);
    shown.extend(newest.and_then(|piece| piece.head.showing(last_ms)));
    shown
}

#[cfg(test)]
mod tests {
    use super::super::head::{CameraFacts, Showing};
    use super::*;
    use face::live::{Level, Way};
    use jiff::Timestamp;
    use testkit::films::{Actor, film};

    /// The film in pieces of so many pictures, as a page sends it that shows the steps when this film did.
    fn cut(film: &Film, size: usize) -> Vec<Piece> {
        let mut told = 0;
        let piece = |frames: &[Observation]| {
            let last_ms = frames.last().unwrap().at_ms;
            let over = film.shown.iter().take_while(|s| s.to_ms <= last_ms).count();
            let shown = film.shown[told..over].to_vec();
            told = over;
            let now = film.shown.get(over).filter(|s| s.from_ms <= last_ms);
            let showing = now.map(|s| Showing { prompt: s.prompt, from_ms: s.from_ms });
            let camera = CameraFacts { label: String::new(), width: 1, height: 1 };
            let head = Head { before: String::new(), camera, pictures: Vec::new(), shown, showing };
            let (came, prints) = (Timestamp::UNIX_EPOCH, Vec::new());
            Piece { head, came, frames: frames.to_vec(), prints, sample: None, standing: Standing::default() }
        };
        film.frames.chunks(size).map(piece).collect()
    }

    #[test]
    fn a_film_in_pieces_is_followed_as_a_whole_one_is_and_few_pieces_are_opened() {
        let (mut opened, mut all) = (0, 0);
        for (seed, size) in (0..24).zip([3, 6, 9, 14].into_iter().cycle()) {
            let random: [u8; 32] = std::array::from_fn(|i| (seed as u8).wrapping_mul(53) ^ (i as u8).wrapping_mul(29));
            let challenge = Challenge::draw(Way::default(), Level::Unattended, &random);
            for actor in [Actor::Person, Actor::Paper] {
                let whole = film(&challenge, &challenge, actor, seed);
                let pieces = cut(&whole, size);
                let mut standing = Standing::default();
                for (place, piece) in pieces.iter().enumerate() {
                    // As a film is read: the last piece, and what is needed of the others.
                    let last = place.saturating_sub(1) as u32;
                    let needed = standing.needed(&challenge, &piece.head, last);
                    let placed = |at: u32| (at, &pieces[at as usize]);
                    let mut known: Vec<Placed<'_>> = needed.into_iter().flatten().map(placed).collect();
                    known.extend((place > 0).then(|| placed(last)));
                    opened += known.len();
                    known.push((place as u32, piece));
                    let next = standing.with(Some(&challenge), &known);
                    assert!(next.followed >= standing.followed, "a step that was followed stays so");
                    standing = next;
                }
                let followed = face::live::cues::followed(&whole);
                assert_eq!(standing.followed as usize, followed, "{seed} {size} {:?}", challenge.steps);
                all += pieces.len() * (pieces.len() - 1) / 2;
            }
        }
        assert!(opened * 2 < all, "{opened} of {all} pieces were opened");
    }
}
