//! Every bound on what the lab takes in, with its unit in its name.

/// Most rows of an index.
pub const ROWS_MAX: usize = 5_000_000;
/// Most pictures that an index may name; their templates are held in memory (about 5 kB each).
pub const PICTURES_MAX: usize = 500_000;
/// Longest field of an index in bytes.
pub const FIELD_BYTES_MAX: usize = 4096;
/// Longest row of an index in bytes; the reader stops there, so a missing quotation mark cannot fill the memory.
pub const ROW_BYTES_MAX: usize = 128 * 1024;
/// Most columns of an index.
pub const COLUMNS_MAX: usize = 64;
/// Most labels of a group column; a column with more (a date, a remark) is not a group.
pub const GROUP_LABELS_MAX: usize = 64;
/// Oldest age in years.
pub const AGE_YEARS_MAX: f64 = 150.0;
/// Most comparisons of one run; the impostor scores are held in memory (4 bytes each).
pub const COMPARISONS_MAX: u64 = 300_000_000;
/// Largest entry of the cache in bytes.
pub const CACHE_ENTRY_BYTES_MAX: u64 = 1024 * 1024;
/// Largest outcome file in bytes that a report reads.
pub const OUTCOME_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most outcomes in one report.
pub const OUTCOMES_MAX: usize = 64;
/// Largest description of a recorded liveness session in bytes.
pub const SESSION_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most pictures of a recorded session or a clip.
pub const SESSION_FRAMES_MAX: usize = 1800;
/// Most sessions of one run of the attack kit for each kind.
pub const KIT_TRIES_MAX: u32 = 10_000;
