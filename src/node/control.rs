//! The control socket: how the commands reach a daemon that runs, which alone may open the data directory.
//!
//! `DATA/control.sock`, mode 0600. A connection carries one command, a line of JSON such as `{"do":"check"}`. The answer
//! is lines of JSON: any number of `{"progress":[DONE,TOTAL]}` and `{"bytes":"BASE64"}`, then either
//! `{"done":{"did":"checked",…}}`, an `Outcome`, or `{"error":"…"}`.

use super::app::App;
use super::command::{self, Command, Listener, Outcome};
use super::owner::run_as_owner;
use crate::journal::durable;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Commands that may wait to be accepted.
const BACKLOG: i32 = 128;
/// Bytes in one line of an answer.
const PIECE: usize = 1 << 16;

/// The pause after `accept` fails, for example because no file descriptors are left.
const REST: Duration = Duration::from_millis(20);

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// How far the command is: done, total.
    Progress(u64, u64),
    /// A piece of what the command writes, for its process to put where it wants it.
    Bytes(String),
    /// The command is done; what it brought about.
    Done(Box<Outcome>),
    /// The command failed; why.
    Error(String),
}

/// The socket of a data directory.
pub fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Calls `act` with a short path to a socket. The address of a socket holds 107 bytes, and the path of a data directory may be longer.
fn through_folder<T>(
    path: &Path,
    act: impl FnOnce(&Path) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return act(path) };
    let folder = std::fs::File::open(folder)?;
    act(&Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name))
}

/// Binds a socket with mode 0600 that nobody can connect to until it listens.
fn bind(path: &Path) -> std::io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    let socket = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(socket)
}

/// Listens for commands until the process ends, each on a thread of its own.
///
/// # Errors
/// If the socket cannot be made.
pub fn listen(app: Arc<App>) -> std::io::Result<()> {
    let path = path(&app.config.load().store.directory);
    durable::remove_if_there(&path)?;
    let socket = through_folder(&path, bind)?;
    net::listen(&socket, BACKLOG)?;
    let listener = UnixListener::from(socket);
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new().name("control".into()).spawn(move || {
        for stream in listener.incoming() {
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::debug!(%error, "a command was not accepted");
                    std::thread::sleep(REST);
                    continue;
                }
            };
            let (app, runtime) = (Arc::clone(&app), runtime.clone());
            let served =
                std::thread::Builder::new().name("control-command".into()).spawn(move || {
                    if let Err(error) = serve(&stream, &app, &runtime) {
                        tracing::warn!(%error, "a command on the control socket was cut off");
                    }
                });
            if let Err(error) = served {
                tracing::error!(%error, "no thread for a command on the control socket");
            }
        }
    })?;
    Ok(())
}

fn serve(stream: &UnixStream, app: &App, runtime: &tokio::runtime::Handle) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let result = match serde_json::from_str::<Command>(&line) {
        Ok(command) => {
            let mut progress = |done, total| drop(write(stream, &Line::Progress(done, total)));
            let mut listener = Listener { progress: &mut progress, bytes: &mut Pieces(stream) };
            command::run(command, app, runtime, &mut listener)
        }
        Err(error) => Err(anyhow::anyhow!("not a command of this version: {error}")),
    };
    write(
        stream,
        &match result {
            Ok(outcome) => Line::Done(Box::new(outcome)),
            Err(error) => Line::Error(format!("{error:#}")),
        },
    )
}

/// Writes bytes to the socket as lines of `{"bytes":…}`.
struct Pieces<'a>(&'a UnixStream);

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let piece = bytes.get(..PIECE).unwrap_or(bytes);
        write(self.0, &Line::Bytes(BASE64.encode(piece)))?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn write(mut stream: &UnixStream, line: &Line) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    stream.write_all(&bytes)
}

/// Has the daemon of a data directory run a command; `None` if no daemon runs there.
///
/// # Errors
/// If the command fails, or the daemon ends before it is done.
pub fn ask(
    data: &Path,
    command: &Command,
    listener: &mut Listener<'_>,
) -> anyhow::Result<Option<Outcome>> {
    let mut stream = match through_folder(&path(data), |short| UnixStream::connect(short)) {
        Ok(stream) => stream,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            anyhow::bail!("{}: {error}; {}", data.display(), run_as_owner(data));
        }
        Err(_) => return Ok(None),
    };
    let mut request = serde_json::to_vec(command)?;
    request.push(b'\n');
    stream.write_all(&request)?;
    for line in BufReader::new(&stream).lines() {
        match serde_json::from_str(&line?)? {
            Line::Progress(done, total) => (listener.progress)(done, total),
            Line::Bytes(piece) => listener.bytes.write_all(&BASE64.decode(piece)?)?,
            Line::Done(outcome) => return Ok(Some(*outcome)),
            Line::Error(text) => anyhow::bail!(text),
        }
    }
    anyhow::bail!("the daemon stopped before the command was done: run the command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_data_directory_has_a_socket_too() {
        let data = tempfile::tempdir().unwrap();
        let deep = data.path().join("a".repeat(100)).join("b".repeat(100));
        std::fs::create_dir_all(&deep).unwrap();
        let socket = through_folder(&path(&deep), bind).unwrap();
        net::listen(&socket, BACKLOG).unwrap();
        through_folder(&path(&deep), |short| UnixStream::connect(short)).unwrap();
        assert!(path(&deep).exists());
    }

    #[test]
    fn nobody_can_connect_before_the_socket_is_its_owners_alone() {
        let data = tempfile::tempdir().unwrap();
        let path = path(data.path());
        let socket = bind(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let early = UnixStream::connect(&path).unwrap_err();
        assert_eq!(early.kind(), std::io::ErrorKind::ConnectionRefused);
        net::listen(&socket, BACKLOG).unwrap();
        UnixStream::connect(&path).unwrap();
    }
}
