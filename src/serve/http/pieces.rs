use axum::body::{Body, Bytes};
use hyper::body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A body in pieces. Each is made when the one before was sent: `next` gives it with the state for the one after, or ends
/// the body.
pub fn in_pieces<S, N, F>(state: S, next: N) -> Body
where
    S: Send + Unpin + 'static,
    N: FnMut(S) -> F + Send + Unpin + 'static,
    F: Future<Output = Option<(Bytes, S)>> + Send + 'static,
{
    Body::new(Pieces { state: Some(state), next, making: None })
}

struct Pieces<S, N, F> {
    state: Option<S>,
    next: N,
    making: Option<Pin<Box<F>>>,
}

impl<S, N, F> hyper::body::Body for Pieces<S, N, F>
where
    S: Unpin,
    N: FnMut(S) -> F + Unpin,
    F: Future<Output = Option<(Bytes, S)>>,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(state) = self.state.take() {
            self.making = Some(Box::pin((self.next)(state)));
        }
        let Some(making) = self.making.as_mut() else { return Poll::Ready(None) };
        let made = ready!(making.as_mut().poll(cx));
        self.making = None;
        Poll::Ready(made.map(|(piece, state)| {
            self.state = Some(state);
            Ok(Frame::data(piece))
        }))
    }
}
