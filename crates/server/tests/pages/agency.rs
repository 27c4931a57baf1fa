//! `/agencies`: who is told something, as administrators keep them; and the tries to deliver a notice.

use crate::flow::offices;
use crate::sign_in::{open, submit};

#[tokio::test]
async fn an_administrator_keeps_agencies_and_sees_a_secret_once() {
    for app in offices().await {
        let administrator = Some(&app.people.administrator);
        let page = open(&app, "/agencies", administrator).await.with(200).text();
        assert!(page.contains("There is nothing here.") && page.contains("value=\"birth-date\""));
        let form = |endpoint: &str, more: &str| {
            format!("code=immigration&name=National+Immigration+Agency&endpoint={endpoint}&purpose=A+new+status{more}")
        };
        let fields = "&fields=name&fields=event-kind";
        let wrong =
            submit(&app, "/agencies", &form("http%3A%2F%2Fhooks.example", fields), administrator).await.with(422);
        assert!(wrong.text().contains("role=\"alert\"") && wrong.text().contains("value=\"event-kind\" checked"));
        let right = form("https%3A%2F%2Fhooks.example%2Fin", fields);
        let made = submit(&app, "/agencies", &right, administrator).await.with(200).text();
        let secret = made.split("whsec_").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(secret.len(), 44);
        let taken = submit(&app, "/agencies", &right, administrator).await.with(422).text();
        assert!(taken.contains("Another agency has this short name.") && !taken.contains("whsec_"));
        let list = open(&app, "/agencies", administrator).await.with(200).text();
        assert!(list.contains("Name, What was registered") && list.contains("Active") && !list.contains(&secret));
        let path = format!("/agencies/{}", list.split("href=\"/agencies/").nth(1).unwrap().split('"').next().unwrap());
        let one = open(&app, &path, administrator).await.with(200).text();
        assert!(one.contains("https://hooks.example/in") && !one.contains("whsec_"));
        submit(&app, &format!("{path}/pause"), "", administrator).await.with(303);
        assert!(open(&app, &path, administrator).await.with(200).text().contains("somebody wanted it"));
        submit(&app, &format!("{path}/resume"), "", administrator).await.with(303);
        let changed = "name=Immigration&endpoint=https%3A%2F%2Fhooks.example%2Fother&purpose=p";
        submit(&app, &path, changed, administrator).await.with(303);
        let renewed = submit(&app, &format!("{path}/secret"), "overlap_hours=24", administrator).await.with(200).text();
        assert!(renewed.contains("whsec_") && !renewed.contains(&secret));
        let one = open(&app, &path, administrator).await.with(200).text();
        assert!(one.contains("https://hooks.example/other") && !one.contains(" checked") && one.contains("Ends "));
        assert_eq!(open(&app, "/agencies", Some(&app.people.supervisor)).await.status, 403);
    }
}
