//! Randomness is passed in, so that a test can repeat it.

/// A source of random bytes.
pub trait Randomness: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, fit for keys and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    #[expect(
        clippy::expect_used,
        clippy::disallowed_methods,
        reason = "this is what is injected; without it no token may be made"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// Randomness without a system call: good enough for ids, not for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuickRandomness;

impl Randomness for QuickRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        fastrand::fill(bytes);
    }
}
