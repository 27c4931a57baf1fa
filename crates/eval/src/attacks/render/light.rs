//! What lights the scene: the room, a lamp, and the screen on which the page shows its colours.

use super::space::Vec3;
use super::texture::linear_rgb;
use crate::attacks::chance::Chance;

/// The lights of one session, in units in which a white sheet that the room lights evenly has the value 1.
#[derive(Clone, Copy, Debug)]
pub struct Lights {
    /// From all sides.
    ambient: Vec3,
    /// Of the lamp.
    lamp: Vec3,
    /// The direction to the lamp.
    to_lamp: Vec3,
    /// The middle of the screen, in cm from the camera.
    screen_at: Vec3,
    /// The white screen's luminance times its area: what it gives at 1 cm, head on.
    screen: f32,
}

/// The kinds of screens: luminous area in cm² and where its middle is below the camera in cm.
const SCREENS: [(f32, f32); 3] = [(6.5 * 14.0, 7.5), (15.0 * 20.0, 11.0), (30.0 * 18.0, 10.0)];

impl Lights {
    /// A room from a dim evening to a bright office, and a screen as phones, tablets and kiosks have it.
    pub fn drawn(chance: &mut Chance) -> Self {
        let warm = chance.between(-0.12, 0.12);
        let tint = Vec3::new(1.0 + warm, 1.0, 1.0 - warm);
        let (area, below) = SCREENS[chance.below(SCREENS.len())];
        // Illuminance of the room and luminance of the white screen; L·A/d² over π·… puts both on one scale (Lambert).
        let room_lux = chance.between_log(70.0, 450.0);
        let nits = chance.between(220.0, 480.0);
        let to_lamp = Vec3::new(chance.between(-1.0, 1.0), chance.between(-1.4, -0.5), chance.between(-0.9, 0.2));
        let share = chance.between(0.25, 0.6);
        Self {
            ambient: tint * (1.0 - share),
            lamp: tint * (share * 1.3),
            to_lamp: to_lamp.unit(),
            screen_at: Vec3::new(chance.between(-3.0, 3.0), below, 0.0),
            screen: nits * area / room_lux,
        }
    }

    /// The light on a matt surface at `at` that looks along `normal`, while the screen shows `shown` in sRGB.
    pub fn on(&self, at: Vec3, normal: Vec3, shown: [u8; 3]) -> Vec3 {
        // More comes from above than from below.
        let sky = 0.8 - 0.3 * normal.y();
        let lamp = (normal.dot(self.to_lamp) * 0.8 + 0.2).max(0.0);
        self.ambient * sky + self.lamp * lamp + self.screen_on(at, normal, shown)
    }

    /// The screen's part of it: a small luminous sheet beside the camera that looks along z.
    fn screen_on(&self, at: Vec3, normal: Vec3, shown: [u8; 3]) -> Vec3 {
        let to = self.screen_at - at;
        let square = to.dot(to).max(25.0);
        let direction = to.unit();
        let falls = normal.dot(direction).max(0.0) * (-direction.z()).max(0.0);
        linear_rgb(shown) * (self.screen * falls / square)
    }

    /// What a glossy surface at `at` mirrors of lamp and screen into the camera (Blinn 1977, exponent `shine`).
    pub fn gloss(&self, at: Vec3, normal: Vec3, shown: [u8; 3], shine: f32) -> Vec3 {
        let eye = (at * -1.0).unit();
        let mirrored = |to: Vec3| (to + eye).unit().dot(normal).max(0.0).powf(shine);
        let to_screen = self.screen_at - at;
        let near = self.screen / to_screen.dot(to_screen).max(25.0);
        self.lamp * mirrored(self.to_lamp) + linear_rgb(shown) * (near * mirrored(to_screen.unit()))
    }

    /// The light of the room alone, for what is far from the screen.
    pub fn room(&self) -> Vec3 {
        self.ambient * 0.8 + self.lamp * 0.35
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_lights_what_is_near_and_turned_to_it() {
        let lights = Lights::drawn(&mut Chance::new(&[3]));
        let facing = Vec3::new(0.0, 0.0, -1.0);
        let blue = |z: f32, normal: Vec3| {
            let at = Vec3::new(0.0, 0.0, z);
            (lights.on(at, normal, [0, 0, 255]) - lights.on(at, normal, [0, 0, 0])).z()
        };
        assert!(blue(30.0, facing) > 3.0 * blue(60.0, facing));
        assert!(blue(30.0, Vec3::new(0.0, 0.0, 1.0)).abs() < 1e-6);
        assert!(
            (lights.on(facing * -40.0, facing, [0, 0, 255]) - lights.on(facing * -40.0, facing, [0; 3])).x() < 1e-6
        );
    }
}
