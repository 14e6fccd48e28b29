use proptest::prelude::*;

use super::*;

const LIMIT_BYTES: usize = 40_000;

fn film(name: &str, year: i32, director: &str, genres: &[&str]) -> String {
    let genres: Vec<_> = genres.iter().map(ToString::to_string).collect();
    draw(&Facts {
        name,
        shown: name,
        year,
        director,
        genres: &genres,
    })
}

/// The coordinates of all letters, which are the paths without a fill rule.
fn letters(svg: &str) -> impl Iterator<Item = (f64, f64)> {
    let paths = svg
        .split("<path fill=\"#")
        .skip(1)
        .filter(|path| !path.contains("fill-rule"));
    let last_two: Vec<_> = paths.collect();
    let numbers = last_two.into_iter().flat_map(|path| {
        let d = path.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let numbers: Vec<f64> = d
            .split(|letter: char| letter.is_ascii_alphabetic() || letter == ' ')
            .filter(|number| !number.is_empty())
            .map(|number| number.parse().unwrap())
            .collect();
        numbers
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect::<Vec<_>>()
    });
    numbers.collect::<Vec<_>>().into_iter()
}

#[test]
fn the_same_film_has_the_same_poster() {
    let draw = || film("Limite", 1931, "Mário Peixoto", &["Drama"]);
    assert_eq!(draw(), draw());
    assert_ne!(draw(), film("Limite", 1932, "Mário Peixoto", &["Drama"]));
}

#[test]
fn two_films_of_one_family_differ() {
    let names = ["Nosferatu", "Faust", "Häxan", "Orlac", "Vampyr", "Caligari"];
    let mut posters: Vec<_> = names.iter().map(|name| film(name, 1922, "", &["Horror"])).collect();
    posters.sort_unstable();
    posters.dedup();
    assert_eq!(posters.len(), names.len());
}

#[test]
fn the_genre_gives_the_family() {
    let genres = |genres: &[&str]| genres.iter().map(ToString::to_string).collect::<Vec<_>>();
    let of = |names: &[&str]| {
        Family::of(&Facts {
            name: "A film",
            shown: "A film",
            year: 1950,
            director: "",
            genres: &genres(names),
        })
    };
    assert_eq!(
        of(&["Silent", "Horror"]),
        Family::Shadows,
        "how a film sounds is no family"
    );
    assert_eq!(of(&["Film Noir"]), Family::Blinds);
    assert_eq!(of(&[]), of(&["Unheard-of"]));
}

/// What distinguishes posters at first sight: the composition, and the colour of the ground.
fn glance(facts: &Facts<'_>) -> (&'static str, Colour) {
    (composition(facts), palette(facts).ground)
}

#[test]
fn hardly_any_neighbours_of_one_genre_and_decade_look_alike() {
    for genre in [
        "Horror",
        "Drama",
        "Comedy",
        "Western",
        "Animation",
        "Crime",
        "Romance",
        "Documentary",
        "",
    ] {
        let genres = [genre.to_owned()];
        let names: Vec<_> = (0..2_000).map(|number| format!("Film {number}")).collect();
        let glances: Vec<_> = names
            .iter()
            .map(|name| {
                glance(&Facts {
                    name,
                    shown: name,
                    year: 1925,
                    director: "",
                    genres: &genres,
                })
            })
            .collect();
        let alike = glances.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!(alike < 60, "{genre}: {alike} of 2000 neighbours");
    }
}

/// The films of the demonstration, with what distinguishes the poster of each at first sight.
fn demonstration() -> Vec<(String, (&'static str, Colour))> {
    let films: Vec<serde_json::Value> = serde_json::from_str(include_str!("../../catalogue/demo/titles.json")).unwrap();
    let glance_of = |film: &serde_json::Value| {
        let name = film["name"].as_str().unwrap();
        let genres = film["genres"].as_array().unwrap();
        let genres: Vec<_> = genres.iter().map(|genre| genre.as_str().unwrap().to_owned()).collect();
        let seen = glance(&Facts {
            name,
            shown: name,
            year: i32::try_from(film["year"].as_i64().unwrap()).unwrap(),
            director: "",
            genres: &genres,
        });
        (name.to_owned(), seen)
    };
    films.iter().map(glance_of).collect()
}

#[test]
fn no_two_films_of_the_demonstration_look_alike_in_whatever_order() {
    let films = demonstration();
    assert!(films.len() > 60);
    for (place, (name, seen)) in films.iter().enumerate() {
        for (other, also_seen) in &films[place + 1..] {
            assert_ne!(seen, also_seen, "{name} and {other}");
        }
    }
}

#[test]
fn figures_are_of_the_films_own_subject() {
    let of = |name: &str, genres: &[&str]| {
        let genres: Vec<_> = genres.iter().map(ToString::to_string).collect();
        let facts = Facts {
            name,
            shown: name,
            year: 1926,
            director: "",
            genres: &genres,
        };
        Family::of(&facts)
            .compositions(&facts)
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    for (name, genres) in [
        ("Faust", &["Fantasy"][..]),
        ("Big Buck Bunny", &["Animation", "Family"]),
        ("Metropolis", &["Science Fiction"]),
        ("Stagecoach", &["Western"]),
        ("Sunrise", &["Drama"]),
        ("The Great Train Robbery", &["Western", "Action"]),
    ] {
        for figure in ["creature", "rocket", "waves", "boat"] {
            assert!(!of(name, genres).contains(&figure), "{name} has a {figure}");
        }
    }
    assert_eq!(of("King Kong", &["Adventure"]), ["creature"]);
    assert_eq!(of("The Host", &["Monster"]), ["creature"]);
    assert!(of("A Trip to the Moon", &["Science Fiction"]).contains(&"rocket"));
    assert!(of("Battleship Potemkin", &["Drama"]).contains(&"boat"));
}

#[test]
fn a_film_has_one_picture_in_every_language() {
    let genres = ["Horror".to_owned()];
    let of = |shown| {
        let facts = Facts {
            name: "Nosferatu",
            shown,
            year: 1922,
            director: "",
            genres: &genres,
        };
        (glance(&facts), palette(&facts), draw(&facts))
    };
    let (own, translated) = (of("Nosferatu"), of("O Vampiro da Noite"));
    assert_eq!((own.0, own.1), (translated.0, translated.1));
    assert!(translated.2.contains("O Vampiro da Noite"));
    assert_ne!(own.2, translated.2);
}

#[test]
fn letters_stay_on_the_sheet_whatever_the_name() {
    let long_word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter";
    let long = "The Assassination of Jesse James by the Coward Robert Ford and Other Stories";
    for name in ["M", "8½", "Nosferatu: A Symphony of Horror", long_word, long] {
        for genre in [
            "Horror",
            "Science Fiction",
            "Crime",
            "Drama",
            "Comedy",
            "War",
            "Romance",
            "History",
            "Fantasy",
        ] {
            let svg = film(name, 1999, "Rainer Werner Fassbinder", &[genre]);
            let outside = letters(&svg).find(|(x, y)| !(20.0..=580.0).contains(x) || !(10.0..=890.0).contains(y));
            assert_eq!(outside, None, "{name} {genre}");
        }
    }
}

#[test]
fn a_script_that_the_typefaces_lack_is_left_to_the_readers_fonts() {
    let svg = film("七人の侍", 1954, "黒澤 明", &["Drama"]);
    assert!(svg.contains(">七人の侍</text>"));
    assert!(svg.contains("textLength="));
}

#[test]
fn a_long_word_is_broken_before_it_becomes_a_hairline() {
    let frame = text::Frame {
        width: 516.0,
        height: 270.0,
    };
    let word = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch";
    for name in [word, &word.repeat(4)[..200], &format!("To {word}")] {
        for typeface in [
            text::Typeface::Anton,
            text::Typeface::ArchivoBlack,
            text::Typeface::DmSerif,
        ] {
            let size = text::Block::fit(name, typeface, frame, 90.0).size;
            assert!(size > 20.0, "{name} in {typeface:?} is set at {size}");
        }
    }
}

#[test]
fn a_name_that_runs_from_right_to_left_begins_at_the_right() {
    let svg = film("נוספרטו, סימפוניה של אימה", 1922, "", &["Horror"]);
    let lines: Vec<_> = svg.split("<text ").skip(1).collect();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(
            line.contains("direction=\"rtl\"") && line.contains(" x=\"558\""),
            "{line}"
        );
    }
    assert!(film("七人の侍", 1954, "", &["Drama"]).contains("direction=\"ltr\""));
}

#[test]
fn what_a_name_holds_is_text_and_nothing_else() {
    let svg = film("<script>alert(\"&\")</script>\u{1}", 1999, "<b>", &["Drama"]);
    assert!(!svg.contains("<script") && !svg.contains("<b>"));
    assert!(svg.contains("&lt;script&gt;"));
}

proptest! {
    #[test]
    fn any_film_has_a_poster_that_is_small_and_whole(
        name in "\\PC{0,220}",
        year in -100..3000_i32,
        director in "\\PC{0,60}",
        genre in prop::sample::select(vec!["Horror", "Crime", "Drama", "Comedy", "Western", "Musical", "History", "Family", ""]),
    ) {
        let svg = film(&name, year, &director, &[genre]);
        prop_assert!(svg.len() < LIMIT_BYTES, "{} bytes", svg.len());
        prop_assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        prop_assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
