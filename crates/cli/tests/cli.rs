//! The program as people meet it: words, exit statuses, files.
#![cfg(test)]

#[path = "cli/keys.rs"]
mod keys;
#[path = "support/run.rs"]
mod run;

use run::{command, finish, fixture, line, run};
use std::fs;
use std::process::Stdio;

#[test]
fn help() {
    assert_eq!(line("--version").out, concat!("countenance ", env!("CARGO_PKG_VERSION"), "\n"));
    let ran = line("--help");
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    Compares a live face with dated portraits of one person and shows the evidence

    Usage: countenance [OPTIONS] <COMMAND>

    Commands:
      verify      Compare a live picture with one or more portraits of one person
      inspect     Show what is seen in one picture: face, regions, pose and quality
      doctor      Check the installation: pack, calibration, processor and a self-test
      init        Prepare a folder for a new installation: configuration and keys
      serve       Serve the pages and the API
      demo        Play it: two offices, 29 stations, every role, recorded cameras
      enrol       Import persons and their portraits into the register
      keys        Name, rotate and retire keys
      db          Back up, restore, move and check the records
      ledger      Search, export and verify the ledger
      service     Check, walk and draw service definitions
      attack-kit  Make films of attacks on a portrait, to test the liveness check
      eval        Measure error rates over sets of pictures, and calibrate
      help        Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Common options:
          --json          Print the result as one JSON document (see docs/JSON.md)
          --pack <DIR>    Use the pack in this folder instead of the built-in one [env:
                          COUNTENANCE_PACK]
          --color <WHEN>  When to use colour: auto, always or never
          --ascii         Draw with plain ASCII characters
          --width <N>     Width of the text in characters; the terminal's by default [env:
                          COLUMNS]

    Exit status:
      0  match, or the command did its work
      1  no match, or a check found something that is not in order
      2  the comparison cannot tell
      3  a picture was read but cannot be used: number of faces, size or quality
      4  the input or the command line is wrong
      5  the installation is broken: pack, models or calibration
      6  a result could not be written or an internal step did not finish
    ");
}

#[test]
fn help_of_the_commands() {
    let ran = line("help verify");
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran.out, @r"
    Compare a live picture with one or more portraits of one person

    Usage: countenance verify [OPTIONS] <LIVE> <PORTRAIT>...

    Arguments:
      <LIVE>         The live picture: JPEG, PNG or WebP
      <PORTRAIT>...  Portraits of the one person who it may be

    Options:
          --live <FRAME>          A further live frame of the same person; may be given
                                  several times
          --portrait-date <DATE>  When a portrait was taken: 2009, 2009-05, 2009-05-31 or
                                  unknown; one for each portrait, in their order
          --on <DATE>             The day of the check [default: today]
          --fmr <RATE>            The false-match rate that a match must keep: 1e-4 or 1:10000
                                  [default: 1e-4]
      -h, --help                  Print help

    Common options:
          --json          Print the result as one JSON document (see docs/JSON.md)
          --pack <DIR>    Use the pack in this folder instead of the built-in one [env:
                          COUNTENANCE_PACK]
          --color <WHEN>  When to use colour: auto, always or never
          --ascii         Draw with plain ASCII characters
          --width <N>     Width of the text in characters; the terminal's by default [env:
                          COLUMNS]
    ");
    let ran = line("inspect --help");
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran.out, @r"
    Show what is seen in one picture: face, regions, pose and quality

    Usage: countenance inspect [OPTIONS] <IMAGE>

    Arguments:
      <IMAGE>  The picture: JPEG, PNG or WebP

    Options:
          --draw <OUT.PNG>  Write the picture with box, regions and quality bars to this PNG
                            file
          --force           Replace the file that --draw names if it exists
      -h, --help            Print help

    Common options:
          --json          Print the result as one JSON document (see docs/JSON.md)
          --pack <DIR>    Use the pack in this folder instead of the built-in one [env:
                          COUNTENANCE_PACK]
          --color <WHEN>  When to use colour: auto, always or never
          --ascii         Draw with plain ASCII characters
          --width <N>     Width of the text in characters; the terminal's by default [env:
                          COLUMNS]
    ");
}

#[test]
fn a_wrong_command_line() {
    let ran = line("verify obama-1.jpg");
    assert_eq!((ran.status, ran.out.as_str()), (4, ""));
    insta::assert_snapshot!(ran.err, @r"
    error: the following required arguments were not provided:
      <PORTRAIT>...

    Usage: countenance verify [OPTIONS] <LIVE> <PORTRAIT>...

    For more information, try '--help'.
      code: usage
    ");
    for words in
        ["", "compare", "verify obama-1.jpg obama-2.jpg --fmr 2", "inspect obama-1.jpg --force", "doctor --colour"]
    {
        let ran = line(words);
        assert_eq!((ran.status, ran.out.as_str()), (4, ""), "{words}");
        assert!(ran.err.contains("code: usage"), "{words}: {}", ran.err);
    }
}

#[test]
fn a_missing_file() {
    let ran = line("verify obama-1.jpg nowhere.png");
    assert_eq!((ran.status, ran.out.as_str()), (4, ""));
    insta::assert_snapshot!(ran.err, @r"
    countenance: nowhere.png: no such file or directory
      A named file does not exist.
      Check the name and the folder.
      code: file-not-found
    ");
}

#[test]
fn text_is_no_picture() {
    let ran = line("inspect README.md");
    assert_eq!((ran.status, ran.out.as_str()), (4, ""));
    insta::assert_snapshot!(ran.err, @r"
    countenance: README.md: the first bytes are not those of a JPEG, PNG, WebP or JPEG 2000 file
      The file is not a JPEG, PNG, WebP or JPEG 2000 picture, or it is animated or of a rare
      form.
      Convert it to an ordinary JPEG, PNG or WebP file.
      code: image-unsupported
    ");
    let ran = line("inspect fixtures");
    assert_eq!(ran.status, 4);
    assert!(ran.err.contains("code: file-unreadable"), "{}", ran.err);
}

#[test]
fn wrong_dates() {
    let ran = line("verify obama-1.jpg obama-2.jpg --portrait-date 2009-13");
    assert_eq!((ran.status, ran.out.as_str()), (4, ""));
    insta::assert_snapshot!(ran.err, @r"
    countenance: `2009-13` is not a date
      A date is not a calendar date, or the dates do not fit the portraits.
      Write 2009, 2009-05 or 2009-05-31, one for each portrait in their order, and `unknown`
      where the date is not known.
      code: date-invalid
    ");
    for (dates, code) in [
        ("--portrait-date 2009,2014", "date-invalid"),
        ("--portrait-date 2030 --on 2026-11-21", "age-out-of-range"),
        ("--portrait-date 1850 --on 2026-11-21", "age-out-of-range"),
        ("--on 2026", "date-invalid"),
    ] {
        let ran = line(&format!("verify obama-1.jpg obama-2.jpg {dates}"));
        assert_eq!(ran.status, 4, "{dates}");
        assert!(ran.err.contains(&format!("code: {code}\n")), "{dates}: {}", ran.err);
    }
}

#[test]
fn no_face_and_two_faces() {
    let ran = line("verify no-face.jpg obama-2.jpg");
    assert_eq!((ran.status, ran.out.as_str()), (3, ""));
    insta::assert_snapshot!(ran.err, @r"
    countenance: fixtures/no-face.jpg: no face was found
      No face was found.
      Look at the camera; have light on the face; take off what covers it.
      code: no-face
    ");
    let ran = line("verify obama-2.jpg two-faces.jpg");
    assert_eq!((ran.status, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("two-faces.jpg") && ran.err.contains("code: several-faces"), "{}", ran.err);
}

#[test]
fn the_same_person() {
    let ran = line("verify obama-1.jpg obama-2.jpg --portrait-date 2009-01 --on 2024-11-21");
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Match: very likely the same person."), "{words}");
    assert!(words.contains("The portrait is 15 years old."), "{words}");
    assert!(words.contains("would look this alike"), "{words}");
    assert!(ran.out.contains('◆') && ran.out.contains('█'), "{}", ran.out);
    assert!(!ran.out.contains('\x1b'), "no colour where no terminal is");
}

#[test]
fn another_person() {
    let ran = line("verify obama-1.jpg biden-1.jpg --ascii");
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Most people at this point are who they say they are."), "{words}");
    assert!(words.is_ascii(), "{words}");
    assert!(!format!("{}{}", words, ran.err).to_lowercase().contains("fail"));
    assert!(ran.err.contains("--portrait-date"), "a hint at what would help: {}", ran.err);
}

#[test]
fn colour_only_where_it_is_wanted() {
    let pictures = || ["verify".to_owned(), fixture("obama-1.jpg"), fixture("obama-2.jpg")];
    let mut always = command(pictures());
    always.arg("--color=always").env("NO_COLOR", "1");
    assert!(finish(always).out.contains("\x1b["), "the option is stronger than the environment");
    assert!(!run(pictures()).out.contains('\x1b'));
}

#[test]
fn lines_fit_the_width() {
    for width in ["60", "75", "110"] {
        let ran = line(&format!("verify obama-1.jpg obama-2.jpg --portrait-date 2009 --width {width}"));
        let widest = ran.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{widest:?} of {width}:\n{}", ran.out);
    }
}

#[test]
fn a_drawing_is_written_whole_and_replaces_nothing_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let drawing = folder.path().join("seen.png").display().to_string();
    let ran = line(&format!("inspect obama-1.jpg --draw {drawing}"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let size = image::image_dimensions(&drawing).unwrap();
    assert!(size.0 > 512 && size.1 >= 640, "{size:?}");
    let ran = line(&format!("inspect obama-1.jpg --draw {drawing}"));
    assert_eq!(ran.status, 4);
    assert!(ran.err.contains("code: output-exists"), "{}", ran.err);
    assert_eq!(line(&format!("inspect two-faces.jpg --draw {drawing} --force")).status, 3);
    assert_ne!(image::image_dimensions(&drawing).unwrap(), size, "the faces that led to the refusal were drawn");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no half-written file is left");
    let own = folder.path().join("own.jpg");
    fs::copy(run::root().join(fixture("obama-1.jpg")), &own).unwrap();
    let own = own.display().to_string();
    let ran = run(["inspect", &own, "--draw", &own, "--force"]);
    assert!(ran.status == 4 && ran.err.contains("code: output-is-input"), "{}", ran.err);
}

#[test]
fn a_broken_pack_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().display().to_string();
    let ran = line(&format!("verify obama-1.jpg obama-2.jpg --pack {pack}"));
    assert_eq!((ran.status, ran.out.as_str()), (5, ""));
    insta::assert_snapshot!(ran.err, @r"
    countenance: there is no manifest.toml
      The pack's folder or manifest is missing.
      Name the folder that holds manifest.toml with --pack.
      code: pack-not-found
    ");
    let mut from_environment = command(["doctor"]);
    from_environment.env("COUNTENANCE_PACK", folder.path());
    let ran = finish(from_environment);
    assert_eq!(ran.status, 5);
    assert!(ran.out.contains("problem  pack") && ran.out.contains("Do not use this installation"), "{}", ran.out);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut command = command(["inspect", &fixture("obama-1.jpg")]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let mut command = command(["inspect", &fixture("obama-1.jpg")]);
    command.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let output = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{err}");
    assert!(err.contains("code: write-failed"), "{err}");
}
