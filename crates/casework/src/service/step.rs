//! The steps of a service as its definition names them: a small, closed set, and no scripting. What each step means for a person, for the ledger
//! and for what is kept is in `docs/SERVICES.md`.

use super::kinds::SecondFactor;
use crate::closed::closed;
use crate::text::Texts;
use serde::{Deserialize, Serialize};

/// One step: `[[step]]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// The short name, unique in the definition.
    pub id: String,
    /// What is done.
    #[serde(rename = "do")]
    pub doing: Doing,
}

/// What is done in a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Doing {
    /// Says who the person claims to be. First of all.
    Identify {
        /// How; at least one.
        by: Vec<IdentifyBy>,
    },
    /// Asks for the consent of `[consent]`.
    Consent {},
    /// Compares the face as `[face]` demands, at its liveness level.
    Face {
        /// With what.
        against: Against,
    },
    /// Takes what is shown or known beside the face; the same as in `[face]`.
    SecondFactor {
        /// What.
        factor: SecondFactor,
    },
    /// Asks the person for what is not known yet.
    Form {
        /// What it is called on the screen.
        title: Texts,
        /// The questions, at least one.
        #[serde(rename = "field")]
        fields: Vec<FormField>,
        /// How long it may take.
        term: Term,
    },
    /// Takes documents: photographed, scanned or as files.
    Upload {
        /// What is asked for.
        title: Texts,
        /// At most how many files.
        files_max: u32,
        /// How long it may take.
        term: Term,
    },
    /// Asks another agency for data, under the person's consent.
    Request {
        /// What is asked for.
        title: Texts,
        /// The agency's short name.
        agency: String,
        /// Why, in words that the person reads before agreeing.
        purpose: Texts,
        /// Which data, by the names that the agency uses; at least one.
        data: Vec<String>,
        /// How long the agency may take.
        term: Term,
    },
    /// A clerk looks at what has come in and decides.
    Review {
        /// What it is called on the screen.
        title: Texts,
        /// What the clerk makes sure of.
        check: Texts,
        /// How long it may take.
        term: Term,
    },
    /// A second clerk agrees with the first.
    SecondPerson {
        /// What it is called on the screen.
        title: Texts,
        /// How long it may take.
        term: Term,
    },
    /// Takes a fee.
    Fee {
        /// What it is for.
        title: Texts,
        /// How much, in the currency's smallest coin.
        amount: u64,
        /// In which currency.
        currency: Currency,
        /// How it can be paid; at least one.
        by: Vec<PayBy>,
        /// How long it may take.
        term: Term,
    },
    /// Agrees on a day and an hour.
    Appointment {
        /// What for.
        title: Texts,
        /// How long it may take to choose one.
        term: Term,
    },
    /// Hands over what the person came for.
    Issue {
        /// What.
        title: Texts,
        /// In which form.
        what: Issue,
        /// How long it may wait to be taken.
        term: Term,
    },
    /// Tells the recipients of `[[notice]]`.
    Notice {
        /// True if the person ticks which of those who are told on request.
        choice: bool,
    },
    /// Waits for a time to pass.
    Wait {
        /// What for.
        title: Texts,
        /// How many days.
        days: u32,
    },
}

/// How long a step may take, what happens then, and how long its record is kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Term {
    /// Minutes from the step's beginning.
    pub minutes: u32,
    /// What happens then.
    pub late: Late,
    /// How many days after the visit's end what came in is kept.
    pub keep_days: u32,
}

/// One question of a form.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FormField {
    /// The short name, unique in the form.
    pub id: String,
    /// The question.
    pub title: Texts,
    /// What can be answered.
    pub answer: Answer,
    /// True if the answer may be left out.
    pub optional: bool,
}

/// What can be answered to a question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// One line.
    Text {
        /// At most how many characters.
        chars_max: usize,
    },
    /// A telephone number, typed twice or confirmed.
    Phone {},
    /// A day.
    Date {},
    /// A whole number.
    Number {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// One of a list.
    Choice {
        /// The short names and words; at least two.
        #[serde(rename = "option")]
        options: Vec<Choice>,
    },
    /// An amount of money, computed and shown: the least of what other steps brought; the person may ask for less.
    Amount {
        /// In which currency.
        currency: Currency,
        /// What it may not exceed, each as `step.data` of a request; at least one.
        at_most: Vec<String>,
    },
}

/// One answer of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Choice {
    /// The short name.
    pub id: String,
    /// The answer in words.
    pub title: Texts,
}

closed! {
    /// How a person says who they are.
    pub enum IdentifyBy {
        Number "number" "The identity number, typed or read from a card.";
        Slip "slip" "A slip with a bar code or QR code of the office.";
        Appointment "appointment" "The number of an appointment.";
        Roster "roster" "The roster of an event; every member has opted in.";
        Document "document" "A travel document with a chip.";
    }
}

closed! {
    /// What a face is compared with.
    pub enum Against {
        Portraits "portraits" "The portraits of the one claimed person in the register.";
        DocumentChip "document-chip" "The portrait in the chip of the document, once the document is proven genuine.";
        Roster "roster" "The opted-in members of one event.";
    }
}

closed! {
    /// What happens when a step takes too long. Nobody is refused by it.
    pub enum Late {
        Refer "refer" "The visit goes to a human.";
        End "end" "The visit ends as expired; the person can begin again.";
        GoOn "go-on" "It is left out.";
    }
}

closed! {
    /// A currency after ISO 4217.
    pub enum Currency {
        Cny "CNY" "Renminbi yuan, of 100 fen.";
        Twd "TWD" "New Taiwan dollar, of 100 cents.";
        Hkd "HKD" "Hong Kong dollar, of 100 cents.";
        Mop "MOP" "Macao pataca, of 100 avos.";
        Sgd "SGD" "Singapore dollar, of 100 cents.";
        Usd "USD" "United States dollar, of 100 cents.";
        Eur "EUR" "Euro, of 100 cents.";
    }
}

closed! {
    /// How a fee is paid.
    pub enum PayBy {
        Cashier "cashier" "At the cashier; a clerk confirms it.";
        Qr "qr" "With a QR code that the merchant presents.";
        Hosted "hosted" "On the payment page of a provider.";
    }
}

closed! {
    /// What is handed over.
    pub enum Issue {
        Document "document" "A signed document as a file, with a QR code that proves it.";
        Certificate "certificate" "A paper that the office prints.";
        Card "card" "A card or a permit over the counter, against a receipt.";
        Answer "answer" "An answer on the screen.";
    }
}

impl Doing {
    /// The stable name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Identify { .. } => "identify",
            Self::Consent {} => "consent",
            Self::Face { .. } => "face",
            Self::SecondFactor { .. } => "second-factor",
            Self::Form { .. } => "form",
            Self::Upload { .. } => "upload",
            Self::Request { .. } => "request",
            Self::Review { .. } => "review",
            Self::SecondPerson { .. } => "second-person",
            Self::Fee { .. } => "fee",
            Self::Appointment { .. } => "appointment",
            Self::Issue { .. } => "issue",
            Self::Notice { .. } => "notice",
            Self::Wait { .. } => "wait",
        }
    }

    /// True for the steps that settle who the person is.
    pub fn settles_who(&self) -> bool {
        matches!(self, Self::Identify { .. } | Self::Consent {} | Self::Face { .. } | Self::SecondFactor { .. })
    }

    /// True if this version can carry the step out. A definition with another one can be checked, walked and drawn, and is refused by a server.
    pub fn runs(&self) -> bool {
        match self {
            Self::Identify { by } => by.as_slice() == [IdentifyBy::Number],
            Self::Face { against } => *against == Against::Portraits,
            Self::Consent {} | Self::SecondFactor { .. } | Self::Notice { .. } => true,
            _ => false,
        }
    }

    /// How long it may take; none for the steps that settle who the person is, which end with the visit's own time, and for those that take none.
    pub fn term(&self) -> Option<&Term> {
        match self {
            Self::Form { term, .. }
            | Self::Upload { term, .. }
            | Self::Request { term, .. }
            | Self::Review { term, .. }
            | Self::SecondPerson { term, .. }
            | Self::Fee { term, .. }
            | Self::Appointment { term, .. }
            | Self::Issue { term, .. } => Some(term),
            Self::Identify { .. }
            | Self::Consent {}
            | Self::Face { .. }
            | Self::SecondFactor { .. }
            | Self::Notice { .. }
            | Self::Wait { .. } => None,
        }
    }

    /// What it is called on the screen; none for those that are called the same in every service.
    pub fn title(&self) -> Option<&Texts> {
        match self {
            Self::Form { title, .. }
            | Self::Upload { title, .. }
            | Self::Request { title, .. }
            | Self::Review { title, .. }
            | Self::SecondPerson { title, .. }
            | Self::Fee { title, .. }
            | Self::Appointment { title, .. }
            | Self::Issue { title, .. }
            | Self::Wait { title, .. } => Some(title),
            Self::Identify { .. }
            | Self::Consent {}
            | Self::Face { .. }
            | Self::SecondFactor { .. }
            | Self::Notice { .. } => None,
        }
    }
}

impl Currency {
    /// The three digits of ISO 4217.
    pub fn digits(self) -> u16 {
        match self {
            Self::Cny => 156,
            Self::Twd => 901,
            Self::Hkd => 344,
            Self::Mop => 446,
            Self::Sgd => 702,
            Self::Usd => 840,
            Self::Eur => 978,
        }
    }
}
