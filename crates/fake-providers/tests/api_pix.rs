//! The stand-in for a bank keeps to the contract of API Pix 2.9: each answer has the fields that the contract requires, each
//! field is one that the contract has, and each is written as it prescribes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use fake_providers::FakePix;
use fake_providers::pix::{CLIENT_ID, CLIENT_SECRET, KEY};
use fake_providers::stripe::RefundMode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const NOW_S: i64 = 1_767_268_800;
const TXID: &str = "0192f0c12b3a7c4d8e5f0123456789ab";

/// How a field is written.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// One to ten digits, a point and two digits.
    Amount,
    /// As many letters and digits.
    Id(usize, usize),
    Time,
    Whole,
    OneOf(&'static [&'static str]),
    Object(&'static [Field]),
    List(&'static [Field]),
}

/// Its name, whether it must be there, and how it is written.
type Field = (&'static str, bool, Kind);

const CHARGE_STATES: Kind = Kind::OneOf(&[
    "ATIVA",
    "CONCLUIDA",
    "REMOVIDA_PELO_USUARIO_RECEBEDOR",
    "REMOVIDA_PELO_PSP",
]);
const RETURN: &[Field] = &[
    ("id", true, Kind::Id(1, 35)),
    ("rtrId", true, Kind::Id(32, 32)),
    ("valor", true, Kind::Amount),
    (
        "horario",
        true,
        Kind::Object(&[("solicitacao", false, Kind::Time), ("liquidacao", false, Kind::Time)]),
    ),
    (
        "status",
        true,
        Kind::OneOf(&["EM_PROCESSAMENTO", "DEVOLVIDO", "NAO_REALIZADO"]),
    ),
    (
        "natureza",
        false,
        Kind::OneOf(&["ORIGINAL", "RETIRADA", "MED_OPERACIONAL", "MED_FRAUDE"]),
    ),
    ("motivo", false, Kind::Text),
];
const TRANSFER: &[Field] = &[
    ("endToEndId", true, Kind::Id(32, 32)),
    ("txid", false, Kind::Id(1, 35)),
    ("valor", true, Kind::Amount),
    ("horario", true, Kind::Time),
    ("chave", false, Kind::Text),
    ("devolucoes", false, Kind::List(RETURN)),
];
const CHARGE: &[Field] = &[
    ("txid", true, Kind::Id(26, 35)),
    (
        "calendario",
        true,
        Kind::Object(&[("criacao", true, Kind::Time), ("expiracao", true, Kind::Whole)]),
    ),
    ("revisao", true, Kind::Whole),
    ("status", true, CHARGE_STATES),
    (
        "valor",
        true,
        Kind::Object(&[
            ("original", true, Kind::Amount),
            ("modalidadeAlteracao", false, Kind::Whole),
        ]),
    ),
    ("chave", true, Kind::Text),
    ("location", false, Kind::Text),
    ("solicitacaoPagador", false, Kind::Text),
    ("pixCopiaECola", false, Kind::Text),
    ("pix", false, Kind::List(TRANSFER)),
];
const LIST: &[Field] = &[
    (
        "parametros",
        true,
        Kind::Object(&[
            ("inicio", true, Kind::Time),
            ("fim", true, Kind::Time),
            (
                "paginacao",
                true,
                Kind::Object(&[
                    ("paginaAtual", true, Kind::Whole),
                    ("itensPorPagina", true, Kind::Whole),
                    ("quantidadeDePaginas", true, Kind::Whole),
                    ("quantidadeTotalDeItens", true, Kind::Whole),
                ]),
            ),
        ]),
    ),
    ("pix", true, Kind::List(TRANSFER)),
];
const PROBLEM: &[Field] = &[
    ("type", true, Kind::Text),
    ("title", true, Kind::Text),
    ("status", true, Kind::Whole),
    ("detail", false, Kind::Text),
    (
        "violacoes",
        false,
        Kind::List(&[("razao", false, Kind::Text), ("propriedade", false, Kind::Text)]),
    ),
];

fn check(fields: &[Field], object: &Value) {
    let known = object.as_object().unwrap_or_else(|| panic!("no object: {object}"));
    for name in known.keys() {
        assert!(
            fields.iter().any(|(field, ..)| field == name),
            "{name} is not in the contract: {object}"
        );
    }
    for (name, is_required, kind) in fields {
        match &object[name] {
            Value::Null => assert!(!is_required, "{name} is missing: {object}"),
            value => assert!(is_written_right(*kind, value), "{name}: {value}"),
        }
    }
}

fn is_written_right(kind: Kind, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match kind {
        Kind::Text => !text.is_empty(),
        Kind::Amount => text.split_once('.').is_some_and(|(reais, centavos)| {
            let digits = [reais, centavos].concat();
            (1..=10).contains(&reais.len()) && centavos.len() == 2 && digits.bytes().all(|one| one.is_ascii_digit())
        }),
        Kind::Id(least, most) => {
            (least..=most).contains(&text.len()) && text.bytes().all(|one| one.is_ascii_alphanumeric())
        }
        Kind::Time => text.parse::<jiff::Timestamp>().is_ok(),
        Kind::Whole => value.is_i64(),
        Kind::OneOf(names) => names.contains(&text),
        Kind::Object(fields) => {
            check(fields, value);
            true
        }
        Kind::List(fields) => {
            value.as_array().unwrap().iter().for_each(|one| check(fields, one));
            true
        }
    }
}

struct Account {
    fake: FakePix,
    http: reqwest::Client,
    token: String,
}

impl Account {
    async fn new() -> Self {
        let fake = FakePix::start_alone(Arc::new(|| NOW_S)).await;
        let http = reqwest::Client::new();
        let asked = http
            .post(fake.token_url())
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials&scope=cob.read+cob.write+pix.read+pix.write");
        let given: Value = asked.send().await.unwrap().json().await.unwrap();
        let token = given["access_token"].as_str().unwrap().to_owned();
        assert_eq!(given["token_type"], "Bearer");
        Self { fake, http, token }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.fake.api_url());
        let mut call = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            call = call.json(&body);
        }
        let answer = call.send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        let status = answer.status();
        let expected = if status.is_success() {
            "application/json"
        } else {
            "application/problem+json"
        };
        assert_eq!(kind, expected, "{path}");
        (status, answer.json().await.unwrap())
    }

    async fn refused(&self, method: Method, path: &str, body: Option<Value>, status: u16) {
        let (answered, problem) = self.call(method, path, body).await;
        assert_eq!(answered.as_u16(), status, "{path}: {problem}");
        assert_eq!(problem["status"], status);
        check(PROBLEM, &problem);
    }
}

fn charge() -> Value {
    json!({
        "calendario": {"expiracao": 900}, "valor": {"original": "14.90"}, "chave": KEY, "solicitacaoPagador": "Limite",
    })
}

#[tokio::test]
async fn charges_transfers_and_returns_have_the_fields_of_the_contract() {
    let account = Account::new().await;
    let path = format!("/cob/{TXID}");
    let (status, made) = account.call(Method::PUT, &path, Some(charge())).await;
    assert_eq!(status, StatusCode::CREATED);
    check(CHARGE, &made);
    assert!(account.fake.pay(TXID));
    let (status, paid) = account.call(Method::GET, &path, None).await;
    assert_eq!((status, &paid["status"]), (StatusCode::OK, &json!("CONCLUIDA")));
    check(CHARGE, &paid);
    let pix = paid["pix"][0]["endToEndId"].as_str().unwrap();
    for (id, mode) in [
        ("1", RefundMode::Succeeds),
        ("2", RefundMode::Pends),
        ("3", RefundMode::Fails),
    ] {
        account.fake.switch(|switches| switches.refunds = mode);
        let path = format!("/pix/{pix}/devolucao/{id}");
        let (status, returned) = account.call(Method::PUT, &path, Some(json!({"valor": "1.00"}))).await;
        assert_eq!(status, StatusCode::CREATED);
        check(RETURN, &returned);
        assert_eq!(account.call(Method::GET, &path, None).await, (StatusCode::OK, returned));
    }
    let (_, transfer) = account.call(Method::GET, &format!("/pix/{pix}"), None).await;
    check(TRANSFER, &transfer);
    assert_eq!(transfer["devolucoes"].as_array().unwrap().len(), 3);
    let (_, list) = account
        .call(
            Method::GET,
            "/pix?inicio=2026-01-01T00:00:00Z&fim=2026-01-02T00:00:00Z",
            None,
        )
        .await;
    check(LIST, &list);
    for event in account.fake.events() {
        let event: Value = serde_json::from_str(&event).unwrap();
        check(&[("pix", true, Kind::List(TRANSFER))], &event);
    }

    let other = format!("/cob/{}", TXID.replace('0', "1"));
    account.call(Method::PUT, &other, Some(charge())).await;
    let removal = json!({"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"});
    let (status, removed) = account.call(Method::PATCH, &other, Some(removal)).await;
    assert_eq!(
        (status, &removed["status"]),
        (StatusCode::OK, &json!("REMOVIDA_PELO_USUARIO_RECEBEDOR"))
    );
    check(CHARGE, &removed);
}

#[tokio::test]
async fn what_the_contract_forbids_is_refused_with_a_problem() {
    let account = Account::new().await;
    let path = format!("/cob/{TXID}");
    let removal = json!({"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"});
    account.refused(Method::GET, &path, None, 404).await;
    account.refused(Method::PATCH, &path, Some(removal.clone()), 404).await;
    for (pointer, value) in [
        ("/calendario/expiracao", json!(0)),
        ("/valor/original", json!("0.00")),
        ("/valor/original", json!("14.9")),
        ("/valor/original", json!(14.9)),
        ("/chave", json!("another key")),
        ("/solicitacaoPagador", json!("x".repeat(141))),
    ] {
        let mut wrong = charge();
        *wrong.pointer_mut(pointer).unwrap() = value;
        account.refused(Method::PUT, &path, Some(wrong), 400).await;
    }
    account.refused(Method::PUT, "/cob/short", Some(charge()), 400).await;
    account.call(Method::PUT, &path, Some(charge())).await;
    let both = json!({"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR", "valor": {"original": "1.00"}});
    account.refused(Method::PATCH, &path, Some(both), 400).await;
    assert!(account.fake.pay(TXID));
    account.refused(Method::PATCH, &path, Some(removal), 400).await;
    account.refused(Method::PUT, &path, Some(charge()), 400).await;

    let pix = account.fake.transfers()[0]["endToEndId"].as_str().unwrap().to_owned();
    let returns = format!("/pix/{pix}/devolucao");
    account.refused(Method::GET, &format!("{returns}/1"), None, 404).await;
    account
        .call(Method::PUT, &format!("{returns}/1"), Some(json!({"valor": "10.00"})))
        .await;
    for (id, amount) in [("1", "1.00"), ("2", "4.91"), ("2", "0.00"), ("2", "1"), ("a-b", "1.00")] {
        account
            .refused(
                Method::PUT,
                &format!("{returns}/{id}"),
                Some(json!({"valor": amount})),
                400,
            )
            .await;
    }
    let unknown = "/pix/E0000000000000000000000000000000/devolucao/1";
    account
        .refused(Method::PUT, unknown, Some(json!({"valor": "1.00"})), 404)
        .await;
    account
        .refused(
            Method::GET,
            "/pix?inicio=2026-01-02T00:00:00Z&fim=2026-01-01T00:00:00Z",
            None,
            400,
        )
        .await;
    // The token is for charges and transfers alone.
    account
        .refused(
            Method::PUT,
            &format!("/webhook/{KEY}"),
            Some(json!({"webhookUrl": "https://a.example"})),
            403,
        )
        .await;
}
