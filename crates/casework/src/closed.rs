//! Closed lists: an enum whose members have a stable text, written once.

/// Defines an enum with `ALL`, `as_str`, `parse`, `Display`, and the same texts in serde.
macro_rules! closed {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($member:ident $text:literal $doc:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $(#[doc = $doc] #[serde(rename = $text)] $member,)+ }

        impl $name {
            /// All members, in their order.
            pub const ALL: &[Self] = &[$(Self::$member,)+];

            /// The stable text, lower case with hyphens.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }

            /// What it means, as one English sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$member => $doc,)+ }
            }

            /// The member with this stable text.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use closed;
