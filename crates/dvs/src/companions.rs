//! Checks that the databases in a data folder belong together. If one is missing, older than the others, from another
//! folder, or without its journal, the store refuses to open and names it; otherwise it would open as an empty store.
//!
//! The databases have a common step, which they advance together: no file gets the next step before all have the one before. So
//! files of the same moment are at most one step apart, and a file from before the last start or close is further behind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use store::stamp::{self, FoundFile};
use store::{Db, Randomness, Stamp};

use crate::folder::DataFolder;

/// The databases that a data folder may have.
pub(crate) const CATALOGUE: &str = "catalogue.db";
pub(crate) const RENT: &str = "rent.db";
pub(crate) const SANDBOX: &str = "sandbox.db";
pub(crate) const ALL: [&str; 3] = [CATALOGUE, RENT, SANDBOX];
/// A table that only this database has.
const TABLES: [(&str, &str); 3] = [(CATALOGUE, "titles"), (RENT, "orders"), (SANDBOX, "charges")];
/// A text file in the folder that names the databases which were opened in it, in case all of them are missing.
pub(crate) const LIST: &str = "databases";

/// The step at which a new folder's files are created; until all have it, any may be missing.
const CREATED: i64 = 1;

/// The databases that were found in a data folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    files: BTreeMap<&'static str, FoundFile>,
    /// Those that were opened here before.
    listed: Vec<String>,
}

impl Found {
    pub(crate) async fn look(folder: &DataFolder) -> Result<Self> {
        let listed = folder.read(LIST)?.unwrap_or_default();
        let mut files = BTreeMap::new();
        for name in ALL {
            let path = folder.join(name);
            ensure!(!path.is_dir(), "{} is a folder, and no database", path.display());
            let found = stamp::look(&path).await;
            if let Some(found) = found.with_context(|| format!("cannot read the database {}", path.display()))? {
                let of_another = |(other, table): &&(&str, &str)| *other != name && found.tables.contains(*table);
                if let Some((other, _)) = TABLES.iter().find(of_another) {
                    bail!("{} is a {other}: give each database its own name again", path.display());
                }
                files.insert(name, found);
            }
        }
        Ok(Self {
            files,
            listed: listed.split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// The names of the files that exist.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.files.keys().copied()
    }

    fn step(&self) -> i64 {
        self.files.values().map(step).max().unwrap_or_default()
    }

    fn folder(&self) -> Option<&str> {
        self.stamps().next().map(|stamp| stamp.folder.as_str())
    }

    fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        self.files.values().filter_map(|file| file.stamp.as_ref())
    }

    /// The names of the databases that belong to the folder.
    fn known(&self) -> BTreeSet<String> {
        self.stamps()
            .flat_map(|stamp| stamp.databases.iter().cloned())
            .collect()
    }

    /// Whether the folder is new: no file has tables yet, or they are being created for the first time.
    fn is_new(&self) -> bool {
        self.step() <= CREATED
            && self
                .files
                .values()
                .all(|file| file.stamp.is_some() || file.tables.is_empty())
    }

    /// Refuses databases that do not belong together; `wanted` are those that are about to be opened.
    pub(crate) fn check(&self, folder: &Path, wanted: &[&str]) -> Result<()> {
        let Some(reason) = self.fault(wanted) else {
            return Ok(());
        };
        bail!(
            "the databases in {at} do not belong together: {reason}. Restore all of them from one backup; \
             or, to keep the databases that are there, run: dvs folder accept --data-dir {at}",
            at = folder.display()
        )
    }

    fn fault(&self, wanted: &[&str]) -> Option<String> {
        for (name, file) in &self.files {
            if file.lacks_journal {
                return Some(format!(
                    "{name} lacks its last changes, because {name}-wal is missing, cut off or damaged"
                ));
            }
        }
        if self.files.is_empty() && !self.listed.is_empty() {
            let missing = self.listed.iter().map(String::as_str);
            let missing: Vec<_> = missing
                .filter(|name| wanted.is_empty() || wanted.contains(name))
                .collect();
            return (!missing.is_empty())
                .then(|| format!("{} from a folder that had a store in it", are_missing(&missing)));
        }
        if self.is_new() {
            return None;
        }
        let known = self.known();
        let belongs = |name: &str| known.contains(name) || (known.is_empty() && wanted.contains(&name));
        let missing: Vec<_> = ALL
            .into_iter()
            .filter(|name| belongs(name) && !self.files.contains_key(name))
            .collect();
        if !missing.is_empty() {
            let there: Vec<_> = self.names().collect();
            return Some(format!("{} beside {}", are_missing(&missing), there.join(" and ")));
        }
        let newest = self.files.iter().max_by_key(|(_, file)| step(file))?;
        for (name, file) in &self.files {
            let of_another = file
                .stamp
                .as_ref()
                .is_some_and(|stamp| Some(stamp.folder.as_str()) != self.folder());
            let is_unknown =
                file.stamp.is_none() && !known.is_empty() && !file.tables.is_empty() && !known.contains(*name);
            if of_another || is_unknown {
                return Some(format!(
                    "{name} is of another data folder than {}",
                    self.names().next()?
                ));
            }
            if (file.stamp.is_some() || !file.tables.is_empty()) && step(newest.1) - step(file) > 1 {
                return Some(format!("{name} is older than {}", newest.0));
            }
        }
        None
    }
}

fn are_missing(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb} missing", names.join(" and "))
}

/// The step of a file; a file without a stamp is from a version that wrote none.
fn step(file: &FoundFile) -> i64 {
    file.stamp.as_ref().map_or(0, |stamp| stamp.step)
}

/// The open databases of a folder, which advance their step together.
#[derive(Debug)]
pub(crate) struct Companions {
    databases: BTreeMap<&'static str, Db>,
    stamp: Stamp,
}

impl Companions {
    /// Takes the open databases of a folder to the step before the one in which they are written.
    pub(crate) async fn begin(
        found: &Found,
        databases: BTreeMap<&'static str, Db>,
        randomness: &dyn Randomness,
    ) -> Result<Self> {
        let mut names = found.known();
        names.extend(databases.keys().map(|name| (*name).to_owned()));
        let mut companions = Self {
            stamp: Stamp {
                folder: found.folder().map_or_else(|| new_folder(randomness), str::to_owned),
                databases: names,
                step: found.step(),
            },
            databases,
        };
        if companions.stamp.step >= CREATED {
            // Those that a kill left one step behind, and those that are new in the folder.
            companions.put().await?;
        }
        companions.advance().await?;
        Ok(companions)
    }

    /// Records that the databases are up to date and that writing begins.
    pub(crate) async fn opened(&mut self, folder: &DataFolder) -> Result<()> {
        self.advance().await?;
        for database in self.databases.values() {
            database.checkpoint().await?;
        }
        let names: Vec<_> = self.stamp.databases.iter().map(String::as_str).collect();
        let list = names.join("\n");
        if folder.read(LIST)?.as_ref() != Some(&list) {
            folder.write(LIST, &list)?;
        }
        Ok(())
    }

    /// Called before the databases are closed. Two steps, so that a copy from before the close is recognized as older.
    pub(crate) async fn closing(&mut self) -> Result<()> {
        self.advance().await?;
        self.advance().await
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &Db)> {
        self.databases.iter().map(|(name, database)| (*name, database))
    }

    async fn advance(&mut self) -> Result<()> {
        self.stamp.step += 1;
        self.put().await
    }

    async fn put(&self) -> Result<()> {
        for database in self.databases.values() {
            database.put_stamp(&self.stamp).await?;
        }
        Ok(())
    }
}

/// Records that the databases in a folder belong together from now on, whatever was found.
pub(crate) async fn accept(
    folder: &DataFolder,
    databases: &BTreeMap<&'static str, Db>,
    randomness: &dyn Randomness,
) -> Result<()> {
    // Without any database, the next start creates new ones.
    if databases.is_empty() {
        return folder.forget(LIST);
    }
    let stamp = Stamp {
        folder: new_folder(randomness),
        databases: databases.keys().map(|name| (*name).to_owned()).collect(),
        step: CREATED + 1,
    };
    for database in databases.values() {
        database.put_stamp(&stamp).await?;
    }
    Ok(())
}

fn new_folder(randomness: &dyn Randomness) -> String {
    let mut id = [0; 16];
    randomness.fill(&mut id);
    format!("{:032x}", u128::from_be_bytes(id))
}
