//! The kinds of attacks that the kit makes.

use super::act::Can;
use serde::{Deserialize, Serialize};

macro_rules! species {
    ($($name:ident $text:literal $what:literal;)+) => {
        /// What an attack of the kit is made with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Species { $(#[doc = $what] $name,)+ }

        impl Species {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name in files and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// One sentence for people.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }
        }
    };
}

species! {
    FlatPrint "flat-print" "A portrait on paper, turned, tilted and brought closer.";
    BentPrint "bent-print" "A portrait on paper, bent about an upright axis while it is moved.";
    CutOutEyes "cut-out-eyes" "A portrait on paper with holes, behind which the attacker's eyes blink.";
    MaskPrint "mask-print" "A printed face folded around the attacker's head, which turns and nods.";
    ScreenReplay "screen-replay" "A screen that plays a film of another session, mostly moved by hand.";
    LoopedScreen "looped-screen" "A screen that plays a few seconds again and again.";
    DeepZoom "deep-zoom" "A print or a screen so near that no border is seen.";
    Injected "injected" "A film of another session in place of the camera's.";
    InjectedLoop "injected-loop" "A few seconds of film again and again in place of the camera's.";
    Frozen "frozen" "One picture again and again in place of the camera's.";
    Swapped "swapped" "Another person for a part of the session, a picture of the claimed one for the rest.";
    Reenacted "reenacted" "A computed face in place of the camera's that does every step, in light that it does not know.";
}

impl Species {
    /// What the attacker can do with it.
    pub const fn can(self) -> Can {
        let moved = Can { head: true, blink: false, mouth: false, bend: false };
        match self {
            Self::FlatPrint | Self::DeepZoom | Self::ScreenReplay | Self::LoopedScreen | Self::MaskPrint => moved,
            Self::BentPrint => Can { bend: true, ..moved },
            Self::CutOutEyes => Can { blink: true, ..moved },
            Self::Injected | Self::InjectedLoop | Self::Frozen => Can::NOTHING,
            Self::Swapped | Self::Reenacted => Can::ALL,
        }
    }
}

impl std::fmt::Display for Species {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Species {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
        Self::ALL
            .iter()
            .copied()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| format!("no such species; one of {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_files() {
        for species in Species::ALL {
            assert_eq!(serde_json::to_value(species).unwrap(), species.as_str());
            assert_eq!(species.as_str().parse(), Ok(*species));
        }
        assert!("print".parse::<Species>().unwrap_err().contains("flat-print"));
    }
}
