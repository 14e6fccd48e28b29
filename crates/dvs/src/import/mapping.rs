//! Converts the fields of a row to a title. There are two shapes: the store's own, and that of Wikipedia's lists of
//! films; `docs/import.md` has a table of both.

use api::Money;
use api::catalogue::{LocalizedText, OfferInput, OfferKind, TitleInput};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::Refusal;
use super::fields::Fields;

/// The language of `name_pt`.
const PORTUGUESE: &str = "pt-BR";

const WIKIPEDIA: &str = "wikipedia";
/// The language of Wikipedia's extracts.
const ENGLISH: &str = "en";

/// The names of a row's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Own,
    Wikipedia,
}

impl Shape {
    /// The shape, which the name of the field with a film's name shows.
    pub(super) fn of(has: impl Fn(&str) -> bool) -> Self {
        if has(Self::Wikipedia.name()) && !has(Self::Own.name()) {
            Self::Wikipedia
        } else {
            Self::Own
        }
    }

    /// The field with a film's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Own => "name",
            Self::Wikipedia => "title",
        }
    }
}

/// A row as a title, or the first field that cannot be read. The catalogue decides whether the values are allowed.
pub(super) fn film(fields: Map<String, Value>) -> Result<TitleInput, Refusal> {
    let name = name(&fields);
    let film = match Shape::of(|field| fields.contains_key(field)) {
        Shape::Own => own(Fields::new(fields)),
        Shape::Wikipedia => of_wikipedia(Fields::new(fields)),
    };
    film.map_err(|refusal| Refusal { name, ..refusal })
}

/// The name of the film in a row, if it has one.
pub(super) fn name(fields: &Map<String, Value>) -> String {
    let shape = Shape::of(|field| fields.contains_key(field));
    fields
        .get(shape.name())
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn own(mut fields: Fields) -> Result<TitleInput, Refusal> {
    let mut film = TitleInput {
        fields: named(&fields),
        source: fields.text("source")?,
        source_id: fields.text("source_id")?,
        name: fields.text("name")?,
        original_name: fields.text("original_name")?,
        localized_names: fields.localized("localized_names")?,
        year: fields.whole("year")?,
        runtime_minutes: fields.whole("runtime_minutes")?,
        countries: fields.texts("countries")?,
        languages: fields.texts("languages")?,
        subtitle_languages: fields.texts("subtitle_languages")?,
        age_rating: fields.text("age_rating")?,
        directors: fields.texts("directors")?,
        cast: fields.texts("cast")?,
        genres: fields.texts("genres")?,
        synopses: fields.localized("synopsis")?,
        trailer_url: fields.text("trailer_url")?,
        image_url: fields.text("image_url")?,
        licence: fields.text("licence")?,
        popularity: fields.whole("popularity")?,
        offers: fields
            .objects("offers")?
            .into_iter()
            .map(offer)
            .collect::<Result<_, _>>()?,
        title_id: fields.text("id")?,
        created_at_us: fields.moment("created_at")?,
        is_hidden: fields.flag("hidden")?,
    };
    film.localized_names
        .extend(localized(PORTUGUESE, fields.text("name_pt")?));
    fields.end()?;
    Ok(film)
}

/// The fields that a row names, by the contract's names: the other fields of a known film keep their values.
fn named(fields: &Fields) -> Vec<String> {
    let mut named = fields.named(|field| FIELDS.into_iter().find(|(own, _)| *own == field).map(|(_, name)| name));
    for (own, name) in TEXTS {
        let languages = fields.languages(own);
        named.extend(languages.iter().map(|language| format!("{name}.{language}")));
        if fields.is_cleared(own) {
            named.push(name.to_owned());
        }
    }
    if fields.is_cleared("offers") {
        named.push("offers".to_owned());
    }
    named
}

fn offer(mut fields: Fields) -> Result<OfferInput, Refusal> {
    let kind = match fields.text("kind")?.as_str() {
        "rent" => OfferKind::Rent,
        "buy" => OfferKind::Buy,
        _ => return Err(fields.refusal("kind", "This must be rent or buy.")),
    };
    let mut window = |field| match kind {
        // A purchase has no windows, which people also write as 0.
        OfferKind::Buy => fields.whole(field),
        _ => fields.hours(field),
    };
    let (start_window_hours, viewing_window_hours) = (window("start_window_hours")?, window("viewing_window_hours")?);
    let offer = OfferInput {
        fields: fields.named(|field| {
            OFFER_FIELDS
                .into_iter()
                .find(|(own, _)| *own == field)
                .map(|(_, name)| name)
        }),
        kind: kind.into(),
        price: fields.object("price")?.map(price).transpose()?,
        start_window_hours,
        viewing_window_hours,
        available_from_us: fields.moment("available_from")?,
        available_until_us: fields.moment("available_until")?,
        offer_id: fields.text("id")?,
    };
    fields.end()?;
    Ok(offer)
}

/// The store's fields that hold one value, and the contract's names for them.
const FIELDS: [(&str, &str); 21] = [
    ("source", "source"),
    ("source_id", "source_id"),
    ("name", "name"),
    ("original_name", "original_name"),
    ("name_pt", "localized_names.pt-BR"),
    ("year", "year"),
    ("runtime_minutes", "runtime_minutes"),
    ("countries", "countries"),
    ("languages", "languages"),
    ("subtitle_languages", "subtitle_languages"),
    ("age_rating", "age_rating"),
    ("directors", "directors"),
    ("cast", "cast"),
    ("genres", "genres"),
    ("trailer_url", "trailer_url"),
    ("image_url", "image_url"),
    ("licence", "licence"),
    ("popularity", "popularity"),
    ("id", "title_id"),
    ("created_at", "created_at_us"),
    ("hidden", "is_hidden"),
];
/// The fields that hold a text in several languages.
const TEXTS: [(&str, &str); 2] = [("localized_names", "localized_names"), ("synopsis", "synopses")];
/// The fields of an offer, and the contract's names for them.
pub(super) const OFFER_FIELDS: [(&str, &str); 7] = [
    ("kind", "kind"),
    ("id", "offer_id"),
    ("price", "price"),
    ("start_window_hours", "start_window_hours"),
    ("viewing_window_hours", "viewing_window_hours"),
    ("available_from", "available_from_us"),
    ("available_until", "available_until_us"),
];

fn price(mut fields: Fields) -> Result<Money, Refusal> {
    let price = Money {
        amount_minor: fields.whole_or("amount_minor", "This must be a whole number of minor units.")?,
        currency_code: fields.text("currency_code")?,
    };
    fields.end()?;
    Ok(price)
}

/// A film that is identified by its article. This shape has no countries and languages, and they are not guessed.
fn of_wikipedia(mut fields: Fields) -> Result<TitleInput, Refusal> {
    let named = fields.named(|field| match field {
        "title" => Some("name"),
        "year" => Some("year"),
        "cast" => Some("cast"),
        "genres" => Some("genres"),
        "extract" => Some("synopses.en"),
        _ => None,
    });
    let name = fields.text("title")?;
    let year = fields.whole("year")?;
    let film = TitleInput {
        fields: named,
        source: WIKIPEDIA.to_owned(),
        source_id: match fields.text("href")? {
            // No article has a space in its address, so this cannot be the address of another film's article.
            unknown if unknown.is_empty() => format!("{name} ({year})"),
            article => percent_decode_str(&article).decode_utf8_lossy().into_owned(),
        },
        name,
        year,
        cast: fields.texts("cast")?,
        genres: fields.texts("genres")?,
        // Some extracts have a tab in place of a space.
        synopses: localized(ENGLISH, fields.text("extract")?.replace('\t', " "))
            .into_iter()
            .collect(),
        ..TitleInput::default()
    };
    // Read and ignored: the pictures belong to others, and most are shown there by a right of quotation.
    fields.text("thumbnail")?;
    fields.whole::<i64>("thumbnail_width")?;
    fields.whole::<i64>("thumbnail_height")?;
    fields.end()?;
    Ok(film)
}

fn localized(language: &str, text: String) -> Option<LocalizedText> {
    let language = language.to_owned();
    (!text.is_empty()).then_some(LocalizedText { language, text })
}

#[cfg(test)]
mod tests;
