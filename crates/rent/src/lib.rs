//! Money and rights: customers, orders, their payments, entitlements, playback sessions and watchlists.
//!
//! [`RentService`] answers the contracts of these domains. Domain types parse requests and hold the rules; [`order::place_order`]
//! and [`order::reconcile`] guarantee that no customer is charged twice, gets an entitlement twice, or pays for nothing.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod account;
mod catalogue;
mod customer;
mod fault;
mod id;
mod ledger;
mod library;
mod limits;
mod mail;
mod order;
mod payment;
mod playback;
mod secret;
mod security;
mod service;
mod store;
mod time;
#[cfg(test)]
mod world;

pub use account::revoke::RevocationFeed;
pub use customer::{Email, Language, Name};
pub use id::{CustomerId, EntitlementId, OfferId, OrderId, PlaybackId, TitleId};
pub use library::changes::Changes;
pub use limits::{AttemptLimit, AttemptLimits, Limits};
pub use mail::delivery::{FolderMailer, Mail, MailError, Mailer};
pub use mail::kind::MailKind;
pub use mail::preview::preview as preview_mail;
pub use mail::refusal::Refusal;
pub use mail::smtp::{SmtpMailer, SmtpServer};
pub use order::checkpoint;
pub use order::popularity::Popularity;
pub use order::reconcile::Reconciler;
pub use payment::calls::ProviderCalls;
pub use service::{Options, RentService};

pub use crate::store::MIGRATIONS;
