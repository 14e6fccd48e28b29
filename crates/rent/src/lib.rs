//! Money and rights: customers, orders, payments, entitlements, playback sessions and watchlists.
//!
//! [`RentService`] answers the contract. Domain types parse what comes in and hold the rules; [`place_order`] and
//! [`reconcile`] keep the promise that nobody is charged twice, entitled twice, or charged for nothing.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod account_changes;
mod accounts;
mod attempts;
mod catalogue;
mod changes;
pub mod checkpoint;
mod customer;
mod device;
mod email_change;
mod entitlement;
mod export;
mod fault;
mod held;
mod id;
mod letters;
mod limits;
mod look;
mod mail;
mod mail_links;
mod media_token;
mod most_ordered;
mod new_password;
mod offer;
mod order;
mod order_watch;
mod orders;
mod password;
mod pay_order;
mod payment;
mod pix;
mod place_order;
mod play;
mod playback;
mod popularity;
mod price;
mod reconcile;
mod revoke;
pub mod sandbox;
mod secret;
mod security;
mod service;
mod signing_keys;
mod staff;
mod store;
mod time;
mod watch;
#[cfg(test)]
mod world;

pub use changes::Changes;
pub use customer::{Email, Language, Name};
pub use id::{CustomerId, EntitlementId, OfferId, OrderId, PlaybackId, TitleId};
pub use letters::Letters;
pub use limits::{AttemptLimit, AttemptLimits, Limits};
pub use mail::{FolderMailer, Mail, MailError, Mailer};
pub use payment::{
    Charge, ChargeState, DeclineReason, ListedCharge, PaymentMethod, PaymentProvider, PaymentToken, ProviderError,
    ProviderResult,
};
pub use pix::PixCode;
pub use popularity::Popularity;
pub use price::Money;
pub use reconcile::Reconciler;
pub use revoke::RevocationFeed;
pub use service::{Options, RentService};

pub use crate::store::MIGRATIONS;
