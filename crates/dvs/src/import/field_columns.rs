//! Maps fields to columns: refusals name the field, and people who correct a table look for the column.

use std::collections::HashMap;

use super::content::Content;
use super::mapping::OFFER_FIELDS;
use super::table::Column;

/// The columns of a file, by the fields that refusals name: `year`, `offers[0].price`. Empty for JSON, where the fields have these names.
#[derive(Debug, Default)]
pub(crate) struct FieldColumns(HashMap<String, String>);

/// The columns of EMA Avails, for offers of any kind.
const AVAILS: [(&str, &str); 5] = [
    ("price", "SRP"),
    ("start_window_hours", "RentalDuration"),
    ("viewing_window_hours", "WatchDuration"),
    ("available_from", "Start"),
    ("available_until", "End"),
];

impl FieldColumns {
    pub(super) fn of(columns: &[Column]) -> Self {
        let mut fields: HashMap<_, _> = columns
            .iter()
            .filter(|column| column.content != Content::LeftOut)
            .map(|column| (column.content.field(), column.name.clone()))
            .collect();
        let kinds = columns.iter().filter_map(|column| match column.content {
            Content::Price(kind) | Content::Offer { kind, .. } => Some(kind),
            _ => None,
        });
        // A row has its offers in the order of their columns.
        let mut offers: Vec<&str> = Vec::new();
        for kind in kinds {
            if !offers.contains(&kind) {
                offers.push(kind);
            }
        }
        for (place, kind) in offers.into_iter().enumerate() {
            for (field, name) in OFFER_FIELDS {
                // One column may hold the begin, or the end, of all offers.
                let of_all = fields.get(field).filter(|_| field.starts_with("available"));
                if let Some(column) = fields.get(&format!("{kind}_{field}")).or(of_all).cloned() {
                    fields.insert(format!("offers[{place}].{name}"), column.clone());
                    fields.insert(format!("offers[{place}].{field}"), column);
                }
            }
        }
        Self(fields)
    }

    pub(super) fn of_avails() -> Self {
        let offers = [0, 1].into_iter().flat_map(|place| {
            let field = move |(field, column): (&str, &str)| (format!("offers[{place}].{field}"), column.to_owned());
            AVAILS.into_iter().map(field)
        });
        Self(offers.collect())
    }

    /// The column of a refused field, or the field itself if no column holds it.
    pub(crate) fn named(&self, field: String) -> String {
        // The column of `offers[0].price.amount_minor` is that of the price.
        let whole = || self.0.get(field.rsplit_once('.')?.0);
        let column = self.0.get(&field).or_else(whole);
        column.cloned().unwrap_or(field)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::import::FilmFile;

    fn open(text: &'static str) -> FilmFile {
        FilmFile::open(Cursor::new(text)).unwrap()
    }

    #[test]
    fn a_refused_field_is_named_by_its_column() {
        let file = open("Título;Ano;Preço de venda;Preço;Prazo;rent_start_window_hours\nA;1950;R$ 30;R$ 9;;0\n");
        let columns = file.columns();
        for (field, column) in [
            ("year", "Ano"),
            ("offers[0].price", "Preço de venda"),
            ("offers[1].price", "Preço"),
            ("offers[1].price.amount_minor", "Preço"),
            ("offers[1].start_window_hours", "rent_start_window_hours"),
            ("synopses", "synopses"),
        ] {
            assert_eq!(columns.named(field.to_owned()), column, "{field}");
        }
        let mut rows = open("name,year,rent_price,until,rent_viewing_window_hours\nA,1950,BRL:900,,0\n");
        let refusal = rows.next().unwrap().unwrap().film.unwrap_err();
        assert_eq!(refusal.field, "rent_viewing_window_hours");
        let rights = open("name,year,rent_price,available_until\nA,1950,BRL:900,2026-01-01\n");
        let bound = rights.columns().named("offers[0].available_until_us".to_owned());
        assert_eq!(bound, "available_until");
        let json = open("[{}]");
        assert_eq!(json.columns().named("offers[0].price".to_owned()), "offers[0].price");
    }
}
