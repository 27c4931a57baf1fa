//! The steps of a visit through the procedures, and whole visits made of them.

use super::{Office, SERVICE, fakes, number};
use casework::Result;
use casework::desk::capture::{self, Frames, Taken, Who};
use casework::desk::consent::{self, Answer, Answered, Ask};
use casework::desk::decide::{self, CheckPapers, Confirm, End, Leave, Refer};
use casework::desk::incident::{self, SecondJudge, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::receipt::Shown;
use casework::desk::visit::{self, Claim, Open, OtherPath};
use casework::desk::{picture, withdraw};
use casework::visit::{Judgement, Referral};
use jiff::Timestamp;
use store::id::{IncidentId, VisitId};
use store::ledger::Kind;

/// Where, with whom and when a step is taken.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// The counter, from 0.
    pub counter: usize,
    /// The person; see [`number`].
    pub person: u64,
    /// The moment.
    pub now: Timestamp,
}

/// How a visit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// The face way to its end.
    Confirmed,
    /// Consent refused, papers instead.
    Refused,
    /// Confirmed, and the consent withdrawn with the receipt afterwards.
    WithdrawnAfter,
    /// Withdrawn while the evidence is closed; then given up.
    WithdrawnWithin,
    /// An impostor by face, reported and seconded.
    Impostor,
    /// An impostor by papers, reported and seconded.
    Forger,
    /// Referred for more papers.
    Referred,
    /// Gone away after the pictures were taken.
    Abandoned,
}

impl Story {
    /// All stories.
    pub const ALL: &[Self] = &[
        Self::Confirmed,
        Self::Refused,
        Self::WithdrawnAfter,
        Self::WithdrawnWithin,
        Self::Impostor,
        Self::Forger,
        Self::Referred,
        Self::Abandoned,
    ];
}

/// Is told of every act that was acknowledged: by then its entry is in the ledger for good.
pub type Told<'a> = &'a (dyn Fn(Kind, &VisitId) + Send + Sync);

/// The steps of a visit with one person.
impl Office {
    /// Opens a visit.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn open(&self, at: At) -> Result<VisitId> {
        let open = Open {
            service: SERVICE.to_owned(),
            variant: "collect".to_owned(),
            channel: "counter".to_owned(),
            station: Some(self.seats[at.counter].station().clone()),
        };
        Ok(visit::open(&self.desk, &self.clerk, at.now, &open).await?.id)
    }

    /// Names the person.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn claim(&self, at: At, visit: &VisitId) -> Result<()> {
        let claim = Claim { person: 0, number: number(at.person) };
        visit::claim(&self.desk, &self.clerk, at.now, visit, &claim).await.map(|_| ())
    }

    /// Asks for consent.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn ask(&self, at: At, visit: &VisitId) -> Result<()> {
        let ask = Ask { person: 0, language: "en".to_owned(), guardian_number: None };
        consent::ask(&self.desk, &self.clerk, at.now, visit, &ask).await.map(|_| ())
    }

    /// Answers what the station shows.
    ///
    /// # Errors
    /// As the procedure; `not-found` when the station shows no question.
    pub async fn answer(&self, at: At, visit: &VisitId, agree: bool) -> Result<Answered> {
        let seat = &self.seats[at.counter];
        let shown = consent::station(&self.desk, seat, at.now).await?.notice;
        let nothing = || store::Error::new(store::Code::NotFound, "the station asks nothing");
        let notice = shown.ok_or_else(nothing)?;
        let answer = Answer { person: 0, consent: notice.consent, notice_hash: notice.hash, agree };
        consent::answer(&self.desk, seat, at.now, visit, &answer).await
    }

    /// Asks for the camera.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn begin(&self, at: At, visit: &VisitId) -> Result<()> {
        capture::begin(&self.desk, &self.clerk, at.now, visit, Who { person: 0 }).await.map(|_| ())
    }

    /// Opens the camera and gives its secret.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn camera(&self, at: At, visit: &VisitId) -> Result<String> {
        let camera = capture::open(&self.desk, &self.seats[at.counter], at.now, visit, Who { person: 0 }).await?;
        Ok(camera.nonce)
    }

    /// Takes pictures in.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn take(&self, at: At, nonce: &str, pictures: Vec<Vec<u8>>) -> Result<Taken> {
        let pictures = pictures.into_iter().map(Into::into).collect();
        let frames = Frames { nonce: nonce.to_owned(), pictures, signed: None };
        Box::pin(capture::take(&self.desk, &self.seats[at.counter], at.now, frames)).await
    }

    /// Looks at the pictures.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn look(&self, at: At, visit: &VisitId) -> Result<()> {
        picture::look(&self.desk, &self.clerk, at.now, visit, 0).await.map(|_| ())
    }

    /// Judges, and opens the evidence.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn judge(&self, at: At, visit: &VisitId, answer: Judgement) -> Result<()> {
        judge::judge(&self.desk, &self.clerk, at.now, visit, Judge { person: 0, answer }).await.map(|_| ())
    }

    /// Confirms.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn confirm(&self, at: At, visit: &VisitId) -> Result<()> {
        let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
        decide::confirm(&self.desk, &self.clerk, at.now, visit, &confirm).await.map(|_| ())
    }

    /// Refers for more papers.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn refer(&self, at: At, visit: &VisitId) -> Result<()> {
        let refer = Refer { to: Referral::MoreDocuments, reason: "papers-missing".to_owned() };
        decide::refer(&self.desk, &self.clerk, at.now, visit, &refer).await.map(|_| ())
    }

    /// Takes the other path because the camera is out of order.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn other_path(&self, at: At, visit: &VisitId) -> Result<()> {
        let other = OtherPath { person: 0, reason: "camera-out-of-order".to_owned() };
        visit::other_path(&self.desk, &self.clerk, at.now, visit, &other).await.map(|_| ())
    }

    /// On the other path, papers settle it.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn papers(&self, at: At, visit: &VisitId) -> Result<()> {
        let papers = CheckPapers { person: 0, reason: "papers-agree".to_owned() };
        decide::check_papers(&self.desk, &self.clerk, at.now, visit, &papers).await.map(|_| ())
    }

    /// The person has gone away.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn abandon(&self, at: At, visit: &VisitId) -> Result<()> {
        let leave = Leave { how: End::Abandoned };
        decide::leave(&self.desk, &self.clerk, at.now, visit, leave).await.map(|_| ())
    }

    /// Withdraws with the receipt.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn withdraw(&self, at: At, receipt: &str) -> Result<withdraw::Withdrawn> {
        withdraw::by_receipt(&self.desk, at.now, &Shown { receipt: receipt.to_owned() }).await
    }

    /// Reports a suspicion.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn report(&self, at: At, visit: &VisitId, reason: &str) -> Result<()> {
        let suspect = Suspect { person: 0, reason: reason.to_owned() };
        incident::report(&self.desk, &self.clerk, at.now, visit, &suspect).await.map(|_| ())
    }

    /// The incident of a visit that waits for the other clerk.
    ///
    /// # Errors
    /// As the procedure; `not-found` when none waits.
    pub async fn waiting(&self, at: At, visit: &VisitId) -> Result<IncidentId> {
        let listed = incident::list(&self.desk, &self.senior, at.now, &incident::List::default()).await?;
        let waiting = listed.into_iter().find(|incident| incident.visit == *visit && incident.waits_for_you);
        let none = || store::Error::new(store::Code::NotFound, "no incident waits");
        Ok(waiting.ok_or_else(none)?.id)
    }

    /// The other clerk judges.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn second_judge(&self, at: At, incident: &IncidentId) -> Result<()> {
        let judged = SecondJudge { answer: Judgement::Different };
        incident::judge(&self.desk, &self.senior, at.now, incident, judged).await.map(|_| ())
    }

    /// The other clerk seconds.
    ///
    /// # Errors
    /// As the procedure.
    pub async fn second(&self, at: At, incident: &IncidentId) -> Result<()> {
        incident::second(&self.desk, &self.senior, at.now, incident).await.map(|_| ())
    }

    /// A whole visit.
    ///
    /// # Errors
    /// As the procedures.
    pub async fn visit(&self, at: At, story: Story, told: Told<'_>) -> Result<()> {
        let visit = &self.open(at).await?;
        told(Kind::VisitOpened, visit);
        self.claim(at, visit).await?;
        told(Kind::VisitClaimed, visit);
        match story {
            Story::Forger => return self.forged(at, visit, told).await,
            Story::Refused => return self.refused(at, visit, told).await,
            _ => {}
        }
        self.ask(at, visit).await?;
        told(Kind::ConsentRequested, visit);
        let receipt = self.answer(at, visit, true).await?.receipt.unwrap_or_default();
        told(Kind::ConsentGiven, visit);
        self.captured(at, visit, story, told).await?;
        match story {
            Story::Abandoned => {
                self.abandon(at, visit).await?;
                told(Kind::Decided, visit);
                return Ok(());
            }
            Story::WithdrawnWithin => {
                self.withdraw(at, &receipt).await?;
                told(Kind::ConsentWithdrawn, visit);
                self.abandon(at, visit).await?;
                told(Kind::Decided, visit);
                return Ok(());
            }
            _ => {}
        }
        self.look(at, visit).await?;
        told(Kind::FramesOpened, visit);
        let answer = if story == Story::Impostor { Judgement::Different } else { Judgement::Same };
        self.judge(at, visit, answer).await?;
        told(Kind::Judged, visit);
        told(Kind::EvidenceOpened, visit);
        match story {
            Story::Impostor => return self.suspected(at, visit, "face-differs", told).await,
            Story::Referred => self.refer(at, visit).await?,
            _ => self.confirm(at, visit).await?,
        }
        told(Kind::Decided, visit);
        if story == Story::WithdrawnAfter {
            // The visit is closed, so the entry stands in the register's tree and names no visit.
            self.withdraw(at, &receipt).await?;
        }
        Ok(())
    }

    /// The capture of a visit.
    async fn captured(&self, at: At, visit: &VisitId, story: Story, told: Told<'_>) -> Result<()> {
        self.begin(at, visit).await?;
        told(Kind::CaptureAsked, visit);
        let nonce = self.camera(at, visit).await?;
        told(Kind::CaptureOpened, visit);
        let grain = at.now.as_millisecond() as u64;
        let taken = match story {
            Story::Impostor => fakes::stranger(at.person, grain),
            _ => fakes::picture(at.person, grain),
        };
        self.take(at, &nonce, vec![taken]).await?;
        told(Kind::CaptureTaken, visit);
        Ok(())
    }

    /// From the question on: refused, papers, confirmed.
    async fn refused(&self, at: At, visit: &VisitId, told: Told<'_>) -> Result<()> {
        self.ask(at, visit).await?;
        told(Kind::ConsentRequested, visit);
        self.answer(at, visit, false).await?;
        told(Kind::ConsentRefused, visit);
        self.papers(at, visit).await?;
        told(Kind::PapersChecked, visit);
        self.confirm(at, visit).await?;
        told(Kind::Decided, visit);
        Ok(())
    }

    /// The other path, on which papers turn out to be forged.
    async fn forged(&self, at: At, visit: &VisitId, told: Told<'_>) -> Result<()> {
        self.other_path(at, visit).await?;
        told(Kind::VisitPath, visit);
        self.report(at, visit, "papers-forged").await?;
        told(Kind::IncidentReported, visit);
        self.seconded(at, visit, told).await
    }

    /// A report by face, and a second operator who agrees.
    async fn suspected(&self, at: At, visit: &VisitId, reason: &str, told: Told<'_>) -> Result<()> {
        self.report(at, visit, reason).await?;
        told(Kind::IncidentReported, visit);
        let incident = self.waiting(at, visit).await?;
        self.second_judge(at, &incident).await?;
        self.seconded(at, visit, told).await
    }

    async fn seconded(&self, at: At, visit: &VisitId, told: Told<'_>) -> Result<()> {
        let incident = self.waiting(at, visit).await?;
        self.second(at, &incident).await?;
        told(Kind::IncidentSeconded, visit);
        told(Kind::Decided, visit);
        Ok(())
    }
}
