//! Why an operator decided: a closed list of reason codes, each for one kind of act, with its text in three languages.

use crate::closed::closed;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::text::Texts;

closed! {
    /// What a reason is for.
    pub enum Use {
        OtherPath "other-path" "Why a person goes the way without a face.";
        Papers "papers" "What settled who the person is, without a face.";
        Refer "refer" "Why the visit is referred.";
        SuspectFace "suspect-face" "Why an impersonation is suspected, by the face; needs opened evidence that speaks against.";
        SuspectPapers "suspect-papers" "Why an impersonation is suspected, by the papers; needs no face.";
        Decline "decline" "Why what a person came for is declined; another clerk has to agree.";
        Dismiss "dismiss" "Why a colleague dismisses a report.";
        Close "close" "What following a confirmed incident up has found.";
        Reset "reset" "Why the count of failed attempts is reset.";
        Station "station" "What looking into an alarm about a station has found.";
    }
}

/// One row of the table of reasons.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The reason.
    pub reason: Reason,
    /// What it is for.
    pub used_for: Use,
    /// How it reads on a page.
    pub texts: Texts<&'static str>,
}

macro_rules! reasons {
    ($($name:ident $text:literal $used_for:ident $hant:literal $hans:literal $en:literal;)+) => {
        closed! {
            /// Why an operator decided.
            pub enum Reason { $($name $text $en;)+ }
        }

        /// The table of reasons, in the order of [`Reason`].
        pub const TABLE: &[Row] = &[$(Row {
            reason: Reason::$name,
            used_for: Use::$used_for,
            texts: Texts { zh_hant: $hant, zh_hans: $hans, en: $en },
        },)+];
    };
}

reasons! {
    PersonPrefers "person-prefers" OtherPath "當事人希望用其他方式辦理。" "当事人希望用其他方式办理。" "The person would rather go the other way.";
    NoUsablePortrait "no-usable-portrait" OtherPath "檔案中沒有可以比對的相片。" "档案中没有可以比对的照片。" "There is no portrait on file that can be compared.";
    CameraUnsuited "camera-unsuited" OtherPath "相機不適合這位當事人，或會造成不便。" "相机不适合这位当事人，或会造成不便。" "The camera does not suit this person, or would be a burden.";
    CameraOutOfOrder "camera-out-of-order" OtherPath "相機或比對設備無法使用。" "相机或比对设备无法使用。" "The camera or the comparison is out of order.";
    EvidenceUnclear "evidence-unclear" OtherPath "比對結果不足以確認。" "比对结果不足以确认。" "The evidence does not settle it.";
    AttemptsUsedUp "attempts-used-up" OtherPath "已達比對次數上限。" "已达比对次数上限。" "The attempts are used up.";
    PapersAgree "papers-agree" Papers "證件與戶籍資料相符。" "证件与户籍资料相符。" "The papers agree with the register.";
    PhotoDocument "photo-document" Papers "另一張有相片的證件與本人相符。" "另一张有照片的证件与本人相符。" "Another document with a picture agrees with the person.";
    AnswersAgree "answers-agree" Papers "當事人的回答與戶籍資料相符。" "当事人的回答与户籍资料相符。" "The person's answers agree with the register.";
    WitnessVouches "witness-vouches" Papers "有身分可查的證人作證。" "有身份可查的证人作证。" "A witness whose identity is known vouches for the person.";
    PapersMissing "papers-missing" Refer "還需要其他文件。" "还需要其他文件。" "More papers are needed.";
    OtherOffice "other-office" Refer "這件事要到其他機關或其他戶政事務所辦理。" "这件事要到其他机关或其他户政事务所办理。" "Another office is in charge of this.";
    RecordLocked "record-locked" Refer "戶籍資料目前不能異動，需要先查明。" "户籍资料目前不能变更，需要先查明。" "The record is locked and must be looked into first.";
    NotInRegister "not-in-register" Refer "查無這位當事人的戶籍資料。" "查不到这位当事人的户籍资料。" "The person is not in this register.";
    GuardianNeeded "guardian-needed" Refer "需要法定代理人到場。" "需要法定代理人到场。" "A guardian has to be present.";
    OtherWayChosen "other-way-chosen" Refer "當事人改以其他方式辦理。" "当事人改用其他方式办理。" "The person takes another way of doing it.";
    FaceDiffers "face-differs" SuspectFace "現場的人與檔案相片看來不是同一人。" "现场的人与档案照片看来不是同一人。" "The person present and the portraits look like two persons.";
    FaceCovered "face-covered" SuspectFace "相機前出現面具、照片或螢幕。" "相机前出现面具、照片或屏幕。" "A mask, a picture or a screen was held before the camera.";
    PapersForged "papers-forged" SuspectPapers "證件經查為偽造或變造。" "证件经查为伪造或变造。" "A document turned out to be forged or altered.";
    PapersOfAnother "papers-of-another" SuspectPapers "證件屬於另一個人。" "证件属于另一个人。" "The documents belong to somebody else.";
    HolderObjects "holder-objects" SuspectPapers "資料的本人表示並未申請。" "资料的本人表示没有申请。" "The holder of the record says that they have not applied.";
    Admitted "admitted" SuspectPapers "當事人承認以他人名義辦理。" "当事人承认以他人名义办理。" "The person admitted acting under another's name.";
    ConditionsUnmet "conditions-unmet" Decline "不符合這項服務的法定條件。" "不符合这项服务的法定条件。" "A condition that the law sets for this service is not met.";
    PapersContradict "papers-contradict" Decline "文件內容互相矛盾，經說明仍無法釐清。" "文件内容互相矛盾，经说明仍无法厘清。" "The papers contradict each other, and asking has not cleared it up.";
    AlreadyReceived "already-received" Decline "已經辦過，不能重複辦理。" "已经办过，不能重复办理。" "It was received before and cannot be received twice.";
    SamePerson "same-person" Dismiss "同仁看過後認為是同一人。" "同事看过后认为是同一人。" "The colleague sees the same person.";
    NotEnoughGround "not-enough-ground" Dismiss "依據不足，不能這樣認定。" "依据不足，不能这样认定。" "There is not enough ground for it.";
    ReportInError "report-in-error" Dismiss "通報有誤。" "通报有误。" "The report was made in error.";
    ImpersonationProved "impersonation-proved" Close "經查明確有冒名情事。" "经查明确有冒名情况。" "It was proved that somebody had pretended to be another.";
    HandedOver "handed-over" Close "已移送主管機關處理。" "已移送主管部门处理。" "The authority in charge has taken it over.";
    GenuineAfterAll "genuine-after-all" Close "經查明就是本人。" "经查明就是本人。" "It was the person after all.";
    NotClearedUp "not-cleared-up" Close "查證後仍無法確定。" "查证后仍无法确定。" "It could not be cleared up.";
    IdentitySettled "identity-settled" Reset "已用其他方式確認是本人。" "已用其他方式确认是本人。" "Who the person is was settled another way.";
    StationTested "station-tested" Station "本機關自己在測試檢查功能。" "本机关自己在测试检查功能。" "The office was testing the check itself.";
    StationPutRight "station-put-right" Station "光線、相機或位置讓檢查出錯，已經調整。" "光线、相机或位置让检查出错，已经调整。" "Light, camera or place made the check err; that was put right.";
    StationAttacked "station-attacked" Station "確實有人試圖欺騙這台相機，已經處理。" "确实有人试图欺骗这台相机，已经处理。" "Somebody did try to deceive this camera; it was followed up.";
    StationNothing "station-nothing" Station "查看後沒有發現異常。" "查看后没有发现异常。" "Nothing unusual was found.";
    PortraitRenewed "portrait-renewed" Reset "檔案相片已經更新。" "档案照片已经更新。" "The portrait on file was renewed.";
    CameraRepaired "camera-repaired" Reset "相機或比對設備已經修復。" "相机或比对设备已经修复。" "The camera or the comparison was repaired.";
}

impl Reason {
    /// The reason's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The reason with this code, which must be there and be for `used_for`.
    ///
    /// # Errors
    /// `reason-missing`, `reason-unknown`, `reason-unfit`.
    pub fn require(code: Option<&str>, used_for: &[Use]) -> Result<Self> {
        let code =
            code.filter(|code| !code.is_empty()).ok_or_else(|| Error::new(Code::ReasonMissing, "no reason given"))?;
        let reason = Self::parse(code).ok_or_else(|| Error::new(Code::ReasonUnknown, "not in the list of reasons"))?;
        reason.fits(used_for)?;
        Ok(reason)
    }

    /// Refuses unless the reason is for one of `used_for`.
    ///
    /// # Errors
    /// `reason-unfit`.
    pub fn fits(self, used_for: &[Use]) -> Result<()> {
        let is = self.row().used_for;
        if used_for.contains(&is) {
            return Ok(());
        }
        Err(Error::new(Code::ReasonUnfit, format!("{self} is a reason for {is}")))
    }

    /// The reasons for `used_for`, in the order of the table.
    pub fn all_for(used_for: Use) -> impl Iterator<Item = Self> {
        TABLE.iter().filter(move |row| row.used_for == used_for).map(|row| row.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_is_unique_and_a_sentence_in_three_languages() {
        let mut seen = BTreeSet::new();
        for (row, reason) in TABLE.iter().zip(Reason::ALL) {
            assert_eq!(row.reason, *reason);
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
            let Texts { zh_hant, zh_hans, en } = row.texts;
            assert!(zh_hant.ends_with('。') && zh_hans.ends_with('。') && en.ends_with('.'), "{reason}");
            assert!(en.is_ascii(), "{reason}");
            for text in [reason.as_str(), zh_hant, en] {
                assert!(seen.insert(text), "{text} stands twice");
            }
        }
    }

    #[test]
    fn every_use_has_reasons() {
        assert!(Use::ALL.iter().all(|used_for| Reason::all_for(*used_for).count() >= 2));
        assert_eq!(Use::ALL.iter().flat_map(|u| Reason::all_for(*u)).count(), TABLE.len());
    }

    #[test]
    fn a_reason_must_be_there_known_and_fit() {
        let code = |text| Reason::require(text, &[Use::Refer]).map_err(|error| error.code());
        assert_eq!(code(None), Err("reason-missing"));
        assert_eq!(code(Some("")), Err("reason-missing"));
        assert_eq!(code(Some("because")), Err("reason-unknown"));
        assert_eq!(code(Some("face-differs")), Err("reason-unfit"));
        assert_eq!(code(Some("papers-missing")), Ok(Reason::PapersMissing));
    }
}
