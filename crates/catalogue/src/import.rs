//! Taking titles in, many at a time: each whole or not at all, and none twice.

use std::collections::{HashMap, HashSet};

use store::{Db, Feed, Ids, Tx, write_tx};

use crate::check::{Refusal, refuse};
use crate::fault::Result;
use crate::offer::{Offer, StatedTerms, Terms};
use crate::store::{credits, offers, titles};
use crate::title::{Facts, Identity, Title};

/// The most rows of one batch.
pub(crate) const ROWS: usize = 500;

/// A title as a file says it, before anything was checked.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// In its file, from 1.
    pub(crate) number: i64,
    pub(crate) identity: Identity,
    pub(crate) facts: Facts,
    pub(crate) offers: Vec<StatedTerms>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: Vec<RefusedRow>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RefusedRow {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) refusal: Refusal,
}

/// A row that can be taken.
struct Accepted {
    identity: Identity,
    facts: Facts,
    terms: Vec<Terms>,
}

/// What a batch comes to.
#[derive(Default)]
struct Changes {
    new: Vec<Title>,
    known: Vec<Title>,
    /// Those of either that differ from what stands.
    offers: Vec<Offer>,
    unchanged: usize,
}

/// Writes what is new in these rows in one transaction. Offers that the rows do not speak of are kept.
pub(crate) async fn import(db: &Db, feed: &Feed, ids: &dyn Ids, now_us: i64, rows: Vec<Row>) -> Result<Summary> {
    let (accepted, refused) = check(rows);
    let changes = if accepted.is_empty() {
        Changes::default()
    } else {
        write_tx!(db, |tx| -> Result<Changes> {
            let changes = compare(tx, &accepted, ids, now_us).await?;
            write(tx, feed, changes).await
        })?
    };
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Summary {
        created: count(changes.new.len()),
        updated: count(changes.known.len()),
        unchanged: count(changes.unchanged),
        refused,
    })
}

fn check(rows: Vec<Row>) -> (Vec<Accepted>, Vec<RefusedRow>) {
    let mut seen = HashSet::with_capacity(rows.len());
    let (mut accepted, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (number, name) = (row.number, row.facts.name.clone());
        let checked = row.check().and_then(|row| {
            if seen.insert(row.identity.clone()) {
                return Ok(row);
            }
            refuse("source_id", "A row before this one has the same source and source_id.")
        });
        match checked {
            Ok(row) => accepted.push(row),
            Err(refusal) => refused.push(RefusedRow { number, name, refusal }),
        }
    }
    (accepted, refused)
}

impl Row {
    fn check(self) -> Result<Accepted, Refusal> {
        let identity = self.identity.check()?;
        let facts = self.facts.check()?;
        let mut terms: Vec<Terms> = Vec::with_capacity(self.offers.len());
        for (place, offer) in self.offers.into_iter().enumerate() {
            let within = |refusal: Refusal| Refusal {
                field: format!("offers[{place}].{}", refusal.field),
                ..refusal
            };
            let offer = offer.check().map_err(within)?;
            if terms.iter().any(|known| known.kind == offer.kind) {
                return refuse("offers", "A title has one offer of each kind.");
            }
            terms.push(offer);
        }
        Ok(Accepted { identity, facts, terms })
    }
}

/// Holds the rows against what is there.
async fn compare(tx: &mut Tx, rows: &[Accepted], ids: &dyn Ids, now_us: i64) -> Result<Changes> {
    let mut by_source: HashMap<&str, Vec<String>> = HashMap::new();
    for Accepted { identity, .. } in rows {
        by_source
            .entry(&identity.source)
            .or_default()
            .push(identity.source_id.clone());
    }
    let mut known = HashMap::with_capacity(rows.len());
    for (source, source_ids) in by_source {
        for title in titles::find_by_identity(&mut *tx, source, &source_ids).await? {
            known.insert(title.identity.clone(), title);
        }
    }
    let mut changes = Changes::default();
    for row in rows {
        match known.remove(&row.identity) {
            None => changes.add_new(row, ids, now_us),
            Some(title) => changes.add_known(row, title, ids),
        }
    }
    Ok(changes)
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
    offers::put(tx, &changes.offers.iter().collect::<Vec<_>>()).await?;
    Ok(changes)
}

impl Changes {
    fn add_new(&mut self, row: &Accepted, ids: &dyn Ids, now_us: i64) {
        let id = ids.next();
        let offer = |terms: &Terms| Offer {
            id: ids.next(),
            title: id,
            terms: terms.clone(),
        };
        self.offers.extend(row.terms.iter().map(offer));
        self.new.push(Title {
            id,
            identity: row.identity.clone(),
            facts: row.facts.clone(),
            offers: Vec::new(),
            has_media: false,
            created_at_us: now_us,
            revision: 0,
        });
    }

    fn add_known(&mut self, row: &Accepted, title: Title, ids: &dyn Ids) {
        let stands = |terms: &Terms| title.offers.iter().any(|offer| offer.terms == *terms);
        let differing: Vec<_> = row.terms.iter().filter(|terms| !stands(terms)).collect();
        if title.facts == row.facts && differing.is_empty() {
            self.unchanged += 1;
            return;
        }
        self.offers.extend(differing.into_iter().map(|terms| Offer {
            // Where an offer of this kind stands, it keeps its own.
            id: ids.next(),
            title: title.id,
            terms: terms.clone(),
        }));
        self.known.push(Title {
            facts: row.facts.clone(),
            ..title
        });
    }
}
