//! Values as people write them into cells.

use super::*;

#[test]
fn years_and_minutes_are_read_as_people_write_them() {
    for (text, value) in [
        ("1931", 1931),
        ("1931.0", 1931),
        ("1931-05-17", 1931),
        ("March 1, 2025", 2025),
    ] {
        assert_eq!(year(text), Some(value), "{text}");
    }
    assert_eq!(year("1931/1932"), None);
    assert_eq!(year("soon"), None);
    for (text, value) in [
        ("80", 80),
        ("80.0", 80),
        ("80 min", 80),
        ("80 minutos", 80),
        ("01:38:00", 98),
        ("1h38", 98),
        ("1 h 38 min", 98),
        ("2h", 120),
        ("1 h, 38 min.", 98),
        ("80'", 80),
        ("1 hora e 20 minutos", 80),
        ("1 hora y 20 minutos", 80),
        ("2 hours and 5 minutes", 125),
        ("PT1H40M", 100),
        ("98 min 30 s", 98),
        ("1h 38m 20s", 98),
    ] {
        assert_eq!(minutes(text), Some(value), "{text}");
    }
    for text in [
        "long",
        "1:99",
        "1:20:99",
        "-5 min",
        "−5 min",
        "80 pages",
        "1,5 h",
        "80-90 min",
        "80.5 min",
        "1½ h",
        "e 20 min",
        "30 s",
        "PT",
        "9223372036854775807:00",
        "9223372036854775807 h",
        "9223372036854775807 min 1",
    ] {
        assert_eq!(minutes(text), None, "{text}");
    }
}

#[test]
fn ages_are_read_in_words_and_others_ratings_are_not() {
    for (text, value) in [
        ("Livre", "L"),
        ("L", "L"),
        ("12 anos", "12"),
        ("A14", "14"),
        ("14+", "14"),
        ("+16", "16"),
        ("18 años", "18"),
        ("Não recomendado para menores de 16 anos", "16"),
    ] {
        assert_eq!(age(text), Some(value), "{text}");
    }
    for text in ["PG-13", "R", "13", "12 14", "", "14 episodes"] {
        assert_eq!(age(text), None, "{text}");
    }
}

#[test]
fn points_and_stars_are_no_ages() {
    for (cells, are) in [
        (&["4.5", ""][..], true),
        (&["8", "10", "0", "12"], true),
        (&["10", "10"], true),
        (&["4,5"], true),
        (&["★★★½", "12"], true),
        (&["7/10"], true),
        (&["10", "12", "L"], false),
        (&["16 anos"], false),
        (&["PG-13", "R"], false),
        (&["", "N/A"], false),
    ] {
        assert_eq!(are_points(cells.iter().copied()), are, "{cells:?}");
    }
}

#[test]
fn lists_are_split_where_people_separate_them() {
    let people = |cell| list(cell, ListKind::People);
    assert_eq!(people("A | B"), ["A", "B"]);
    assert_eq!(
        people("Kleber Mendonça Filho, Juliano Dornelles"),
        ["Kleber Mendonça Filho", "Juliano Dornelles"]
    );
    assert_eq!(
        people("Robert Downey, Jr., Jude Law"),
        ["Robert Downey, Jr.", "Jude Law"]
    );
    assert_eq!(people("[\"A, B\", \"C|D\"]"), ["A, B", "C|D"]);
    assert_eq!(list("Sci-Fi/Fantasy", ListKind::Genres), ["Sci-Fi/Fantasy"]);
    let tmdb = r#"[{"iso_3166_1": "BR", "name": "Brazil"}]"#;
    assert_eq!(list(tmdb, ListKind::Countries), ["BR"]);
    assert_eq!(
        list(
            "[{'id': 16, 'name': \"Children's\"}, {'id': 1, 'name': 'A'}]",
            ListKind::Genres
        ),
        ["Children's", "A"]
    );
    assert_eq!(list("[]", ListKind::Genres), [""; 0]);
    assert_eq!(people("[REC]"), ["[REC]"]);
}

#[test]
fn names_give_their_article_and_their_year() {
    assert_eq!(
        with_article_first("Hour of the Star, The").as_deref(),
        Some("The Hour of the Star")
    );
    assert_eq!(with_article_first("Aventure, L'").as_deref(), Some("L'Aventure"));
    assert_eq!(with_article_first("Pixote, a Lei do Mais Fraco"), None);
    assert_eq!(
        with_year("Hour of the Star, The (1985)"),
        Some(("Hour of the Star, The", 1985))
    );
    for name in ["(1985)", "Blade Runner (Final Cut)", "1985", "Film (85)"] {
        assert_eq!(with_year(name), None, "{name}");
    }
}
