//! Learns that a client has left, though what it sent before stands unread: a service that takes nothing more of a body
//! would never come to its end.

use std::io;
use std::os::fd::AsFd;

use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

use super::activity::Activity;

/// Of what the handles listen for, this interest has the end of reading alone, and not what there is to read.
const END: Interest = Interest::PRIORITY;

pub(super) enum Draining {
    Tcp(TcpStream),
    Folder(UnixStream),
}

impl Draining {
    /// A second handle of the socket, which nobody reads from.
    pub(super) fn of_tcp(socket: &TcpStream) -> io::Result<Self> {
        let handle = socket.as_fd().try_clone_to_owned()?;
        Ok(Self::Tcp(TcpStream::from_std(handle.into())?))
    }

    pub(super) fn of_folder(socket: &UnixStream) -> io::Result<Self> {
        let handle = socket.as_fd().try_clone_to_owned()?;
        Ok(Self::Folder(UnixStream::from_std(handle.into())?))
    }

    /// Waits until the client has left. With `half_closed` one that has closed only its sending half still gets its answer:
    /// it is taken to have left when the answer does not go on.
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
            // An error is an end too. Callers in the folder are tools of ours, which leave altogether.
            Self::Folder(socket) => {
                let _ = socket.ready(END).await;
            }
        }
    }
}
