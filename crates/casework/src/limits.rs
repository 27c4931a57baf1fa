//! Every bound on definitions, terms and attempts, with its unit in its name.

/// Longest service definition in bytes.
pub const SERVICE_BYTES_MAX: usize = 64 * 1024;
/// Most service definitions, all versions together.
pub const SERVICES_MAX: usize = 256;
/// Longest service id in bytes.
pub const SERVICE_ID_BYTES_MAX: usize = 64;
/// Longest short identifier (role, variant, recipient, purpose) in bytes.
pub const NAME_BYTES_MAX: usize = 40;
/// Longest title or name in characters.
pub const LINE_CHARS_MAX: usize = 120;
/// Longest paragraph text in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Most persons in one visit.
pub const VISIT_PERSONS_MAX: usize = 2;
/// Most variants of a service.
pub const VARIANTS_MAX: usize = 8;
/// Most recipients of a service.
pub const RECIPIENTS_MAX: usize = 32;

/// Strictest false-match rate that a definition may demand; below it no calibration of ours has data.
pub const FMR_MIN: f64 = 1e-6;
/// Laxest false-match rate that a definition may demand: NIST SP 800-63B §3.2.3, 1 in 10,000.
pub const FMR_MAX: f64 = 1e-4;
/// Oldest portrait in years that any definition may compare with.
pub const PORTRAIT_AGE_YEARS_MAX: u32 = 60;

/// Shortest and longest life of a visit in minutes: five minutes to one day.
pub const VISIT_MINUTES: std::ops::RangeInclusive<u32> = 5..=1_440;
/// Shortest and longest validity of a consent in minutes: five minutes to one year.
pub const CONSENT_MINUTES: std::ops::RangeInclusive<u32> = 5..=527_040;
/// Longest a report may wait for a second operator, in minutes; after it the visit expires without an adverse outcome. As long, a report by face
/// holds the live pictures, even if the consent runs out meanwhile.
pub const REPORT_MINUTES_MAX: u32 = 1_440;

/// Refused claims of one operator within [`CLAIMS_REFUSED_MINUTES`] after which further claims wait: each is an entry of the ledger, and whoever
/// fishes for numbers makes many.
pub const CLAIMS_REFUSED_MAX: u32 = 20;
/// The time within which refused claims are counted, minutes.
pub const CLAIMS_REFUSED_MINUTES: i64 = 10;

/// Terms of the record of a consent in days: at most ten years.
pub const CONSENT_RECORD_DAYS: std::ops::RangeInclusive<u32> = 1..=3_660;
/// Terms of evidence in days: at most one year.
pub const EVIDENCE_DAYS: std::ops::RangeInclusive<u32> = 1..=366;
/// Terms of the record of a visit in days: at most ten years.
pub const VISIT_DAYS: std::ops::RangeInclusive<u32> = 1..=3_660;
/// Terms of an incident in days: at most ten years.
pub const INCIDENT_DAYS: std::ops::RangeInclusive<u32> = 1..=3_660;
/// Term of live frames in days: they die with the decision, in every service; no definition can change it. The decision on a report by face
/// takes [`REPORT_MINUTES_MAX`] at most.
pub const FRAME_DAYS: u32 = 0;

/// Oldest age in days of a key in use that can be renewed, before a page says so: two years, as NIST SP 800-57 Part 1 Rev. 5, table 1, has it for keys
/// that wrap keys. See `docs/KEYS.md`.
pub const KEY_AGE_DAYS_MAX: i64 = 731;

/// Failed attempts in a row before the delay, without presentation attack detection (NIST SP 800-63B §3.2.3).
pub const ATTEMPTS_IN_A_ROW: u32 = 5;
/// The same with presentation attack detection.
pub const ATTEMPTS_IN_A_ROW_PAD: u32 = 10;
/// Failed attempts overall before the face way is off, without presentation attack detection (NIST SP 800-63B §3.2.3).
pub const ATTEMPTS_OVERALL: u32 = 50;
/// The same with presentation attack detection.
pub const ATTEMPTS_OVERALL_PAD: u32 = 100;
/// Delay before the next attempt in seconds (NIST SP 800-63B §3.2.3: at least 30); each further failure doubles it.
pub const ATTEMPTS_DELAY_S: i64 = 30;
/// Longest delay in seconds (NIST SP 800-63B §3.2.2: "30 seconds up to an hour").
pub const ATTEMPTS_DELAY_S_MAX: i64 = 3_600;
/// Failed captures in a row at one station before the delay. The standard gives no number for a device; ours is twice that of a person, because a
/// station serves many: if 5 of 100 genuine captures failed, ten in a row would come by chance once in 10 million million.
pub const STATION_IN_A_ROW: u32 = 10;
/// The same from one network address: several stations stand behind one.
pub const ADDRESS_IN_A_ROW: u32 = 20;
/// Failed captures of a day, less those that succeeded, at one station or from one address: then it waits until a day has passed since the last
/// (NIST SP 800-63B §3.2.2: at most 100). Where one of two captures succeeds the count does not grow, so that a busy office never comes there.
pub const SOURCE_OVERALL: u32 = 100;

/// Attacks at one station within [`STATION_ATTACKS_MINUTES`] for which the office is asked to look. One may be an error of the check and two may be
/// chance: if 1 of 100 genuine captures were taken for an attack, a station with 20 captures an hour would call for three once in some 900 hours.
pub const STATION_ATTACKS: u32 = 3;
/// The time within which attacks at one station are counted, and in which one alarm is raised at most, minutes.
pub const STATION_ATTACKS_MINUTES: i64 = 60;

/// Days for which an assessment of a clerk's training counts: a year (NIST SP 800-63A §3.12 asks for yearly re-assessment).
pub const TRAINING_DAYS_MAX: i64 = 366;
/// Longest reference to an operator in bytes.
pub const OPERATOR_REF_BYTES_MAX: usize = 64;

/// Largest stored portrait file in bytes.
pub const PHOTO_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most rows of one import.
pub const IMPORT_ROWS_MAX: u64 = 5_000_000;
/// Largest list of an import in bytes: the most rows at the length that rows have.
pub const IMPORT_LIST_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Longest line of a list in bytes.
pub const IMPORT_LINE_BYTES_MAX: usize = 4_096;
/// Lines that are read ahead.
pub const IMPORT_LINES_QUEUED_MAX: usize = 256;
/// Longest name of a photo in a list, in bytes.
pub const IMPORT_PHOTO_NAME_BYTES_MAX: usize = 512;
/// Most bytes that are read to find an archive's index: room for some hundred thousand photos.
pub const IMPORT_ARCHIVE_INDEX_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most times that an entry of an archive may grow when it is unpacked: lists grow about 10 times, pictures hardly at all.
pub const IMPORT_RATIO_MAX: u64 = 100;
/// Rows that are written in one transaction.
pub const IMPORT_BATCH_ROWS_MAX: usize = 100;
/// Bytes of photos after which a batch is closed, whatever its rows.
pub const IMPORT_BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Days for which the record of an ended session or invitation stays, so that an auditor can follow who was signed in.
pub const SESSION_RECORD_DAYS: u32 = 90;
/// Days for which the report of an import stays.
pub const IMPORT_RECORD_DAYS: u32 = 90;

/// Most steps of a service.
pub const STEPS_MAX: usize = 24;
/// Most questions of a form, answers to choose from, and data of a request.
pub const FORM_FIELDS_MAX: usize = 24;
/// Most characters of an answer in a form.
pub const ANSWER_CHARS_MAX: usize = 500;
/// Most files of one upload step.
pub const UPLOAD_FILES_MAX: u32 = 20;
/// How long a step may take, in minutes: up to a year.
pub const STEP_MINUTES: (u64, u64) = (1, 527_040);
/// How long a step may wait, in days.
pub const WAIT_DAYS: (u64, u64) = (1, 366);
/// Highest fee, in the smallest coin.
pub const FEE_MAX: u64 = 100_000_000;
