//! What a process has used, as Linux tells.

use std::time::Duration;

use anyhow::{Context, Result};

/// The CPU time that a process has used, of its own and within the system.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may hold anything, parentheses too; what follows the last one is numbers.
    let (_, fields) = text.rsplit_once(") ").context("/proc/…/stat has another form")?;
    let ticks: u64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_millis(ticks * 1_000 / per_second))
}

/// The most memory that a process has held at once so far, in bytes.
pub(crate) fn peak_memory(process: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kilobytes.context("/proc/…/status has another form")? * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_uses_is_told() {
        let own = std::process::id();
        assert!(peak_memory(own).unwrap() > 1_000_000);
        assert!(cpu_time(own).unwrap() < Duration::from_hours(1));
    }
}
