//! The calls of API Pix (version 2.9), and the access token that they need.

use std::sync::Arc;

use ::store::Clock;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;
use uuid::Uuid;

use super::PixOptions;
use crate::call::CallRecorder;
use crate::http::{Answer, Client, Request, SetupError, authorization};
use crate::provider::{ProviderError, Result};
use crate::secret::Secret;
use crate::tls::Tls;

const NAME: &str = "pix";
/// What the access token is for.
const SCOPES: &str = "cob.read cob.write pix.read pix.write";
const WEBHOOK_SCOPES: &str = "webhook.read webhook.write";
/// A token is renewed so long before it runs out.
const RENEWAL_US: i64 = 30_000_000;
/// How long a token lives whose bank does not say.
const DEFAULT_LIFE_S: i64 = 60;
/// The longest text of a refusal that is kept.
const REASON_LIMIT_CHARS: usize = 200;

/// The bank's interface.
pub(super) struct Api {
    calls: Client,
    tokens: Client,
    token_path: String,
    token: Mutex<Option<Token>>,
    clock: Arc<dyn Clock>,
}

struct Token {
    text: Secret,
    renewed_at_us: i64,
}

/// What the bank answered: an object, or why it refuses.
pub(super) enum Outcome {
    Done(Value),
    Missing,
    Refused(Refusal),
}

/// A refusal, with the fields that it is about.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: String,
    fields: Vec<String>,
}

impl Refusal {
    pub(super) fn is_about_amount(&self) -> bool {
        self.fields.iter().any(|field| field.contains("valor"))
    }

    pub(super) fn into_error(self) -> ProviderError {
        ProviderError::Failed(format!("the bank refuses: {}", self.reason))
    }
}

impl Api {
    pub(super) fn new(
        options: &PixOptions,
        clock: Arc<dyn Clock>,
        recorder: Arc<dyn CallRecorder>,
    ) -> std::result::Result<Self, SetupError> {
        let identity = match (&options.certificate, &options.private_key) {
            (Some(certificate), Some(key)) => Some((certificate.as_slice(), key)),
            (None, None) => None,
            _ => return Err(SetupError::new("a certificate and its private key go together")),
        };
        let tls = Tls {
            authorities: options.authorities.as_deref(),
            identity,
        };
        let mut headers = HeaderMap::new();
        let credentials = format!("{}:{}", options.client_id, options.client_secret.reveal());
        let credentials = Secret::parse(&STANDARD.encode(credentials));
        let credentials = credentials.ok_or_else(|| SetupError::new("the bank's client id is missing"))?;
        headers.insert(AUTHORIZATION, authorization("Basic", &credentials)?);
        let url: Url = options
            .token_url
            .parse()
            .map_err(|_| SetupError::new("where the bank gives tokens is no address"))?;
        // The record of requests shows the path.
        let token_path = url.path();
        let tokens_at = options.token_url.strip_suffix(token_path).unwrap_or(&options.token_url);
        let connect = |address: &str, headers: HeaderMap, recorder: Arc<dyn CallRecorder>| {
            Client::with_tls(NAME, address, headers, &tls, Arc::clone(&clock), recorder)
        };
        Ok(Self {
            calls: connect(&options.api_url, HeaderMap::new(), Arc::clone(&recorder))?,
            tokens: connect(tokens_at, headers, recorder)?,
            token_path: token_path.to_owned(),
            token: Mutex::default(),
            clock,
        })
    }

    /// Makes the charge, or changes it to the same.
    pub(super) async fn put_charge(&self, payment: Uuid, charge: Value) -> Result<Outcome> {
        let path = format!("/cob/{}", payment.simple());
        self.call(Method::PUT, path, Some(charge), Some(payment)).await
    }

    pub(super) async fn charge(&self, payment: Uuid) -> Result<Outcome> {
        let path = format!("/cob/{}", payment.simple());
        self.call(Method::GET, path, None, Some(payment)).await
    }

    pub(super) async fn remove_charge(&self, payment: Uuid) -> Result<Outcome> {
        let path = format!("/cob/{}", payment.simple());
        let removed = json!({"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"});
        self.call(Method::PATCH, path, Some(removed), Some(payment)).await
    }

    pub(super) async fn put_refund(&self, payment: Uuid, pix: &str, refund: Uuid, amount: &str) -> Result<Outcome> {
        let body = json!({"valor": amount});
        self.call(Method::PUT, refund_path(pix, refund), Some(body), Some(payment))
            .await
    }

    pub(super) async fn refund(&self, payment: Uuid, pix: &str, refund: Uuid) -> Result<Outcome> {
        self.call(Method::GET, refund_path(pix, refund), None, Some(payment))
            .await
    }

    /// A page of the list of received transfers.
    pub(super) async fn received(&self, query: Vec<(&'static str, String)>) -> Result<Value> {
        let mut request = Request::new(Method::GET, "/pix", None);
        request.query = query;
        let answer = self.with_token(request).await?;
        match outcome(answer) {
            Outcome::Done(page) => Ok(page),
            Outcome::Missing => Err(ProviderError::Failed("the bank has no list of transfers".to_owned())),
            Outcome::Refused(refusal) => Err(refusal.into_error()),
        }
    }

    /// Has the bank call this address. The token for it is a different one: an account may lack the permission.
    pub(super) async fn put_webhook(&self, key: &str, url: &str) -> Result<()> {
        let path = format!("/webhook/{}", utf8_percent_encode(key, NON_ALPHANUMERIC));
        let mut request = Request::new(Method::PUT, path, None);
        request.json = Some(json!({"webhookUrl": url}));
        request.token = Some(self.ask_for_token(WEBHOOK_SCOPES).await?.text);
        match outcome(self.calls.send(&request).await?) {
            Outcome::Done(_) => Ok(()),
            Outcome::Missing => Err(ProviderError::Failed("the bank does not know the Pix key".to_owned())),
            Outcome::Refused(refusal) => Err(refusal.into_error()),
        }
    }

    async fn call(&self, method: Method, path: String, body: Option<Value>, payment: Option<Uuid>) -> Result<Outcome> {
        let mut request = Request::new(method, path, payment);
        request.json = body;
        Ok(outcome(self.with_token(request).await?))
    }

    /// Sends a request; with a new token if the bank takes the one of before no more.
    async fn with_token(&self, mut request: Request) -> Result<Answer> {
        let token = self.token(None).await?;
        request.token = Some(token.clone());
        let answer = self.calls.send(&request).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        request.token = Some(self.token(Some(&token)).await?);
        let answer = self.calls.send(&request).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            let text = "the bank does not accept the access token that it gave";
            return Err(ProviderError::Failed(text.to_owned()));
        }
        Ok(answer)
    }

    /// The token in use, or a new one if it is refused or runs out. Of several callers one asks for it.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret> {
        let mut token = self.token.lock().await;
        if let Some(known) = &*token
            && refused != Some(&known.text)
            && self.clock.now_us() < known.renewed_at_us
        {
            return Ok(known.text.clone());
        }
        let new = self.ask_for_token(SCOPES).await?;
        let text = new.text.clone();
        *token = Some(new);
        Ok(text)
    }

    async fn ask_for_token(&self, scopes: &str) -> Result<Token> {
        let mut request = Request::new(Method::POST, self.token_path.clone(), None);
        request.form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("scope", scopes.to_owned()),
        ];
        let asked_at_us = self.clock.now_us();
        let answer = self.tokens.send(&request).await?;
        let text = answer.body["access_token"].as_str().and_then(Secret::parse);
        // What the bank says is not repeated: nothing is known of what it says.
        let refused = || ProviderError::Failed(format!("the bank gives no access token ({})", answer.status));
        let text = text.filter(|_| answer.status.is_success()).ok_or_else(refused)?;
        let life_s = answer.body["expires_in"].as_i64().unwrap_or(DEFAULT_LIFE_S);
        let ends_at_us = asked_at_us.saturating_add(life_s.saturating_mul(1_000_000));
        Ok(Token {
            text,
            renewed_at_us: ends_at_us.saturating_sub(RENEWAL_US),
        })
    }
}

fn refund_path(pix: &str, refund: Uuid) -> String {
    let pix = utf8_percent_encode(pix, NON_ALPHANUMERIC);
    format!("/pix/{pix}/devolucao/{}", refund.simple())
}

fn outcome(answer: Answer) -> Outcome {
    if answer.status.is_success() {
        return Outcome::Done(answer.body);
    }
    if answer.status == StatusCode::NOT_FOUND {
        return Outcome::Missing;
    }
    Outcome::Refused(refusal(&answer))
}

/// The refusal in the words of the bank (a problem of RFC 7807).
fn refusal(answer: &Answer) -> Refusal {
    let problem = &answer.body;
    let violations = problem["violacoes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let reasons = violations.iter().map(|one| &one["razao"]);
    let texts: Vec<_> = [&problem["title"], &problem["detail"]]
        .into_iter()
        .chain(reasons)
        .filter_map(Value::as_str)
        .collect();
    let fields = violations.iter().filter_map(|one| one["propriedade"].as_str());
    Refusal {
        reason: format!("{} {}", answer.status, texts.join(": "))
            .chars()
            .filter(|one| !one.is_control())
            .take(REASON_LIMIT_CHARS)
            .collect(),
        fields: fields.map(str::to_owned).collect(),
    }
}
