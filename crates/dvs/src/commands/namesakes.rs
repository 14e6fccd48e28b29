//! Films of an import that the store already has from another source, recognized by the same name and year.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use anyhow::Result;
use api::catalogue::{Catalogue, ImportRow, TitleInput};

use crate::commands::note;
use crate::{demonstration, titles};

/// How many films of an import are kept in memory; further ones are not compared.
const REMEMBERED: usize = 1_000_000;
/// How many of them are listed.
const TOLD: usize = 10;

/// The films of an import, by name and year, with their source. Both are stored as hashes, so that a million films take tens of megabytes.
pub(super) struct Namesakes {
    sources: HashMap<u64, u64>,
    hasher: RandomState,
}

impl Namesakes {
    pub(super) fn new() -> Self {
        Self {
            sources: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn remember(&mut self, rows: &[ImportRow]) {
        for title in rows.iter().filter_map(|row| row.title.as_ref()) {
            // A row may change a film without naming it.
            if self.sources.len() < REMEMBERED && !title.name.is_empty() {
                self.sources
                    .insert(self.film(title), self.hasher.hash_one(&title.source));
            }
        }
    }

    fn film(&self, title: &TitleInput) -> u64 {
        self.hasher.hash_one((title.name.to_lowercase(), title.year))
    }

    /// Lists the films in the store that have the name of an imported one and another source.
    pub(super) async fn tell(&self, catalogue: &dyn Catalogue) -> Result<()> {
        let (mut found, mut is_demonstration) = (0_usize, false);
        titles::each(catalogue, |title| {
            let imported_from = self.sources.get(&self.film(&title));
            if imported_from.is_none_or(|source| *source == self.hasher.hash_one(&title.source)) {
                return Ok(());
            }
            found += 1;
            is_demonstration |= title.source == demonstration::SOURCE;
            if found > TOLD {
                return Ok(());
            }
            note(format_args!(
                "{:?} ({}) is in the store twice now: {:?} has it too, as {}",
                title.name, title.year, title.source, title.title_id
            ))
        })
        .await?;
        if found > TOLD {
            note(format_args!("and {} more are in the store twice", found - TOLD))?;
        }
        if found > 0 {
            note("`dvs title delete ID` deletes one of two.")?;
        }
        if is_demonstration {
            note("`dvs demonstration remove` takes the demonstration's films away.")?;
        }
        Ok(())
    }
}
