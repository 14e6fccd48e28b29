//! The calls of API Pix, and those by which a test in another process changes how the stand-in behaves.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::bank::{self, Refused};
use super::{CLIENT_ID, CLIENT_SECRET, KEY, Shared, Switches, TOKEN_SECONDS};

const LONGEST_PAGE: usize = 1_000;

pub(super) fn routes(shared: &Shared) -> Router {
    let api = Router::new()
        .route("/cob/{txid}", get(read_charge).put(put_charge).patch(patch_charge))
        .route("/pix", get(list))
        .route("/pix/{pix}", get(read_transfer))
        .route("/pix/{pix}/devolucao/{id}", get(read_return).put(put_return))
        .route("/webhook/{key}", put(put_webhook))
        .layer(middleware::from_fn_with_state(shared.clone(), check_token));
    let all = Router::new()
        .nest("/api/v2", api)
        .route("/oauth/token", post(give_token))
        .layer(middleware::from_fn_with_state(shared.clone(), through_switches));
    let tests = Router::new()
        .route("/_fake/switches", post(switch))
        .route("/_fake/events/release", post(release))
        .route("/_fake/charges/{txid}/pay", post(pay))
        .route("/_fake/charges/{txid}/take-back", post(take_back))
        .route("/_fake/refunds/{id}/settle", post(settle));
    all.merge(tests).with_state(shared.clone())
}

/// Late, unavailable, without its answer: what every call goes through.
async fn through_switches(Extract(shared): Extract<Shared>, request: Request, next: Next) -> Response {
    let switches = shared.lock().switches.clone();
    tokio::time::sleep(Duration::from_millis(switches.delay_ms)).await;
    if switches.unavailable {
        return refuse(&(503, "ServicoIndisponivel", "", "Serviço em manutenção."));
    }
    let changes = request.method() != "GET" && !request.uri().path().ends_with("/token");
    let answer = next.run(request).await;
    let is_lost = changes && {
        let mut state = shared.lock();
        let is_lost = state.switches.lose_answers > 0;
        state.switches.lose_answers = state.switches.lose_answers.saturating_sub(1);
        is_lost
    };
    if is_lost {
        // The connection ends in the middle of the answer.
        let cut = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
        return Response::builder().body(Body::from_stream(cut)).unwrap();
    }
    answer
}

/// Whether the access token is one that was given, is still valid, and is for this call.
async fn check_token(Extract(shared): Extract<Shared>, request: Request, next: Next) -> Response {
    let value = request.headers().get(header::AUTHORIZATION);
    let token = value.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let scopes = {
        let state = shared.lock();
        let known = token.and_then(|token| state.bank.tokens.get(token));
        known
            .filter(|(_, until_s)| state.bank.now_s < *until_s)
            .map(|(scopes, _)| scopes.clone())
    };
    let Some(scopes) = scopes else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let area = request
        .uri()
        .path()
        .split('/')
        .find(|part| ["cob", "pix", "webhook"].contains(part));
    let right = if request.method() == "GET" { "read" } else { "write" };
    let needed = format!("{}.{right}", area.unwrap_or_default());
    if !scopes.split(' ').any(|scope| scope == needed) {
        return refuse(&(403, "AcessoNegado", "", "O token não tem o escopo."));
    }
    next.run(request).await
}

async fn give_token(Extract(shared): Extract<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
    if headers
        .get(header::AUTHORIZATION)
        .is_none_or(|value| value != expected.as_str())
    {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
    }
    let form = String::from_utf8_lossy(&body);
    let field = |name: &str| {
        form.split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
    };
    if field("grant_type").is_none_or(|(_, value)| value != "client_credentials") {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "unsupported_grant_type"})),
        )
            .into_response();
    }
    let scopes = field("scope")
        .map(|(_, value)| value.replace('+', " "))
        .unwrap_or_default();
    let bank = &mut shared.lock().bank;
    bank.tokens_given += 1;
    let token = format!("access-token-{}", bank.tokens_given);
    bank.tokens
        .insert(token.clone(), (scopes.clone(), bank.now_s + TOKEN_SECONDS));
    let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": scopes});
    Json(answer).into_response()
}

fn refuse((status, kind, field, reason): &Refused) -> Response {
    let mut problem = json!({
        "type": format!("https://pix.bcb.gov.br/api/v2/error/{kind}"),
        "title": kind, "status": status, "detail": "A requisição foi recusada.",
    });
    if !field.is_empty() {
        problem["violacoes"] = json!([{"razao": reason, "propriedade": field}]);
    }
    let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
    (
        StatusCode::from_u16(*status).unwrap(),
        content_type,
        problem.to_string(),
    )
        .into_response()
}

fn answer(status: StatusCode, outcome: Result<Value, Refused>) -> Response {
    match outcome {
        Ok(object) => (status, Json(object)).into_response(),
        Err(refused) => refuse(&refused),
    }
}

fn found(object: Option<Value>, kind: &'static str) -> Response {
    answer(StatusCode::OK, object.ok_or((404, kind, "", "")))
}

async fn put_charge(Extract(shared): Extract<Shared>, Path(txid): Path<String>, Json(body): Json<Value>) -> Response {
    let state = &mut *shared.lock();
    let takes_once = state.switches.refuse_repetitions;
    answer(
        StatusCode::CREATED,
        bank::put(&mut state.bank, &txid, &body, takes_once),
    )
}

async fn patch_charge(Extract(shared): Extract<Shared>, Path(txid): Path<String>, Json(body): Json<Value>) -> Response {
    answer(StatusCode::OK, bank::patch(&mut shared.lock().bank, &txid, &body))
}

async fn read_charge(Extract(shared): Extract<Shared>, Path(txid): Path<String>) -> Response {
    found(shared.lock().bank.charge(&txid, true), "CobNaoEncontrado")
}

async fn read_transfer(Extract(shared): Extract<Shared>, Path(pix): Path<String>) -> Response {
    found(shared.lock().bank.find_transfer(&pix), "PixNaoEncontrado")
}

async fn read_return(Extract(shared): Extract<Shared>, Path((pix, id)): Path<(String, String)>) -> Response {
    found(shared.lock().bank.find_return(&pix, &id), "PixDevolucaoNaoEncontrada")
}

async fn put_return(
    Extract(shared): Extract<Shared>,
    Path((pix, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let (outcome, transfer) = {
        let state = &mut *shared.lock();
        let mode = state.switches.refunds;
        let outcome = bank::put_return(&mut state.bank, &pix, &id, &body, mode);
        (outcome, state.bank.find_transfer(&pix))
    };
    // The bank tells when a return has ended.
    let has_ended = outcome.as_ref().is_ok_and(|made| made["status"] != "EM_PROCESSAMENTO");
    if let Some(transfer) = transfer.filter(|_| has_ended) {
        shared.tell(&transfer);
    }
    answer(StatusCode::CREATED, outcome)
}

async fn list(Extract(shared): Extract<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    let field = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let (from, until) = (field("inicio"), field("fim"));
    let number = |name: &str, default: usize| query.get(name).map_or(Some(default), |text| text.parse().ok());
    let page = number("paginacao.paginaAtual", 0).zip(number("paginacao.itensPorPagina", 100));
    let Some((page, length)) = page.filter(|(_, length)| (1..=LONGEST_PAGE).contains(length)) else {
        return refuse(&(
            400,
            "PixConsultaInvalida",
            "paginacao",
            "A paginação não respeita o schema.",
        ));
    };
    if from.is_empty() || until < from {
        return refuse(&(400, "PixConsultaInvalida", "fim", "O fim é anterior ao início."));
    }
    let all = shared
        .lock()
        .bank
        .received(from, until, field("devolucaoPresente") == "true");
    let items: Vec<_> = all.iter().skip(page * length).take(length).collect();
    Json(json!({
        "parametros": {
            "inicio": from, "fim": until,
            "paginacao": {
                "paginaAtual": page, "itensPorPagina": length,
                "quantidadeDePaginas": all.len().div_ceil(length).max(1), "quantidadeTotalDeItens": all.len(),
            },
        },
        "pix": items,
    }))
    .into_response()
}

async fn put_webhook(Extract(shared): Extract<Shared>, Path(key): Path<String>, Json(body): Json<Value>) -> Response {
    let Some(url) = body["webhookUrl"].as_str().filter(|_| key == KEY) else {
        return refuse(&(
            400,
            "WebhookOperacaoInvalida",
            "webhookUrl",
            "O campo não respeita o schema.",
        ));
    };
    shared.lock().bank.webhook = Some(url.to_owned());
    StatusCode::OK.into_response()
}

async fn switch(Extract(shared): Extract<Shared>, Json(switches): Json<Switches>) -> StatusCode {
    let mut state = shared.lock();
    state.switches = switches;
    state.follow_switches();
    StatusCode::NO_CONTENT
}

async fn release(Extract(shared): Extract<Shared>, Json(body): Json<Value>) -> StatusCode {
    let due = shared.lock().events.release(body["reversed"] == true);
    shared.send(due);
    StatusCode::NO_CONTENT
}

fn done(is_done: bool) -> StatusCode {
    if is_done {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::CONFLICT
    }
}

async fn pay(Extract(shared): Extract<Shared>, Path(txid): Path<String>) -> StatusCode {
    done(shared.change(|bank| bank.pay(&txid)))
}

async fn take_back(Extract(shared): Extract<Shared>, Path(txid): Path<String>) -> StatusCode {
    done(shared.change(|bank| bank.take_back(&txid)))
}

async fn settle(Extract(shared): Extract<Shared>, Path(id): Path<String>, Json(body): Json<Value>) -> StatusCode {
    done(shared.change(|bank| bank.settle(&id, body["returned"] == true)))
}
