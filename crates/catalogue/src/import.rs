//! Taking titles in, many at a time: each whole or not at all, and none twice.

use std::collections::{HashMap, HashSet};

use store::{Db, Feed, Ids, Tx, write_tx};
use uuid::Uuid;

use crate::check::{Refusal, refuse};
use crate::fault::{Fault, Result};
use crate::offer::{Offer, StatedTerms, Terms};
use crate::store::{credits, offers, titles};
use crate::title::{Facts, Identity, Media, People, Title};

/// The most rows of one batch.
pub(crate) const ROWS: usize = 500;

/// A title as a file says it, before anything was checked.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// In its file, from 1.
    pub(crate) number: i64,
    pub(crate) identity: Identity,
    pub(crate) facts: Facts,
    pub(crate) offers: Vec<StatedOffer>,
    /// Its name in the store that it was exported from; empty is a new one.
    pub(crate) id: String,
    /// 0 is now.
    pub(crate) created_at_us: i64,
}

/// An offer as a file says it.
#[derive(Debug, Clone)]
pub(crate) struct StatedOffer {
    /// Its name in the store that it was exported from; empty is a new one.
    pub(crate) id: String,
    pub(crate) terms: StatedTerms,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: Vec<RefusedRow>,
}

/// The most refused rows that one summary names; a file that has more is none.
const REFUSED: usize = 10_000;

impl Summary {
    pub(crate) fn add(&mut self, other: Self) -> Result<()> {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused.extend(other.refused);
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

/// A row that can be taken.
struct Accepted {
    number: i64,
    identity: Identity,
    facts: Facts,
    offers: Vec<AcceptedOffer>,
    id: Option<Uuid>,
    created_at_us: Option<i64>,
}

struct AcceptedOffer {
    id: Option<Uuid>,
    terms: Terms,
}

/// What a batch comes to.
#[derive(Default)]
struct Changes {
    new: Vec<Title>,
    known: Vec<Title>,
    /// Those of either that differ from what stands.
    offers: Vec<Offer>,
    unchanged: usize,
    /// Those whose names in another store are taken in this one.
    refused: Vec<RefusedRow>,
}

/// Writes what is new in these rows in one transaction. Offers that the rows do not speak of are kept.
pub(crate) async fn import(db: &Db, feed: &Feed, ids: &dyn Ids, now_us: i64, rows: Vec<Row>) -> Result<Summary> {
    let (accepted, mut refused) = check(rows);
    let changes = if accepted.is_empty() {
        Changes::default()
    } else {
        write_tx!(db, |tx| -> Result<Changes> {
            let changes = compare(tx, &accepted, ids, now_us).await?;
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

impl Row {
    fn check(self) -> Result<Accepted, Refusal> {
        let identity = self.identity.check()?;
        let facts = self.facts.check()?;
        let mut offers: Vec<AcceptedOffer> = Vec::with_capacity(self.offers.len());
        for (place, offer) in self.offers.into_iter().enumerate() {
            let within = |refusal: Refusal| Refusal {
                field: format!("offers[{place}].{}", refusal.field),
                ..refusal
            };
            let terms = offer.terms.check().map_err(within)?;
            if offers.iter().any(|known| known.terms.kind == terms.kind) {
                return refuse("offers", "A title has one offer of each kind.");
            }
            let id = id("id", &offer.id).map_err(within)?;
            offers.push(AcceptedOffer { id, terms });
        }
        if self.created_at_us < 0 {
            return refuse("created_at", "A title came into the store after 1970.");
        }
        Ok(Accepted {
            number: self.number,
            identity,
            facts,
            offers,
            id: id("id", &self.id)?,
            created_at_us: Some(self.created_at_us).filter(|at_us| *at_us > 0),
        })
    }
}

/// A name in another store, when there is one.
fn id(field: &str, text: &str) -> Result<Option<Uuid>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match Uuid::try_parse(text) {
        Ok(id) => Ok(Some(id)),
        Err(_) => refuse(field, "An id is a UUID."),
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
    let taken = Taken::among(tx, rows, &known).await?;
    let mut changes = Changes::default();
    for row in rows {
        if let Some(refusal) = taken.refusal(row, known.get(&row.identity)) {
            changes.refused.push(RefusedRow {
                number: row.number,
                name: row.facts.name.clone(),
                refusal,
            });
            continue;
        }
        match known.remove(&row.identity) {
            None => changes.add_new(row, ids, now_us),
            Some(title) => changes.add_known(row, title, ids),
        }
    }
    Ok(changes)
}

/// Of the names that rows bring from another store, those that something else has here.
struct Taken {
    titles: HashSet<Uuid>,
    /// Which title has each offer.
    offers: HashMap<Uuid, Uuid>,
}

impl Taken {
    async fn among(tx: &mut Tx, rows: &[Accepted], known: &HashMap<Identity, Title>) -> Result<Self> {
        let new = rows.iter().filter(|row| !known.contains_key(&row.identity));
        let titles: Vec<_> = new.filter_map(|row| row.id).collect();
        let offers: Vec<_> = rows
            .iter()
            .flat_map(|row| &row.offers)
            .filter_map(|offer| offer.id)
            .collect();
        let titles = titles::find(&mut *tx, &titles).await?.into_iter().map(|title| title.id);
        let offers = offers::find_many(&mut *tx, &offers).await?;
        Ok(Self {
            titles: titles.collect(),
            offers: offers.into_iter().map(|offer| (offer.id, offer.title)).collect(),
        })
    }

    fn refusal(&self, row: &Accepted, known: Option<&Title>) -> Option<Refusal> {
        if known.is_none() && row.id.is_some_and(|id| self.titles.contains(&id)) {
            return refuse::<()>("id", "Another title of this store has this id.").err();
        }
        let title = known.map(|title| title.id);
        let is_others = |offer: &AcceptedOffer| {
            offer
                .id
                .and_then(|id| self.offers.get(&id))
                .is_some_and(|of| title != Some(*of))
        };
        let place = row.offers.iter().position(is_others)?;
        refuse::<()>(
            format!("offers[{place}].id"),
            "Another title of this store has this offer.",
        )
        .err()
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
    offers::put(tx, &changes.offers.iter().collect::<Vec<_>>()).await?;
    Ok(changes)
}

impl Changes {
    fn add_new(&mut self, row: &Accepted, ids: &dyn Ids, now_us: i64) {
        let id = row.id.unwrap_or_else(|| ids.next());
        let offer = |offer: &AcceptedOffer| Offer {
            id: offer.id.unwrap_or_else(|| ids.next()),
            title: id,
            terms: offer.terms.clone(),
        };
        self.offers.extend(row.offers.iter().map(offer));
        self.new.push(Title {
            id,
            identity: row.identity.clone(),
            facts: row.facts.clone(),
            people: People::default(),
            offers: Vec::new(),
            orders: 0,
            media: Media::default(),
            created_at_us: row.created_at_us.unwrap_or(now_us),
            revision: 0,
        });
    }

    fn add_known(&mut self, row: &Accepted, title: Title, ids: &dyn Ids) {
        let stands = |offer: &&AcceptedOffer| title.offers.iter().any(|known| known.terms == offer.terms);
        let (_, differing): (Vec<_>, Vec<_>) = row.offers.iter().partition(stands);
        if title.facts == row.facts && differing.is_empty() {
            self.unchanged += 1;
            return;
        }
        self.offers.extend(differing.into_iter().map(|offer| Offer {
            // Where an offer of this kind stands, it keeps its own.
            id: ids.next(),
            title: title.id,
            terms: offer.terms.clone(),
        }));
        self.known.push(Title {
            facts: row.facts.clone(),
            people: People::default(),
            ..title
        });
    }
}
