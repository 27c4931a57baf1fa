//! Closed lists of a definition.

use crate::closed::closed;

closed! {
    /// Where a service is offered.
    pub enum Channel {
        Counter "counter" "A counter with a clerk before the person.";
        Desk "desk" "A desk with a clerk beside the person, without a counter's station.";
        Kiosk "kiosk" "A kiosk where the person is alone.";
        Phone "phone" "The person's own phone.";
        Gate "gate" "A gate that compares with a document's chip.";
        Api "api" "A relying party's own page.";
    }
}

impl Channel {
    /// True if a clerk sees the person while the pictures are taken.
    pub fn is_attended(self) -> bool {
        matches!(self, Self::Counter | Self::Desk)
    }
}

closed! {
    /// How much the liveness outcome counts.
    pub enum LivenessLevel {
        Assist "assist" "A clerk sees the person; cues are shown, and a missing check does not hinder.";
        Attended "attended" "A clerk sees the person, and the check must have found a live face.";
        Unattended "unattended" "Nobody sees the person; the check must have found a live face, attack detection included.";
    }
}

closed! {
    /// What must be shown beside the face.
    pub enum SecondFactor {
        None "none" "Nothing.";
        Document "document" "A document: a card, a slip, a letter.";
        Pin "pin" "A number that the person knows.";
        OneTimeCode "one-time-code" "A code that was sent to the person.";
    }
}

closed! {
    /// What may be told to others. Pictures, templates and scores are not in this list, so no definition can disclose them.
    pub enum Field {
        Name "name" "The person's name.";
        Number "number" "The identity number.";
        BirthDate "birth-date" "The date of birth.";
        Address "address" "The registered address.";
        EventKind "event-kind" "What was registered.";
        EventDate "event-date" "The day of the registration.";
        Outcome "outcome" "Whether the visit was confirmed.";
    }
}

closed! {
    /// On which ground something is told to others.
    pub enum Ground {
        Law "law" "A law demands it.";
        Request "request" "The person asks for it in this visit.";
    }
}

closed! {
    /// What causes a notice to another agency. Suspicions go to the office's own contacts, never out by a definition.
    pub enum Event {
        Confirmed "confirmed" "The visit was confirmed.";
        Referred "referred" "The visit was referred.";
    }
}
