//! A slip as a file: SVG for a page, PNG and PDF to keep or to hand on. One table for the desk, the portal and the page behind a code.

use crate::say::End;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use slipway_slip::Lines;
use slipway_terms::TillKey;

/// How a slip is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The end of its file's name, and its word in logs and addresses.
    pub end: &'static str,
    kind: &'static str,
    draw: fn(&Lines) -> Result<Vec<u8>, End>,
    /// A file that is kept, and no part of a page.
    kept: bool,
}

/// As a page shows it.
pub const SVG: Form =
    Form { end: "svg", kind: "image/svg+xml", draw: |lines| Ok(slipway_slip::svg(lines).into_bytes()), kept: false };
/// Dot for dot as the print head burns it.
pub const PNG: Form = Form { end: "png", kind: "image/png", draw: |lines| Ok(slipway_slip::png(lines)?), kept: true };
/// The same dots on a page as large as the paper.
pub const PDF: Form =
    Form { end: "pdf", kind: "application/pdf", draw: |lines| Ok(slipway_slip::pdf(lines)), kept: true };

impl Form {
    /// These lines, drawn.
    ///
    /// # Errors
    /// They cannot be.
    pub fn drawn(&self, lines: &Lines) -> Result<Vec<u8>, End> {
        (self.draw)(lines)
    }

    /// The answer of a door, with the name under which a file is kept: that of the exchange, which holds no card number.
    pub fn answer(&self, bytes: Vec<u8>, till: &TillKey) -> Response {
        let mut answer = bytes.into_response();
        let all = answer.headers_mut();
        all.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        // The number of an exchange is letters, digits and dashes only.
        let name = format!("attachment; filename=\"slip-{}.{}\"", till.to_string().replace('/', "-"), self.end);
        if let Some(name) = HeaderValue::from_str(&name).ok().filter(|_| self.kept) {
            all.insert(header::CONTENT_DISPOSITION, name);
        }
        answer
    }
}
