//! The fixed words of a consent notice in the three languages. A change here changes the hash of every notice: raise the versions of the
//! definitions with it.

use super::kinds::Field;
use crate::text::{Language, Texts};

/// Fixed headings and sentences; `{}` stands for a time.
pub(super) struct Words {
    pub(super) what_happens: &'static str,
    pub(super) why: &'static str,
    pub(super) who: &'static str,
    pub(super) recipients: &'static str,
    pub(super) nobody: &'static str,
    pub(super) nobody_else: &'static str,
    pub(super) how_long: &'static str,
    pub(super) frames: &'static str,
    pub(super) frames_held: &'static str,
    pub(super) evidence: &'static str,
    pub(super) visit: &'static str,
    pub(super) consent_record: &'static str,
    pub(super) incident: &'static str,
    pub(super) consent: &'static str,
    pub(super) change_mind: &'static str,
    pub(super) withdraw: &'static str,
    pub(super) other_way: &'static str,
    pub(super) same_price: &'static str,
    pub(super) colon: &'static str,
    pub(super) comma: &'static str,
    pub(super) full_stop: &'static str,
}

const ZH_HANT: Words = Words {
    what_happens: "會怎麼做",
    why: "為什麼、依據什麼",
    who: "由誰負責",
    recipients: "會給誰",
    nobody: "不會提供給其他機關或任何人。",
    nobody_else: "除此之外，不會提供給其他人。相片和比對結果不會提供給任何機關。",
    how_long: "保存多久",
    frames: "現場拍的照片，決定之後立刻刪除。",
    frames_held: "只有在承辦人員依照片懷疑有人冒名時，照片會留到另一位承辦人員看過為止，最長 {}，期間同意的時效到了也一樣；您收回同意，照片就立刻刪除。",
    evidence: "比對結果保存 {}。",
    visit: "這次辦理的紀錄保存 {}。",
    consent_record: "您同意或不同意的紀錄保存 {}。",
    incident: "只有在兩位承辦人員都認為有人冒名時，才另立案件，保存 {}。",
    consent: "您的同意有效 {}，過了就自動失效。",
    change_mind: "您可以改變心意",
    withdraw: "您隨時可以收回同意，不必說明理由：告訴承辦人員，或使用收據上的二維條碼。收回之後就不再使用相機，只因這份同意而保存的資料會刪除，您會拿到刪除證明。您也可以查閱誰看過您的資料。",
    other_way: "不用相機也可以",
    same_price: "費用一樣，也不會多等一天，您的權利完全相同。",
    colon: "：",
    comma: "、",
    full_stop: "。",
};

const ZH_HANS: Words = Words {
    what_happens: "会怎么做",
    why: "为什么、依据什么",
    who: "由谁负责",
    recipients: "会给谁",
    nobody: "不会提供给其他部门或任何人。",
    nobody_else: "除此之外，不会提供给其他人。照片和比对结果不会提供给任何部门。",
    how_long: "保存多久",
    frames: "现场拍的照片，决定之后立即删除。",
    frames_held: "只有在工作人员根据照片怀疑有人冒名时，照片会留到另一位工作人员看过为止，最长 {}，期间同意的时效到了也一样；您撤回同意，照片就立即删除。",
    evidence: "比对结果保存 {}。",
    visit: "这次办理的记录保存 {}。",
    consent_record: "您同意或不同意的记录保存 {}。",
    incident: "只有在两位工作人员都认为有人冒名时，才另外立案，保存 {}。",
    consent: "您的同意有效 {}，过后自动失效。",
    change_mind: "您可以改变主意",
    withdraw: "您随时可以撤回同意，不必说明理由：告诉工作人员，或使用回执上的二维码。撤回之后就不再使用相机，只因这份同意而保存的数据会删除，您会拿到删除证明。您也可以查询谁看过您的数据。",
    other_way: "不用相机也可以",
    same_price: "费用一样，也不会多等一天，您的权利完全相同。",
    colon: "：",
    comma: "、",
    full_stop: "。",
};

const EN: Words = Words {
    what_happens: "What happens",
    why: "Why, and on what ground",
    who: "Who answers for it",
    recipients: "Who else is told",
    nobody: "Nobody else is told anything.",
    nobody_else: "Nobody else is told anything. Pictures and results of the comparison go to no other agency.",
    how_long: "How long it is kept",
    frames: "The pictures taken here are deleted as soon as the decision is made.",
    frames_held: "Only if a member of staff suspects from the pictures that somebody pretends to be another are they kept until a second one has looked at them, for {} at most, even if your consent runs out meanwhile; if you take it back, they are deleted at once.",
    evidence: "The result of the comparison is kept for {}.",
    visit: "The record of this visit is kept for {}.",
    consent_record: "The record that you agreed, or did not, is kept for {}.",
    incident: "Only if two members of staff both believe that somebody pretends to be another is a case opened; it is kept for {}.",
    consent: "Your consent is valid for {} and then ends by itself.",
    change_mind: "You may change your mind",
    withdraw: "You can take your consent back at any time and need not say why: tell the clerk, or use the code on your receipt. The camera is then not used any more, what was kept only because of this consent is deleted, and you receive a certificate of the deletion. You can also see who has looked at your data.",
    other_way: "It works without the camera too",
    same_price: "It costs the same, takes no day longer, and your rights are exactly the same.",
    colon: ": ",
    comma: ", ",
    full_stop: ". ",
};

/// The words in `language`.
pub(super) fn of(language: Language) -> &'static Words {
    match language {
        Language::ZhHant => &ZH_HANT,
        Language::ZhHans => &ZH_HANS,
        Language::En => &EN,
    }
}

/// What a field is called.
pub(super) fn field(field: Field, language: Language) -> &'static str {
    let texts = |zh_hant, zh_hans, en| Texts { zh_hant, zh_hans, en };
    let texts = match field {
        Field::Name => texts("姓名", "姓名", "name"),
        Field::Number => texts("國民身分證統一編號", "身份证号码", "identity number"),
        Field::BirthDate => texts("出生日期", "出生日期", "date of birth"),
        Field::Address => texts("戶籍地址", "户籍地址", "registered address"),
        Field::EventKind => texts("登記的項目", "登记的项目", "what was registered"),
        Field::EventDate => texts("登記的日期", "登记的日期", "day of the registration"),
        Field::Outcome => texts("是否辦妥", "是否办妥", "whether it was done"),
    };
    match language {
        Language::ZhHant => texts.zh_hant,
        Language::ZhHans => texts.zh_hans,
        Language::En => texts.en,
    }
}

const MINUTES_A_DAY: u32 = 24 * 60;

const DAYS_A_YEAR: u32 = 365;

/// A number of days in words; whole years of 365 days as years.
pub(super) fn days(days: u32, language: Language) -> String {
    if days > 0 && days.is_multiple_of(DAYS_A_YEAR) {
        return counted(days / DAYS_A_YEAR, Texts { zh_hant: "年", zh_hans: "年", en: "year" }, language);
    }
    counted(days, Texts { zh_hant: "天", zh_hans: "天", en: "day" }, language)
}

/// A number of minutes in words, in the largest unit that gives a whole number.
pub(super) fn minutes(minutes: u32, language: Language) -> String {
    let (count, unit) = if minutes.is_multiple_of(MINUTES_A_DAY) {
        return days(minutes / MINUTES_A_DAY, language);
    } else if minutes.is_multiple_of(60) {
        (minutes / 60, Texts { zh_hant: "小時", zh_hans: "小时", en: "hour" })
    } else {
        (minutes, Texts { zh_hant: "分鐘", zh_hans: "分钟", en: "minute" })
    };
    counted(count, unit, language)
}

fn counted(count: u32, unit: Texts<&'static str>, language: Language) -> String {
    let plural = if language == Language::En && count != 1 { "s" } else { "" };
    format!("{count} {}{plural}", unit.get(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_the_largest_whole_unit() {
        assert_eq!(minutes(1, Language::En), "1 minute");
        assert_eq!(minutes(90, Language::En), "90 minutes");
        assert_eq!(minutes(60, Language::En), "1 hour");
        assert_eq!(minutes(2_880, Language::En), "2 days");
        assert_eq!(minutes(120, Language::ZhHant), "2 小時");
        assert_eq!(minutes(45, Language::ZhHans), "45 分钟");
        assert_eq!(days(90, Language::ZhHant), "90 天");
        assert_eq!(days(365, Language::En), "1 year");
        assert_eq!(days(1_825, Language::ZhHans), "5 年");
        assert_eq!(days(1_826, Language::En), "1826 days");
    }
}
