//! What kinds of steps, results and endings are called in the three languages.

use super::walk::{Came, Ending};
use crate::text::{Language, Texts};

const fn texts(zh_hant: &'static str, zh_hans: &'static str, en: &'static str) -> Texts<&'static str> {
    Texts { zh_hant, zh_hans, en }
}

/// The kinds of steps by their stable names.
const KINDS: &[(&str, Texts<&'static str>)] = &[
    ("identify", texts("說明身分", "说明身份", "Say who you are")),
    ("consent", texts("徵求同意", "征求同意", "Ask for consent")),
    ("face", texts("確認臉", "确认面部", "Check the face")),
    ("second-factor", texts("另一項確認", "另一项确认", "Second factor")),
    ("form", texts("填寫", "填写", "Form")),
    ("upload", texts("提供文件", "提供文件", "Documents")),
    ("request", texts("向其他機關查詢", "向其他部门查询", "Data from an agency")),
    ("review", texts("承辦人員審核", "工作人员审核", "A clerk's review")),
    ("second-person", texts("第二位承辦人員", "第二位工作人员", "Second person")),
    ("fee", texts("繳費", "缴费", "Fee")),
    ("appointment", texts("預約", "预约", "Appointment")),
    ("issue", texts("交付", "交付", "Hand over")),
    ("notice", texts("通知其他機關", "通知其他部门", "Tell other agencies")),
    ("wait", texts("等候", "等候", "Wait")),
];

/// What a kind of step is called.
pub fn kind(kind: &str, language: Language) -> &'static str {
    let found = KINDS.iter().find(|(name, _)| *name == kind);
    found.map_or("", |(_, words)| said(words, language))
}

/// What a result is called.
pub fn came(came: Came, language: Language) -> &'static str {
    let words = match came {
        Came::Found => texts("找到了", "找到了", "found"),
        Came::NotFound => texts("查無資料", "查无资料", "not found"),
        Came::Agrees => texts("同意", "同意", "agrees"),
        Came::Refuses => texts("不想用相機", "不想用相机", "would rather not"),
        Came::Settles => texts("確認是本人", "确认是本人", "settles who it is"),
        Came::DoesNotSettle => texts("沒能確認", "没能确认", "could not confirm"),
        Came::Shown => texts("已出示", "已出示", "shown"),
        Came::NotShown => texts("沒有帶", "没有带", "not at hand"),
        Came::PapersAgree => texts("證件相符", "证件相符", "papers agree"),
        Came::PapersLacking => texts("今天證件不足", "今天证件不足", "papers lacking today"),
        Came::Suspected => texts("兩人都懷疑冒名", "两人都怀疑冒名", "two suspect another person"),
        Came::Done => texts("完成", "完成", "done"),
        Came::Late => texts("逾時", "超时", "takes too long"),
        Came::MoreNeeded => texts("需要補件", "需要补件", "something is missing"),
        Came::Declined => texts("兩人都不同意", "两人都不同意", "two decline"),
        Came::Disagrees => texts("意見不同", "意见不同", "does not agree"),
    };
    said(&words, language)
}

/// What an ending is called.
pub fn ending(ending: Ending, language: Language) -> &'static str {
    let words = match ending {
        Ending::Confirmed => texts("辦妥", "办妥", "Done"),
        Ending::Referred => texts("由承辦人員接手", "由工作人员接手", "A person helps"),
        Ending::MoreDocuments => texts("補件再來", "补件再来", "Come back with it"),
        Ending::Declined => texts("不予辦理，可以申訴", "不予办理，可以申诉", "Declined; can appeal"),
        Ending::Suspected => texts("另立案件", "另立案件", "An incident"),
        Ending::Withdrawn => texts("當事人不辦了", "当事人不办了", "Given up"),
        Ending::Expired => texts("結束，可以重新開始", "结束，可以重新开始", "Over; can begin again"),
    };
    said(&words, language)
}

/// What the equal way without a face is called.
pub fn other_path(language: Language) -> &'static str {
    said(&texts("不用相機的方式", "不用相机的方式", "Without the camera"), language)
}

fn said(words: &Texts<&'static str>, language: Language) -> &'static str {
    match language {
        Language::ZhHant => words.zh_hant,
        Language::ZhHans => words.zh_hans,
        Language::En => words.en,
    }
}
