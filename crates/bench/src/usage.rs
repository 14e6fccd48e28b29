//! The resources that processes have used, as Linux reports them.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The CPU time of processes, in user and kernel mode.
pub(crate) fn cpu_time(processes: &[u32]) -> Result<Duration> {
    processes.iter().map(|process| cpu_time_of(*process)).sum()
}

fn cpu_time_of(process: u32) -> Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may contain anything, even parentheses; only numbers follow the last one.
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

/// The most memory that one of the processes has used since the last [`forget_peaks`], in bytes.
pub(crate) fn peak_memory(processes: &[u32]) -> Result<Option<u64>> {
    let peaks = processes.iter().map(|process| peak_memory_of(*process));
    let peaks: Vec<u64> = peaks.collect::<Result<_>>()?;
    Ok(peaks.into_iter().max())
}

fn peak_memory_of(process: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kilobytes.context("/proc/…/status has another form")? * 1_024)
}

/// Resets the peaks. If the system does not permit this, they remain.
pub(crate) fn forget_peaks(processes: &[u32]) {
    for process in processes {
        let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
    }
}

/// How long this process's threads have run, and how long they were ready to run without a core.
pub(crate) fn run_and_wait() -> Result<(Duration, Duration)> {
    let (mut ran, mut waited) = (Duration::ZERO, Duration::ZERO);
    for thread in fs::read_dir("/proc/self/task")? {
        // A thread may end before its file is read.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let mut fields = text.split(' ').filter_map(|field| field.parse().ok());
        ran += Duration::from_nanos(fields.next().unwrap_or_default());
        waited += Duration::from_nanos(fields.next().unwrap_or_default());
    }
    Ok((ran, waited))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_uses_is_told() {
        let own = [std::process::id()];
        assert!(peak_memory(&own).unwrap().unwrap() > 1_000_000);
        assert!(cpu_time(&own).unwrap() < Duration::from_hours(1));
        assert!(run_and_wait().unwrap().0 > Duration::ZERO);
    }
}
