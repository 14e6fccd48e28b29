//! Where the services' databases are, and opening them.

use anyhow::{Context, Result, bail, ensure};
use store::{Db, Migrations, PostgresOptions, SqliteOptions};

use crate::config::{DatabaseOptions, DatabaseRole, Role};
use crate::folder::DataFolder;

/// The sandbox provider stands for a company elsewhere; on `PostgreSQL` it has a schema of its own.
const SANDBOX_SCHEMA: &str = "sandbox";
const CATALOGUE_FILE: &str = "catalogue.db";
const RENT_FILE: &str = "rent.db";
const SANDBOX_FILE: &str = "sandbox.db";

const ON_CATALOGUE: PostgresOptions = PostgresOptions::DEFAULT;
/// Money and rights are changed as if one change came after the other.
const ON_RENT: PostgresOptions = PostgresOptions {
    serializable: true,
    ..PostgresOptions::DEFAULT
};
const ON_SANDBOX: PostgresOptions = PostgresOptions {
    serializable: true,
    schema: Some(SANDBOX_SCHEMA),
    connections: 4,
    ..PostgresOptions::DEFAULT
};

/// The databases of the services that a process runs: on `PostgreSQL`, or files in the data folder.
#[derive(Default)]
pub(crate) struct Databases {
    catalogue: Option<String>,
    rent: Option<String>,
}

/// What the rent service works on.
pub(crate) struct ForRent {
    pub(crate) rent: Db,
    pub(crate) sandbox: Db,
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

    /// Whether the catalogue's is on a server.
    pub(crate) fn has_catalogue(&self) -> bool {
        self.catalogue.is_some()
    }

    pub(crate) async fn open_catalogue(&self, folder: &DataFolder) -> Result<Db> {
        let schema = &catalogue::MIGRATIONS;
        match &self.catalogue {
            Some(url) => open_postgres(url, ON_CATALOGUE, schema, "catalogue").await,
            None => open_sqlite(folder, CATALOGUE_FILE, schema).await,
        }
    }

    pub(crate) async fn open_rent(&self, folder: &DataFolder) -> Result<ForRent> {
        let (schema, of_sandbox) = (&rent::MIGRATIONS, &rent::sandbox::MIGRATIONS);
        Ok(match &self.rent {
            Some(url) => ForRent {
                rent: open_postgres(url, ON_RENT, schema, "rent").await?,
                sandbox: open_postgres(url, ON_SANDBOX, of_sandbox, "rent").await?,
            },
            None => ForRent {
                rent: open_sqlite(folder, RENT_FILE, schema).await?,
                sandbox: open_sqlite(folder, SANDBOX_FILE, of_sandbox).await?,
            },
        })
    }
}

/// Whether there is a `PostgreSQL` database to connect to.
pub(crate) async fn reach(url: &str) -> Result<()> {
    connect(url, ON_CATALOGUE).await?.close().await;
    Ok(())
}

/// Brings a service's `PostgreSQL` database to what this program needs, and tells how many migrations that took.
pub(crate) async fn migrate(role: DatabaseRole, url: &str) -> Result<usize> {
    Ok(match role {
        DatabaseRole::Catalogue => migrate_one(url, ON_CATALOGUE, &catalogue::MIGRATIONS).await?,
        DatabaseRole::Rent => {
            migrate_one(url, ON_RENT, &rent::MIGRATIONS).await?
                + migrate_one(url, ON_SANDBOX, &rent::sandbox::MIGRATIONS).await?
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
        "the {role} database lacks {pending} migrations: run `dvs migrate --role {role} --database-url URL`"
    );
    Ok(db)
}

async fn connect(url: &str, options: PostgresOptions) -> Result<Db> {
    ensure!(
        url.starts_with("postgres://") || url.starts_with("postgresql://"),
        "a database URL starts with postgres://"
    );
    // The URL may hold a password, so it is not told.
    Db::connect_postgres(url, options)
        .await
        .context("the PostgreSQL database cannot be reached")
}

async fn open_sqlite(folder: &DataFolder, name: &str, migrations: &Migrations) -> Result<Db> {
    let path = folder.join(name);
    let opened = async {
        let db = Db::open_sqlite(&path, SqliteOptions::default()).await?;
        db.migrate(migrations).await?;
        Ok::<_, store::Error>(db)
    };
    opened
        .await
        .with_context(|| format!("cannot open the database {}", path.display()))
}
