use super::error::{Kind, Problem};
use crate::{feeds, ingest, journal, store};
use http::header;

/// Seconds until a retry is worthwhile after a worker failed.
const WORKER_REST_S: u16 = 30;

impl From<ingest::Error> for Box<Problem> {
    fn from(error: ingest::Error) -> Self {
        use ingest::Error as E;
        let said = error.to_string();
        match error {
            E::NoSource(_) => {
                Problem::new(Kind::NotFound, said, "cấu hình không có nguồn tin này").field("source")
            }
            E::NotPush { source_id, kind } => Problem::new(
                Kind::NotPush,
                said,
                format!(
                    "nguồn tin {source_id} không nhận bài gửi vào: `kind` của nó là \"{kind}\", không phải \"push\""
                ),
            )
            .field("source"),
            E::Rejected(_) => Problem::new(
                Kind::Rejected,
                said,
                "bài không có gì để đăng: cần có tiêu đề, nội dung hoặc liên kết",
            ),
            E::Precondition { actual } => Problem::new(
                Kind::Precondition,
                format!(
                    "revision {actual} stands (0: none does): read the article again, then decide"
                ),
                match actual {
                    0 => "hiện chưa có bài này: hãy đọc lại rồi quyết định".to_owned(),
                    1 => "bài đã có, hiện là bản 1: hãy đọc lại bài rồi quyết định".to_owned(),
                    _ => format!("bài đã được sửa, hiện là bản {actual}: hãy đọc lại bài rồi quyết định"),
                },
            ),
            E::KeyReused => Problem::new(
                Kind::KeyReused,
                "this Idempotency-Key came with another article before: use a new key",
                "khóa Idempotency-Key này đã đi với một bài khác: hãy dùng khóa mới",
            )
            .field("Idempotency-Key"),
            E::NotFound { .. } => Problem::new(Kind::NotFound, said, "nguồn tin này không có bài đó"),
            E::Busy => {
                Problem::new(Kind::Busy, said, "bài đang được nơi khác thay đổi: hãy thử lại")
                    .header(header::RETRY_AFTER, 1.into())
            }
            E::Worker(ingest::worker::Error::Start(_)) => Problem::internal(&said),
            E::Worker(error) if error.is_passing() => Problem::new(
                Kind::Unavailable,
                format!("the content could not be cleaned just now: {said}: send it again"),
                "lúc này chưa làm sạch được nội dung bài vì máy chủ quá tải: hãy gửi lại",
            )
            .header(header::RETRY_AFTER, WORKER_REST_S.into()),
            E::Worker(_) => Problem::new(
                Kind::Rejected,
                format!("the content could not be cleaned: {said}"),
                "không làm sạch được nội dung bài: mã HTML quá phức tạp",
            )
            .field("content_html"),
            E::Journal(error) => error.into(),
            E::Store(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}

impl From<store::Error> for Box<Problem> {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Journal(error) => error.into(),
            store::Error::Behind => Problem::behind(),
            other => Problem::internal(&other),
        }
    }
}

impl From<feeds::Error> for Box<Problem> {
    fn from(error: feeds::Error) -> Self {
        match error {
            feeds::Error::Store(store::Error::Behind) => Problem::behind(),
            other => Problem::internal(&other),
        }
    }
}

impl From<journal::Error> for Box<Problem> {
    fn from(error: journal::Error) -> Self {
        use journal::Error as E;
        let said = error.to_string();
        let unavailable = |vi: &str| {
            Problem::new(Kind::Unavailable, said.clone(), vi).header(header::RETRY_AFTER, 60.into())
        };
        match error {
            E::Full => unavailable(
                "đĩa đã đầy: hãy giải phóng chỗ trống rồi thử lại; không có gì đã xác nhận bị mất",
            ),
            E::Poisoned => unavailable(
                "đĩa đã gặp lỗi nên không nhận thêm bài: hãy kiểm tra đĩa rồi khởi động lại",
            ),
            E::Vanished { .. } => unavailable(
                "thư mục dữ liệu đã bị gỡ đi hoặc thay thế khi đang chạy: hãy đưa nó trở lại rồi khởi động lại",
            ),
            E::Closed => unavailable("đang dừng, không nhận thêm bài"),
            E::Following { .. } => Problem::follows(None),
            E::Late { .. } => Problem::behind(),
            E::TooLarge { .. } => Problem::new(Kind::TooLarge, said, "bài quá lớn để lưu"),
            E::Conflict { .. } => {
                Problem::new(Kind::Busy, said, "bài đang được nơi khác thay đổi: hãy thử lại")
            }
            other => Problem::internal(&other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passing_fault_of_a_worker_is_no_final_no_to_an_article() {
        use ingest::worker::Error as Worker;
        for (error, status) in [
            (Worker::TimedOut, 503),
            (Worker::Killed(9), 503),
            (Worker::Start("no process".into()), 500),
            (Worker::Cpu, 400),
            (Worker::Memory, 400),
            (Worker::Crashed("signal 11".into()), 400),
        ] {
            let said = error.to_string();
            let problem = Box::<Problem>::from(ingest::Error::Worker(error));
            assert_eq!(problem.status, status, "{said}");
            let rests = problem.headers.iter().any(|(name, _)| name == header::RETRY_AFTER);
            assert_eq!(rests, status == 503, "{said}");
        }
    }
}
