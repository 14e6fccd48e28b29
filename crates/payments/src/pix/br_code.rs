//! Pix codes (BR Code): the text that a customer copies into their bank's app, also shown as a QR code.
//!
//! A code is a list of fields, each an id, a length and a value, in EMV's format for codes that merchants present; the
//! last field is a CRC of all before it.

use std::fmt::Write as _;

use iso_currency::Currency;

use crate::money::Money;

/// Pix transfers reais only.
pub const CURRENCY: Currency = Currency::BRL;

/// The code of one payment; the bank's app fetches its details from `location` (an address without `https://`). None if
/// the currency is not the real, or if the location is too long for a code.
pub fn code(location: &str, amount: Money, merchant: &Merchant) -> Option<String> {
    if amount.currency() != CURRENCY {
        return None;
    }
    let account = [field("00", "br.gov.bcb.pix")?, field("25", location)?].concat();
    let amount = format!("{}.{:02}", amount.minor() / 100, amount.minor() % 100);
    let mut code = [
        field("00", "01")?,
        // A code for a single payment.
        field("01", "12")?,
        field("26", &account)?,
        field("52", "0000")?,
        // BRL by its number in ISO 4217.
        field("53", "986")?,
        field("54", &amount)?,
        field("58", "BR")?,
        field("59", merchant.name)?,
        field("60", merchant.city)?,
        // The payment is identified by its location, so the reference is left open.
        field("62", &field("05", "***")?)?,
        "6304".to_owned(),
    ]
    .concat();
    let crc = crc16(code.as_bytes());
    write!(code, "{crc:04X}").ok()?;
    Some(code)
}

/// The recipient: a name of at most 25 and a city of at most 15 unaccented letters.
#[derive(Debug, Clone)]
pub struct Merchant {
    pub name: &'static str,
    pub city: &'static str,
}

/// None if the value is empty or longer than a length of two digits allows.
fn field(id: &str, value: &str) -> Option<String> {
    (1..=99)
        .contains(&value.len())
        .then(|| format!("{id}{:02}{value}", value.len()))
}

/// CRC-16 with the polynomial 0x1021 and all ones as the initial value.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MERCHANT: Merchant = Merchant {
        name: "FILMS",
        city: "SAO PAULO",
    };

    fn brl(minor: i64) -> Money {
        Money::parse(minor, "BRL").unwrap()
    }

    /// Parses a code into its fields, as a bank does.
    fn fields(mut code: &str) -> Vec<(&str, &str)> {
        let mut fields = Vec::new();
        while !code.is_empty() {
            let length: usize = code[2..4].parse().unwrap();
            fields.push((&code[..2], &code[4..4 + length]));
            code = &code[4 + length..];
        }
        fields
    }

    #[test]
    fn the_crc_has_the_check_value_of_its_standard() {
        assert_eq!(crc16(b"123456789"), 0x29B1);
    }

    #[test]
    fn a_code_is_read_back_field_by_field_and_ends_with_its_crc() {
        let code = code("pix.films.example/v2/1", brl(1490), &MERCHANT).unwrap();
        let fields = fields(&code);
        let ids: Vec<_> = fields.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, ["00", "01", "26", "52", "53", "54", "58", "59", "60", "62", "63"]);
        assert_eq!(fields[2].1, "0014br.gov.bcb.pix2522pix.films.example/v2/1");
        assert_eq!((fields[5].1, fields[7].1), ("14.90", "FILMS"));
        let (before, crc) = code.split_at(code.len() - 4);
        assert_eq!(crc, format!("{:04X}", crc16(before.as_bytes())));
    }

    #[test]
    fn an_amount_keeps_its_centavos() {
        for (minor, text) in [(5, "0.05"), (100, "1.00"), (123_456, "1234.56")] {
            let code = code("x", brl(minor), &MERCHANT).unwrap();
            assert_eq!(fields(&code)[5].1, text);
        }
    }

    #[test]
    fn a_payment_that_no_code_can_express_has_none() {
        assert_eq!(code("x", Money::parse(1, "USD").unwrap(), &MERCHANT), None);
        assert_eq!(code(&"x".repeat(78), brl(1), &MERCHANT), None);
        assert_eq!(code("", brl(1), &MERCHANT), None);
    }
}
