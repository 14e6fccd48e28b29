//! Imports titles in batches: each row is taken whole or refused, and a row that was imported before adds nothing.

mod changes;
mod compare;

use std::collections::HashSet;

use store::{Db, Feed, Ids, Tx, write_tx};
use uuid::Uuid;

pub(crate) use self::changes::{ChangedTitle, FieldChange};
use self::compare::Changes;
use crate::check::{Refusal, refuse};
use crate::fault::{Fault, Result};
use crate::named::Named;
use crate::offer::store as offers;
use crate::offer::{Kind, StatedTerms};
use crate::title::store::credits;
use crate::title::store::titles;
use crate::title::{Facts, Identity};

/// The most rows of one batch.
pub(crate) const ROWS: usize = 500;

/// A title as a file states it, before any check.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The row's number in its file, from 1.
    pub(crate) number: i64,
    pub(crate) identity: Identity,
    pub(crate) facts: Facts,
    pub(crate) is_hidden: bool,
    pub(crate) offers: Vec<StatedOffer>,
    /// The fields that the row states. The other fields of a known title stay as they are.
    pub(crate) named: Named,
    /// Its id in the store that it was exported from; empty for a new title.
    pub(crate) id: String,
    /// 0 means now.
    pub(crate) created_at_us: i64,
}

/// An offer as a file states it.
#[derive(Debug, Clone)]
pub(crate) struct StatedOffer {
    /// Its id in the store that it was exported from; empty for a new offer.
    pub(crate) id: String,
    pub(crate) terms: StatedTerms,
    pub(crate) named: Named,
}

/// How an import treats its rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mode {
    /// Nothing is written; the summary says what would be written.
    pub(crate) is_dry_run: bool,
    /// A known title may get another name and year.
    pub(crate) allows_renames: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: Vec<RefusedRow>,
    /// Of a dry run.
    pub(crate) changed: Vec<ChangedTitle>,
}

/// The most refused rows that one summary lists. A file with more is not a file of films, so its import fails.
const REFUSED: usize = 10_000;

impl Summary {
    pub(crate) fn add(&mut self, other: Self) -> Result<()> {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused.extend(other.refused);
        self.changed.extend(other.changed);
        if self.refused.len() > REFUSED {
            return Err(Fault::invalid("rows", format!("More than {REFUSED} rows are refused.")));
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RefusedRow {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) refusal: Refusal,
}

/// A row that passed its own checks and can be compared with the database.
struct Accepted {
    number: i64,
    identity: Identity,
    facts: Facts,
    is_hidden: bool,
    offers: Vec<AcceptedOffer>,
    named: Named,
    id: Option<Uuid>,
    created_at_us: Option<i64>,
}

struct AcceptedOffer {
    id: Option<Uuid>,
    kind: Kind,
    terms: StatedTerms,
    named: Named,
}

/// Writes what is new in these rows, in one transaction. Offers that the rows do not name are kept.
pub(crate) async fn import(
    db: &Db,
    feed: &Feed,
    ids: &dyn Ids,
    now_us: i64,
    mode: Mode,
    rows: Vec<Row>,
) -> Result<Summary> {
    let (accepted, mut refused) = check(rows);
    let changes = if accepted.is_empty() {
        Changes::default()
    } else {
        write_tx!(db, |tx| -> Result<Changes> {
            let changes = compare::compare(tx, &accepted, ids, now_us, mode).await?;
            if mode.is_dry_run {
                return Ok(changes);
            }
            write(tx, feed, changes).await
        })?
    };
    refused.extend(changes.refused);
    refused.sort_by_key(|row| row.number);
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Summary {
        created: count(changes.new.len()),
        updated: count(changes.known.len()),
        unchanged: count(changes.unchanged),
        refused,
        changed: changes.described,
    })
}

fn check(rows: Vec<Row>) -> (Vec<Accepted>, Vec<RefusedRow>) {
    let mut seen = HashSet::with_capacity(rows.len());
    let mut names = HashSet::new();
    let (mut accepted, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (number, name) = (row.number, row.facts.name.clone());
        let checked = row.check().and_then(|row| {
            if !seen.insert(row.identity.clone()) {
                return refuse("source_id", "A row before this one has the same source and source_id.");
            }
            let mut brought = row.id.into_iter().chain(row.offers.iter().filter_map(|offer| offer.id));
            if brought.all(|id| names.insert(id)) {
                return Ok(row);
            }
            refuse("id", "A row before this one has the same id.")
        });
        match checked {
            Ok(row) => accepted.push(row),
            Err(refusal) => refused.push(RefusedRow { number, name, refusal }),
        }
    }
    (accepted, refused)
}

/// What a row may name besides its facts.
const FIELDS: [&str; 5] = ["source", "source_id", "offers", "title_id", "created_at_us"];

impl Row {
    /// Checks what can be checked without the stored title; facts and terms are checked after they were combined with
    /// it.
    fn check(self) -> Result<Accepted, Refusal> {
        let known = [&Facts::FIELDS[..], &FIELDS[..]].concat();
        self.named.check(&known, &Facts::TEXTS)?;
        let identity = self.identity.check()?;
        let mut offers: Vec<AcceptedOffer> = Vec::with_capacity(self.offers.len());
        for (place, StatedOffer { id: text, terms, named }) in self.offers.into_iter().enumerate() {
            let within = |refusal| within(place, refusal);
            named.check(&StatedTerms::FIELDS, &[]).map_err(within)?;
            let kind = terms.kind().map_err(within)?;
            if offers.iter().any(|known| known.kind == kind) {
                return refuse("offers", "A title has one offer of each kind.");
            }
            let id = id("id", &text).map_err(within)?;
            offers.push(AcceptedOffer { id, kind, terms, named });
        }
        if self.created_at_us < 0 {
            return refuse("created_at", "A title came into the store after 1970.");
        }
        Ok(Accepted {
            number: self.number,
            identity,
            facts: self.facts,
            is_hidden: self.is_hidden,
            offers,
            named: self.named,
            id: id("id", &self.id)?,
            created_at_us: Some(self.created_at_us).filter(|at_us| *at_us > 0),
        })
    }
}

fn within(place: usize, refusal: Refusal) -> Refusal {
    Refusal {
        field: format!("offers[{place}].{}", refusal.field),
        ..refusal
    }
}

/// An id from another store, if the row states one.
fn id(field: &str, text: &str) -> Result<Option<Uuid>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match Uuid::try_parse(text) {
        Ok(id) => Ok(Some(id)),
        Err(_) => refuse(field, "An id is a UUID."),
    }
}

async fn write(tx: &mut Tx, feed: &Feed, mut changes: Changes) -> Result<Changes> {
    if changes.new.is_empty() && changes.known.is_empty() {
        return Ok(changes);
    }
    let revision = feed.next_revision(tx).await?;
    for title in changes.new.iter_mut().chain(&mut changes.known) {
        title.revision = revision;
    }
    let new: Vec<_> = changes.new.iter().collect();
    let known: Vec<_> = changes.known.iter().collect();
    titles::put(tx, &[&new[..], &known[..]].concat()).await?;
    credits::put(tx, &new, &known).await?;
    offers::delete(tx, &changes.removed).await?;
    offers::put(tx, &changes.offers.iter().collect::<Vec<_>>()).await?;
    Ok(changes)
}
