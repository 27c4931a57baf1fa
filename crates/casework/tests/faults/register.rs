//! Import and sign-in.

use crate::sweep::Kind::{InParts, Whole};
use crate::sweep::{PERSONS, worlds};
use casework::desk::Secret;
use casework::desk::import::{self, ImportSource};
use casework::desk::sign_in::{self, PasswordSignIn};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use testkit::scenario::{LOGIN, PASSWORD, TOTP, fakes};

/// The code that the clerk's authenticator shows: RFC 4226 and RFC 6238.
fn code(now: Timestamp) -> String {
    let mut hmac = <Hmac<sha1::Sha1>>::new_from_slice(&TOTP).unwrap();
    hmac.update(&(now.as_second() as u64 / 30).to_be_bytes());
    let hash = hmac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_out() {
    for world in worlds().await {
        let (desk, now) = (&world.office.desk, world.now());
        let request =
            PasswordSignIn { login: LOGIN.to_owned(), password: Secret::new(PASSWORD), code: Secret::new(code(now)) };
        // The attempt is counted before it is known how it ends, so more than a few in a row would lock the login.
        let opened = world
            .sweep("sign in", InParts, async || {
                let mut tx = world.database.write().await?;
                store::operator::throttle::reset(&mut tx, world.office.clerk.operator()).await?;
                tx.commit().await?;
                sign_in::with_password(desk, now, &request).await
            })
            .await;
        let again = sign_in::with_password(desk, now, &request).await.unwrap_err();
        assert_eq!(again.code(), "sign-in-refused", "a code is good for one session");
        let by = sign_in::require(desk, now, opened.token.as_str()).await.unwrap();
        world.sweep("sign out", Whole, async || sign_in::sign_out(desk, &by, now).await).await;
        assert_eq!(sign_in::require(desk, now, opened.token.as_str()).await.unwrap_err().code(), "session-ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_where_it_was_cut_off() {
    for world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("face.jpg"), fakes::picture(70, 0)).unwrap();
        let list = folder.path().join("list.csv");
        let row = |row: u32| {
            let photo = if row == 3 { "face.jpg" } else { "" };
            format!("B{row:09},Somebody {row},1990-01-02,{photo}\n")
        };
        // The last row's number stands twice.
        let rows = (0..120).chain([0]).map(row);
        let text: String = std::iter::once("number,name,birth_date,photo\n".to_owned()).chain(rows).collect();
        std::fs::write(&list, text).unwrap();
        let source = ImportSource::Folder { list, photos: folder.path().to_owned() };
        let now = world.now();
        let desk = &world.office.desk;
        let done = world
            .sweep("import", InParts, async || import::run(desk, None, &move || now, &source, &mut |_| {}).await)
            .await;
        assert_eq!((done.state.as_str(), done.rows_done, done.rows_rejected), ("finished", 121, 1));
        let persons = "SELECT COUNT(*) FROM persons";
        assert_eq!(world.database.count(persons).await, 120 + PERSONS as i64);
    }
}
