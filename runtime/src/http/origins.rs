//! The origins whose pages may use the server: by requests across origins, and by websockets, to which browsers do not
//! apply CORS.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use tower_http::cors::CorsLayer;

/// Rejected origins that are logged at most: enough to find a configuration error, too few for clients to fill the log.
const MAX_LOGGED: usize = 16;

/// Logs each rejected origin once: a browser only reports that the page can't connect.
fn log_rejected(logged: &Mutex<Vec<HeaderValue>>, headers: &HeaderMap) {
    let mut logged = logged.lock().unwrap_or_else(PoisonError::into_inner);
    for origin in headers.get_all(ORIGIN) {
        if logged.len() < MAX_LOGGED && !logged.contains(origin) {
            logged.push(origin.clone());
            tracing::warn!(
                ?origin,
                "a page of another origin was rejected; to allow it, name it in `Origins::and`"
            );
        }
    }
}

/// An origin that can't be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{origin}` can't be allowed as an origin\n\
     help: name scheme, host and port as browsers do, without a path: `https://planner.example` or `http://localhost:3000`"
)]
pub struct OriginError {
    origin: String,
}

const ORIGIN_FORBIDDEN: (StatusCode, &str) = (
    StatusCode::FORBIDDEN,
    "pages of this origin may not use this server\n",
);

/// The origins whose pages may use the server.
///
/// Pages of the server itself are always allowed: those whose `Origin` names the host that the request was sent to. A
/// page of any other origin could otherwise connect with the credentials of the user who has it open, since browsers
/// open websockets to every server. Clients that are not browsers send no `Origin`, and are allowed.
///
/// Behind a proxy that forwards another `Host`, name the public origin.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<[HeaderValue]>);

impl Origins {
    /// Only the server's own pages.
    pub fn same() -> Self {
        Self::default()
    }

    /// The server's own pages, and those of these origins.
    ///
    /// # Errors
    /// For `*` and anything else that is not an origin.
    pub fn and<S: AsRef<str>>(origins: &[S]) -> Result<Self, OriginError> {
        let origins = origins.iter().map(|origin| parse_origin(origin.as_ref()));
        Ok(Self(origins.collect::<Result<_, _>>()?))
    }

    /// Adds a layer that rejects requests of pages of all other origins.
    pub(crate) fn restrict(&self, router: Router) -> Router {
        let origins = self.clone();
        let logged = Arc::<Mutex<Vec<HeaderValue>>>::default();
        let check = move |request: Request, next: Next| {
            let is_allowed = origins.allow(request.headers());
            if !is_allowed {
                log_rejected(&logged, request.headers());
            }
            async move {
                match is_allowed {
                    true => next.run(request).await,
                    false => ORIGIN_FORBIDDEN.into_response(),
                }
            }
        };
        let cors = CorsLayer::new()
            .allow_origin(self.0.to_vec())
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE]);
        router.layer(middleware::from_fn(check)).layer(cors)
    }

    fn allow(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).into_iter();
        let host = hosts.next().filter(|_| hosts.next().is_none());
        let is_allowed = |origin| self.0.contains(origin) || is_same(origin, host);
        // A browser sends one. If there are several, all have to be allowed.
        headers.get_all(ORIGIN).into_iter().all(is_allowed)
    }
}

/// Whether a page has the origin that its request goes to. The scheme can't be compared: a proxy may have terminated
/// TLS.
fn is_same(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else {
        return false;
    };
    let authority = ["https://", "http://"]
        .iter()
        .find_map(|scheme| origin.strip_prefix(scheme));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn parse_origin(origin: &str) -> Result<HeaderValue, OriginError> {
    let invalid = || OriginError {
        origin: origin.to_owned(),
    };
    let uri: Uri = origin.parse().map_err(|_| invalid())?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme))
        .ok_or_else(invalid)?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.host().contains('*'))
        .ok_or_else(invalid)?;
    if format!("{scheme}://{authority}") != origin || authority.as_str().contains('@') {
        return Err(invalid());
    }
    HeaderValue::from_str(origin).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_can_be_allowed() {
        for origin in ["http://localhost:3000", "https://planner.example"] {
            assert!(Origins::and(&[origin]).is_ok(), "{origin}");
        }
        for origin in [
            "*",
            "",
            "planner.example",
            "http://a/",
            "http://a/b",
            "ftp://a",
            "http://*",
            "http://*.a",
            "null",
        ] {
            assert!(Origins::and(&[origin]).is_err(), "{origin}");
        }
    }

    #[test]
    fn rejected_origins_are_logged_once_and_not_without_end() {
        let logged = Mutex::default();
        for number in 0..3 * MAX_LOGGED {
            let origin = HeaderValue::from_str(&format!("http://{}.example", number / 2)).unwrap();
            log_rejected(&logged, &HeaderMap::from_iter([(ORIGIN, origin)]));
        }
        let logged = logged.into_inner().unwrap();
        assert_eq!(logged.len(), MAX_LOGGED);
        assert_eq!(logged[0], "http://0.example");
        assert_eq!(logged[1], "http://1.example");
    }

    #[test]
    fn own_and_named_pages_are_allowed_and_what_is_no_page() {
        let origins = Origins::and(&["https://planner.example"]).unwrap();
        let allows = |origin: Option<&str>, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            origins.allow(&headers)
        };
        for origin in [
            None,
            Some("https://planner.example"),
            Some("http://api.example:5555"),
            Some("https://API.example:5555"),
        ] {
            assert!(allows(origin, "api.example:5555"), "{origin:?}");
        }
        for origin in [
            "null",
            "",
            "https://evil.example",
            "https://planner.example.evil",
            "https://planner.example:444",
            "http://planner.example",
            "http://api.example",
            "ftp://api.example:5555",
            "api.example:5555",
        ] {
            assert!(!allows(Some(origin), "api.example:5555"), "{origin}");
        }
    }

    #[test]
    fn of_headers_that_come_twice_none_is_overlooked() {
        let origins = Origins::and(&["https://planner.example"]).unwrap();
        let allows = |named: &[&str], hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            for origin in named {
                headers.append(ORIGIN, origin.parse().unwrap());
            }
            origins.allow(&headers)
        };
        let (good, evil) = ("https://planner.example", "https://evil.example");
        assert!(allows(&[good, good], &["a"]));
        assert!(!allows(&[good, evil], &["a"]));
        assert!(!allows(&[evil, good], &["a"]));
        assert!(!allows(&["https://a"], &["a", "b"]));
        assert!(!allows(&["https://a"], &[]));
        let unreadable = HeaderValue::from_bytes(b"https://\xff").unwrap();
        let headers = HeaderMap::from_iter([(ORIGIN, unreadable)]);
        assert!(!origins.allow(&headers));
    }
}
