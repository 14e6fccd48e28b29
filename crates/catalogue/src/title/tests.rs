use super::*;

fn limite() -> Facts {
    Facts {
        name: "Limite".to_owned(),
        year: 1931,
        ..Facts::default()
    }
}

#[test]
fn a_film_needs_a_name_and_a_year() {
    assert_eq!(limite().check().unwrap().original_name, "Limite");
    let nameless = Facts {
        name: " ".to_owned(),
        ..limite()
    };
    assert_eq!(nameless.check().unwrap_err().field, "name");
    for year in [0, 123, 2101] {
        assert_eq!(Facts { year, ..limite() }.check().unwrap_err().field, "year");
    }
}

#[test]
fn what_is_called_something_is_called_by_letters_that_show() {
    type Place = fn(&mut Facts) -> &mut String;
    let wrong: [(&str, Place); 5] = [
        ("name", |facts| &mut facts.name),
        ("original_name", |facts| &mut facts.original_name),
        ("directors", |facts| &mut facts.directors[0]),
        ("cast", |facts| &mut facts.cast[0]),
        ("localized_names", |facts| &mut facts.localized_names[0].text),
    ];
    for (field, place) in wrong {
        let mut facts = Facts {
            directors: vec!["Mário Peixoto".to_owned()],
            cast: vec!["Olga Breno".to_owned()],
            localized_names: vec![Localized {
                language: "en".to_owned(),
                text: "Limit".to_owned(),
            }],
            ..limite()
        };
        "Lim\u{202e}ite".clone_into(place(&mut facts));
        assert_eq!(facts.check().unwrap_err().field, field);
    }
}

#[test]
fn every_field_has_its_limits() {
    let many = |count: usize| {
        (0..count)
            .map(|number| format!("Somebody {number}"))
            .collect::<Vec<_>>()
    };
    let wrong = [
        (
            "runtime_minutes",
            Facts {
                runtime_minutes: -1,
                ..limite()
            },
        ),
        (
            "countries",
            Facts {
                countries: vec!["Brazil".to_owned()],
                ..limite()
            },
        ),
        (
            "languages",
            Facts {
                languages: vec!["Portuguese".to_owned()],
                ..limite()
            },
        ),
        (
            "age_rating",
            Facts {
                age_rating: "PG".to_owned(),
                ..limite()
            },
        ),
        (
            "directors",
            Facts {
                directors: many(21),
                ..limite()
            },
        ),
        (
            "cast",
            Facts {
                cast: many(101),
                ..limite()
            },
        ),
        (
            "genres",
            Facts {
                genres: vec!["x".repeat(51)],
                ..limite()
            },
        ),
        (
            "trailer_url",
            Facts {
                trailer_url: "http://example.org".to_owned(),
                ..limite()
            },
        ),
        (
            "popularity",
            Facts {
                popularity: 101,
                ..limite()
            },
        ),
    ];
    for (field, facts) in wrong {
        assert_eq!(facts.check().unwrap_err().field, field);
    }
}

#[test]
fn each_language_has_one_text() {
    let text = |language: &str, text: &str| Localized {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    let twice = Facts {
        synopses: vec![text("pt", "Um"), text("pt", "Dois")],
        ..limite()
    };
    assert_eq!(twice.check().unwrap_err().field, "synopses");
    let with_empty = Facts {
        synopses: vec![text("pt", "Um"), text("en", " ")],
        ..limite()
    };
    assert_eq!(with_empty.check().unwrap().synopses, [text("pt", "Um")]);
}

#[test]
fn a_person_is_a_name_however_it_is_accented() {
    assert_eq!(person_id("Mário Peixoto"), person_id("Mario Peixoto"));
    assert_eq!(person_id("J. R. R. Tolkien"), person_id("J.R.R. Tolkien"));
    assert_ne!(person_id("Mário Peixoto"), person_id("Mário Mendonça"));
    assert_ne!(person_id("राम"), person_id("रमा"));
}
