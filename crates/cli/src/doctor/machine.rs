//! What the machine offers.

use super::check::Check;

/// The processor's features that the kernels can use.
pub(super) fn processor() -> Check {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let word = if cores == 1 { "core" } else { "cores" };
    let features = features();
    let detail = format!("{}, {cores} {word}, {}", std::env::consts::ARCH, list(&features));
    if cfg!(target_arch = "x86_64") && !features.contains(&"avx2") {
        return Check::warn(
            "processor",
            detail,
            "It works, but slowly: take a processor with AVX2, or show it to the virtual machine.",
        );
    }
    Check::ok("processor", detail)
}

fn list(features: &[&str]) -> String {
    if features.is_empty() { "no vector extensions known to this program".to_owned() } else { features.join(" ") }
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let known = [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
    ];
    known.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

/// The most memory that this process has used, in mebibytes; Linux tells it.
pub(super) fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    peak_of(&status)
}

fn peak_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_peak_from_the_kernels_words() {
        assert_eq!(peak_of("Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t 1 kB\n"), Some(20.0));
        assert_eq!(peak_of("Name:\tx\n"), None);
    }
}
