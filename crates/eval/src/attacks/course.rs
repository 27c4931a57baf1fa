//! How a session goes on: what the page shows when, and when it is answered.

use super::act::{Act, Can, answer};
use super::chance::Chance;
use face::live::challenge::{COLOUR_MS, PATIENCE_MS, REST_MS};
use face::live::{Challenge, Colour, Prompt, Shown, Step};

/// How long after an answer that the page did not take it is given again, in seconds.
const AGAIN_S: f32 = 0.9;
/// Longest session, in seconds.
const SESSION_S: f32 = 60.0;

/// A session as it goes on: the page shows a step until it is followed, and whoever sits there tries again meanwhile.
#[derive(Clone, Debug)]
pub struct Course {
    /// What is asked.
    pub challenge: Challenge,
    /// What the page has shown; the last is what it shows now.
    pub shown: Vec<Shown>,
    /// What is done.
    pub act: Act,
    can: Can,
    chance: Chance,
    /// When the last answer is over, in seconds, and whether it was one.
    answered: (f32, bool),
    /// When it is over, in ms; none while nobody knows.
    end_ms: Option<u32>,
}

impl Course {
    /// The session of `challenge` with somebody who `can`.
    pub fn new(challenge: Challenge, can: Can, chance: &mut Chance) -> Self {
        let mut chance = Chance::new(&[chance.key()]);
        let mut act = Act::default();
        act.sway(chance.between(0.5, 1.4), &mut chance);
        if can.blink {
            act.blinks(SESSION_S, &mut chance);
        }
        let shown = vec![Shown { prompt: Prompt::Rest, from_ms: 0, to_ms: 0 }];
        Self { challenge, shown, act, can, chance, answered: (0.0, false), end_ms: None }
    }

    /// Somebody who looks at the camera for `end_ms` and is asked nothing.
    pub fn idle(end_ms: u32, chance: &mut Chance) -> Self {
        let challenge = Challenge { way: face::live::Way::default(), steps: Vec::new(), colours: Vec::new() };
        Self { end_ms: Some(end_ms), ..Self::new(challenge, Can::ALL, chance) }
    }

    /// Somebody who does one step, is still otherwise, and is done.
    pub fn alone(step: Step, chance: &mut Chance) -> Self {
        let challenge = Challenge { way: face::live::Way::default(), steps: vec![step], colours: Vec::new() };
        let still = Can { blink: false, ..Can::ALL };
        let mut course = Self { shown: Vec::new(), ..Self::new(challenge, still, chance) };
        course.can = Can::ALL;
        course.show(Prompt::Step { at: 0 }, 0);
        course
    }

    /// Goes on to `at_ms`; `followed` is how many steps the page knows to have been followed, none if it takes every answer for good. False
    /// when the session is over.
    pub fn go_on(&mut self, at_ms: u32, followed: Option<usize>) -> bool {
        if at_ms as f32 >= SESSION_S * 1000.0 {
            return false;
        }
        while self.end_ms.is_none() {
            let Some(now) = self.shown.last().copied() else { break };
            let Some(next_ms) = self.next_ms(now, at_ms, followed) else {
                self.try_again(now, at_ms);
                break;
            };
            self.shown_to(next_ms);
            match self.after(now.prompt) {
                Some(prompt) => self.show(prompt, next_ms),
                None => self.end_ms = Some(next_ms + 200),
            }
        }
        if self.end_ms.is_none() {
            self.shown_to(at_ms);
        }
        self.end_ms.is_none_or(|end| at_ms < end)
    }

    fn shown_to(&mut self, at_ms: u32) {
        if let Some(shown) = self.shown.last_mut() {
            shown.to_ms = at_ms;
        }
    }

    /// When what is shown makes room for the next; none if it stays.
    fn next_ms(&self, now: Shown, at_ms: u32, followed: Option<usize>) -> Option<u32> {
        let over = |ms: u32| (at_ms >= ms).then_some(ms);
        match (now.prompt, followed) {
            (Prompt::Rest, _) => over(REST_MS),
            (Prompt::Colour { .. }, _) => over(now.from_ms + COLOUR_MS),
            (Prompt::Step { at }, Some(count)) => (count > at as usize).then_some(at_ms),
            (Prompt::Step { .. }, None) if self.answered.1 => over((self.answered.0 * 1000.0) as u32),
            (Prompt::Step { .. }, None) => over(now.from_ms + PATIENCE_MS),
        }
    }

    /// What comes after `prompt`; none at the end.
    fn after(&self, prompt: Prompt) -> Option<Prompt> {
        let colour = |at: u32| ((at as usize) < self.challenge.colours.len()).then_some(Prompt::Colour { at });
        let step = |at: u32| ((at as usize) < self.challenge.steps.len()).then_some(Prompt::Step { at });
        match prompt {
            Prompt::Rest => colour(0).or_else(|| step(0)),
            Prompt::Colour { at } => colour(at + 1).or_else(|| step(0)),
            Prompt::Step { at } => step(at + 1),
        }
    }

    fn show(&mut self, prompt: Prompt, from_ms: u32) {
        self.shown.push(Shown { prompt, from_ms, to_ms: from_ms });
        let begins = from_ms as f32 / 1000.0 + self.chance.between(0.4, 1.2);
        self.answer(begins);
    }

    /// Answers the step that is shown from `begins` on.
    fn answer(&mut self, begins: f32) {
        let Some(Shown { prompt: Prompt::Step { at }, .. }) = self.shown.last() else { return };
        let Some(step) = self.challenge.steps.get(*at as usize) else { return };
        let done = answer(&mut self.act, *step, self.can, (begins, &mut self.chance));
        self.answered = done.map_or((begins + 1.0, false), |done| (done, true));
    }

    /// When a step stays on the screen although it was answered, it is answered again; after a while the page gives up.
    fn try_again(&mut self, now: Shown, at_ms: u32) {
        if !matches!(now.prompt, Prompt::Step { .. }) {
            return;
        }
        if at_ms >= now.from_ms + PATIENCE_MS {
            self.end_ms = Some(at_ms);
            self.shown_to(at_ms);
            return;
        }
        let at = at_ms as f32 / 1000.0;
        if at > self.answered.0 + AGAIN_S {
            let begins = at + self.chance.between(0.0, 0.6);
            self.answer(begins);
        }
    }

    /// The colour on the screen at a moment; white between the colours.
    pub fn colour(&self, at_ms: u32) -> [u8; 3] {
        let now = self.shown.iter().find(|s| s.from_ms <= at_ms && (at_ms < s.to_ms || s.to_ms == s.from_ms));
        let colour = now.and_then(|s| match s.prompt {
            Prompt::Colour { at } => self.challenge.colours.get(at as usize),
            _ => None,
        });
        colour.copied().unwrap_or(Colour::White).rgb()
    }
}

#[cfg(test)]
mod tests {
    use super::super::act::Part;
    use super::*;
    use face::live::{Level, Side, Way};

    /// The whole session of somebody whose every answer is taken for good, or of whom `followed` steps are.
    fn whole(mut course: Course, followed: Option<usize>) -> Course {
        (0..).step_by(20).find(|ms| !course.go_on(*ms, followed)).unwrap();
        course
    }

    #[test]
    fn a_person_does_each_step_while_it_is_shown() {
        for seed in 0..200 {
            let mut chance = Chance::new(&[seed]);
            let challenge = Challenge::draw(Way::default(), Level::Unattended, &chance.bytes());
            let course = whole(Course::new(challenge, Can::ALL, &mut chance), None);
            assert_eq!(course.shown.len(), 1 + course.challenge.colours.len() + course.challenge.steps.len());
            assert!(course.shown.windows(2).all(|w| w[0].to_ms == w[1].from_ms));
            for (step, shown) in course.challenge.steps.iter().zip(&course.shown[1 + course.challenge.colours.len()..])
            {
                let during = |part| {
                    let times = (shown.from_ms..shown.to_ms).step_by(20);
                    let values = times.map(|ms| course.act.at(ms as f32 / 1000.0).of(part));
                    values.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)))
                };
                let done = match step {
                    Step::Turn { side: Side::Left, degrees } => during(Part::Yaw).1 >= f32::from(*degrees) - 2.5,
                    Step::Turn { degrees, .. } => during(Part::Yaw).0 <= 2.5 - f32::from(*degrees),
                    Step::Nod => during(Part::Pitch).0 < -9.0,
                    Step::Closer { percent } => during(Part::Closer).1 >= (f32::from(*percent) / 100.0).ln(),
                    Step::Blink { .. } => during(Part::Blink).1 > 0.85,
                    Step::Mouth => during(Part::Mouth).1 > 0.55,
                };
                assert!(done, "{step:?} of {course:?}");
                assert!((500..=4_500).contains(&(shown.to_ms - shown.from_ms)), "{shown:?}");
            }
        }
    }

    #[test]
    fn who_cannot_blink_does_not_and_the_page_gives_up() {
        let challenge =
            Challenge { way: Way::default(), steps: vec![Step::Blink { times: 2 }, Step::Mouth], colours: Vec::new() };
        let can = Can { bend: true, ..Can::NOTHING };
        let course = whole(Course::new(challenge, can, &mut Chance::new(&[1])), Some(0));
        assert_eq!(course.shown.len(), 2, "the second step is never shown");
        let [from, to] = [course.shown[1].from_ms, course.shown[1].to_ms];
        assert!((PATIENCE_MS..PATIENCE_MS + 50).contains(&(to - from)), "{from} {to}");
        for ms in (0..to).step_by(10) {
            let state = course.act.at(ms as f32 / 1000.0);
            assert!(state.of(Part::Blink) < 1e-6 && state.of(Part::Mouth) < 1e-6);
        }
    }

    #[test]
    fn what_the_page_did_not_take_is_done_again() {
        let challenge = Challenge { way: Way::default(), steps: vec![Step::Mouth], colours: Vec::new() };
        let course = whole(Course::new(challenge, Can::ALL, &mut Chance::new(&[2])), Some(0));
        let open = |ms: &u32| course.act.at(*ms as f32 / 1000.0).of(Part::Mouth) > 0.3;
        let times: Vec<u32> = (0..course.shown[1].to_ms).step_by(20).collect();
        let opened = times.windows(2).filter(|w| !open(&w[0]) && open(&w[1])).count();
        assert!((2..8).contains(&opened), "{opened}");
    }

    #[test]
    fn the_screen_shows_the_colours_in_their_order_and_white_before_and_after() {
        let colours = vec![Colour::Blue, Colour::Dark];
        let challenge = Challenge { way: Way::default(), steps: vec![Step::Nod], colours };
        let course = whole(Course::new(challenge, Can::ALL, &mut Chance::new(&[1])), Some(1));
        assert_eq!(course.colour(0), [255; 3]);
        assert_eq!(course.colour(REST_MS + 10), Colour::Blue.rgb());
        assert_eq!(course.colour(REST_MS + COLOUR_MS + 10), Colour::Dark.rgb());
        assert_eq!(course.colour(REST_MS + 2 * COLOUR_MS + 10), [255; 3]);
    }
}
