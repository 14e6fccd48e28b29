//! A customer's stored data: all of it as a file, and its deletion.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use api::rent::{CustomerPart, DeleteCustomerRequest, ExportCustomerRequest, PastPlayback, SentMail};
use axum::body::Body as ResponseBody;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use rpc::{Call, Context};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account::Customer;
use super::orders::Order;
use super::session::put_cookie;
use super::sessions::DeviceSession;
use crate::Gateway;
use crate::extract::Body;
use crate::language::Languages;
use crate::problem::Problem;
use crate::session;
use crate::view::{Entitlement, Time, Titles};

const FILE: &str = "attachment; filename=\"video-store.json\"";

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(export_account))
        .routes(routes!(delete_account))
}

/// Everything that is kept of the customer, as one JSON file
#[utoipa::path(
    get,
    path = "/api/v1/account/export",
    tag = "account",
    responses((
        status = OK,
        description = "An object with `customer`, `sessions`, `mails`, `watchlist`, `playbacks`, `orders` and \
                       `entitlements`; it is written as it is read.",
        content_type = "application/json",
        body = Value,
    )),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn export_account(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
    languages: Languages,
) -> Result<Response, Problem> {
    gateway
        .rates
        .sign_ins
        .check_for(&customer.customer_id, "sign_ins_an_account", &customer.context)?;
    let context = Context {
        // A long history takes longer than the deadline of a page.
        deadline: None,
        ..customer.context
    };
    let call = Call::new(ExportCustomerRequest {}, context);
    let parts = gateway.rent.export_customer(call).await?;
    let mut file = JsonFile::default();
    let parts = parts.map_ok(Some).chain(stream::once(ready(Ok(None))));
    let written = parts.map_ok(move |part| match part {
        Some(part) => file.write(part, &languages),
        None => file.end(),
    });
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, FILE),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, ResponseBody::from_stream(written)).into_response())
}

/// The lists of the file, in the order in which rent sends their parts.
const LISTS: [&str; 6] = ["sessions", "mails", "watchlist", "playbacks", "orders", "entitlements"];

/// One JSON object, written part by part: a list stays open until another one begins.
#[derive(Default)]
struct JsonFile {
    open: usize,
    has_items: bool,
}

impl JsonFile {
    fn write(&mut self, part: CustomerPart, languages: &Languages) -> Bytes {
        let titles = Titles::default();
        let mut text = String::new();
        if let Some(customer) = part.customer {
            let customer = json(&Customer::from(customer));
            text = format!("{{\n\"customer\": {customer},\n\"{}\": [", LISTS[0]);
        }
        let orders = part.orders.into_iter();
        let lists: [Vec<Value>; 6] = [
            part.sessions
                .into_iter()
                .map(|one| json(&DeviceSession::from(one)))
                .collect(),
            part.mails.into_iter().map(|one| json(&Mail::from(one))).collect(),
            part.watchlist_title_ids.into_iter().map(Value::String).collect(),
            part.playbacks
                .into_iter()
                .map(|one| json(&Playback::from(one)))
                .collect(),
            orders.map(|one| json(&Order::new(one, &titles, languages))).collect(),
            part.entitlements
                .into_iter()
                .map(|one| json(&Entitlement::from(one)))
                .collect(),
        ];
        for (list, items) in lists.into_iter().enumerate().filter(|(_, items)| !items.is_empty()) {
            self.open_list(&mut text, list);
            for item in items {
                text.push_str(if self.has_items { ",\n" } else { "\n" });
                text.push_str(&item.to_string());
                self.has_items = true;
            }
        }
        text.into()
    }

    fn end(&mut self) -> Bytes {
        let mut text = String::new();
        self.open_list(&mut text, LISTS.len() - 1);
        text.push_str("\n]}\n");
        text.into()
    }

    fn open_list(&mut self, text: &mut String, list: usize) {
        while self.open < list {
            self.open += 1;
            self.has_items = false;
            text.push_str("\n],\n\"");
            text.push_str(LISTS[self.open]);
            text.push_str("\": [");
        }
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A mail with a link.
#[derive(Serialize)]
struct Mail {
    about: String,
    sent_at: Time,
}

impl From<SentMail> for Mail {
    fn from(mail: SentMail) -> Self {
        Self {
            about: mail
                .kind()
                .as_str_name()
                .trim_start_matches("MAIL_KIND_")
                .to_lowercase(),
            sent_at: Time::new(mail.created_at_us),
        }
    }
}

/// A time that a film was played.
#[derive(Serialize)]
struct Playback {
    entitlement_id: String,
    opened_at: Time,
    ended_at: Time,
    device: String,
}

impl From<PastPlayback> for Playback {
    fn from(playback: PastPlayback) -> Self {
        Self {
            entitlement_id: playback.entitlement_id,
            opened_at: Time::new(playback.opened_at_us),
            ended_at: Time::new(playback.lease_until_us),
            device: playback.device,
        }
    }
}

/// The present password, as the last word.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeleteAccount {
    #[schema(format = Password, max_length = 200)]
    current_password: String,
}

/// Delete the account: what is personal is erased, films and sessions end, orders are kept without a name
#[utoipa::path(
    post,
    path = "/api/v1/account/deletion",
    tag = "account",
    request_body = DeleteAccount,
    responses((status = NO_CONTENT, description = "It is gone.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn delete_account(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
    Body(last_word): Body<DeleteAccount>,
) -> Result<Response, Problem> {
    gateway
        .rates
        .sign_ins
        .check_for(&customer.customer_id, "sign_ins_an_account", &customer.context)?;
    let message = DeleteCustomerRequest {
        current_password: last_word.current_password,
    };
    gateway
        .rent
        .delete_customer(Call::new(message, customer.context))
        .await?;
    gateway.sessions.forget_customer(&customer.customer_id);
    let mut response = StatusCode::NO_CONTENT.into_response();
    put_cookie(
        &mut response,
        session::set_cookie(None, Duration::ZERO, &gateway.settings),
    );
    Ok(response)
}
