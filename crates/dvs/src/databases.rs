//! Where the services' databases are, and how they are opened.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use store::{Db, Migrations, PostgresOptions, Randomness, SqliteOptions};

use crate::commands::counted;
use crate::companions::{self, CATALOGUE, Companions, Found, RENT, SANDBOX};
use crate::config::{DatabaseOptions, DatabaseRole, Role};
use crate::folder::DataFolder;

const ON_CATALOGUE: PostgresOptions = PostgresOptions::DEFAULT;
/// Serializable, because changes of money and rights must have the same result as one after another.
const ON_RENT: PostgresOptions = PostgresOptions {
    serializable: true,
    ..PostgresOptions::DEFAULT
};
const ON_SANDBOX: PostgresOptions = PostgresOptions {
    serializable: true,
    connections: 4,
    ..PostgresOptions::DEFAULT
};

/// The databases of the services that a process runs: on `PostgreSQL`, or files in the data folder.
#[derive(Default)]
pub(crate) struct Databases {
    catalogue: Option<String>,
    rent: Option<String>,
}

/// The databases of the rent service.
pub(crate) struct ForRent {
    pub(crate) rent: Db,
    pub(crate) sandbox: Db,
}

/// The open databases of a process, each for the service that it runs.
pub(crate) struct Opened {
    pub(crate) catalogue: Option<Db>,
    pub(crate) rent: Option<ForRent>,
    /// Those in the data folder; `None` if all are on a server.
    pub(crate) companions: Option<Companions>,
}

impl Opened {
    /// The databases in the data folder, by their names.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &Db)> {
        self.companions.iter().flat_map(Companions::files)
    }

    /// All databases that must be closed.
    pub(crate) fn all(&self) -> Vec<Db> {
        let of_rent = self
            .rent
            .iter()
            .flat_map(|databases| [&databases.rent, &databases.sandbox]);
        let on_a_server = self
            .catalogue
            .iter()
            .chain(of_rent)
            .filter(|database| matches!(database, Db::Postgres(_)));
        let in_files = self.files().map(|(_, database)| database);
        in_files.chain(on_a_server).cloned().collect()
    }
}

impl Databases {
    pub(crate) fn of(roles: &[Role], options: &DatabaseOptions) -> Result<Self> {
        let mut databases = Self {
            catalogue: options.catalogue_database_url.clone(),
            rent: options.rent_database_url.clone(),
        };
        if let Some(url) = &options.database_url {
            match (roles.contains(&Role::Catalogue), roles.contains(&Role::Rent)) {
                (true, false) => databases.catalogue = Some(url.clone()),
                (false, true) => databases.rent = Some(url.clone()),
                (true, true) => bail!(
                    "each service has a database of its own: give --catalogue-database-url and --rent-database-url"
                ),
                (false, false) => bail!("a gateway has no database: leave --database-url out"),
            }
        }
        Ok(databases)
    }

    /// Whether the catalogue's database is on a server.
    pub(crate) fn has_catalogue(&self) -> bool {
        self.catalogue.is_some()
    }

    /// Opens the databases of these roles, and applies migrations to those in the data folder.
    pub(crate) async fn open(
        &self,
        roles: &[Role],
        folder: &DataFolder,
        randomness: &dyn Randomness,
    ) -> Result<Opened> {
        let (runs_catalogue, runs_rent) = (roles.contains(&Role::Catalogue), roles.contains(&Role::Rent));
        let mut wanted = Vec::new();
        if runs_catalogue && self.catalogue.is_none() {
            wanted.push(CATALOGUE);
        }
        if runs_rent && self.rent.is_none() {
            wanted.extend([RENT, SANDBOX]);
        }
        let mut files = BTreeMap::new();
        let mut companions = None;
        if !wanted.is_empty() {
            let found = Found::look(folder).await?;
            found.check(folder.path(), &wanted)?;
            files = open_files(folder.path(), found.names().chain(wanted.iter().copied())).await?;
            companions = Some(Companions::begin(&found, files.clone(), randomness).await?);
        }
        let mut take = |name: &str| files.remove(name).with_context(|| format!("{name} is not open"));
        let mut opened = Opened {
            catalogue: None,
            rent: None,
            companions: None,
        };
        if runs_catalogue {
            let schema = &catalogue::MIGRATIONS;
            opened.catalogue = Some(match &self.catalogue {
                Some(url) => open_postgres(url, ON_CATALOGUE, schema, "catalogue").await?,
                None => migrated(CATALOGUE, take(CATALOGUE)?, schema).await?,
            });
        }
        if runs_rent {
            let (schema, of_sandbox) = (&rent::MIGRATIONS, &payments::sandbox::MIGRATIONS);
            opened.rent = Some(match &self.rent {
                Some(url) => ForRent {
                    rent: open_postgres(url, ON_RENT, schema, "rent").await?,
                    sandbox: open_postgres(url, ON_SANDBOX, of_sandbox, "rent").await?,
                },
                None => ForRent {
                    rent: migrated(RENT, take(RENT)?, schema).await?,
                    sandbox: migrated(SANDBOX, take(SANDBOX)?, of_sandbox).await?,
                },
            });
        }
        if let Some(companions) = &mut companions {
            companions.opened(folder).await?;
        }
        Ok(Opened { companions, ..opened })
    }
}

/// Records that the databases in a folder belong together, whatever was found, and returns their names.
pub(crate) async fn accept(folder: &DataFolder, randomness: &dyn Randomness) -> Result<Vec<&'static str>> {
    let found = Found::look(folder).await?;
    let files = open_files(folder.path(), found.names()).await?;
    let accepted = companions::accept(folder, &files, randomness).await;
    for database in files.values() {
        database.close().await;
    }
    accepted?;
    Ok(files.into_keys().collect())
}

/// Whether the databases in a folder that no process has open can be opened together.
pub(crate) async fn check_folder(folder: &DataFolder) -> Result<()> {
    Found::look(folder).await?.check(folder.path(), &[])
}

/// Whether there is a `PostgreSQL` database to connect to.
pub(crate) async fn reach(url: &str) -> Result<()> {
    connect(url, ON_CATALOGUE).await?.close().await;
    Ok(())
}

/// Applies this program's migrations to a service's `PostgreSQL` database, and returns how many were applied.
pub(crate) async fn migrate(role: DatabaseRole, url: &str) -> Result<usize> {
    Ok(match role {
        DatabaseRole::Catalogue => migrate_one(url, ON_CATALOGUE, &catalogue::MIGRATIONS).await?,
        DatabaseRole::Rent => {
            migrate_one(url, ON_RENT, &rent::MIGRATIONS).await?
                + migrate_one(url, ON_SANDBOX, &payments::sandbox::MIGRATIONS).await?
        }
    })
}

/// Whether a service's `PostgreSQL` database can be reached and is up to date.
pub(crate) async fn check(role: DatabaseRole, url: &str) -> Result<()> {
    let (options, migrations, name) = match role {
        DatabaseRole::Catalogue => (ON_CATALOGUE, &catalogue::MIGRATIONS, "catalogue"),
        DatabaseRole::Rent => (ON_RENT, &rent::MIGRATIONS, "rent"),
    };
    open_postgres(url, options, migrations, name).await?.close().await;
    Ok(())
}

async fn migrate_one(url: &str, options: PostgresOptions, migrations: &Migrations) -> Result<usize> {
    let db = connect(url, options).await?;
    let migrated = async {
        let pending = db.pending_migrations(migrations).await?;
        db.migrate(migrations).await?;
        Ok::<_, store::Error>(pending)
    };
    let migrated = migrated.await;
    db.close().await;
    migrated.context("the database cannot be migrated")
}

async fn open_postgres(url: &str, options: PostgresOptions, migrations: &Migrations, role: &str) -> Result<Db> {
    let db = connect(url, options).await?;
    let pending = db.pending_migrations(migrations).await?;
    ensure!(
        pending == 0,
        "the {role} database lacks {}: run `dvs migrate --role {role} --database-url URL`",
        counted(pending, "migration", "migrations")
    );
    Ok(db)
}

async fn connect(url: &str, options: PostgresOptions) -> Result<Db> {
    ensure!(
        url.starts_with("postgres://") || url.starts_with("postgresql://"),
        "a database URL starts with postgres://"
    );
    // The URL may contain a password, so the error does not show it.
    Db::connect_postgres(url, options).await.map_err(|error| {
        let why = match error {
            store::Error::Database(_) => "the database URL is not valid, or the PostgreSQL server refuses it",
            _ => "the PostgreSQL database cannot be reached",
        };
        anyhow::Error::new(error).context(why)
    })
}

/// Opens database files, and creates those that are missing.
async fn open_files(folder: &Path, names: impl Iterator<Item = &'static str>) -> Result<BTreeMap<&'static str, Db>> {
    let options = SqliteOptions {
        is_journal_tended: true,
        ..SqliteOptions::default()
    };
    let mut files = BTreeMap::new();
    for name in names {
        if !files.contains_key(name) {
            let opened = Db::open_sqlite(folder.join(name), options).await;
            files.insert(name, opened.with_context(|| cannot_open(name))?);
        }
    }
    Ok(files)
}

async fn migrated(name: &str, db: Db, migrations: &Migrations) -> Result<Db> {
    db.migrate(migrations).await.with_context(|| cannot_open(name))?;
    Ok(db)
}

fn cannot_open(name: &str) -> String {
    format!("cannot open the database {name} in the data folder")
}
