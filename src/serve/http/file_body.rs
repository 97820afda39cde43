use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes that are read at a time.
const PIECE: u64 = 256 << 10;

/// `length` bytes of a file from `first` on; an error if the file has become shorter.
pub struct FileBody {
    file: Arc<File>,
    at: u64,
    left: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileBody {
    /// `length` bytes of a file from byte `first`.
    pub fn new(file: File, first: u64, length: u64) -> Self {
        Self { file: Arc::new(file), at: first, left: length, reading: None }
    }

    fn read(&self) -> JoinHandle<io::Result<Bytes>> {
        let (file, at, length) = (Arc::clone(&self.file), self.at, self.left.min(PIECE));
        spawn_blocking(move || {
            let mut piece = vec![0; usize::try_from(length).unwrap_or_default()];
            file.read_exact_at(&mut piece, at)?;
            Ok(piece.into())
        })
    }
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut reading = self.reading.take().unwrap_or_else(|| self.read());
        let Poll::Ready(read) = Pin::new(&mut reading).poll(cx) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let piece = read.map_err(io::Error::other).flatten();
        self.at += piece.as_ref().map_or(0, Bytes::len) as u64;
        self.left -= piece.as_ref().map_or(self.left, |piece| piece.len() as u64);
        Poll::Ready(Some(piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn file(bytes: &[u8]) -> File {
        use std::io::Write;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[tokio::test]
    async fn the_pieces_are_the_part() {
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        for (first, length) in [(0, 700_000), (0, 0), (699_999, 1), (5, 262_144), (100, 600_000)] {
            let pieces = FileBody::new(file(&bytes), first as u64, length as u64);
            assert_eq!(pieces.size_hint().exact(), Some(length as u64));
            let sent = pieces.collect().await.unwrap().to_bytes();
            assert_eq!(&sent[..], &bytes[first..first + length], "{first} {length}");
        }
    }

    #[tokio::test]
    async fn a_file_that_shrank_is_an_error_and_ends() {
        let mut pieces = FileBody::new(file(b"short"), 0, 9);
        assert!(pieces.frame().await.unwrap().is_err());
        assert!(pieces.frame().await.is_none());
    }
}
