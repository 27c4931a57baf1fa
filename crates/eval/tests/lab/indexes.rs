//! Indexes: what is understood, and the code of each thing that is not.

use eval::dataset::{DataSet, NO_LABEL, identities, pairs};
use proptest::prelude::*;

fn identities_of(text: &str) -> DataSet {
    identities::parse(text.as_bytes()).unwrap()
}

fn refusal_of_identities(text: impl AsRef<[u8]>) -> (&'static str, String) {
    let error = identities::parse(text.as_ref()).unwrap_err();
    (error.code(), error.to_string())
}

fn refusal_of_pairs(text: &str) -> (&'static str, String) {
    let error = pairs::parse(text.as_bytes()).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn mark_crlf_quotes_and_blank_lines_are_understood() {
    let data = identities_of("\u{feff}file,person,age\r\n\"a,b.jpg\",\"Ann \"\"A\"\" B\",12.5\r\n\r\nc.jpg, Bea ,\r\n");
    assert_eq!(data.pictures[0].file, "a,b.jpg");
    assert_eq!(data.persons, ["Ann \"A\" B", "Bea"]);
    assert_eq!(data.pictures[0].age_years, Some(12.5));
    assert_eq!(data.pictures[1].age_years, None);
    assert_eq!(data.pictures[1].line, 4);
}

#[test]
fn near_duplicates_are_left_out_and_counted() {
    let data = identities_of("file,person,near_duplicate\na,1,0\nb,1,1\nc,2,0\n");
    assert_eq!((data.pictures.len(), data.near_duplicates), (2, 1));
}

#[test]
fn other_columns_become_groups() {
    let row = |at: usize| format!("{at}.jpg,{at},{},remark {at},x", ["f", "m", ""][at % 3]);
    let rows = (0..80).map(row).collect::<Vec<_>>().join("\n");
    let data = identities_of(&format!("file,person,sex,remark,one\n{rows}"));
    assert_eq!(data.columns.len(), 1);
    assert_eq!(data.columns[0].labels, ["f", "m"]);
    assert_eq!(data.pictures[4].labels, [1]);
    assert_eq!(data.pictures[2].labels, [NO_LABEL]);
    assert_eq!(data.ignored_columns, ["remark", "one"]);
}

#[test]
fn ages_become_bands() {
    let data = identities_of("file,person,age\na,1,11.9\nb,1,12\nc,2,\nd,2,99\n");
    assert_eq!(data.columns[0].labels, ["0-11", "12-17", "60+"]);
    assert_eq!(data.pictures[2].labels, [NO_LABEL]);
}

#[test]
fn each_broken_index_has_its_code_and_line() {
    let long = "x".repeat(5000);
    let endless = format!("file,person\na,1\n\"{}", "y\n".repeat(200_000));
    let cases: [(&str, &str, &str); 19] = [
        ("", "index-column-missing", ""),
        ("file,age\na,1\n", "index-column-missing", "person"),
        ("file,person,file\na,1,b\n", "index-header-invalid", "twice"),
        ("file,,person\na,1,b\n", "index-header-invalid", "column 2"),
        ("file,person\n", "index-empty", ""),
        ("file,person,near_duplicate\na,1,1\n", "index-empty", "1 near duplicates"),
        ("file,person\na,1\nb\n", "index-row-broken", "line 3"),
        ("file,person\na,1,2\n", "index-row-broken", "line 2"),
        ("file,person\na,\n", "index-row-broken", "line 2"),
        ("file,person,age\na,1,old\n", "index-row-broken", "line 2"),
        ("file,person,age\na,1,-1\n", "index-row-broken", "line 2"),
        ("file,person,age\na,1,NaN\n", "index-row-broken", "line 2"),
        ("file,person,age\na,1,151\n", "index-row-broken", "line 2"),
        ("file,person,near_duplicate\na,1,yes\n", "index-row-broken", "near_duplicate"),
        ("file,person\na,1\na,2\n", "index-labels-disagree", "line 3"),
        ("file,person\n../a,1\n", "file-outside-root", "line 2"),
        ("file,person\n/etc/passwd,1\n", "file-outside-root", "line 2"),
        (&format!("file,person\na,{long}\n"), "index-field-too-long", "line 2"),
        (&endless, "index-field-too-long", "quotation mark"),
    ];
    for (text, code, part) in cases {
        let (found, message) = refusal_of_identities(text);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(part), "{message} lacks {part}");
    }
    let (code, message) = refusal_of_identities(b"file,person\na,\xff\xfe\n");
    assert!(code == "index-row-broken" && message.contains("line 2") && message.contains("UTF-8"), "{message}");
}

#[test]
fn pairs_take_persons_from_folders() {
    let data = pairs::parse("first,second,same,fold\nA/1,A/2,1,1\nA/1,B/1,0,2\n".as_bytes()).unwrap();
    assert_eq!(data.persons, ["A", "B"]);
    assert_eq!(data.pictures.len(), 3);
    assert!(data.pairs[0].same && data.pairs[1].fold == 2);
}

#[test]
fn pairs_without_folders_take_persons_from_each_other() {
    for prefix in ["", "all/"] {
        let text = format!("first,second,same\n{prefix}a,{prefix}b,1\n{prefix}b,{prefix}c,1\n{prefix}c,{prefix}d,0\n");
        let data = pairs::parse(text.as_bytes()).unwrap();
        let persons: Vec<u32> = data.pictures.iter().map(|picture| picture.person).collect();
        assert_eq!(persons, [0, 0, 0, 1]);
        assert_eq!(data.pairs[0].fold, 0);
    }
}

#[test]
fn each_broken_pair_index_has_its_code_and_line() {
    let cases = [
        ("first,second\na,b\n", "index-column-missing", "same"),
        ("first,second,same\n", "index-empty", ""),
        ("first,second,same\na,a,1\n", "index-row-broken", "line 2"),
        ("first,second,same\na,b,2\n", "index-row-broken", "line 2"),
        ("first,second,same,fold\na,b,1,0\n", "index-row-broken", "line 2"),
        ("first,second,same,fold\na,b,1,one\n", "index-row-broken", "line 2"),
        ("first,second,same\na,../b,1\n", "file-outside-root", "line 2"),
        ("first,second,same\nA/1,A/2,1\nA/1,B/1,1\n", "index-labels-disagree", "line 3"),
        ("first,second,same\nA/1,A/2,0\nA/1,B/1,0\n", "index-labels-disagree", "line 2"),
        ("first,second,same\na,b,1\nb,c,1\na,c,0\n", "index-labels-disagree", "line 4"),
    ];
    for (text, code, part) in cases {
        let (found, message) = refusal_of_pairs(text);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(part), "{message} lacks {part}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = identities::parse(&bytes[..]);
        let _ = pairs::parse(&bytes[..]);
    }

    #[test]
    fn no_rows_make_the_readers_panic(rows in "[a-c0-2,\"\r\n./\\\\ ]{0,200}") {
        let _ = identities::parse(format!("file,person,age,near_duplicate,group\n{rows}").as_bytes());
        let _ = pairs::parse(format!("first,second,same,fold\n{rows}").as_bytes());
    }

    #[test]
    fn files_and_persons_survive_quoting(names in prop::collection::hash_set("[a-z,\"]{1,8}", 1..20)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["file", "person"]).unwrap();
        for name in &names {
            writer.write_record([name, name]).unwrap();
        }
        let data = identities::parse(&writer.into_inner().unwrap()[..]).unwrap();
        prop_assert!(data.pictures.iter().zip(&names).all(|(picture, name)| &picture.file == name));
    }
}
