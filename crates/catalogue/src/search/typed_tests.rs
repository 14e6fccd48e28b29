//! What people type, and which title must be found by it: in searches and in suggestions.

use super::tests::{NOW_US, over, text, title};
use super::*;

/// A catalogue of these names; each must be the first result for the texts next to it.
pub(super) fn each_is_found_first(names: &[(&str, &[&str])]) {
    let documents: Vec<_> = (1..)
        .zip(names)
        .map(|(number, (name, _))| title(number, name))
        .collect();
    let searched = over(&documents);
    for (number, (name, queries)) in (1..).zip(names) {
        for typed in *queries {
            let found = searched.numbers(&text(typed));
            assert_eq!(
                found.first(),
                Some(&number),
                "{typed} finds {name} on the index: {found:?}"
            );
            let suggested = searched.index.suggest(typed, 8, Effort::AsNeeded).unwrap();
            assert_eq!(
                suggested.first().map(Uuid::as_u128),
                Some(number),
                "{typed} suggests {name}"
            );
        }
    }
}

#[test]
fn punctuation_and_spaces_are_typed_or_not() {
    each_is_found_first(&[
        ("Spider-Man", &["spiderman", "spider man", "Spider-Man", "spiderm"]),
        ("M*A*S*H", &["mash", "m*a*s*h", "m.a.s.h.", "MASH"]),
        (
            "E.T. the Extra-Terrestrial",
            &["et", "e.t.", "et extraterrestrial", "e t extra terrestrial"],
        ),
        (
            "Fast & Furious",
            &["fast and furious", "fast & furious", "fast furious"],
        ),
        ("WALL·E", &["walle", "wall-e", "wall e"]),
        ("Ocean’s Eleven", &["oceans eleven", "ocean's eleven", "ocean"]),
        ("L'Avventura", &["avventura", "lavventura", "l avventura"]),
        ("A.I. Artificial Intelligence", &["ai", "a.i."]),
        ("Batman", &["bat man", "bat-man"]),
        ("10,000 BC", &["10000 bc", "10.000 bc"]),
        ("Romeo + Juliet", &["romeo and juliet", "romeo e juliet"]),
        ("Velozes e Furiosos", &["velozes & furiosos"]),
    ]);
}

#[test]
fn initials_are_a_word_and_an_ampersand_only_replaces_one() {
    let popular = Document {
        popularity: 100,
        ..title(1, "Bob & Carol & Ted & Alice")
    };
    let searched = over(&[popular, title(2, "E.T. the Extra-Terrestrial")]);
    assert_eq!(searched.numbers(&text("et")), [2, 1]);
}

#[test]
fn letters_are_typed_in_any_of_their_spellings() {
    each_is_found_first(&[
        ("Γης", &["ΓΗΣ", "γησ", "γης"]),
        ("على بابا", &["علي بابا", "على بابا", "علي"]),
        ("صهل", &["صَهَل"]),
        ("צה\"ל", &["צהל", "צה״ל", "צה''ל"]),
        ("الحديد", &["حديد", "الحديد"]),
        ("باب", &["الباب"]),
        ("हिन्द", &["हिंद", "हिन्द"]),
        ("राम", &["राम"]),
        ("रमा", &["रमा"]),
        ("Ateş Kırmızısı", &["ates kirmizisi", "ATEŞ KIRMIZISI"]),
        ("Die Straße", &["strasse", "die straße", "STRASSE"]),
        ("Rødgrød", &["rodgrod", "roedgroed"]),
        ("Müller", &["muller", "mueller", "MÜLLER"]),
        ("Gólem w Łodzi", &["golem w lodzi"]),
        ("２０４６", &["2046"]),
    ]);
}

#[test]
fn scripts_without_spaces_are_found_by_any_part() {
    each_is_found_first(&[
        ("臥虎藏龍", &["藏龍", "卧虎藏龙", "藏龙", "龍", "臥虎"]),
        ("千と千尋の神隠し", &["神隠し", "千尋", "神隠"]),
        ("기생충", &["생충", "기생", "기생충"]),
        ("เกมส์ล่าเกม", &["ล่าเกม", "เกมส์"]),
        ("ゴジラ", &["ごじら", "ｺﾞｼﾞﾗ", "ジラ"]),
        ("七人の侍", &["侍", "七人", "七人 侍"]),
        ("올드보이", &["올드 보이", "보이"]),
    ]);
}

#[test]
fn two_people_are_not_one_for_their_vowels() {
    let by = |number, person: &str| Document {
        directors: vec![person.to_owned()],
        ..title(number, "Film")
    };
    let searched = over(&[by(1, "राम"), by(2, "रमा"), by(3, "Robert De Niro"), by(4, "王家衛")]);
    assert_eq!(searched.numbers(&text("राम")), [1]);
    assert_eq!(searched.numbers(&text("रमा")), [2]);
    assert_eq!(searched.numbers(&text("deniro")), [3]);
    assert_eq!(searched.numbers(&text("家卫")), [4]);
}

fn nosferatu() -> Document {
    Document {
        year: 1922,
        genres: vec!["Horror".to_owned()],
        countries: vec!["DE".to_owned()],
        kinds: vec![Kind::Feature, Kind::Silent],
        directors: vec!["F. W. Murnau".to_owned()],
        ..title(1, "Nosferatu")
    }
}

fn shop() -> [Document; 5] {
    [
        nosferatu(),
        Document {
            year: 1979,
            genres: vec!["Horror".to_owned()],
            countries: vec!["DE".to_owned(), "FR".to_owned()],
            ..title(2, "Nosferatu the Vampyre")
        },
        Document {
            year: 1921,
            genres: vec!["Comedy".to_owned(), "Drama".to_owned()],
            countries: vec!["US".to_owned()],
            kinds: vec![Kind::Feature, Kind::Silent],
            ..title(3, "The Kid")
        },
        Document {
            year: 1929,
            genres: vec!["Comédia".to_owned(), "Giallo".to_owned()],
            countries: vec!["BR".to_owned()],
            languages: vec!["pt-BR".to_owned()],
            kinds: vec![Kind::Short],
            ..title(4, "Ilha das Flores")
        },
        Document {
            year: 2022,
            genres: vec!["Science Fiction".to_owned()],
            kinds: vec![Kind::Documentary],
            ..title(5, "1922 in Fragments")
        },
    ]
}

#[test]
fn years_genres_countries_and_kinds_are_words_too() {
    let searched = over(&shop());
    for (typed, found) in [
        ("nosferatu 1922", &[1][..]),
        ("1922 nosferatu", &[1]),
        ("1922", &[5, 1]),
        ("1920s", &[1, 3, 4]),
        ("anos 20", &[1, 3, 4]),
        ("comédia", &[3, 4]),
        ("comedia", &[3, 4]),
        ("comedies", &[3, 4]),
        ("comédias", &[3, 4]),
        ("terror", &[1, 2]),
        ("horror", &[1, 2]),
        ("german horror", &[1, 2]),
        ("horror alemão", &[1, 2]),
        ("terror alemão 1922", &[1]),
        ("filmes de terror", &[1, 2]),
        ("german movies", &[1, 2]),
        ("curta", &[4]),
        ("curtas", &[4]),
        ("curta-metragem", &[4]),
        ("curtas brasileiros", &[4]),
        ("short", &[4]),
        ("cortos", &[4]),
        ("cortometrajes brasileños", &[4]),
        ("películas de terror alemanas", &[1, 2]),
        ("comedia de los años 20", &[3, 4]),
        ("cine mudo", &[1, 3]),
        ("ciencia ficción", &[5]),
        ("cinema mudo", &[1, 3]),
        ("united states", &[3]),
        ("estados unidos", &[3]),
        ("science fiction", &[5]),
        ("ficção científica", &[5]),
        ("sci-fi", &[5]),
        ("giallo", &[4]),
        ("portuguese", &[4]),
        ("documentário", &[5]),
        ("documentry", &[5]),
        ("comedi", &[3, 4]),
        ("murnau horror", &[1]),
    ] {
        assert_eq!(searched.numbers(&text(typed)), found, "{typed}");
        let suggested = searched.index.suggest(typed, 8, Effort::AsNeeded).unwrap();
        assert_eq!(
            suggested.iter().map(Uuid::as_u128).collect::<Vec<_>>(),
            found,
            "{typed}"
        );
    }
}

#[test]
fn a_word_that_means_nothing_here_finds_nothing() {
    let searched = over(&shop());
    for typed in ["zzzz", "zzzz=", "1923", "japanese", "western", "de", "film zzzz"] {
        assert_eq!(searched.numbers(&text(typed)), [0; 0], "{typed}");
    }
}

#[test]
fn a_name_comes_before_a_genre_of_that_name() {
    let searched = over(&[
        Document {
            genres: vec!["War".to_owned()],
            popularity: 100,
            ..title(1, "Wings")
        },
        title(2, "War"),
        title(3, "The War Game"),
        title(4, "Warlock"),
    ]);
    assert_eq!(searched.numbers(&text("war")), [2, 3, 1, 4]);
}

#[test]
fn a_search_of_genres_and_countries_alone_is_not_for_people_of_that_name() {
    let starring = |number, person: &str| Document {
        cast: vec![person.to_owned()],
        popularity: 100,
        ..title(number, "A popular film")
    };
    let of = |number, country: &str, genre: &str| Document {
        countries: vec![country.to_owned()],
        genres: vec![genre.to_owned()],
        kinds: vec![Kind::Short],
        directors: vec!["Martin Somebody".to_owned()],
        ..title(number, "Another one")
    };
    let searched = over(&[
        starring(1, "Rene Russo"),
        starring(2, "Frances Farmer"),
        starring(3, "Tonino Guerra"),
        starring(4, "Martin Short"),
        of(5, "RU", "Drama"),
        of(6, "FR", "War"),
    ]);
    for (typed, first) in [
        ("russo", 5),
        ("cinema russo", 5),
        ("filme russo", 5),
        ("francês", 6),
        ("guerra", 6),
        ("guerra francês", 6),
        ("rene russo", 1),
        ("frances farmer", 2),
        ("tonino guerra", 3),
        ("martin short", 4),
    ] {
        let found = searched.numbers(&text(typed));
        assert_eq!(found.first(), Some(&first), "{typed}: {found:?}");
    }
}

#[test]
fn years_and_kinds_are_filters_with_counts() {
    let searched = over(&shop());
    let of_years = Query {
        years: vec![1921, 1922],
        ..text("")
    };
    assert_eq!(searched.numbers(&of_years), [1, 3]);
    let short = Query {
        kinds: vec![Kind::Short],
        ..text("")
    };
    assert_eq!(searched.numbers(&short), [4]);
    let found = searched.index.search(&short, NOW_US, Effort::AsNeeded).unwrap();
    let counted = |counts: &[(&str, usize)]| -> Vec<_> {
        let counts = counts.iter().map(|(value, count)| ((*value).to_owned(), *count));
        counts.collect()
    };
    let kinds = counted(&[("feature", 2), ("silent", 2), ("documentary", 1), ("short", 1)]);
    assert_eq!(found.facets.kinds, kinds, "a facet's own filter does not narrow it");
    assert_eq!(found.facets.years, counted(&[("1929", 1)]));
}

#[test]
fn films_of_one_match_come_by_orders_then_people_then_facts() {
    let bogart = |number, others: &[&str]| Document {
        cast: [&["Humphrey Bogart"], others]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect(),
        ..title(number, "Film")
    };
    let searched = over(&[
        bogart(1, &["Somebody Unknown"]),
        bogart(2, &["Ingrid Bergman", "Claude Rains"]),
        Document {
            completeness: 5,
            ..bogart(3, &["Somebody Else"])
        },
        Document {
            orders: 2,
            ..bogart(4, &[])
        },
        Document {
            popularity: 3,
            ..bogart(5, &[])
        },
        Document {
            cast: vec![
                "Ingrid Bergman".to_owned(),
                "Claude Rains".to_owned(),
                "A".to_owned(),
                "Humphrey Bogart".to_owned(),
            ],
            orders: 9,
            ..title(6, "In which he is the fourth")
        },
    ]);
    assert_eq!(searched.numbers(&text("humphrey bogart")), [4, 5, 2, 3, 1, 6]);
    let popular = Query {
        sort: Sort::Popular,
        ..text("")
    };
    assert_eq!(searched.numbers(&popular), [6, 4, 5, 2, 3, 1]);
    let newest = Query {
        sort: Sort::Newest,
        ..text("")
    };
    assert_eq!(searched.numbers(&newest), [6, 4, 5, 2, 3, 1], "of one import");
}
