//! The browser side of a local port: one shell for all its pages, its files, who may ask, and the feed that keeps pages true.

pub mod bare;
pub mod cursor;
pub mod feed;
pub mod guard;
pub mod idempotency;
pub mod kept;
pub mod openapi;
pub mod pages;
pub mod refusal;
pub mod serve;
pub mod strict;
