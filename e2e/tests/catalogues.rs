//! Films in the files that people have are imported, or one message names all that a file lacks.

#![expect(clippy::similar_names, reason = "a film and its file, a list and its parts")]

use anyhow::{Context, Result};
use e2e::{Opening, Output, Store};
use serde_json::Value;

async fn import(opening: &Opening, files: &[&str], options: &[&str]) -> Result<Output> {
    let data_dir = opening.data_dir();
    let data_dir = data_dir.to_str().context("a path")?;
    e2e::dvs([&["import", "--data-dir", data_dir], options, files].concat()).await
}

fn write(opening: &Opening, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
    let path = opening.path(name);
    std::fs::write(&path, content)?;
    Ok(path.to_str().context("a path")?.to_owned())
}

/// A text in the encoding of Windows programs in western Europe.
fn windows_1252(text: &str) -> Result<Vec<u8>> {
    let byte = |letter: char| u8::try_from(u32::from(letter)).context("it is in Latin-1");
    text.chars().map(byte).collect()
}

async fn film(store: &Store, words: &str) -> Result<Value> {
    let id = store.title_id(words).await?;
    store.get(&format!("/api/v1/titles/{id}")).await
}

const FESTIVAL: &str = "Título;Ano;Duração;País;Direção;Classificação;Sinopse;Preço;Disponível até;Cartaz\r\n\
    Memória do Cárcere;1984;185 min;Brasil;Nelson Pereira, Lia Reis;14 anos;Prisão.;R$ 14,90;31/12/2037;um.jpg\r\n\
    Ação Única;2001;1h20;Brasil / França;Ana Souza;PG-13;;R$ 9,90;31/12/2037;dois.jpg\r\n";

#[tokio::test]
async fn a_festivals_spreadsheet_comes_in_as_it_was_saved() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let store = opening.start().await?;
    let file = write(&opening, "festival.csv", windows_1252(FESTIVAL)?)?;
    let taken = import(&opening, &[&file], &[]).await?;
    assert_eq!(taken.code, 0, "{}", taken.stderr);
    for said in [
        "2 new",
        "windows-1252",
        "Título → name",
        "\"PG-13\" is no age rating",
        "https://",
    ] {
        assert!(taken.stdout.contains(said), "{said}: {}", taken.stdout);
    }
    let film = film(&store, "memoria").await?;
    assert_eq!(
        (film["name"].as_str(), film["year"].as_i64()),
        (Some("Memória do Cárcere"), Some(1984))
    );
    assert_eq!(
        (film["runtime_minutes"].as_i64(), film["age_rating"].as_str()),
        (Some(185), Some("14"))
    );
    let offer = &film["offers"][0];
    assert_eq!(offer["price"]["amount_minor"], 1490);
    assert_eq!(offer["available_until"], "2037-12-31T23:59:59Z");
    // In any other form the same list gives the same films.
    let utf_16: Vec<u8> = format!("\u{feff}{}", FESTIVAL.replace(';', "\t"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let others = [
        write(&opening, "utf-8.csv", format!("\u{feff}sep=;\r\n{FESTIVAL}"))?,
        write(&opening, "utf-16.csv", utf_16)?,
        write(&opening, "cr.csv", FESTIVAL.replace("\r\n", "\r"))?,
    ];
    for file in &others {
        let again = import(&opening, &[file], &[]).await?;
        assert!(
            again.stdout.contains("0 new, 0 changed, 2 unchanged"),
            "{file}: {}{}",
            again.stdout,
            again.stderr
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_files_lack_is_said_at_once_and_nothing_is_written() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let store = opening.start().await?;
    let good = write(&opening, "good.csv", "name,year\nLimite,1931\n")?;
    let without_name = write(&opening, "odd.csv", "Fita;Quando;Preço\nLimite;1931;14,90\n")?;
    let empty = write(&opening, "empty.csv", "")?;
    let refused = import(&opening, &[&good, &without_name, &empty], &[]).await?;
    assert_eq!(refused.code, 1);
    for said in [
        "odd.csv",
        "names",
        "years",
        "--currency",
        "Fita",
        "empty.csv: the file is empty",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    assert_eq!(store.get("/api/v1/titles").await?["total_size"], 0);

    let mapping = opening.path("mapping.toml");
    let options = ["--mapping", mapping.to_str().context("a path")?, "--currency", "BRL"];
    let saved = import(&opening, &[&without_name], &options).await?;
    assert!(
        saved.code == 1 && saved.stdout.contains("mapping"),
        "{}{}",
        saved.stdout,
        saved.stderr
    );
    let text = std::fs::read_to_string(&mapping)?;
    let corrected = text.replace("\"Fita\" = \"\"", "\"Fita\" = \"name\"");
    std::fs::write(
        &mapping,
        corrected.replace("\"Quando\" = \"\"", "\"Quando\" = \"year\""),
    )?;
    let taken = import(&opening, &[&without_name], &options).await?;
    assert!(taken.stdout.contains("1 new"), "{}{}", taken.stdout, taken.stderr);
    assert_eq!(
        film(&store, "limite").await?["offers"][0]["price"]["amount_minor"],
        1490
    );
    let wrong = write(&opening, "wrong.toml", "[columns]\nAno = \"colour\"\n")?;
    let refused = import(&opening, &[&good], &["--mapping", &wrong]).await?;
    assert!(
        refused.code == 1 && refused.stderr.contains("colour"),
        "{}",
        refused.stderr
    );
    Ok(())
}

#[tokio::test]
async fn a_run_that_takes_no_row_is_a_failure() -> Result<()> {
    let opening = Opening::new()?.with(&["--no-demo"]);
    let _store = opening.start().await?;
    let file = write(&opening, "none.csv", "name,year\nLimite,123\nGanga Bruta,4\n")?;
    let refused = import(&opening, &[&file], &[]).await?;
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(
        refused.stdout.contains("2 refused") && refused.stderr.contains("every row"),
        "{}",
        refused.stderr
    );
    Ok(())
}
