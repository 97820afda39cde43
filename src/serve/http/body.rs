use super::error::{Answer, Kind, Problem};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Version, header};
use http_body_util::BodyExt;
use std::io::Read;
use std::time::Duration;

/// The time for a whole body to arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of a refused body is read and thrown away, so that the client sees the refusal.
const DRAINED: usize = 8 << 20;
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// A request's body on its way in.
pub struct Upload {
    body: Body,
    /// The client waits to be told to send it (RFC 9110 §10.1.1); reading tells it.
    is_held_back: bool,
}

impl Upload {
    /// A body that was not read yet.
    pub fn new(parts: &Parts, body: Body) -> Self {
        let expects = parts.headers.contains_key(header::EXPECT);
        Self { body, is_held_back: expects && parts.version > Version::HTTP_10 }
    }

    /// The whole body, decompressed; 413 above `limit` bytes in either form.
    pub async fn read_all(&mut self, headers: &HeaderMap, limit: usize) -> Answer<Bytes> {
        let is_gzip = is_gzip(headers)?;
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
        let announced = announced.and_then(|text| text.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        self.is_held_back = false;
        let arrived = tokio::time::timeout(PATIENCE, collect(&mut self.body, limit)).await;
        let bytes = arrived.map_err(|_| too_slow())??;
        if is_gzip { gunzip(&bytes, limit) } else { Ok(bytes) }
    }

    /// The refusal. The rest of the body is read first, so that the client sees it; a body that is held back is not.
    pub async fn refuse(mut self, problem: Box<Problem>) -> Response {
        if self.is_held_back {
            return problem.header(header::CONNECTION, CLOSE).into_response();
        }
        drain(&mut self.body).await;
        problem.into_response()
    }
}

async fn collect(body: &mut Body, limit: usize) -> Answer<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| cut_off())?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// Reads the rest of a body within its limits, without keeping it.
async fn drain(body: &mut Body) {
    let reading = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > DRAINED {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_PATIENCE, reading).await;
}

fn is_gzip(headers: &HeaderMap) -> Answer<bool> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let coding =
        codings.next().map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    match (coding.as_deref(), codings.next()) {
        (None | Some("" | "identity"), None) => Ok(false),
        (Some("gzip" | "x-gzip"), None) => Ok(true),
        _ => Err(Problem::new(
            Kind::UnsupportedMediaType,
            "this Content-Encoding is not read: use gzip once, or none",
            "không đọc được Content-Encoding này: hãy dùng gzip một lớp, hoặc không nén",
        )
        .field("Content-Encoding")
        .header(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))),
    }
}

fn gunzip(bytes: &[u8], limit: usize) -> Answer<Bytes> {
    let mut out = Vec::new();
    let decoder = flate2::read::MultiGzDecoder::new(bytes);
    let read = decoder.take(limit as u64 + 1).read_to_end(&mut out);
    read.map_err(|_| {
        Problem::new(
            Kind::BadBody,
            "the body is not whole gzip, as its Content-Encoding says",
            "nội dung không phải gzip trọn vẹn như Content-Encoding đã ghi",
        )
    })?;
    if out.len() > limit { Err(too_large(limit)) } else { Ok(out.into()) }
}

/// A size as people write it: `1 MiB`, `64 KiB`, `1000 byte`.
fn size(bytes: usize, unit: &str) -> String {
    match bytes {
        0 => format!("0 {unit}"),
        whole if whole % (1 << 20) == 0 => format!("{} MiB", whole >> 20),
        whole if whole % (1 << 10) == 0 => format!("{} KiB", whole >> 10),
        other => format!("{other} {unit}"),
    }
}

/// The problem of a body over a limit of bytes.
pub fn too_large(limit: usize) -> Box<Problem> {
    Problem::new(
        Kind::TooLarge,
        format!("the body may have {} at most, counted after decompression", size(limit, "bytes")),
        format!("nội dung chỉ được tối đa {}, tính sau khi giải nén", size(limit, "byte")),
    )
}

fn too_slow() -> Box<Problem> {
    Problem::new(
        Kind::Timeout,
        "the body did not arrive within 60 seconds",
        "nội dung không đến đủ trong 60 giây",
    )
}

fn cut_off() -> Box<Problem> {
    Problem::new(Kind::BadBody, "the body broke off", "dữ liệu bị cắt giữa chừng")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(
        headers: &[(http::HeaderName, &str)],
        body: Vec<u8>,
        limit: usize,
    ) -> Answer<Bytes> {
        let headers = headers.iter().map(|(n, v)| (n.clone(), HeaderValue::from_str(v).unwrap()));
        let (parts, body) = http::Request::new(Body::from(body)).into_parts();
        Upload::new(&parts, body).read_all(&headers.collect(), limit).await
    }

    #[test]
    fn sizes_are_written_as_people_do() {
        let sizes = [1 << 20, 64 << 10, 1000, 0].map(|bytes| size(bytes, "byte"));
        assert_eq!(sizes, ["1 MiB", "64 KiB", "1000 byte", "0 byte"]);
        assert!(too_large(3 << 20).detail.vi.contains("tối đa 3 MiB,"));
    }

    #[tokio::test]
    async fn limits_hold_at_the_byte() {
        for (length, ok) in [(9, true), (10, true), (11, false)] {
            assert_eq!(read(&[], vec![b'x'; length], 10).await.is_ok(), ok, "{length}");
            let packed = gzip(&vec![b'x'; length * 100]);
            let coded = [(header::CONTENT_ENCODING, "gzip")];
            assert_eq!(read(&coded, packed, 1000).await.is_ok(), ok, "{length}");
        }
    }

    #[tokio::test]
    async fn refusals_are_named() {
        let announced = [(header::CONTENT_LENGTH, "11")];
        assert_eq!(read(&announced, vec![], 10).await.unwrap_err().status, 413);
        let bomb = gzip(&vec![0; 4 << 20]);
        let coded = [(header::CONTENT_ENCODING, "gzip")];
        assert_eq!(read(&coded, bomb, 1 << 20).await.unwrap_err().status, 413);
        let mut cut = gzip(b"hello hello");
        cut.truncate(12);
        assert_eq!(read(&coded, cut, 100).await.unwrap_err().kind, Kind::BadBody);
        for bad in ["gzip, gzip", "br", "deflate"] {
            let refused = read(&[(header::CONTENT_ENCODING, bad)], vec![], 10).await;
            assert_eq!(refused.unwrap_err().status, 415, "{bad}");
        }
    }
}
