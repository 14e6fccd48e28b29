//! What film lovers type into the search, over films of the test's own.

use anyhow::{Context, Result, ensure};
use e2e::{Opening, Store};
use serde_json::Value;

/// Films of an import, in no order that a search should give.
const FILMS: &str = r#"
{"source":"test","source_id":"1","name":"A Devil with Women","year":1930,"genres":["Comedy"],"countries":["US"],"languages":["en"],"cast":["Victor McLaglen","Mona Maris","Humphrey Bogart"]}
{"source":"test","source_id":"2","name":"Casablanca","year":1942,"genres":["Drama","Romance"],"countries":["US"],"languages":["en"],"cast":["Humphrey Bogart","Ingrid Bergman","Claude Rains"],"directors":["Michael Curtiz"],"runtime_minutes":102,"popularity":95}
{"source":"test","source_id":"3","name":"All Through the Night","year":1942,"genres":["Thriller"],"countries":["US"],"languages":["en"],"cast":["Humphrey Bogart","Conrad Veidt"]}
{"source":"test","source_id":"4","name":"Nosferatu","year":1922,"genres":["Horror"],"countries":["DE"],"languages":["de"],"cast":["Max Schreck"],"directors":["F. W. Murnau"]}
{"source":"test","source_id":"5","name":"Nosferatu","year":1979,"genres":["Horror"],"countries":["DE","FR"],"languages":["de"],"cast":["Klaus Kinski"],"directors":["Werner Herzog"],"popularity":40}
{"source":"test","source_id":"6","name":"Häxan","year":1922,"genres":["Horror"],"countries":["SE"],"languages":["sv"]}
{"source":"test","source_id":"7","name":"One Week","year":1920,"genres":["Comedy","Short"],"runtime_minutes":19,"countries":["US"],"languages":["en"],"cast":["Buster Keaton"]}
{"source":"test","source_id":"8","name":"Limite","year":1931,"genres":["Drama"],"countries":["BR"],"languages":["pt"],"directors":["Mário Peixoto"]}
"#;

/// The names and years of what a search finds, in its order.
async fn found(store: &Store, words: &str) -> Result<Vec<String>> {
    let answer = store.http().get(store.url("/api/v1/titles")).query(&[("q", words)]);
    let answer: Value = answer.send().await?.error_for_status()?.json().await?;
    let titles = answer["titles"].as_array().context("no titles")?;
    let name = |title: &Value| format!("{} {}", title["name"].as_str().unwrap_or_default(), title["year"]);
    Ok(titles.iter().map(name).collect())
}

#[tokio::test]
async fn what_film_lovers_type_finds_what_they_mean() -> Result<()> {
    const COMEDIES: &[&str] = &["A Devil with Women 1930", "One Week 1920"];
    const HORROR: &[&str] = &["Häxan 1922", "Nosferatu 1922", "Nosferatu 1979"];
    const GERMAN: &[&str] = &["Nosferatu 1922", "Nosferatu 1979"];
    let opening = Opening::new()?.with(&["--no-demo"]);
    let file = opening.path("films.jsonl");
    std::fs::write(&file, FILMS.trim_start())?;
    let file = file.to_str().context("a path in UTF-8")?;
    let imported = opening.tool(&["import", file]).await?;
    ensure!(imported.code == 0 && imported.stdout.contains("8 new"), "{imported:?}");
    let store = opening.start().await?;

    // The order of these does not matter.
    for (words, wanted) in [
        ("1922", &["Häxan 1922", "Nosferatu 1922"][..]),
        ("1940s", &["All Through the Night 1942", "Casablanca 1942"]),
        ("comedy", COMEDIES),
        ("comédia", COMEDIES),
        ("comedia", COMEDIES),
        ("comédie", COMEDIES),
        ("komödie", COMEDIES),
        ("commedia", COMEDIES),
        ("terror", HORROR),
        ("horror", HORROR),
        ("german horror", GERMAN),
        ("horror alemão", GERMAN),
        ("alemania", GERMAN),
        ("allemagne", GERMAN),
        ("curta", &["One Week 1920"]),
        ("short film", &["One Week 1920"]),
        ("kurzfilm", &["One Week 1920"]),
        ("brasil", &["Limite 1931"]),
        ("brazilian drama", &["Limite 1931"]),
    ] {
        let mut names = found(&store, words).await?;
        names.sort();
        ensure!(names == wanted, "{words}: {names:?}");
    }
    // The film that is meant comes first.
    for (words, first) in [
        ("nosferatu 1922", "Nosferatu 1922"),
        ("nosferatu", "Nosferatu 1979"),
        ("humphrey bogart", "Casablanca 1942"),
        ("bogart", "Casablanca 1942"),
        ("bogart 1942", "Casablanca 1942"),
    ] {
        let names = found(&store, words).await?;
        ensure!(names.first().is_some_and(|name| name == first), "{words}: {names:?}");
    }
    let answer = store.get("/api/v1/titles?q=humphrey%20bogart").await?;
    ensure!(answer["total_size"] == 3, "{answer}");
    // And what was found can be narrowed down.
    for (facet, value, count) in [("years", "1942", 2), ("kinds", "feature", 3), ("countries", "US", 3)] {
        let counts = answer["facets"][facet]
            .as_array()
            .with_context(|| format!("no {facet}"))?;
        let counted = counts.iter().find(|counted| counted["value"] == value);
        ensure!(
            counted.is_some_and(|counted| counted["count"] == count),
            "{facet}: {counts:?}"
        );
    }
    Ok(())
}
