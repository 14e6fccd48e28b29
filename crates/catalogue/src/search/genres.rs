//! The ways in which a catalogue writes its genres: `Drama`, `drama` and `Comédia` beside `Comedy`.

use std::collections::HashMap;

use text::fold;

use crate::search::lexicon;

/// Genres as they are written, with the name under which each is counted.
#[derive(Debug, Default)]
pub(super) struct Spellings(HashMap<String, String>);

impl Spellings {
    /// More are not remembered, and each is then counted under its own name: only a catalogue by mistake has as many.
    const MOST: usize = 100_000;

    /// The name under which a genre is counted: that of the lexicon or, if it is in none, the first with the same letters.
    pub(super) fn name(&self, written: &str) -> String {
        if let Some(name) = self.0.get(written) {
            return name.clone();
        }
        if let Some(name) = lexicon::genre(written) {
            return name.to_owned();
        }
        let same = self.0.get(&fold(written));
        same.map_or(written, String::as_str).to_owned()
    }

    /// The same, for a genre of a title: later ones with the same letters are counted under its name.
    pub(super) fn learn(&mut self, written: &str) -> String {
        let name = self.name(written);
        if self.0.len() < Self::MOST && !self.0.contains_key(written) {
            self.0.entry(fold(written)).or_insert_with(|| name.clone());
            self.0.insert(written.to_owned(), name.clone());
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use crate::search::tests::{NOW_US, over, text, title};
    use crate::search::{Document, Effort, Query};

    #[test]
    fn a_genre_is_one_facet_however_it_is_written() {
        let written = [
            "Drama",
            "drama",
            "DRAMA",
            "Comédia",
            "comedy",
            "Pornochanchada",
            "PORNOCHANCHADA",
        ];
        let films: Vec<_> = (1..)
            .zip(written)
            .map(|(number, genre)| Document {
                genres: vec![genre.to_owned()],
                ..title(number, "Film")
            })
            .collect();
        let searched = over(&films);
        let find = |query: &Query| searched.index.search(query, NOW_US, Effort::AsNeeded).unwrap();
        let found = find(&text(""));
        let counted = |facet: &[(String, usize)]| {
            facet
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            counted(&found.facets.genres),
            ["Drama 3", "Comedy 2", "Pornochanchada 2"]
        );
        for (asked, total) in [
            ("drama", 3),
            ("Drama", 3),
            ("drame", 3),
            ("comédia", 2),
            ("COMEDIA", 2),
            ("Comedy", 2),
            ("pornochanchada", 2),
            ("Terror", 0),
            ("Giallo", 0),
        ] {
            let query = Query {
                genres: vec![asked.to_owned()],
                ..text("")
            };
            assert_eq!(find(&query).total, total, "{asked}");
        }
    }
}
