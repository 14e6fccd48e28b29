//! The public REST API: it takes REST requests, calls the catalogue and rent, and combines their answers. It has
//! clients of the services and never a service.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod checkout_availability;
mod clock;
mod device;
mod extract;
mod film_pages;
mod language;
mod logo;
mod media;
mod openapi;
mod palette;
mod payments;
mod posters;
mod problem;
mod rate;
mod request;
mod router;
mod routes;
mod session;
mod settings;
mod state;
mod store_profile;
mod streams;
mod ttl_cache;
mod view;
mod web;

pub use clock::Clock;
pub use extract::{Body, Query};
pub use openapi::document as openapi;
pub use problem::{Problem, ProblemCode};
pub use rate::RateLimits;
pub use request::Anybody;
pub use settings::{Settings, StreamLimits};
pub use state::{Gateway, Parts, RequestIds, Trouble};
pub use view::Time;
pub use web::is_embedded as web_is_embedded;
