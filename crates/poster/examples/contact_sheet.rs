//! A page with the posters of all films in a JSON file, for review: `cargo run -p poster --example contact_sheet --
//! FILE > sheet.html`

use std::io::Write;

use poster::Facts;
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("which file of films?")?;
    let films: Vec<Value> = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut page = std::io::stdout().lock();
    writeln!(
        page,
        "<!doctype html><style>body{{margin:24px;background:#15110e;display:grid;gap:20px;grid-template-columns:repeat(auto-fill,minmax(180px,1fr))}}svg{{width:100%;height:auto;display:block}}</style>"
    )?;
    for film in films {
        let text = |field: &str| film[field].as_str().unwrap_or_default().to_owned();
        let texts = |field: &str| film[field].as_array().cloned().unwrap_or_default();
        let genres: Vec<_> = texts("genres")
            .iter()
            .filter_map(|genre| Some(genre.as_str()?.to_owned()))
            .collect();
        let director = texts("directors")
            .first()
            .and_then(|name| Some(name.as_str()?.to_owned()));
        let facts = Facts {
            name: &text("name"),
            shown: &text("name"),
            year: i32::try_from(film["year"].as_i64().unwrap_or_default())?,
            director: director.as_deref().unwrap_or_default(),
            genres: &genres,
        };
        writeln!(page, "{}", poster::draw(&facts))?;
    }
    Ok(())
}
