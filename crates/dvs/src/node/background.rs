//! The tasks that run next to the services until the process ends.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks that run next to the services.
#[derive(Default)]
pub(super) struct BackgroundTasks {
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl BackgroundTasks {
    pub(super) fn start<Work: Future<Output = ()> + Send + 'static>(
        &self,
        work: impl FnOnce(CancellationToken) -> Work,
    ) {
        self.tasks.spawn(work(self.stop.clone()));
    }
}
