//! Closed sets of words: an enum in the program, a text in a column and in JSON, from one table.

/// Makes an enum whose variants are stable words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident $what:literal { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(text: &str) -> $crate::Result<Self> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::Error::new($crate::Code::RowInvalid, concat!($what, " is none of the known words"))),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Error;

            fn try_from(text: String) -> $crate::Result<Self> {
                text.parse()
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::judgement::Answer;

    #[test]
    fn words_go_both_ways() {
        for answer in [Answer::Same, Answer::Different, Answer::CannotSay] {
            assert_eq!(answer.as_str().parse::<Answer>().unwrap(), answer);
            let json = serde_json::to_string(&answer).unwrap();
            assert_eq!(json, format!("\"{}\"", answer.as_str()));
            assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer);
        }
        assert!("maybe".parse::<Answer>().is_err());
    }
}
