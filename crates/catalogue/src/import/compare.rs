//! Compares the rows of an import with the titles and offers in the database, and finds what to write.

use std::collections::{HashMap, HashSet};

use store::{Ids, Tx};
use uuid::Uuid;

use super::changes::ChangedTitle;
use super::{Accepted, AcceptedOffer, Mode, RefusedRow, within};
use crate::check::{Refusal, refuse};
use crate::fault::Result;
use crate::media::Media;
use crate::offer::store as offers;
use crate::offer::{Kind, Offer, Terms};
use crate::title::store::titles;
use crate::title::{Facts, Identity, People, State, Title};

/// What a batch changes.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) new: Vec<Title>,
    pub(super) known: Vec<Title>,
    /// Offers of new or known titles that differ from the stored ones.
    pub(super) offers: Vec<Offer>,
    /// Offers that are deleted.
    pub(super) removed: Vec<(Uuid, Kind)>,
    pub(super) unchanged: usize,
    /// Rows that cannot be combined with the stored title.
    pub(super) refused: Vec<RefusedRow>,
    /// What changes, field by field; filled only when the caller asks for it.
    pub(super) described: Vec<ChangedTitle>,
}

/// Compares the rows with the database.
pub(super) async fn compare(tx: &mut Tx, rows: &[Accepted], ids: &dyn Ids, now_us: i64, mode: Mode) -> Result<Changes> {
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
        let title = known.remove(&row.identity);
        let name = match &title {
            Some(title) if !row.named.has("name") => title.facts.name.clone(),
            _ => row.facts.name.clone(),
        };
        let wanted = taken
            .refuse(row, title.as_ref())
            .and_then(|()| Wanted::of(row, title.as_ref(), mode));
        match wanted {
            Ok(wanted) => changes.add(row, title, wanted, ids, now_us, mode),
            Err(refusal) => changes.refused.push(RefusedRow {
                number: row.number,
                name,
                refusal,
            }),
        }
    }
    Ok(changes)
}

/// A title as the row wants it to be.
struct Wanted {
    facts: Facts,
    state: State,
    /// Offers that differ from the stored ones, with their ids if the row states them.
    offers: Vec<(Option<Uuid>, Terms)>,
    removed: Vec<Kind>,
}

impl Wanted {
    fn of(row: &Accepted, title: Option<&Title>, mode: Mode) -> Result<Self, Refusal> {
        let current = title.map(|title| title.facts.clone()).unwrap_or_default();
        let facts = current.with(row.facts.clone(), &row.named).check()?;
        if let Some(title) = title.filter(|_| !mode.allows_renames) {
            title.refuse_rename(&facts)?;
        }
        let current = |kind| {
            let offers = title.map(|title| &title.offers[..]).unwrap_or_default();
            offers.iter().map(|offer| &offer.terms).find(|terms| terms.kind == kind)
        };
        let mut offers = Vec::new();
        let mut removed = Vec::new();
        for (place, offer) in row.offers.iter().enumerate() {
            let current = current(offer.kind);
            if offer.terms.is_cleared(&offer.named) {
                removed.extend(current.map(|terms| terms.kind));
                continue;
            }
            // The file has columns for the terms of an offer and no column for its price, and this row leaves them
            // empty.
            if current.is_none() && !offer.named.has("price") && offer.terms.is_empty() {
                continue;
            }
            let terms = offer.terms.clone().over(current, &offer.named).check();
            let terms = terms.map_err(|refusal| within(place, refusal))?;
            if current != Some(&terms) {
                offers.push((offer.id, terms));
            }
        }
        if row.named.says("offers") {
            let is_given = |kind| row.offers.iter().any(|offer| offer.kind == kind);
            let gone = Kind::ALL.into_iter().filter(|kind| !is_given(*kind));
            removed.extend(gone.filter_map(current).map(|terms| terms.kind));
        }
        let state = title.map(|title| title.state).unwrap_or_default();
        Ok(Self {
            facts,
            state: row.named.pick("is_hidden", State::hidden(row.is_hidden), state),
            offers,
            removed,
        })
    }
}

/// Of the ids that rows state, those that belong to something else in this catalogue.
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

    fn refuse(&self, row: &Accepted, known: Option<&Title>) -> Result<(), Refusal> {
        if known.is_none() && row.id.is_some_and(|id| self.titles.contains(&id)) {
            return refuse("id", "Another title of this store has this id.");
        }
        let title = known.map(|title| title.id);
        let is_others = |offer: &AcceptedOffer| {
            offer
                .id
                .and_then(|id| self.offers.get(&id))
                .is_some_and(|of| title != Some(*of))
        };
        match row.offers.iter().position(is_others) {
            Some(place) => refuse(
                format!("offers[{place}].id"),
                "Another title of this store has this offer.",
            ),
            None => Ok(()),
        }
    }
}

impl Changes {
    fn add(&mut self, row: &Accepted, title: Option<Title>, wanted: Wanted, ids: &dyn Ids, now_us: i64, mode: Mode) {
        let is_same = |title: &Title| {
            title.facts == wanted.facts
                && title.state == wanted.state
                && wanted.offers.is_empty()
                && wanted.removed.is_empty()
        };
        if title.as_ref().is_some_and(is_same) {
            self.unchanged += 1;
            return;
        }
        let id = title.as_ref().map(|title| title.id);
        let id = id.or(row.id).unwrap_or_else(|| ids.next());
        if mode.is_dry_run {
            let offers: Vec<_> = wanted.offers.iter().map(|(_, terms)| terms).collect();
            let described = ChangedTitle::new(
                row.number,
                title.as_ref(),
                (&wanted.facts, wanted.state),
                &offers,
                &wanted.removed,
            );
            self.described.push(described);
        }
        // An offer that replaces a stored one of its kind keeps the stored id.
        let offers = wanted.offers.into_iter().map(|(brought, terms)| Offer {
            id: brought.unwrap_or_else(|| ids.next()),
            title: id,
            terms,
        });
        self.offers.extend(offers);
        self.removed.extend(wanted.removed.into_iter().map(|kind| (id, kind)));
        let (facts, state, people) = (wanted.facts, wanted.state, People::default());
        match title {
            Some(title) => self.known.push(Title {
                facts,
                people,
                state,
                ..title
            }),
            None => self.new.push(Title {
                id,
                identity: row.identity.clone(),
                facts,
                people,
                offers: Vec::new(),
                orders: 0,
                media: Media::default(),
                state,
                ordered_at_us: 0,
                created_at_us: row.created_at_us.unwrap_or(now_us),
                revision: 0,
            }),
        }
    }
}
