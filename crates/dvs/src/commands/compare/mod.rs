//! `dvs compare`: starts the store's services as processes of their own, and a load generator next to them; measures
//! calls to them, and writes the results.

mod floors;
mod part;
mod progress;
mod services;
mod settings;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bench::{Cell, CellResult, Driver, FloorResult, Found, OriginRow, Progress, Results, RunJournal, Store, Work};
use rpc::Address;

use self::part::Part;
use self::progress::progress;
use self::services::Services;
use self::settings::Scope;
use crate::commands::{counted, ensure_writable, say};
use crate::config::CompareOptions;
use crate::reach;

pub(crate) use part::run as part;

/// Every run of a comparison.
const RESULTS: &str = "results.json";

pub(crate) async fn run(options: CompareOptions) -> Result<()> {
    let output = &options.output;
    if options.render {
        let results = output.join(RESULTS);
        let text = fs::read(&results).with_context(|| format!("cannot read {}", results.display()))?;
        return write(output, &serde_json::from_slice(&text)?);
    }
    ensure!(
        output.is_dir() || !output.exists(),
        "{} is no folder, and --output takes one",
        output.display()
    );
    fs::create_dir_all(output).with_context(|| format!("cannot make {}", output.display()))?;
    // A full comparison takes half an hour, so a second one must not overwrite its results by accident.
    ensure_writable(&output.join(RESULTS), options.overwrite)?;
    let scope = Scope::of(&options)?;
    let (settings, versions) = (scope.settings(&options), settings::versions()?);
    let (journal, found) = RunJournal::open(output, &settings, &versions)?;
    match found {
        Found::Nothing => {}
        Found::Same(runs) => say(format_args!(
            "Going on after the {} in {}",
            counted(runs, "run", "runs"),
            output.display()
        ))?,
        Found::Other => say(format_args!(
            "The comparison that had begun in {} had other settings: starting from the beginning",
            output.display()
        ))?,
    }
    let mut comparison = Comparison {
        progress: progress(&scope),
        scope,
        options: &options,
        journal,
        cells: Vec::new(),
        floors: Vec::new(),
        origin_table: Vec::new(),
    };
    comparison.measure().await?;
    let Comparison {
        journal,
        cells,
        floors,
        origin_table,
        ..
    } = comparison;
    let results = Results {
        machine: settings::machine()?,
        versions,
        settings,
        cells,
        floors,
        origin_table,
    };
    fs::write(output.join(RESULTS), serde_json::to_vec_pretty(&results)?)?;
    write(output, &results)?;
    journal.close()
}

/// Writes the report and the summary of results.
fn write(output: &Path, results: &Results) -> Result<()> {
    fs::write(output.join("summary.md"), results.summary())?;
    let report = output.join("report.html");
    fs::write(&report, results.report())?;
    say(format_args!(
        "Open {} in a browser, or read summary.md beside it; every run is in {RESULTS}",
        report.display()
    ))
}

/// A comparison that is running.
struct Comparison<'a> {
    scope: Scope,
    options: &'a CompareOptions,
    journal: RunJournal,
    progress: Progress,
    cells: Vec<CellResult>,
    floors: Vec<FloorResult>,
    origin_table: Vec<OriginRow>,
}

impl Comparison<'_> {
    /// Measures one store after another, because each needs the machine for itself.
    async fn measure(&mut self) -> Result<()> {
        if let Some(host) = &self.options.against {
            return self.store_elsewhere(host).await;
        }
        if self.scope.wants_main() {
            self.main_store().await?;
        }
        if self.scope.wants_large() {
            self.large_store().await?;
        }
        if self.scope.floors {
            self.store_in_one_process().await?;
        }
        Ok(())
    }

    async fn store_elsewhere(&mut self, host: &str) -> Result<()> {
        let port = if host.trim_start_matches("http://").contains(':') {
            ""
        } else {
            ":50051"
        };
        let address: Address = format!("{host}{port}").parse()?;
        // The first cell shows whether it is a catalogue: over REST, it may be one that does not speak gRPC.
        reach::connect(&address).await?;
        let store = Store {
            catalogue: address.to_string(),
            service_token: self.options.token.read()?.map(|token| token.to_string()),
            ..Store::default()
        };
        let mut generator = Generator::start(None)?;
        generator.driver.turn(&store).await?;
        self.works(&mut generator.driver, |_| true).await?;
        generator.stop().await
    }

    async fn main_store(&mut self) -> Result<()> {
        let (services, mut generator) = self.open(self.scope.records).await?;
        let driver = &mut generator.driver;
        let played = self.scope.cells.iter().filter(|cell| cell.work == Work::Playback);
        if let Some(players) = played.map(|cell| cell.concurrency).max() {
            self.progress.now("signing players up");
            driver.sign_up(players).await?;
        }
        self.works(driver, |cell| cell.work != Work::ExportLarge).await?;
        self.origin(driver, &services, self.scope.records).await?;
        if self.scope.floors {
            let (journal, progress) = (&mut self.journal, &mut self.progress);
            let found = floors::apart(driver, journal, progress, &services, self.scope.floor_depth).await?;
            self.floors.extend(found);
        }
        generator.stop().await?;
        let data_dir = services.stop().await?;
        if self.scope.floors && !bench::in_process(&self.scope.cells).is_empty() {
            self.no_carrier(&data_dir).await?;
        }
        Ok(())
    }

    async fn large_store(&mut self) -> Result<()> {
        let (services, mut generator) = self.open(self.scope.records_large).await?;
        // Measured first, because the report shows the services' memory, which later cells would increase.
        self.origin(&mut generator.driver, &services, self.scope.records_large)
            .await?;
        self.works(&mut generator.driver, |cell| cell.work == Work::ExportLarge)
            .await?;
        generator.stop().await?;
        services.stop().await.map(drop)
    }

    async fn store_in_one_process(&mut self) -> Result<()> {
        self.progress.now("opening a store in one process");
        let titles = self.scope.titles_together;
        let data_dir = services::titles_dir(self.options, titles);
        let mut generator = Generator::start(None)?;
        let (driver, depth) = (&mut generator.driver, self.scope.floor_depth);
        let (journal, progress) = (&mut self.journal, &mut self.progress);
        let found = floors::together(driver, journal, progress, (&data_dir, titles), depth).await?;
        self.floors.extend(found);
        generator.stop().await
    }

    /// Calls the catalogue inside the generator's own process, without a transport.
    async fn no_carrier(&mut self, data_dir: &Path) -> Result<()> {
        let mut generator = Generator::start(Some(data_dir))?;
        let (driver, depth) = (&mut generator.driver, self.scope.depth);
        let store = Store {
            titles: self.scope.records,
            ..Store::default()
        };
        driver.turn(&store).await?;
        let (journal, progress) = (&mut self.journal, &mut self.progress);
        let found = bench::floors_in_process(driver, journal, progress, &self.cells, depth).await?;
        self.floors.extend(found);
        generator.stop().await
    }

    /// Opens a store with this many titles, and starts a generator that calls it.
    async fn open(&mut self, titles: u32) -> Result<(Services, Generator)> {
        self.progress.now("opening the store");
        let services = Services::start(self.options, titles).await?;
        self.progress.now("filling the catalogue");
        services.fill(titles).await?;
        let mut generator = Generator::start(None)?;
        generator.driver.turn(&services.store).await?;
        Ok((services, generator))
    }

    /// Measures the cells of this store in a closed loop, and then some of them under load.
    async fn works(&mut self, driver: &mut Driver, is_here: fn(&Cell) -> bool) -> Result<()> {
        let cells: Vec<_> = self.scope.cells.iter().copied().filter(is_here).collect();
        let depth = self.scope.depth;
        let (journal, progress) = (&mut self.journal, &mut self.progress);
        let mut measured = bench::measure(driver, journal, progress, &cells, depth).await?;
        if self.scope.loads {
            let under_load = (&bench::under_load()[..], &measured[..]);
            measured.extend(bench::measure_under_load(driver, journal, progress, under_load, depth).await?);
        }
        self.cells.extend(measured);
        Ok(())
    }

    async fn origin(&mut self, driver: &mut Driver, services: &Services, records: u32) -> Result<()> {
        if self.scope.origin {
            let store = (services.gateway.as_str(), services.store.processes.as_slice());
            let (journal, progress) = (&mut self.journal, &mut self.progress);
            let runs = self.scope.depth.runs;
            let rows = bench::measure_origin(driver, journal, progress, store, (records, runs)).await?;
            self.origin_table.extend(rows);
        }
        Ok(())
    }
}

/// A load generator, a process of its own.
struct Generator {
    part: Part,
    driver: Driver,
}

impl Generator {
    /// Starts a generator, with a catalogue of its own if it gets a data folder.
    fn start(data_dir: Option<&Path>) -> Result<Self> {
        let mut part = Part::generator(data_dir)?;
        let (orders, reports) = part.line()?;
        Ok(Self {
            part,
            driver: Driver::new(orders, reports),
        })
    }

    async fn stop(self) -> Result<()> {
        // The generator ends when its standard input is closed.
        drop(self.driver);
        self.part.ended("the generator").await
    }
}
