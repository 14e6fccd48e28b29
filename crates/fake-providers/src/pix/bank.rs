//! What the bank has: charges, transfers and their returns.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::KEY;
use crate::stripe::RefundMode;

/// Why the bank refuses: the status, the type of the problem, the field and the reason.
pub(super) type Refused = (u16, &'static str, &'static str, &'static str);

#[derive(Default)]
pub(super) struct Bank {
    pub(super) now_s: i64,
    /// What each access token may be used for, and until when.
    pub(super) tokens: HashMap<String, (String, i64)>,
    pub(super) tokens_given: usize,
    pub(super) webhook: Option<String>,
    charges: BTreeMap<String, Charge>,
    transfers: Vec<Transfer>,
    returns: usize,
}

struct Charge {
    centavos: i64,
    seconds: i64,
    description: Option<String>,
    created_s: i64,
    revision: i64,
    status: &'static str,
}

struct Transfer {
    id: String,
    txid: Option<String>,
    centavos: i64,
    at_s: i64,
    returns: Vec<Return>,
}

struct Return {
    id: String,
    rtr: String,
    centavos: i64,
    nature: &'static str,
    asked_s: i64,
    ended_s: Option<i64>,
    status: &'static str,
    reason: Option<&'static str>,
}

const ACTIVE: &str = "ATIVA";
const REMOVED: &str = "REMOVIDA_PELO_USUARIO_RECEBEDOR";
const INVALID_CHARGE: &str = "CobOperacaoInvalida";
const INVALID_RETURN: &str = "PixDevolucaoInvalida";

/// A charge as the store asks for it.
pub(super) fn put(bank: &mut Bank, txid: &str, body: &Value, takes_once: bool) -> Result<Value, Refused> {
    let refuse = |field, reason| Err((400, INVALID_CHARGE, field, reason));
    if !(26..=35).contains(&txid.len()) || !txid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return refuse("txid", "O campo txid não respeita o schema.");
    }
    let seconds = body["calendario"]["expiracao"].as_i64().unwrap_or(86_400);
    if seconds <= 0 {
        return refuse("cob.calendario.expiracao", "O campo é igual ou menor que zero.");
    }
    let Some(centavos) = centavos(&body["valor"]["original"]) else {
        return refuse("cob.valor.original", "O campo não respeita o schema.");
    };
    if centavos == 0 {
        return refuse("cob.valor.original", "O campo é zero.");
    }
    if body["chave"] != KEY {
        return refuse("cob.chave", "A chave não pertence a este usuário recebedor.");
    }
    let description = body["solicitacaoPagador"].as_str().map(str::to_owned);
    if description.as_ref().is_some_and(|text| text.chars().count() > 140) {
        return refuse("cob.solicitacaoPagador", "O campo não respeita o schema.");
    }
    let now_s = bank.now_s;
    if let Some(known) = bank.charges.get_mut(txid) {
        if takes_once {
            return Err((409, "TxidDuplicado", "txid", "Já existe uma cobrança com este txid."));
        }
        if known.status != ACTIVE {
            return refuse("cob", "A cobrança já existe e não está no status ATIVA.");
        }
        known.revision += 1;
        (known.centavos, known.seconds, known.description) = (centavos, seconds, description);
    } else {
        let charge = Charge {
            centavos,
            seconds,
            description,
            created_s: now_s,
            revision: 0,
            status: ACTIVE,
        };
        bank.charges.insert(txid.to_owned(), charge);
    }
    Ok(bank.charge(txid, false).unwrap())
}

/// A charge as the store changes it; it only removes.
pub(super) fn patch(bank: &mut Bank, txid: &str, body: &Value) -> Result<Value, Refused> {
    let Some(charge) = bank.charges.get_mut(txid) else {
        return Err((404, "CobNaoEncontrado", "txid", "Cobrança não encontrada."));
    };
    if charge.status != ACTIVE {
        return Err((400, INVALID_CHARGE, "cob", "A cobrança não está ATIVA."));
    }
    if *body != json!({"status": REMOVED}) {
        return Err((400, INVALID_CHARGE, "cob.status", "O campo não respeita o schema."));
    }
    charge.status = REMOVED;
    charge.revision += 1;
    Ok(bank.charge(txid, false).unwrap())
}

/// A return of a part or all of a transfer.
pub(super) fn put_return(
    bank: &mut Bank,
    pix: &str,
    id: &str,
    body: &Value,
    mode: RefundMode,
) -> Result<Value, Refused> {
    let refuse = |field, reason| Err((400, INVALID_RETURN, field, reason));
    let (number, now_s) = (bank.returns + 1, bank.now_s);
    let rtr = numbered('D', now_s, number);
    let Some(transfer) = bank.transfers.iter_mut().find(|transfer| transfer.id == pix) else {
        return Err((404, "PixNaoEncontrado", "e2eid", "Pix não encontrado."));
    };
    if !(1..=35).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return refuse("devolucao.id", "O campo não respeita o schema.");
    }
    let Some(centavos) = centavos(&body["valor"]).filter(|centavos| *centavos > 0) else {
        return refuse("devolucao.valor", "O campo devolucao.valor não respeita o schema.");
    };
    if transfer.returns.iter().any(|one| one.id == id) {
        return refuse(
            "devolucao.id",
            "O id já foi utilizado por outra requisição de devolução.",
        );
    }
    let returned: i64 = transfer
        .returns
        .iter()
        .filter(|one| one.status != "NAO_REALIZADO")
        .map(|one| one.centavos)
        .sum();
    if returned + centavos > transfer.centavos {
        return refuse("devolucao.valor", "As devoluções excederiam o valor do pix originário.");
    }
    let (status, reason) = match mode {
        RefundMode::Succeeds => ("DEVOLVIDO", None),
        RefundMode::Pends => ("EM_PROCESSAMENTO", None),
        RefundMode::Fails => ("NAO_REALIZADO", Some("Saldo insuficiente.")),
    };
    transfer.returns.push(Return {
        id: id.to_owned(),
        rtr,
        centavos,
        nature: "ORIGINAL",
        asked_s: now_s,
        ended_s: (status == "DEVOLVIDO").then_some(now_s),
        status,
        reason,
    });
    bank.returns = number;
    Ok(transfer.returns.last().unwrap().json())
}

impl Bank {
    /// A charge as the API shows it; its transfers only where it is read.
    pub(super) fn charge(&self, txid: &str, with_transfers: bool) -> Option<Value> {
        let charge = self.charges.get(txid)?;
        let location = format!("pix.bank.invalid/v2/{txid}");
        let mut json = json!({
            "calendario": {"criacao": time(charge.created_s), "expiracao": charge.seconds},
            "txid": txid, "revisao": charge.revision, "location": location, "status": charge.status,
            "valor": {"original": reais(charge.centavos), "modalidadeAlteracao": 0}, "chave": KEY,
            "pixCopiaECola": format!("00020101021226{location}5204000053039865802BR6304ABCD"),
        });
        if let Some(description) = &charge.description {
            json["solicitacaoPagador"] = json!(description);
        }
        let transfers = self.transfers.iter().filter(|one| one.txid.as_deref() == Some(txid));
        let transfers: Vec<_> = transfers.map(Transfer::json).collect();
        if with_transfers && !transfers.is_empty() {
            json["pix"] = json!(transfers);
        }
        Some(json)
    }

    pub(super) fn pay(&mut self, txid: &str) -> Option<Value> {
        let charge = self.charges.get_mut(txid).filter(|charge| charge.status == ACTIVE)?;
        charge.status = "CONCLUIDA";
        let centavos = charge.centavos;
        Some(self.transfer(Some(txid), centavos))
    }

    pub(super) fn transfer(&mut self, txid: Option<&str>, centavos: i64) -> Value {
        let transfer = Transfer {
            id: numbered('E', self.now_s, self.transfers.len() + 1),
            txid: txid.map(str::to_owned),
            centavos,
            at_s: self.now_s,
            returns: Vec::new(),
        };
        let json = transfer.json();
        self.transfers.push(transfer);
        json
    }

    /// Ends a return that is under way.
    pub(super) fn settle(&mut self, id: &str, is_returned: bool) -> Option<Value> {
        let now_s = self.now_s;
        self.transfers.iter_mut().find_map(|transfer| {
            let is_it = |one: &&mut Return| one.id == id && one.status == "EM_PROCESSAMENTO";
            let one = transfer.returns.iter_mut().find(is_it)?;
            if is_returned {
                (one.status, one.ended_s) = ("DEVOLVIDO", Some(now_s));
            } else {
                (one.status, one.reason) = ("NAO_REALIZADO", Some("Negado por timeout."));
            }
            Some(transfer.json())
        })
    }

    pub(super) fn take_back(&mut self, txid: &str) -> Option<Value> {
        let (now_s, number) = (self.now_s, self.returns + 1);
        let is_it = |one: &&mut Transfer| one.txid.as_deref() == Some(txid) && one.returns.is_empty();
        let transfer = self.transfers.iter_mut().find(is_it)?;
        self.returns = number;
        transfer.returns.push(Return {
            id: format!("MED{number}"),
            rtr: numbered('D', now_s, number),
            centavos: transfer.centavos,
            nature: "MED_FRAUDE",
            asked_s: now_s,
            ended_s: Some(now_s),
            status: "DEVOLVIDO",
            reason: None,
        });
        Some(transfer.json())
    }

    pub(super) fn find_return(&self, pix: &str, id: &str) -> Option<Value> {
        let transfer = self.transfers.iter().find(|transfer| transfer.id == pix)?;
        transfer.returns.iter().find(|one| one.id == id).map(Return::json)
    }

    pub(super) fn find_transfer(&self, pix: &str) -> Option<Value> {
        self.transfers
            .iter()
            .find(|transfer| transfer.id == pix)
            .map(Transfer::json)
    }

    pub(super) fn charges(&self) -> Vec<Value> {
        self.charges.keys().filter_map(|txid| self.charge(txid, true)).collect()
    }

    pub(super) fn transfers(&self) -> Vec<Value> {
        self.transfers.iter().map(Transfer::json).collect()
    }

    /// The transfers of a span of time, both of its ends included.
    pub(super) fn received(&self, from: &str, until: &str, only_returned: bool) -> Vec<Value> {
        let span = instant(from).zip(instant(until));
        let is_within = |at_s: i64| {
            let at = jiff::Timestamp::from_second(at_s).unwrap();
            span.is_some_and(|(from, until)| (from..=until).contains(&at))
        };
        let wanted = |one: &&Transfer| is_within(one.at_s) && (!only_returned || !one.returns.is_empty());
        self.transfers.iter().filter(wanted).map(Transfer::json).collect()
    }
}

impl Transfer {
    fn json(&self) -> Value {
        let mut json = json!({
            "endToEndId": self.id, "valor": reais(self.centavos), "horario": time(self.at_s), "chave": KEY,
        });
        if let Some(txid) = &self.txid {
            json["txid"] = json!(txid);
        }
        if !self.returns.is_empty() {
            json["devolucoes"] = self.returns.iter().map(Return::json).collect();
        }
        json
    }
}

impl Return {
    fn json(&self) -> Value {
        let mut json = json!({
            "id": self.id, "rtrId": self.rtr, "valor": reais(self.centavos), "natureza": self.nature,
            "horario": {"solicitacao": time(self.asked_s)}, "status": self.status,
        });
        if let Some(ended_s) = self.ended_s {
            json["horario"]["liquidacao"] = json!(time(ended_s));
        }
        if let Some(reason) = self.reason {
            json["motivo"] = json!(reason);
        }
        json
    }
}

/// An id of 32 characters: who, when, and a number.
fn numbered(kind: char, now_s: i64, number: usize) -> String {
    let at = jiff::Timestamp::from_second(now_s).unwrap().to_string();
    let digits: String = at.chars().filter(char::is_ascii_digit).take(12).collect();
    format!("{kind}12345678{digits}{number:011}")
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

fn time(at_s: i64) -> String {
    format!("{:.3}", jiff::Timestamp::from_second(at_s).unwrap())
}

fn reais(centavos: i64) -> String {
    format!("{}.{:02}", centavos / 100, centavos % 100)
}

/// One to ten digits, a point and two digits.
fn centavos(text: &Value) -> Option<i64> {
    let (reais, centavos) = text.as_str()?.split_once('.')?;
    let has_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_right = (1..=10).contains(&reais.len()) && centavos.len() == 2 && has_digits(reais) && has_digits(centavos);
    is_right.then(|| reais.parse::<i64>().unwrap() * 100 + centavos.parse::<i64>().unwrap())
}
