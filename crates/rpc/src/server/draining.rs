//! Detects that a client has disconnected while bytes that it sent are still unread: a service that reads no more of a
//! body would otherwise never notice.

use std::io;
use std::os::fd::AsFd;

use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

use super::activity::Activity;

/// The readiness that reports the end of reading alone, and not bytes to read.
const END: Interest = Interest::PRIORITY;

pub(super) enum Draining {
    Tcp(TcpStream),
    Folder(UnixStream),
}

impl Draining {
    /// A second handle of the socket, used only to wait for its end; nothing is read from it.
    pub(super) fn of_tcp(socket: &TcpStream) -> io::Result<Self> {
        let handle = socket.as_fd().try_clone_to_owned()?;
        Ok(Self::Tcp(TcpStream::from_std(handle.into())?))
    }

    pub(super) fn of_folder(socket: &UnixStream) -> io::Result<Self> {
        let handle = socket.as_fd().try_clone_to_owned()?;
        Ok(Self::Folder(UnixStream::from_std(handle.into())?))
    }

    /// Waits until the client has disconnected. With `half_closed`, a client that has closed only its sending half
    /// still gets its answer; it counts as disconnected once the answer makes no progress.
    pub(super) async fn seen(&self, half_closed: Option<&Activity>) {
        match self {
            Self::Tcp(socket) => {
                let ended = socket.ready(END.add(Interest::ERROR)).await;
                let is_half = ended.is_ok_and(|ended| !ended.is_error());
                if let Some(activity) = half_closed.filter(|_| is_half) {
                    tokio::select! {
                        _ = socket.ready(Interest::ERROR) => {}
                        () = activity.quiet() => {}
                    }
                }
            }
            // An error is an end too. Callers in the data folder are the store's own tools, which never close one half
            // alone.
            Self::Folder(socket) => {
                let _ = socket.ready(END).await;
            }
        }
    }
}
