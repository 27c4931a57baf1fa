//! Passwords, one-time codes, invitations, sessions.

use crate::world::{World, at, totp, worlds};
use casework::Role;
use casework::desk::invitation::{self, Acceptance, Confirmation};
use casework::desk::operator::{self, OperatorNew, Standing};
use casework::desk::sign_in::{self, Opened, PasswordChange, PasswordSignIn};
use casework::desk::{Secret, office};
use jiff::Timestamp;
use std::time::Instant;
use store::ledger::Kind;
use store::limits::Window;
use store::session::Factor;

const PASSWORD: &str = "copper lantern over seven rivers";

/// Somebody who accepted an invitation, and the secret of the codes.
struct Accepted {
    opened: Opened,
    secret: String,
}

async fn accept(world: &World, now: Timestamp, token: &Secret) -> Accepted {
    let first = Acceptance { token: token.clone(), password: Secret::new(PASSWORD) };
    let offer = invitation::begin(&world.desk, now, &first).await.unwrap();
    let secret = offer.secret.as_str().to_owned();
    let second = Confirmation {
        token: token.clone(),
        password: Secret::new(PASSWORD),
        offer: offer.offer,
        code: Secret::new(totp(&secret, now)),
    };
    Accepted { opened: invitation::finish(&world.desk, now, &second).await.unwrap(), secret }
}

async fn administrator(world: &World) -> Accepted {
    let token = invitation::bootstrap(&world.desk, at(0)).await.unwrap().unwrap();
    accept(world, at(1), &token).await
}

fn with(login: &str, password: &str, code: &str) -> PasswordSignIn {
    PasswordSignIn { login: login.to_owned(), password: Secret::new(password), code: Secret::new(code) }
}

/// What somebody is told who tries to sign in.
async fn told(world: &World, now: Timestamp, request: &PasswordSignIn) -> Result<Opened, (String, String)> {
    let outcome = sign_in::with_password(&world.desk, now, request).await;
    outcome.map_err(|error| (error.code().to_owned(), error.detail().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_by_a_one_time_link() {
    for world in worlds().await {
        let desk = &world.desk;
        let token = invitation::bootstrap(desk, at(0)).await.unwrap().unwrap();
        assert!(invitation::bootstrap(desk, at(0)).await.unwrap().is_none());
        // The link was lost: as long as nobody set a credential, there is a new one, and the old one is void.
        let again = invitation::bootstrap_again(desk, at(0)).await.unwrap();
        let old = Acceptance { token, password: Secret::new(PASSWORD) };
        assert_eq!(invitation::begin(desk, at(1), &old).await.unwrap_err().code(), "invitation-ended");
        let accepted = accept(&world, at(1), &again).await;
        assert_eq!(invitation::bootstrap_again(desk, at(2)).await.unwrap_err().code(), "conflict");
        let by = sign_in::require(desk, at(2), accepted.opened.token.as_str()).await.unwrap();
        assert_eq!((by.roles(), by.factor()), (&["administrator".to_owned()][..], Factor::PasswordAndCode));
        let used = Acceptance { token: again, password: Secret::new(PASSWORD) };
        assert_eq!(invitation::begin(desk, at(2), &used).await.unwrap_err().code(), "invitation-ended");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_takes_a_good_password_and_its_own_secret() {
    for world in worlds().await {
        let desk = &world.desk;
        let token = invitation::bootstrap(desk, at(0)).await.unwrap().unwrap();
        let begin = |password: &str| Acceptance { token: token.clone(), password: Secret::new(password) };
        for weak in ["short", "administrator1", "password1234"] {
            let refused = invitation::begin(desk, at(1), &begin(weak)).await.unwrap_err();
            assert_eq!(refused.code(), "password-too-weak", "{weak}");
        }
        let offer = invitation::begin(desk, at(1), &begin(PASSWORD)).await.unwrap();
        assert!(offer.uri.as_str().starts_with("otpauth://totp/") && offer.login == "administrator");
        let confirm = |offer: &str, code: &str, password: &str| Confirmation {
            token: token.clone(),
            password: Secret::new(password),
            offer: Secret::new(offer),
            code: Secret::new(code),
        };
        let code = totp(offer.secret.as_str(), at(1));
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let (good, entries) = (offer.offer.as_str().to_owned(), world.entries().await);
        for (offer, code, password, expected) in [
            (good.as_str(), wrong, PASSWORD, "code-wrong"),
            (good.as_str(), code.as_str(), "short", "password-too-weak"),
            ("", code.as_str(), PASSWORD, "offer-invalid"),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", code.as_str(), PASSWORD, "offer-invalid"),
        ] {
            let refused = invitation::finish(desk, at(1), &confirm(offer, code, password)).await.unwrap_err();
            assert_eq!(refused.code(), expected);
        }
        // Every bit of an offer counts.
        for place in 0..good.len() - 1 {
            let mut bytes = good.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let forged = confirm(std::str::from_utf8(&bytes).unwrap(), &code, PASSWORD);
            assert_eq!(invitation::finish(desk, at(1), &forged).await.unwrap_err().code(), "offer-invalid", "{place}");
        }
        assert_eq!(world.entries().await, entries);
        invitation::finish(desk, at(1), &confirm(&good, &code, PASSWORD)).await.unwrap();
        // The link is used up, and so is the code.
        let again = invitation::finish(desk, at(1), &confirm(&good, &code, PASSWORD)).await.unwrap_err();
        assert_eq!(again.code(), "invitation-ended");
        assert!(told(&world, at(2), &with("administrator", PASSWORD, &code)).await.is_err());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_fails_learns_nothing() {
    for world in worlds().await {
        let Accepted { secret, .. } = administrator(&world).await;
        let (now, later) = (at(60), at(90));
        let code = totp(&secret, now);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let mut answers = Vec::new();
        for request in [
            with("administrator", PASSWORD, wrong),
            with("administrator", "wrong password", &code),
            with("nobody", PASSWORD, &code),
            with("' OR 1=1 --", PASSWORD, &code),
            with("administrator", PASSWORD, "' OR 1"),
        ] {
            answers.push(told(&world, now, &request).await.unwrap_err());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]) && answers[0].0 == "sign-in-refused");
        let opened = told(&world, later, &with(" Administrator ", PASSWORD, &totp(&secret, later))).await.unwrap();
        // No code is taken twice, nor an older one after a newer one.
        assert!(told(&world, later, &with("administrator", PASSWORD, &totp(&secret, later))).await.is_err());
        assert!(told(&world, later, &with("administrator", PASSWORD, &totp(&secret, at(65)))).await.is_err());
        let by = sign_in::require(&world.desk, later, opened.token.as_str()).await.unwrap();
        assert_eq!(by.factor(), Factor::PasswordAndCode);
        // A token is made here and never taken from outside.
        for foreign in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1"] {
            let refused = sign_in::require(&world.desk, later, foreign).await.unwrap_err();
            assert_eq!(refused.code(), "session-ended");
        }
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_login_costs_as_much_as_a_known_one() {
    let worlds = worlds().await;
    let world = &worlds[0];
    administrator(world).await;
    let mut least = [f64::MAX; 2];
    for _ in 0..3 {
        for (place, login) in ["administrator", "nobody"].into_iter().enumerate() {
            let begun = Instant::now();
            told(world, at(60), &with(login, "wrong password", "000000")).await.unwrap_err();
            least[place] = least[place].min(begun.elapsed().as_secs_f64());
        }
    }
    // Coarse, because other work runs beside it: without the hashing it would be a hundred times quicker.
    assert!(least[1] > least[0] * 0.4 && least[1] > 0.02, "{least:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_locks_the_login_for_a_while_and_in_silence() {
    for world in worlds().await {
        let Accepted { secret, .. } = administrator(&world).await;
        for n in 0..5 {
            told(&world, at(60), &with("administrator", "wrong password", "000000")).await.unwrap_err();
            assert_eq!(world.entries_of(Kind::LockedOut).await, i64::from(n == 4));
        }
        // The right password is refused like the wrong one.
        let right = told(&world, at(90), &with("administrator", PASSWORD, &totp(&secret, at(90)))).await.unwrap_err();
        assert_eq!(right.0, "sign-in-refused");
        assert!(told(&world, at(121), &with("administrator", PASSWORD, &totp(&secret, at(121)))).await.is_ok());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_sent_at_once_do_not_pass_the_limit_together() {
    for world in worlds().await {
        let Accepted { secret, .. } = administrator(&world).await;
        let wrong = with("administrator", "wrong password", "000000");
        let guesses = (0..8).map(|_| told(&world, at(60), &wrong));
        let mut answers = Vec::new();
        let mut waiting: Vec<_> = guesses.map(Box::pin).collect();
        std::future::poll_fn(|context| {
            waiting.retain_mut(|guess| match guess.as_mut().poll(context) {
                std::task::Poll::Ready(answer) => {
                    answers.push(answer);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        assert!(answers.len() == 8 && answers.iter().all(Result::is_err));
        assert_eq!(world.db.count("SELECT failures FROM operator_throttles").await, 5);
        assert!(told(&world, at(62), &with("administrator", PASSWORD, &totp(&secret, at(62)))).await.is_err());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_by_time_by_hand_and_with_the_operator() {
    for world in worlds().await {
        let desk = &world.desk;
        let Accepted { opened, secret } = administrator(&world).await;
        let token = opened.token.as_str();
        // Used every 20 minutes it lives on, until its end after ten hours.
        for n in 1..30 {
            sign_in::require(desk, at(n * 1200), token).await.unwrap();
        }
        assert!(sign_in::require(desk, at(10 * 3600 + 2), token).await.is_err());
        let base = 11 * 3600;
        let mut sessions = Vec::new();
        for n in 0..3 {
            let now = at(base + n * 30);
            sessions.push(told(&world, now, &with("administrator", PASSWORD, &totp(&secret, now))).await.unwrap());
        }
        let now = at(base + 100);
        let [one, two, three] = [0, 1, 2].map(|n| sessions[n].token.as_str());
        let by = sign_in::require(desk, now, one).await.unwrap();
        assert_eq!(sign_in::sessions(desk, &by, now).await.unwrap().iter().filter(|s| s.present).count(), 1);
        sign_in::sign_out(desk, &by, now).await.unwrap();
        sign_in::sign_out(desk, &by, now).await.unwrap();
        assert_eq!(world.entries_of(Kind::SignedOut).await, 1);
        assert_eq!(sign_in::require(desk, now, one).await.unwrap_err().code(), "session-ended");
        let by = sign_in::require(desk, now, two).await.unwrap();
        assert_eq!(sign_in::sign_out_everywhere(desk, &by, now).await.unwrap(), 2);
        assert!(sign_in::require(desk, now, three).await.is_err());
        // Nothing for half an hour is an end too.
        let now = at(base + 300);
        let last = told(&world, now, &with("administrator", PASSWORD, &totp(&secret, now))).await.unwrap();
        assert!(sign_in::require(desk, at(base + 300 + 1801), last.token.as_str()).await.is_err());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions() {
    for world in worlds().await {
        let desk = &world.desk;
        let Accepted { opened, secret } = administrator(&world).await;
        let by = sign_in::require(desk, at(60), opened.token.as_str()).await.unwrap();
        let change = |password: &str, new: &str, now| PasswordChange {
            password: Secret::new(password),
            code: Secret::new(totp(&secret, now)),
            new_password: Secret::new(new),
        };
        let weak = sign_in::change_password(desk, &by, at(60), &change(PASSWORD, "12345678", at(60))).await;
        assert_eq!(weak.unwrap_err().code(), "password-too-weak");
        let wrong = sign_in::change_password(desk, &by, at(60), &change("wrong", "a good new phrase", at(60))).await;
        assert_eq!(wrong.unwrap_err().code(), "sign-in-refused");
        let good = change(PASSWORD, "a good new phrase", at(90));
        let fresh = sign_in::change_password(desk, &by, at(90), &good).await.unwrap();
        assert!(sign_in::require(desk, at(91), opened.token.as_str()).await.is_err());
        assert!(sign_in::require(desk, at(91), fresh.token.as_str()).await.is_ok());
        assert!(told(&world, at(120), &with("administrator", PASSWORD, &totp(&secret, at(120)))).await.is_err());
        let new = with("administrator", "a good new phrase", &totp(&secret, at(150)));
        assert!(told(&world, at(150), &new).await.is_ok());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_keep_others_and_never_themselves() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let admin = world.somebody("root", Role::Administrator, &office).await;
        let standing = |roles: &[&str], office: Option<&store::id::OfficeId>| Standing {
            office: office.cloned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            trained_on: None,
        };
        let new = |login: &str, standing| OperatorNew {
            login: login.to_owned(),
            name: "N'; DROP TABLE operators;--".to_owned(),
            standing,
        };
        for (roles, place, code) in [
            (&["clerk", "auditor"][..], Some(&office), "roles-conflict"),
            (&["root"], None, "role-unknown"),
            (&[], None, "role-unknown"),
            (&["clerk"], None, "office-missing"),
        ] {
            let refused = operator::invite(desk, &admin, at(1), &new("x1", standing(roles, place))).await.unwrap_err();
            assert_eq!(refused.code(), code);
        }
        let trained =
            Standing { trained_on: Some("2027-01-01".parse().unwrap()), ..standing(&["clerk"], Some(&office)) };
        let refused = operator::invite(desk, &admin, at(1), &new("x1", trained)).await.unwrap_err();
        assert_eq!(refused.code(), "training-ahead");
        let trained =
            Standing { trained_on: Some("2026-11-20".parse().unwrap()), ..standing(&["clerk"], Some(&office)) };
        let invited = operator::invite(desk, &admin, at(1), &new("clerk1", trained)).await.unwrap();
        let twice =
            operator::invite(desk, &admin, at(1), &new("CLERK1", standing(&["auditor"], None))).await.unwrap_err();
        assert_eq!(twice.code(), "already-exists");
        let Accepted { opened, secret } = accept(&world, at(30), &invited.token).await;
        let clerk = sign_in::require(desk, at(31), opened.token.as_str()).await.unwrap();
        assert!(casework::desk::by::trained(&clerk, at(31)));
        // Nobody touches their own record.
        let own = admin.operator();
        let me = standing(&["administrator"], None);
        assert_eq!(operator::change(desk, &admin, at(2), own, &me).await.unwrap_err().code(), "own-record");
        assert_eq!(operator::disable(desk, &admin, at(2), own).await.unwrap_err().code(), "own-record");
        assert_eq!(operator::invite_again(desk, &admin, at(2), own).await.unwrap_err().code(), "own-record");
        // What is changed holds at once, in sessions that are open.
        operator::change(desk, &admin, at(40), clerk.operator(), &standing(&["auditor"], None)).await.unwrap();
        let changed = sign_in::require(desk, at(41), opened.token.as_str()).await.unwrap();
        assert_eq!(changed.roles(), ["auditor".to_owned()]);
        operator::disable(desk, &admin, at(50), clerk.operator()).await.unwrap();
        assert!(sign_in::require(desk, at(51), opened.token.as_str()).await.is_err());
        let refused = told(&world, at(60), &with("clerk1", PASSWORD, &totp(&secret, at(60)))).await.unwrap_err();
        assert_eq!(refused.0, "sign-in-refused");
        operator::enable(desk, &admin, at(70), clerk.operator()).await.unwrap();
        assert!(told(&world, at(90), &with("clerk1", PASSWORD, &totp(&secret, at(90)))).await.is_ok());
        assert_eq!(sign_in::sign_out_operator(desk, &admin, at(91), clerk.operator()).await.unwrap(), 1);
        let listed = operator::list(desk, &admin, at(92), Window::default()).await.unwrap();
        assert!(listed.iter().any(|one| one.login == "clerk1" && one.name.contains("DROP TABLE")));
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_disable_each_other_leave_one() {
    for world in worlds().await {
        let office = world.office("north").await;
        let one = world.somebody("one", Role::Administrator, &office).await;
        let two = world.somebody("two", Role::Administrator, &office).await;
        let (first, second) = tokio::join!(
            operator::disable(&world.desk, &one, at(1), two.operator()),
            operator::disable(&world.desk, &two, at(1), one.operator()),
        );
        let left = world.db.count("SELECT COUNT(*) FROM operators WHERE disabled_at_ms IS NULL").await;
        assert_eq!(left, 1, "{first:?} {second:?}");
        assert!(first.is_ok() != second.is_ok());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn supervisors_see_their_own_office() {
    for world in worlds().await {
        let (north, south) = (world.office("north").await, world.office("south").await);
        let supervisor = world.somebody("sup", Role::Supervisor, &north).await;
        let clerk = world.somebody("clerk", Role::Clerk, &south).await;
        let admin = world.somebody("root", Role::Administrator, &north).await;
        let seen = office::list(&world.desk, &supervisor, at(1), Window::default()).await.unwrap();
        assert_eq!(seen.iter().map(|office| &office.id).collect::<Vec<_>>(), [&north]);
        assert_eq!(office::list(&world.desk, &admin, at(1), Window::default()).await.unwrap().len(), 2);
        assert_eq!(
            office::list(&world.desk, &clerk, at(1), Window::default()).await.unwrap_err().code(),
            "permission-missing"
        );
        let operators = operator::list(&world.desk, &supervisor, at(1), Window::default()).await.unwrap();
        assert_eq!(operators.iter().map(|one| one.login.as_str()).collect::<Vec<_>>(), ["sup"]);
    }
}
