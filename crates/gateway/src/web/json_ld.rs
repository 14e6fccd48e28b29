//! What search engines read of a page: schema.org's words, as JSON-LD.

use serde_json::{Value, json};

use super::data::Kind;
use super::head::{picture, text};
use super::page::Place;
use super::texts::Texts;

/// How films are had, in the words of the GoodRelations vocabulary that schema.org took over.
const LEASE: &str = "http://purl.org/goodrelations/v1#LeaseOut";
const SELL: &str = "http://purl.org/goodrelations/v1#Sell";

/// What a page is about, and where it stands in the store.
pub(super) fn things(kind: Kind, place: &Place, value: &Value) -> Vec<Value> {
    let texts = Texts::of(place.language);
    let films = texts.films.as_str();
    match kind {
        Kind::Home => vec![store(place)],
        Kind::Title => vec![
            movie(place, value),
            trail(
                place,
                &[(films, "/search"), (text(value, "display_name"), place.path.as_str())],
            ),
        ],
        Kind::Person => vec![
            person(place, value),
            trail(place, &[(films, "/search"), (text(value, "name"), place.path.as_str())]),
        ],
        Kind::Collection => {
            let steps = [
                (texts.collections.as_str(), "/collections"),
                (text(value, "name"), place.path.as_str()),
            ];
            vec![collection(place, value), trail(place, &steps)]
        }
        Kind::Search | Kind::Collections | Kind::Genres | Kind::Other | Kind::Unknown => Vec::new(),
    }
}

fn store(place: &Place) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": place.store.name,
        "url": format!("{}/", place.base),
        "inLanguage": place.language.tag(),
        "publisher": seller(place),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": format!("{}/search?q={{search_term_string}}", place.base),
            },
            "query-input": "required name=search_term_string",
        },
    })
}

/// Who sells, as far as the store says it.
fn seller(place: &Place) -> Value {
    let store = &place.store;
    let mut seller = json!({"@type": "Organization", "name": store.name, "url": format!("{}/", place.base)});
    let logo = store.logo_url.as_ref().map(|path| format!("{}{path}", place.base));
    for (field, said) in [
        ("slogan", &store.tagline),
        ("logo", &logo),
        ("legalName", &store.legal_name),
        ("address", &store.address),
        ("taxID", &store.tax_id),
        ("email", &store.contact_email),
    ] {
        if let Some(said) = said {
            seller[field] = said.as_str().into();
        }
    }
    seller
}

fn movie(place: &Place, title: &Value) -> Value {
    let name = text(title, "display_name");
    let others = [text(title, "name"), text(title, "original_name")];
    let mut others: Vec<_> = others
        .into_iter()
        .filter(|other| !other.is_empty() && *other != name)
        .collect();
    others.dedup();
    let people = |field: &str| {
        list(title, field)
            .iter()
            .map(|credit| credited(place, credit))
            .collect::<Vec<_>>()
    };
    let countries = list(title, "countries").iter();
    let countries: Vec<_> = countries
        .map(|code| json!({"@type": "Country", "name": code}))
        .collect();
    let url = format!("{}/titles/{}", place.base, text(title, "id"));
    // What cannot be ordered for want of a film is no offer to show elsewhere.
    let offers = list(title, "offers").iter().filter(|_| title["playable"] == true);
    let offers: Vec<_> = offers.filter_map(|of| offer(&url, of)).collect();
    let mut movie = json!({
        "@context": "https://schema.org",
        "@type": "Movie",
        "@id": url,
        "url": url,
        "name": name,
        "alternateName": others,
        "image": picture(place, title),
        "genre": title["genres"],
        "inLanguage": title["languages"],
        "countryOfOrigin": countries,
        "director": people("directors"),
        "actor": people("cast"),
        "offers": offers,
    });
    let mut also = |field: &str, value: Option<String>| {
        if let Some(value) = value {
            movie[field] = value.into();
        }
    };
    also("description", title["synopsis"].as_str().map(ToOwned::to_owned));
    also("datePublished", title["year"].as_i64().map(|year| year.to_string()));
    also(
        "duration",
        title["runtime_minutes"].as_i64().map(|minutes| format!("PT{minutes}M")),
    );
    also("contentRating", title["age_rating"].as_str().map(ToOwned::to_owned));
    movie
}

fn offer(url: &str, offer: &Value) -> Option<Value> {
    let price = &offer["price"];
    let mut told = json!({
        "@type": "Offer",
        "url": url,
        "businessFunction": if offer["kind"] == "rent" { LEASE } else { SELL },
        "price": decimal(price["amount_minor"].as_i64()?, price["minor_digits"].as_u64()?)?,
        "priceCurrency": price["currency_code"],
        "availability": "https://schema.org/InStock",
    });
    for (from, to) in [
        ("available_from", "availabilityStarts"),
        ("available_until", "availabilityEnds"),
    ] {
        if offer[from].is_string() {
            told[to] = offer[from].clone();
        }
    }
    Some(told)
}

/// Minor units as the decimal that schema.org wants: only ever a text, never reckoned with.
fn decimal(minor: i64, digits: u64) -> Option<String> {
    let places = usize::try_from(digits).ok()?;
    let units = 10_i64.checked_pow(u32::try_from(digits).ok()?)?;
    Some(match places {
        0 => minor.to_string(),
        _ => format!("{}.{:0places$}", minor / units, minor % units),
    })
}

fn credited(place: &Place, credit: &Value) -> Value {
    let url = format!("{}/people/{}", place.base, text(credit, "id"));
    json!({"@type": "Person", "name": text(credit, "name"), "url": url})
}

fn person(place: &Place, person: &Value) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "Person",
        "name": text(person, "name"),
        "url": format!("{}/people/{}", place.base, text(person, "id")),
    })
}

fn collection(place: &Place, collection: &Value) -> Value {
    let titles = (1..).zip(list(collection, "titles"));
    let items: Vec<_> = titles
        .map(|(position, title)| {
            step(
                place,
                position,
                text(title, "display_name"),
                &format!("/titles/{}", text(title, "id")),
            )
        })
        .collect();
    json!({
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": text(collection, "name"),
        "description": collection["description"],
        "url": format!("{}{}", place.base, place.path),
        "mainEntity": {"@type": "ItemList", "itemListElement": items},
    })
}

/// The way from the first page to this one.
fn trail(place: &Place, steps: &[(&str, &str)]) -> Value {
    let home = [(place.store.name.as_str(), "/")];
    let steps = (1..).zip(home.iter().chain(steps));
    let steps: Vec<_> = steps
        .map(|(position, (name, path))| step(place, position, name, path))
        .collect();
    json!({
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": steps,
    })
}

fn step(place: &Place, position: usize, name: &str, path: &str) -> Value {
    json!({"@type": "ListItem", "position": position, "name": name, "item": format!("{}{path}", place.base)})
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_as_many_places_as_it_has_digits() {
        for (minor, digits, told) in [
            (1490, 2, "14.90"),
            (5, 2, "0.05"),
            (500, 0, "500"),
            (1500, 3, "1.500"),
            (1, 4, "0.0001"),
        ] {
            assert_eq!(decimal(minor, digits).unwrap(), told);
        }
        assert_eq!(decimal(1, 99), None);
    }
}
