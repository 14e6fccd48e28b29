//! Films are imported from files of every form: each whole or not at all, and once, however often a file is sent.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{Opening, Output, Store, dvs};
use serde_json::{Value, json};

async fn import(data_dir: &Path, files: &[&Path], options: &[&str]) -> Result<Output> {
    let fixed = [OsStr::new("import"), OsStr::new("--data-dir"), data_dir.as_os_str()];
    let options = options.iter().map(OsStr::new);
    dvs(fixed
        .into_iter()
        .chain(options)
        .chain(files.iter().map(|file| file.as_os_str())))
    .await
}

fn film(number: usize) -> Value {
    json!({
        "source": "e2e", "source_id": format!("film-{number}"), "name": format!("Filme número {number}"),
        "year": 1950 + number % 60, "runtime_minutes": 90, "countries": ["BR"], "languages": ["pt"],
        "directors": ["Adélia Prado Lima"], "cast": [format!("Player {number}")], "genres": ["Drama"],
    })
}

fn gzip(path: &Path) -> Result<()> {
    let squeezed = std::process::Command::new("gzip").arg("-kf").arg(path).status()?;
    ensure!(squeezed.success());
    Ok(())
}

async fn total(store: &Store, query: &str) -> Result<i64> {
    let answer = store.get(&format!("/api/v1/titles?{query}")).await?;
    answer["total_size"].as_i64().context("no total")
}

#[tokio::test]
async fn arrays_lines_and_tables_plain_or_compressed_import_the_same_films() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo", "--sell-without-film"]);
    let store = opening.start().await?;
    let films: Vec<_> = (0..30).map(film).collect();
    let array = opening.path("films.json");
    std::fs::write(&array, serde_json::to_vec(&films)?)?;
    let lines = opening.path("films.jsonl");
    let mut file = std::fs::File::create(&lines)?;
    for film in &films {
        writeln!(file, "{film}")?;
    }
    let table = opening.path("films.csv");
    let mut file = std::fs::File::create(&table)?;
    writeln!(
        file,
        "source,source_id,name,year,runtime_minutes,countries,languages,directors,cast,genres"
    )?;
    for (number, film) in films.iter().enumerate() {
        let (name, year) = (&film["name"], &film["year"]);
        writeln!(
            file,
            "e2e,film-{number},{name},{year},90,BR,pt,Adélia Prado Lima,Player {number},Drama"
        )?;
    }

    let first = import(&opening.data_dir(), &[&array], &["--rent-price", "BRL:1490"]).await?;
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    assert!(first.stdout.contains("30 new"), "{}", first.stdout);
    assert_eq!(total(&store, "q=adelia").await?, 30, "a search folds accents");
    for path in [&lines, &table] {
        gzip(path)?;
        let squeezed = path.with_extension(format!("{}.gz", path.extension().context("a kind")?.display()));
        for path in [path.as_path(), squeezed.as_path()] {
            let again = import(&opening.data_dir(), &[path], &["--rent-price", "BRL:1490"]).await?;
            assert!(
                again.stdout.contains("30 unchanged"),
                "{}: {}{}",
                path.display(),
                again.stdout,
                again.stderr
            );
        }
    }
    assert_eq!(total(&store, "").await?, 30);
    assert_eq!(total(&store, "offer=rent").await?, 30);
    Ok(())
}

#[tokio::test]
async fn refused_rows_are_named_and_the_others_come_in() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let store = opening.start().await?;
    let mut films: Vec<_> = (0..6).map(film).collect();
    films[1]["year"] = json!(123);
    films[3]["name"] = json!("");
    films[4]["colour"] = json!("black and white");
    films[5]["offers"] = json!([{"kind": "rent", "price": {"amount_minor": 0.1, "currency_code": "BRL"}}]);
    let path = opening.path("films.json");
    std::fs::write(&path, serde_json::to_vec(&films)?)?;
    let output = import(&opening.data_dir(), &[&path], &[]).await?;
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stdout.contains("2 new") && output.stdout.contains("4 refused"),
        "{}",
        output.stdout
    );
    for (row, field) in [(2, "year"), (4, "name"), (5, "colour"), (6, "amount_minor")] {
        let named = output
            .stdout
            .lines()
            .any(|line| line.contains(&format!("row {row}")) && line.contains(field));
        assert!(named, "row {row} {field}: {}", output.stdout);
    }
    assert_eq!(total(&store, "").await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_file_cut_off_in_the_middle_is_an_error_that_says_where() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let store = opening.start().await?;
    let films: Vec<_> = (0..20).map(film).collect();
    let array = opening.path("films.json");
    let text = serde_json::to_string(&films)?;
    std::fs::write(&array, &text[..text.len() * 3 / 4])?;
    let table = opening.path("films.csv");
    std::fs::write(
        &table,
        "source,source_id,name,year\ne2e,a,A film,1950\ne2e,b,\"Another fi",
    )?;
    let squeezed = opening.path("squeezed.json");
    std::fs::write(&squeezed, &text)?;
    gzip(&squeezed)?;
    let squeezed = opening.path("squeezed.json.gz");
    let bytes = std::fs::read(&squeezed)?;
    std::fs::write(&squeezed, &bytes[..bytes.len() / 2])?;
    for path in [&array, &table, &squeezed] {
        let output = import(&opening.data_dir(), &[path], &[]).await?;
        assert_eq!(output.code, 1, "{}: {}", path.display(), output.stdout);
        let name = path.file_name().context("a name")?.display().to_string();
        assert!(output.stderr.contains(&name), "{}", output.stderr);
    }
    let kept = total(&store, "").await?;
    assert!(kept < 21, "{kept}");
    for title in store.get("/api/v1/titles?page_size=100").await?["titles"]
        .as_array()
        .context("titles")?
    {
        let whole = store
            .get(&format!("/api/v1/titles/{}", title["id"].as_str().context("an id")?))
            .await?;
        let is_table = whole["name"] == "A film";
        assert!(
            is_table || whole["cast"].as_array().is_some_and(|cast| cast.len() == 1),
            "{whole}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_closed_store_takes_films_and_shows_them_when_it_opens() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let path = opening.path("films.json");
    std::fs::write(&path, json!([film(1)]).to_string())?;
    let output = import(&opening.data_dir(), &[&path], &[]).await?;
    assert_eq!(output.code, 0, "{}", output.stderr);
    let store = opening.start().await?;
    assert_eq!(total(&store, "q=filme").await?, 1);
    let title = store.title_id("filme").await?;
    let shown = store.get(&format!("/api/v1/titles/{title}")).await?;
    assert_eq!(
        shown["offers"],
        json!([]),
        "without a price it is listed but cannot be ordered"
    );
    Ok(())
}

#[tokio::test]
async fn an_export_imported_elsewhere_is_the_same_catalogue_to_the_byte() -> Result<()> {
    for transport in ["grpc", "rest"] {
        let opening = Opening::new()?;
        let here = opening.start().await?;
        let elsewhere = Opening::new()?.with(&["--no-demo"]);
        let there = elsewhere.start().await?;
        let export = async |data_dir: &Path, file: &Path| {
            let words = ["export", "--transport", transport, "--batch-size", "7", "--data-dir"].map(OsStr::new);
            let paths = [data_dir.as_os_str(), OsStr::new("--output"), file.as_os_str()];
            let output = dvs(words.into_iter().chain(paths)).await?;
            ensure!(output.code == 0, "{}", output.stderr);
            ensure!(output.stdout.ends_with(": 72 films\n"), "{}", output.stdout);
            Ok(std::fs::read(file)?)
        };
        let file = opening.path("films.jsonl");
        let exported = export(&opening.data_dir(), &file).await?;
        let taken = import(&elsewhere.data_dir(), &[&file], &["--transport", transport]).await?;
        assert!(
            taken.stdout.contains("72 new, 0 changed, 0 unchanged, 0 refused"),
            "{}",
            taken.stdout
        );
        assert_eq!(
            export(&elsewhere.data_dir(), &elsewhere.path("again.jsonl")).await?,
            exported,
            "{transport}"
        );
        assert_eq!(
            there.title_id("nosferatu").await?,
            here.title_id("nosferatu").await?,
            "ids go along"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_export_to_a_table_is_imported_as_it_is() -> Result<()> {
    let opening = Opening::new()?;
    let store = opening.start().await?;
    let table = opening.path("films.csv.gz");
    let words = [OsStr::new("export"), OsStr::new("--data-dir")];
    let data_dir = opening.data_dir();
    let paths = [data_dir.as_os_str(), OsStr::new("--output"), table.as_os_str()];
    let output = dvs(words.into_iter().chain(paths)).await?;
    assert_eq!(output.code, 0, "{}", output.stderr);
    let again = import(&data_dir, &[&table], &[]).await?;
    assert!(
        again.stdout.contains("0 new, 0 changed, 72 unchanged, 0 refused"),
        "{}",
        again.stdout
    );
    let nowhere = opening.path("no such folder").join("films.jsonl");
    let paths = [data_dir.as_os_str(), OsStr::new("--output"), nowhere.as_os_str()];
    let refused = dvs(words.into_iter().chain(paths)).await?;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("cannot write"), "{}", refused.stderr);
    assert_eq!(total(&store, "").await?, 72);
    Ok(())
}
