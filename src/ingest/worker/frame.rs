//! A frame on a pipe: its length in eight bytes, then as many bytes.

use std::io::Read;

/// The most bytes of one frame.
const MAX_FRAME: usize = 256 << 20;

/// The bytes before a frame of a length.
pub fn head_of(length: usize) -> [u8; 8] {
    (length as u64).to_le_bytes()
}

/// The length that the bytes before a frame name.
///
/// # Errors
/// The frame is too long.
pub fn length_of(bytes: [u8; 8]) -> std::io::Result<usize> {
    let length = usize::try_from(u64::from_le_bytes(bytes)).unwrap_or(usize::MAX);
    if length > MAX_FRAME { Err(std::io::Error::other("a frame is too long")) } else { Ok(length) }
}

/// The next frame; `None` where the pipe was closed between frames.
///
/// # Errors
/// The pipe broke within a frame, or the frame is too long.
pub fn read_frame(input: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = length_of(length)?;
    let mut frame = Vec::with_capacity(length.min(1 << 20));
    input.take(length as u64).read_to_end(&mut frame)?;
    if frame.len() == length {
        Ok(Some(frame))
    } else {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}
