//! Every limit of rent, named. The defaults are what a store runs with.

use std::time::Duration;

use store::jobs::{Retries, WorkerLimits};

/// How often something may be tried within a window of time.
#[derive(Debug, Clone, Copy)]
pub struct AttemptLimit {
    pub tries: i64,
    pub window: Duration,
}

impl AttemptLimit {
    const fn new(tries: i64, window: Duration) -> Self {
        Self { tries, window }
    }
}

/// How often what strangers can do may be tried.
#[derive(Debug, Clone)]
pub struct AttemptLimits {
    /// Of one account, from one network or on one device that it knows.
    pub wrong_passwords: AttemptLimit,
    /// Of all accounts together. A festival signs in through one address, and some of a crowd mistype.
    pub wrong_passwords_of_a_network: AttemptLimit,
    /// From everywhere. So high that it takes a host of machines to reach it; known devices are let through then.
    pub wrong_passwords_of_an_account: AttemptLimit,
    pub sign_ups_of_a_network: AttemptLimit,
    pub mails_to_an_address: AttemptLimit,
    pub mails_of_a_network: AttemptLimit,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        const QUARTER: Duration = Duration::from_mins(15);
        const HOUR: Duration = Duration::from_hours(1);
        Self {
            wrong_passwords: AttemptLimit::new(10, QUARTER),
            wrong_passwords_of_a_network: AttemptLimit::new(50, QUARTER),
            wrong_passwords_of_an_account: AttemptLimit::new(500, HOUR),
            sign_ups_of_a_network: AttemptLimit::new(100, HOUR),
            mails_to_an_address: AttemptLimit::new(5, HOUR),
            mails_of_a_network: AttemptLimit::new(100, HOUR),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Limits {
    pub order_lines: usize,
    /// How long the provider may take for one try of a charge.
    pub payment_deadline: Duration,
    /// How often a charge is tried again after an error, with the same key; a provider that is late is not asked again.
    pub payment_retries: usize,
    pub payment_retry_pause: Duration,
    /// When an order that the provider does not know is given up. Longer than every try together, so that the
    /// reconciler does not cross an order that is still being paid; were it to, the provider's tombstone decides.
    pub order_lapse: Duration,
    /// How long a customer may take to pay by Pix; the order keeps its titles until then.
    pub pix: Duration,
    /// How long the store knows which events of a provider it has taken. Providers send an event again for some days.
    pub event_memory: Duration,
    /// How long after the payment a customer may withdraw from a rental, or from a purchase, that was never played.
    pub withdraw_rental: Duration,
    pub withdraw_purchase: Duration,
    /// How long an order that waits is left alone at least, and at most, before the provider is asked about it again.
    pub look_pause: Duration,
    pub longest_look_pause: Duration,
    /// How long an order is left alone at least that its customer looks at while it waits to be paid.
    pub look_for_customer: Duration,
    /// How the reconciler works; an order whose process died while it looked after it is taken up when its lease ends.
    pub reconciling: WorkerLimits,
    /// When an order is looked at again whose provider fails. It is never given up: there is money in it.
    pub reconcile_retries: Retries,
    /// How long a playback session lives after its player was last heard of.
    pub lease: Duration,
    /// How long a playback session lives at most.
    pub playback: Duration,
    /// How long the session of a rental lives whose player has not shown a picture: the rental's clock has not started.
    pub first_picture: Duration,
    pub streams_per_customer: usize,
    pub session: Duration,
    pub sessions_per_customer: i64,
    /// Each takes 19 MiB and a core.
    pub password_hashes_at_once: usize,
    pub password_hashes_waiting: usize,
    /// None counts no tries: for tests and the lab.
    pub attempts: Option<AttemptLimits>,
    pub known_devices_per_customer: i64,
    /// How often it is noted that a session was seen.
    pub seen_every: Duration,
    pub mails_per_hour: usize,
    /// How the mails are sent, all of which are jobs.
    pub jobs: WorkerLimits,
    pub verification_link: Duration,
    pub reset_link: Duration,
    /// How long an address can be taken back that an account had.
    pub revert_link: Duration,
    pub watchlist: usize,
    /// How long a key signs media tokens; it checks them for one playback longer.
    pub signing_key: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            order_lines: 10,
            payment_deadline: Duration::from_secs(3),
            payment_retries: 1,
            payment_retry_pause: Duration::from_millis(200),
            order_lapse: Duration::from_secs(12),
            pix: Duration::from_mins(15),
            event_memory: Duration::from_hours(40 * 24),
            withdraw_rental: Duration::from_hours(48),
            withdraw_purchase: Duration::from_hours(7 * 24),
            look_pause: Duration::from_secs(10),
            longest_look_pause: Duration::from_mins(2),
            look_for_customer: Duration::from_secs(4),
            reconciling: WorkerLimits {
                poll: Duration::from_secs(2),
                lease: Duration::from_secs(20),
                at_once: 32,
                ..WorkerLimits::default()
            },
            reconcile_retries: Retries::without_end(Duration::from_secs(2), Duration::from_secs(30)),
            lease: Duration::from_secs(30),
            playback: Duration::from_hours(12),
            first_picture: Duration::from_mins(2),
            streams_per_customer: 3,
            session: Duration::from_hours(30 * 24),
            sessions_per_customer: 20,
            password_hashes_at_once: 2,
            password_hashes_waiting: 32,
            attempts: Some(AttemptLimits::default()),
            known_devices_per_customer: 20,
            seen_every: Duration::from_mins(5),
            mails_per_hour: 3,
            jobs: WorkerLimits::default(),
            verification_link: Duration::from_hours(48),
            reset_link: Duration::from_hours(1),
            revert_link: Duration::from_hours(7 * 24),
            watchlist: 500,
            signing_key: Duration::from_hours(7 * 24),
        }
    }
}

impl Limits {
    /// How long a charge may be under way before the reconciler looks what became of it.
    pub(crate) fn payment(&self) -> Duration {
        let tries = u32::try_from(self.payment_retries.saturating_add(1)).unwrap_or(u32::MAX);
        (self.payment_deadline + self.payment_retry_pause).saturating_mul(tries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_lapses_after_every_try_of_its_charge() {
        let limits = Limits::default();
        assert_eq!(limits.payment(), Duration::from_millis(6_400));
        assert!(limits.payment() < limits.order_lapse);
        let once = Limits {
            payment_retries: 0,
            ..limits
        };
        assert_eq!(once.payment(), Duration::from_millis(3_200));
    }
}
