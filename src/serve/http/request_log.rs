use arc_swap::ArcSwap;
use http::{Method, StatusCode};
use metrics::{Counter, Histogram};
use std::collections::HashMap;
use std::time::Duration;

/// The upper ends of the buckets of `dongtin_http_request_seconds`.
pub const BUCKETS: [f64; 10] = [0.000_1, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0, 60.0];

/// The metrics of every kind of request so far; routes, methods and statuses are few, so this stays small.
#[derive(Default)]
pub struct Traffic(ArcSwap<HashMap<String, Vec<Kind>>>);

/// Requests of one route with one method that got one status.
#[derive(Clone)]
struct Kind {
    method: &'static str,
    status: StatusCode,
    requests: Counter,
    seconds: Histogram,
}

impl Traffic {
    /// Counts one answered request, and logs it at debug level.
    pub fn count(&self, route: &str, method: &'static str, status: StatusCode, taken: Duration) {
        let duration_ms = taken.as_secs_f64() * 1000.0;
        tracing::debug!(method, route, status = status.as_u16(), duration_ms, "request");
        let known = self.0.load();
        let kinds = known.get(route).map_or(&[][..], Vec::as_slice);
        match kinds.iter().find(|kind| kind.method == method && kind.status == status) {
            Some(kind) => kind.count(taken),
            None => self.first(route, method, status).count(taken),
        }
    }

    fn first(&self, route: &str, method: &'static str, status: StatusCode) -> Kind {
        let (of, code) = (route.to_owned(), status.as_u16().to_string());
        let requests = metrics::counter!("dongtin_http_requests_total",
            "method" => method, "route" => of.clone(), "status" => code);
        let seconds = metrics::histogram!("dongtin_http_request_seconds", "route" => of);
        let kind = Kind { method, status, requests, seconds };
        self.0.rcu(|known| {
            let mut known = HashMap::clone(known);
            known.entry(route.to_owned()).or_default().push(kind.clone());
            known
        });
        kind
    }
}

impl Kind {
    fn count(&self, taken: Duration) {
        self.requests.increment(1);
        self.seconds.record(taken.as_secs_f64());
    }
}

/// A method as a label; whatever clients invent is `other`.
pub fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    #[test]
    fn every_kind_of_request_is_counted_apart() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let traffic = Traffic::default();
        metrics::with_local_recorder(&recorder, || {
            for (route, method, status) in
                [("/", "GET", 200), ("/", "GET", 304), ("/", "GET", 200), ("/x", "PUT", 200)]
            {
                let status = StatusCode::from_u16(status).unwrap();
                traffic.count(route, method, status, Duration::from_millis(2));
            }
        });
        let text = recorder.handle().render();
        for line in [
            "dongtin_http_requests_total{method=\"GET\",route=\"/\",status=\"200\"} 2",
            "dongtin_http_requests_total{method=\"GET\",route=\"/\",status=\"304\"} 1",
            "dongtin_http_requests_total{method=\"PUT\",route=\"/x\",status=\"200\"} 1",
            "dongtin_http_request_seconds_count{route=\"/\"} 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert_eq!(label(&Method::from_bytes(b"EVIL\x21").unwrap()), "other");
    }
}
