//! The exact text that a person agrees to, and its hash.

use crate::definitions::{CARD, changed};
use casework::{Language, Service, Services};

/// Characters that are written differently in the two scripts, traditional first.
const PAIRS: &str = "們们國国與与對对關关證证讓让確确認认這这時时電电腦脑來来辦办權权樣样請请個个資资機机構构開开問问";

fn hex(hash: [u8; 32]) -> String {
    hash.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn every_text_is_written_in_its_script() {
    let pairs: Vec<char> = PAIRS.chars().collect();
    for service in Services::builtin().unwrap().current() {
        for pair in pairs.chunks(2) {
            assert_ne!(pair[0], pair[1]);
            assert!(!service.consent_notice(Language::ZhHant).text().contains(pair[1]), "{} {}", service.id(), pair[1]);
            assert!(!service.consent_notice(Language::ZhHans).text().contains(pair[0]), "{} {}", service.id(), pair[0]);
        }
    }
}

#[test]
fn the_notice_begins_with_the_question_and_says_everything() {
    let services = Services::builtin().unwrap();
    let card = services.get("household.identity-card").unwrap();
    insta::assert_snapshot!(card.consent_notice(Language::En).text(), @"
    Collect or replace an identity card
    May we use the camera to make sure it is you? If you would rather not, you can show other papers. Your rights are exactly the same.

    What happens
    The camera at the counter films you for a few seconds, which shows that somebody is there and not a picture, and takes a few pictures. They are compared with your portraits in the household register, to make sure that the identity card goes to you.
    They are compared with your own portraits only. Nobody is searched for with your face, and it is used for nothing else.
    The clerk looks first and judges by eye; only then does the result of the comparison open. A person decides, not the computer.
    It often happens that the comparison does not succeed, for example because a portrait is old or your glasses are new. This is not held against you; the clerk will help you another way.

    Why, and on what ground
    To make sure that the person who collects or replaces the identity card is its holder, so that nobody else can take it.
    The law on household registration and the rules on identity cards ask the office to make sure who receives a card. The camera is used only on the ground of your consent; without it, it is not used.

    Who answers for it
    The household registration office where you are now
    Ask at the information desk, or for the office's data protection contact; address and telephone number are on your receipt.

    Who else is told
    Nobody else is told anything.

    How long it is kept
    The pictures taken here are deleted as soon as the decision is made.
    Only if a member of staff suspects from the pictures that somebody pretends to be another are they kept until a second one has looked at them, for 1 day at most, even if your consent runs out meanwhile; if you take it back, they are deleted at once.
    The result of the comparison is kept for 90 days.
    The record of this visit is kept for 5 years.
    The record that you agreed, or did not, is kept for 5 years.
    Only if two members of staff both believe that somebody pretends to be another is a case opened; it is kept for 5 years.
    Your consent is valid for 2 hours and then ends by itself.

    You may change your mind
    You can take your consent back at any time and need not say why: tell the clerk, or use the code on your receipt. The camera is then not used any more, what was kept only because of this consent is deleted, and you receive a certificate of the deletion. You can also see who has looked at your data.

    It works without the camera too
    Please show a document with a picture, for example your health insurance card, driving licence or passport. If you have none, bring the household certificate, or somebody who knows you, with their own identity card.
    The clerk compares the papers with the register and may ask you a few questions that you can answer. It is done at the same counter on the same day.
    It costs the same, takes no day longer, and your rights are exactly the same.
    ");
}

#[test]
fn the_notice_says_the_same_in_chinese() {
    let services = Services::builtin().unwrap();
    let card = services.get("household.identity-card").unwrap();
    insta::assert_snapshot!(card.consent_notice(Language::ZhHant).text(), @"
    領取或換補國民身分證
    要不要讓我們用相機確認是您本人？不同意也沒關係，您可以改用其他證件辦理，權利完全一樣。

    會怎麼做
    我們會在櫃檯用相機替您拍幾秒鐘的短片，確認鏡頭前是人，不是照片；再拍幾張照片，和戶籍檔案裡您本人的相片比對，確認來辦身分證的是您。
    只和您本人的相片比，不會拿您的臉去找別人，也不會拿去做別的用途。
    承辦人員會先用自己的眼睛判斷，之後才看電腦的比對結果；最後由人決定，不是由電腦決定。
    比對不成功很常見，例如相片年代久遠或換了眼鏡。這不會對您不利，承辦人員會改用其他方式幫您辦好。

    為什麼、依據什麼
    確認來領取或換補國民身分證的人就是本人，避免被人冒領。
    依戶籍法及國民身分證的相關規定，發給前要確認是本人；使用相機另以您的同意為依據，您不同意就不使用。

    由誰負責
    受理您這次申請的戶政事務所
    請洽服務台，或詢問本所的個人資料保護聯絡人；地址和電話印在您的收據上。

    會給誰
    不會提供給其他機關或任何人。

    保存多久
    現場拍的照片，決定之後立刻刪除。
    只有在承辦人員依照片懷疑有人冒名時，照片會留到另一位承辦人員看過為止，最長 1 天，期間同意的時效到了也一樣；您收回同意，照片就立刻刪除。
    比對結果保存 90 天。
    這次辦理的紀錄保存 5 年。
    您同意或不同意的紀錄保存 5 年。
    只有在兩位承辦人員都認為有人冒名時，才另立案件，保存 5 年。
    您的同意有效 2 小時，過了就自動失效。

    您可以改變心意
    您隨時可以收回同意，不必說明理由：告訴承辦人員，或使用收據上的二維條碼。收回之後就不再使用相機，只因這份同意而保存的資料會刪除，您會拿到刪除證明。您也可以查閱誰看過您的資料。

    不用相機也可以
    請出示一張有相片的證件，例如健保卡、駕照或護照。沒有的話，可以帶戶口名簿，或請一位認識您的親友帶自己的身分證一起來。
    承辦人員會核對證件和戶籍資料，必要時問您幾個您自己知道的問題，在同一個櫃檯、同一天幫您辦好。
    費用一樣，也不會多等一天，您的權利完全相同。
    ");
}

#[test]
fn the_notice_names_who_else_is_told() {
    let services = Services::builtin().unwrap();
    let registration = services.get("household.registration").unwrap();
    let told = |language| registration.consent_notice(language).sections[4].lines.join("\n");
    insta::assert_snapshot!(told(Language::ZhHans), @"
    内政部移民署：姓名、身份证号码、登记的项目、登记的日期。只有变更登记，而且您在申请表上勾选代为通知时才提供。
    户籍所在地的农会：姓名、户籍地址、登记的项目、登记的日期。只有变更登记，而且您在申请表上勾选代为通知时才提供。
    除此之外，不会提供给其他人。照片和比对结果不会提供给任何部门。
    ");
    insta::assert_snapshot!(told(Language::En), @"
    National Immigration Agency: name, identity number, what was registered, day of the registration. Only for a change, and only if you tick on the form that we should tell them.
    Farmers' association of the place of registration: name, registered address, what was registered, day of the registration. Only for a change, and only if you tick on the form that we should tell them.
    Nobody else is told anything. Pictures and results of the comparison go to no other agency.
    ");
}

/// A consent record holds these hashes. If this fails, a text has changed: raise the version of the definition (once
/// one has been released), then take the new hashes.
#[test]
fn the_hashes_of_the_shown_texts_stand_still() {
    let services = Services::builtin().unwrap();
    let hashes: String = services.current().fold(String::new(), |text, service| {
        let hashes: Vec<String> = Language::ALL.iter().map(|&l| hex(service.notice_hash(l))).collect();
        format!("{text}{} {}: {}\n", service.id(), service.version(), hashes.join(" "))
    });
    insta::assert_snapshot!(hashes, @"
    household.identity-card 1: 3faedee742fdf94e 39f2b0f3d945f54b 74fb5aa41b992a7e
    household.marriage 1: 99130c446fe164b0 0277668df3020dbc 836bb29f9cb1ee6b
    household.registration 1: e968b29efca0bfd9 50caef52c9330ec4 eea3e3bc22364861
    ");
}

#[test]
fn any_promise_that_changes_changes_the_hash() {
    let before = Service::parse(CARD).unwrap();
    for (from, to) in [
        ("evidence-days = 90", "evidence-days = 91"),
        ("validity-minutes = 120", "validity-minutes = 121"),
        ("incident-days = 1825", "incident-days = 1826"),
    ] {
        let after = Service::parse(&changed(from, to)).unwrap();
        assert!(Language::ALL.iter().all(|&l| before.notice_hash(l) != after.notice_hash(l)), "{to}");
        assert_ne!(before.digest(), after.digest());
    }
    let inner = Service::parse(&changed("portrait-age-years-max = 30", "portrait-age-years-max = 29")).unwrap();
    assert!(Language::ALL.iter().all(|&l| before.notice_hash(l) == inner.notice_hash(l)));
    assert_ne!(before.digest(), inner.digest());
}

#[test]
fn ends_of_lines_change_nothing() {
    let windows = Service::parse(&CARD.replace('\n', "\r\n")).unwrap();
    let unix = Service::parse(CARD).unwrap();
    assert_eq!(windows.digest(), unix.digest());
    assert!(Language::ALL.iter().all(|&l| windows.notice_hash(l) == unix.notice_hash(l)));
}
