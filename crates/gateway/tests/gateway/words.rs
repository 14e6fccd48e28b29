//! The store's terms and privacy texts.

use http::Method;
use languages::Language;

use crate::support::{World, ask, refusal};

#[tokio::test]
async fn the_built_in_texts_exist_in_every_language_and_mark_what_to_fill_in() {
    let world = World::new();
    for name in ["terms", "privacy"] {
        let mut texts = Vec::new();
        for language in Language::all().map(Language::tag) {
            let path = format!("/api/v1/words/{name}");
            let answer = world
                .send(ask(Method::GET, &path).header("accept-language", language))
                .await;
            let words = answer.json();
            assert_eq!(words["language"], language);
            let text = words["text"].as_str().unwrap().to_owned();
            assert!(text.starts_with("# ") && text.contains('['), "{text}");
            assert!(!texts.contains(&text), "{language}");
            texts.push(text);
        }
    }
}

#[tokio::test]
async fn the_operators_own_text_replaces_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    for language in Language::all().map(Language::tag) {
        let file = folder.path().join(format!("terms.{language}.md"));
        std::fs::write(file, format!("# Our terms in {language}\n")).unwrap();
    }
    let world = World::with(|settings| settings.words_dir = Some(folder.path().to_owned()));
    for language in Language::all().map(Language::tag) {
        let asked = ask(Method::GET, "/api/v1/words/terms").header("accept-language", language);
        let words = world.send(asked).await.json();
        assert_eq!(words["text"], format!("# Our terms in {language}\n"));
    }
    let model = world.get("/api/v1/words/privacy").await.json();
    assert!(model["text"].as_str().unwrap().starts_with("# Privacy"));
}

#[tokio::test]
async fn other_texts_are_not_found() {
    let world = World::new();
    for path in ["/api/v1/words/imprint", "/api/v1/words/..%2Fterms"] {
        assert_eq!(world.get(path).await.refusal(), refusal(404, "NOT_FOUND"), "{path}");
    }
}
