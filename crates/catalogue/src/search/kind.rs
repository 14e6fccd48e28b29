//! Kinds of films: by their running time, and by genres that say how a film was made rather than what it tells.

use text::key;

/// As festivals and academies draw the line.
const LONGEST_SHORT_MINUTES: i32 = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Feature,
    Short,
    Documentary,
    Animation,
    Silent,
}

impl Kind {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] = [
        Self::Feature,
        Self::Short,
        Self::Documentary,
        Self::Animation,
        Self::Silent,
    ];

    /// What filters and facets call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Short => "short",
            Self::Documentary => "documentary",
            Self::Animation => "animation",
            Self::Silent => "silent",
        }
    }

    /// The kinds of a film. One whose running time is unknown is a feature unless its genres call it a short.
    pub(crate) fn of(runtime_minutes: i32, genres: &[String]) -> Vec<Self> {
        let genres: Vec<_> = genres.iter().map(|genre| key(genre)).collect();
        let is_called = |names: &[&str]| genres.iter().any(|genre| names.contains(&genre.as_str()));
        let is_short = match runtime_minutes {
            0 => is_called(&[
                "short",
                "short film",
                "curta",
                "curta metragem",
                "cortometraje",
                "court metrage",
                "kurzfilm",
            ]),
            minutes => minutes <= LONGEST_SHORT_MINUTES,
        };
        let mut kinds = vec![if is_short { Self::Short } else { Self::Feature }];
        if is_called(&[
            "documentary",
            "documentario",
            "documental",
            "documentaire",
            "dokumentarfilm",
        ]) {
            kinds.push(Self::Documentary);
        }
        if is_called(&["animation", "animated", "anime", "animacao", "animacion", "animazione"]) {
            kinds.push(Self::Animation);
        }
        if is_called(&["silent", "silent film", "mudo", "muet", "stummfilm", "muto"]) {
            kinds.push(Self::Silent);
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_of_forty_minutes_is_a_short_and_of_unknown_length_a_feature() {
        let of =
            |minutes, genres: &[&str]| Kind::of(minutes, &genres.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(40, &[]), [Kind::Short]);
        assert_eq!(of(41, &["Short"]), [Kind::Feature]);
        assert_eq!(of(0, &["Comedy"]), [Kind::Feature]);
        assert_eq!(of(0, &["Curta-metragem", "Animação"]), [Kind::Short, Kind::Animation]);
        assert_eq!(
            of(70, &["Documentário", "Silent"]),
            [Kind::Feature, Kind::Documentary, Kind::Silent]
        );
    }
}
