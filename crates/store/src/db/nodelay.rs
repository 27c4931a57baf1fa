//! Sends small packets at once (`TCP_NODELAY`). The driver's release 0.9.0 forgets to ask for it (<https://github.com/launchbadge/sqlx/issues/4335>,
//! mended there since, not released), and every statement that does not fit one packet then waits 40 ms for the server's delayed
//! acknowledgement. The driver does not show its socket, so this process asks the system for its own ones. To be deleted with the
//! next release of the driver.

use rustix::net::sockopt::set_tcp_nodelay;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::fs;

/// Sets the option on every TCP socket of this process. Where the system refuses, statements are slower and nothing else changes.
pub(super) fn set() {
    let Ok(itself) = pidfd_open(getpid(), PidfdFlags::empty()) else { return };
    let Ok(open) = fs::read_dir("/proc/self/fd") else { return };
    for number in open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        let is_socket = fs::read_link(format!("/proc/self/fd/{number}"))
            .is_ok_and(|link| link.to_str().is_some_and(|link| link.starts_with("socket:")));
        if !is_socket {
            continue;
        }
        if let Ok(socket) = pidfd_getfd(&itself, number, PidfdGetfdFlags::empty()) {
            // A socket of another kind does not know the option.
            let _ = set_tcp_nodelay(&socket, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::tcp_nodelay;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn open_sockets_send_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!tcp_nodelay(&stream).unwrap());
        super::set();
        assert!(tcp_nodelay(&stream).unwrap());
    }
}
