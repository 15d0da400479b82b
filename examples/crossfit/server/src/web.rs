//! The planner's pages. Release builds carry them; others read them from the folder that they are built into.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The built pages.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Pages;

const START: &str = "index.html";
const NOT_BUILT: &str =
    "The pages are not built: run `npm ci`, then `npm run build -w examples/crossfit/web`.\n";

/// Serves the pages, whatever no other route answers.
pub fn pages() -> Router {
    Router::new().fallback(page)
}

async fn page(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if path == "docs" {
        return Redirect::permanent("/docs/").into_response();
    }
    match find(path) {
        Some((name, file)) => answer(&name, file, request.headers()),
        // Asking for a file is a mistake where there is none; other paths are the page's own.
        None if Path::new(path).extension().is_some() => StatusCode::NOT_FOUND.into_response(),
        None => match Pages::get(START) {
            Some(file) => answer(START, file, request.headers()),
            None => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
        },
    }
}

/// The file of a path, or the page of a folder.
fn find(path: &str) -> Option<(String, EmbeddedFile)> {
    let names = [path.to_owned(), format!("{path}{START}")];
    names
        .into_iter()
        .find_map(|name| Pages::get(&name).map(|file| (name, file)))
}

fn answer(name: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag = format!("\"{}\"", hex(&hash));
    // The names of assets change with what is in them.
    let caching = match name.starts_with("assets/") {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let headers = [
        (CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (CACHE_CONTROL, caching.to_owned()),
        (ETAG, tag.clone()),
    ];
    let is_known = |known: &axum::http::HeaderValue| known.as_bytes() == tag.as_bytes();
    if asked.get(IF_NONE_MATCH).is_some_and(is_known) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data).into_response()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
