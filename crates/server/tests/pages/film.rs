//! The station while its camera is open: what the page says and shows there, in three languages, and what its scripts take from it.

use crate::body;
use crate::flow::{Counter, OBAMA, enrol};
use crate::sign_in::{LANGUAGES, open};
use face::live::challenge::{COLOUR_MS, Colour, PATIENCE_MS, REST_MS, Side};
use face::live::{Challenge, Level, Step, Way};
use std::collections::BTreeSet;
use std::io::Read as _;
use testkit::app::{Faces, TestApp};

/// The scripts that a page loads with its first, by the imports in them.
const SCRIPTS: [&str; 5] = ["station.js", "camera.js", "film.js", "guide.js", "voice.js"];
/// What they may weigh together with the styles and the page.
const WEIGHT_MAX: usize = 60_000;

/// Every step that may be asked, as the scripts call it, and its kind.
fn steps() -> BTreeSet<(String, String)> {
    let drawn = (0..=u8::MAX).flat_map(|first| {
        let random: [u8; 32] =
            std::array::from_fn(|i| first.wrapping_mul(i as u8 | 1).wrapping_add(17_u8.wrapping_mul(i as u8)));
        Challenge::draw(Way::default(), Level::Unattended, &random).steps
    });
    let named = drawn.map(|step| match step {
        Step::Turn { side: Side::Left, .. } => ("turn-left".to_owned(), "turn-left".to_owned()),
        Step::Turn { side: Side::Right, .. } => ("turn-right".to_owned(), "turn-right".to_owned()),
        Step::Nod => ("nod".to_owned(), "nod".to_owned()),
        Step::Closer { .. } => ("closer".to_owned(), "closer".to_owned()),
        Step::Mouth => ("mouth".to_owned(), "mouth".to_owned()),
        Step::Blink { times } => (format!("blink-{times}"), "blink".to_owned()),
    });
    named.collect()
}

/// The station's page of a person who agreed in this language, once the clerk asked for the camera.
async fn camera(app: &TestApp, language: &str) -> String {
    let counter = Counter::collecting(app, OBAMA).await;
    counter.act("consent", body!({"person": 0, "language": language})).send().await.with(200);
    let task = app.get("/api/v1/station/task").by(&app.people.seat).send().await.with(200).json();
    let (consent, hash) = (&task["notice"]["consent"], &task["notice"]["hash"]);
    let yes = body!({"visit": counter.visit, "person": 0, "consent": consent, "notice_hash": hash, "agree": true});
    counter.station("consent", yes).send().await.with(200);
    counter.act("capture", body!({"person": 0})).send().await.with(200);
    let seat = format!("__Host-station={}", app.people.seat);
    app.get("/station").header("cookie", &seat).send().await.with(200).text()
}

/// The words of the page for a code.
fn said<'p>(page: &'p str, code: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("data-say=\"{code}\">")).unwrap_or_else(|| panic!("no {code}: {page}"));
    rest.split('<').next().unwrap()
}

#[tokio::test]
async fn the_camera_page_says_what_is_asked_and_shows_the_other_ways() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, Some("obama-1.jpg")).await;
        let steps = steps();
        assert!(steps.len() >= 7, "{steps:?}");
        let turned = ["請慢慢把頭轉向您的左邊", "请慢慢把头转向您的左边", "Please turn your head slowly to your left"];
        let plain = ["不做這項檢查，繼續", "不做这项检查，继续", "Go on without this check"];
        for (place, language) in LANGUAGES.into_iter().enumerate() {
            let page = camera(&app, language).await;
            assert!(page.contains(&format!("lang=\"{language}\"")) && page.contains("data-stage=\"camera\""), "{page}");
            assert_eq!(said(&page, "film-turn-left"), turned[place]);
            for (code, kind) in &steps {
                assert!(!said(&page, &format!("film-{code}")).is_empty());
                assert!(!said(&page, &format!("again-{kind}")).is_empty());
                assert_eq!(page.matches(&format!("id=\"do-{kind}\"")).count(), 1, "{kind} is drawn");
            }
            for way in ["", "colours", "head", "blinks", "plain"] {
                assert!(page.contains(&format!("type=\"button\" data-way=\"{way}\"")), "{way}");
            }
            assert!(page.contains(&format!("data-way=\"plain\">{}<", plain[place])));
            for (name, ms) in [("rest", REST_MS), ("colour", COLOUR_MS), ("patience", PATIENCE_MS)] {
                assert!(page.contains(&format!("data-{name}-ms=\"{ms}\"")), "{name}");
            }
            assert!(page.contains("class=\"coach\" role=\"status\" aria-live=\"polite\""));
            let camera = page.split_once("id=\"camera\"").unwrap().1.split_once("id=\"hints\"").unwrap().0;
            for never in ["score", "%", "style=", "onclick", "failed"] {
                assert!(!camera.contains(never), "{never}");
            }
        }
    }
}

/// What a file weighs on its way to a browser, which takes gzip.
async fn weighed(app: &TestApp, address: &str) -> usize {
    let plain = open(app, address, None).await.with(200);
    let small = app.get(address).header("accept-encoding", "gzip, br").send().await.with(200);
    assert_eq!((small.header("content-encoding"), small.header("vary")), ("gzip", "accept-encoding"));
    let mut read = String::new();
    flate2::read::GzDecoder::new(small.body.as_slice()).read_to_string(&mut read).unwrap();
    assert_eq!(read, plain.text(), "{address}");
    for refuses in ["gzip;q=0, br", "identity"] {
        let answer = app.get(address).header("accept-encoding", refuses).send().await.with(200);
        assert_eq!(answer.text(), read, "{refuses}");
    }
    small.body.len()
}

#[tokio::test]
async fn its_scripts_and_styles_are_there_and_light() {
    let app = TestApp::each(Faces::Fake).await.remove(0);
    enrol(&app, OBAMA, Some("obama-1.jpg")).await;
    let page = camera(&app, "en").await;
    let folder = page.split_once("src=\"").unwrap().1.split_once("station.js").unwrap().0.rsplit('"').next().unwrap();
    let mut weight = page.len();
    let mut imported = vec!["station.js".to_owned()];
    for name in SCRIPTS {
        assert!(imported.iter().any(|one| one == name), "nobody imports {name}");
        let script = open(&app, &format!("{folder}{name}"), None).await.with(200).text();
        assert!(script.starts_with("// @ts-check\n"), "{name}");
        let imports = script.split(" from \"./").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        imported.extend(imports);
        weight += weighed(&app, &format!("{folder}{name}")).await;
    }
    assert!(imported.iter().all(|name| SCRIPTS.contains(&name.as_str())), "{imported:?}");
    for name in ["house.css", "station.css", "house.js"] {
        weight += weighed(&app, &format!("{folder}{name}")).await;
    }
    assert!(weight <= WEIGHT_MAX, "{weight} bytes");
}

/// The service judges by the colours of the challenge; the screen shows those of its style sheet.
#[tokio::test]
async fn the_screen_shows_the_colours_of_the_challenge() {
    let app = TestApp::each(Faces::Fake).await.remove(0);
    enrol(&app, OBAMA, Some("obama-1.jpg")).await;
    let page = camera(&app, "en").await;
    let address = page.split("href=\"").find(|part| part.contains("station.css\"")).unwrap().split('"').next().unwrap();
    let style = open(&app, address, None).await.with(200).text();
    for colour in [Colour::Blue, Colour::Green, Colour::Yellow, Colour::Violet, Colour::Dark] {
        let ([red, green, blue], name) = (colour.rgb(), format!("{colour:?}").to_lowercase());
        let rule = format!("[data-light=\"{name}\"] {{ --light: rgb({red} {green} {blue}); }}");
        assert!(style.contains(&rule), "{rule}");
    }
    assert!(style.contains("[data-light] { --light: #fff;"));
}
