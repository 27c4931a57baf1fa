//! Films: what a page signs and sends so that liveness can be judged, and what is tried and does not pass.

use crate::world::{OBAMA, World, code, photo, worlds};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casework::desk::capture::{self, Frames};
use casework::desk::decide::{self, End, Leave};
use casework::desk::evidence::LivenessRecord;
use casework::desk::film::{self, Batch, Begin, Guidance};
use casework::desk::judge::{self, Judge};
use casework::desk::liveness::Signed;
use casework::visit::{Judgement, Liveness};
use face::live::Way;
use image::{DynamicImage, ImageFormat, imageops};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use store::id::VisitId;

/// What is wrong with a head.
type Change = fn(&mut Value);

/// What a page knows: its key, and what it signed last.
pub(crate) struct Page {
    key: SigningKey,
    nonce: String,
    before: Vec<u8>,
    at_ms: u32,
}

impl Page {
    pub(crate) fn new(nonce: &str, secret: u8) -> Self {
        let key = SigningKey::from_slice(&[secret; 32]).unwrap();
        Self { key, nonce: nonce.to_owned(), before: vec![0; 32], at_ms: 0 }
    }

    fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().to_encoded_point(false).as_bytes())
    }

    pub(crate) async fn begin(&self, world: &World) -> casework::Result<()> {
        let begin = Begin { nonce: self.nonce.clone(), key: self.public(), way: Way::default() };
        film::begin(&world.desk, &world.seat, world.now, &begin).await
    }

    /// The head of pictures that come 100 ms apart.
    fn head(&mut self, pictures: &[Arc<[u8]>]) -> Value {
        let facts = pictures.iter().map(|picture| {
            self.at_ms += 100;
            json!({ "at_ms": self.at_ms, "sha256": URL_SAFE_NO_PAD.encode(Sha256::digest(picture)) })
        });
        let pictures: Vec<Value> = facts.collect();
        let camera = json!({ "label": "Integrated Camera", "width": 1280, "height": 720 });
        json!({ "before": URL_SAFE_NO_PAD.encode(&self.before), "camera": camera, "pictures": pictures })
    }

    fn sign(&mut self, head: &Value) -> Signed {
        let head = head.to_string().into_bytes();
        let mut message = Vec::new();
        for part in [self.nonce.as_bytes(), &head] {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part);
        }
        let signature: Signature = self.key.sign(&message);
        self.before = Sha256::digest(&head).to_vec();
        Signed { head, signature: signature.to_bytes().to_vec() }
    }

    fn batch(&mut self, pictures: Vec<Arc<[u8]>>, change: impl Fn(&mut Value)) -> Batch {
        let mut head = self.head(&pictures);
        change(&mut head);
        let signed = self.sign(&head);
        Batch { nonce: self.nonce.clone(), signed, pictures }
    }

    pub(crate) async fn send(&mut self, world: &World, pictures: Vec<Arc<[u8]>>) -> casework::Result<Guidance> {
        let batch = self.batch(pictures, |_| {});
        film::add(&world.desk, &world.seat, world.now + Duration::from_millis(u64::from(self.at_ms)), batch).await
    }

    /// Takes these pictures with what the page signed of them.
    pub(crate) async fn take(&mut self, world: &World, pictures: Vec<Arc<[u8]>>) -> casework::Result<capture::Taken> {
        let head = self.head(&pictures);
        let signed = Some(self.sign(&head));
        let frames = Frames { nonce: self.nonce.clone(), pictures, signed };
        capture::take(&world.desk, &world.seat, world.now + Duration::from_secs(20), frames).await
    }
}

/// Height of the small pictures of every photograph, pixels: a camera's pictures are all of one size.
const HEIGHT: u32 = 560;

/// Small pictures of a photograph, each cut a little elsewhere, as a camera sees a person who does not quite hold still.
pub(crate) fn small(name: &str, from: u32, count: u32) -> Vec<Arc<[u8]>> {
    let whole = image::load_from_memory(&photo(name)).unwrap().to_rgb8();
    let scale = 480.0 / f64::from(whole.width());
    let height = (f64::from(whole.height()) * scale) as u32;
    let whole = imageops::resize(&whole, 480, height, imageops::FilterType::Triangle);
    let cut = |n: u32| imageops::crop_imm(&whole, n % 5, n / 5 % 5, 470, (height - 10).min(HEIGHT)).to_image();
    (from..from + count)
        .map(|n| testkit::pictures::encode(&DynamicImage::ImageRgb8(cut(n)), ImageFormat::Jpeg).into())
        .collect()
}

/// A visit whose camera is open, and the page that opened it.
async fn opened(world: &World) -> (VisitId, Page) {
    let visit = world.collecting(OBAMA).await;
    world.agreed(&visit, 0).await;
    world.begin(&visit, 0).await.unwrap();
    let camera = world.camera(&visit, 0).await.unwrap();
    (visit, Page::new(&camera.nonce, 3))
}

/// What the evidence says of liveness, once the clerk has judged.
async fn liveness(world: &World, visit: &VisitId) -> LivenessRecord {
    let judged = Judge { person: 0, answer: Judgement::Same };
    let found = judge::judge(&world.desk, &world.clerk, world.now, visit, judged).await.unwrap().evidence.liveness;
    decide::leave(&world.desk, &world.clerk, world.now, visit, Leave { how: End::GivenUp }).await.unwrap();
    assert_eq!((world.rows("films").await, world.rows("bio_films").await), (0, 0), "a film outlived its visit");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_is_drawn_once_the_camera_runs_and_dies_with_the_capture() {
    for world in worlds().await {
        let (visit, mut page) = opened(&world).await;
        page.begin(&world).await.unwrap();
        let first = page.send(&world, small("obama-2.jpg", 0, 3)).await.unwrap();
        let asked = first.challenge.clone().unwrap();
        assert!(!asked.steps.is_empty() && !asked.colours.is_empty());
        assert!(first.face.is_some(), "the face is followed");
        let second = page.send(&world, small("obama-2.jpg", 3, 3)).await.unwrap();
        assert_eq!((second.taken, second.challenge, second.followed), (2, Some(asked), 0));
        assert_eq!((world.rows("films").await, world.rows("bio_films").await), (1, 2));
        assert!(page.take(&world, vec![photo("obama-2.jpg").into()]).await.unwrap().usable);
        let found = liveness(&world, &visit).await;
        assert_eq!(found.outcome, Liveness::NotChecked, "nobody did what was asked: {found:?}");
        assert_eq!(found.flaws, Vec::<String>::new());
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_film_or_its_signature_it_is_not_checked() {
    for world in worlds().await {
        let (visit, page) = opened(&world).await;
        world.take(&page.nonce, &["obama-2.jpg"]).await.unwrap();
        assert_eq!(liveness(&world, &visit).await.why.as_deref(), Some("no-film"));
        let (visit, mut page) = opened(&world).await;
        page.begin(&world).await.unwrap();
        page.send(&world, small("obama-2.jpg", 0, 3)).await.unwrap();
        world.take(&page.nonce, &["obama-2.jpg"]).await.unwrap();
        assert_eq!(liveness(&world, &visit).await.why.as_deref(), Some("pictures-unsigned"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_did_not_sign_is_refused() {
    for world in worlds().await {
        let (_, mut page) = opened(&world).await;
        let at = world.now;
        let batch = page.batch(small("obama-2.jpg", 0, 2), |_| {});
        assert_eq!(code(film::add(&world.desk, &world.seat, at, batch).await), "film-missing");
        page.before = vec![0; 32];
        page.begin(&world).await.unwrap();
        assert_eq!(code(page.begin(&world).await), "already-exists", "another key cannot take its place");
        let mut other = Page::new(&page.nonce, 4);
        assert_eq!(code(other.send(&world, small("obama-2.jpg", 0, 2)).await), "film-forged");
        let mut changed = page.batch(small("obama-2.jpg", 0, 2), |_| {});
        changed.pictures.swap(0, 1);
        assert_eq!(code(film::add(&world.desk, &world.seat, at, changed).await), "film-forged", "other pictures");
        page.before = vec![0; 32];
        let elsewhere = page.batch(small("obama-2.jpg", 0, 2), |_| {});
        assert_eq!(code(film::add(&world.desk, &world.other_seat, at, elsewhere).await), "capture-ended");
        page.before = vec![0; 32];
        page.send(&world, small("obama-2.jpg", 0, 2)).await.unwrap();
        let next = || small("obama-2.jpg", 2, 2);
        let said = page.before.clone();
        page.send(&world, next()).await.unwrap();
        page.before = said;
        assert_eq!(code(page.send(&world, next()).await), "film-out-of-order", "sent again");
        assert_eq!(
            code(page.take(&world, vec![photo("obama-2.jpg").into()]).await),
            "film-forged",
            "after another head"
        );
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_no_camera_sent_are_an_injection() {
    for world in worlds().await {
        let backwards = |head: &mut Value| head["pictures"][1]["at_ms"] = json!(1);
        let fast =
            |head: &mut Value| head["pictures"][1]["at_ms"] = json!(head["pictures"][0]["at_ms"].as_u64().unwrap() + 2);
        let early = |head: &mut Value| head["showing"] = json!({ "prompt": "step", "at": 0, "from_ms": 5 });
        let camera = |head: &mut Value| head["camera"]["label"] = json!("Another");
        let changes: [(&str, Change); 4] = [
            ("times-go-back", backwards),
            ("rate-impossible", fast),
            ("anticipated", early),
            ("camera-changed", camera),
        ];
        for (flaw, change) in changes {
            let (visit, mut page) = opened(&world).await;
            page.begin(&world).await.unwrap();
            page.send(&world, small("obama-2.jpg", 0, 3)).await.unwrap();
            let batch = page.batch(small("obama-2.jpg", 3, 3), change);
            let at = world.now + Duration::from_secs(2);
            film::add(&world.desk, &world.seat, at, batch).await.unwrap();
            page.take(&world, vec![photo("obama-2.jpg").into()]).await.unwrap();
            let found = liveness(&world, &visit).await;
            assert_eq!(
                (found.outcome, found.species.as_deref()),
                (Liveness::Attack, Some("injected")),
                "{flaw}: {found:?}"
            );
            assert!(found.flaws.iter().any(|f| f == flaw), "{flaw}: {:?}", found.flaws);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_goes_away_for_a_while_in_the_middle_of_a_film() {
    for world in worlds().await {
        for (away_ms, flaws) in [(3_000, &[][..]), (4_600, &["gap"])] {
            let (visit, mut page) = opened(&world).await;
            page.begin(&world).await.unwrap();
            page.send(&world, small("obama-2.jpg", 0, 3)).await.unwrap();
            page.at_ms += away_ms;
            page.send(&world, small("obama-2.jpg", 3, 3)).await.unwrap();
            page.take(&world, vec![photo("obama-2.jpg").into()]).await.unwrap();
            assert_eq!(liveness(&world, &visit).await.flaws, flaws);
        }
    }
}

/// Pictures of a photograph that is always the same but for one corner.
fn still(name: &str, count: u8) -> Vec<Arc<[u8]>> {
    let whole = image::load_from_memory(&photo(name)).unwrap().to_rgb8();
    let mut whole = imageops::resize(&whole, 480, HEIGHT, imageops::FilterType::Triangle);
    let mut next = |n: u8| {
        whole.put_pixel(3, 3, image::Rgb([255, 10 * n, 0]));
        testkit::pictures::encode(&DynamicImage::ImageRgb8(whole.clone()), ImageFormat::Jpeg).into()
    };
    (0..count).map(&mut next).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_still_with_always_the_same_noise_is_an_injection_though_no_picture_comes_twice() {
    for world in worlds().await {
        let (visit, mut page) = opened(&world).await;
        page.begin(&world).await.unwrap();
        for pictures in still("obama-2.jpg", 9).chunks(3) {
            page.send(&world, pictures.to_vec()).await.unwrap();
        }
        page.take(&world, vec![photo("obama-2.jpg").into()]).await.unwrap();
        let found = liveness(&world, &visit).await;
        assert_eq!(found.flaws, ["noise-constant"]);
        assert_eq!((found.outcome, found.species.as_deref()), (Liveness::Attack, Some("injected")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pictures_again_and_another_face_at_the_end_are_attacks() {
    for world in worlds().await {
        let (visit, mut page) = opened(&world).await;
        page.begin(&world).await.unwrap();
        page.send(&world, small("obama-2.jpg", 0, 3)).await.unwrap();
        page.send(&world, small("obama-2.jpg", 2, 3)).await.unwrap();
        page.take(&world, vec![photo("obama-2.jpg").into()]).await.unwrap();
        let found = liveness(&world, &visit).await;
        assert_eq!(found.flaws, ["repeated"]);
        // One picture of the claimed person among those of the film's is as much an exchange as all of them.
        for end in [&["obama-2.jpg"][..], &["biden-1.jpg", "obama-2.jpg"]] {
            let (visit, mut page) = opened(&world).await;
            page.begin(&world).await.unwrap();
            for n in 0..8 {
                page.send(&world, small("biden-1.jpg", 3 * n, 3)).await.unwrap();
            }
            page.take(&world, end.iter().map(|name| photo(name).into()).collect()).await.unwrap();
            let found = liveness(&world, &visit).await;
            assert_eq!(found.outcome, Liveness::Attack, "{end:?}: {found:?}");
            assert_eq!(found.species.as_deref(), Some("swapped"), "{end:?}: {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_a_step_has_the_face_of_the_beginning_and_the_end() {
    for world in worlds().await {
        let (visit, mut page) = opened(&world).await;
        page.begin(&world).await.unwrap();
        for n in 0..3 {
            page.send(&world, small("obama-2.jpg", 3 * n, 3)).await.unwrap();
        }
        // A picture of the claimed person at the beginning and at the end; between them somebody who could do what is asked.
        for n in 0..3 {
            let batch = page.batch(small("biden-1.jpg", 3 * n, 3), |head| {
                head["showing"] = json!({ "prompt": "step", "at": 0, "from_ms": 950 });
            });
            let at = world.now + Duration::from_millis(u64::from(page.at_ms));
            film::add(&world.desk, &world.seat, at, batch).await.unwrap();
        }
        page.take(&world, vec![photo("obama-2.jpg").into()]).await.unwrap();
        let found = liveness(&world, &visit).await;
        assert_eq!(found.flaws, Vec::<String>::new());
        assert_eq!((found.outcome, found.species.as_deref()), (Liveness::Attack, Some("swapped")), "{found:?}");
    }
}
