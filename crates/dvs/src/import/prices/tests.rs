//! Prices as people and spreadsheets write them.

use super::*;

fn price(text: &str, currency: Option<&str>) -> Result<Read, String> {
    let decimal = None;
    super::price(text, Context { currency, decimal })
}

#[test]
fn prices_are_read_as_people_write_them() {
    for (text, code, amount) in [
        ("R$ 14,90", "BRL", 1490),
        ("R$14.90", "BRL", 1490),
        ("R$ 1.490,00", "BRL", 149_000),
        ("R$ 1.490.000", "BRL", 149_000_000),
        ("R$ 15", "BRL", 1500),
        ("R$ 14,9", "BRL", 1490),
        ("BRL:1490", "BRL", 1490),
        ("BRL 14,90", "BRL", 1490),
        ("4.99 USD", "USD", 499),
        ("US$ 1,490.00", "USD", 149_000),
        ("3,99 €", "EUR", 399),
        ("¥1,500", "JPY", 1500),
        ("14,90", "BRL", 1490),
        ("R$\u{a0}14,90", "BRL", 1490),
        ("KWD 1,490.500", "KWD", 1_490_500),
        ("KWD 1.490.500", "KWD", 1_490_500_000),
        ("R$ 1.490.000,5", "BRL", 149_000_050),
        ("1 234,56 €", "EUR", 123_456),
        ("EUR 1'234.50", "EUR", 123_450),
        ("R$ 14, 90", "BRL", 1490),
        ("brl 14,90", "BRL", 1490),
        ("14,90 brl", "BRL", 1490),
        ("$ 14,90", "BRL", 1490),
        ("CLP $ 5.000", "CLP", 5000),
        ("US$ 9.99 USD", "USD", 999),
        ("MXN$99", "MXN", 9900),
    ] {
        let Read { money, note } = price(text, Some("BRL")).unwrap();
        assert_eq!(
            (money.currency_code.as_str(), money.amount_minor),
            (code, amount),
            "{text}"
        );
        assert_eq!(note, None, "{text}");
    }
}

#[test]
fn what_the_pages_print_is_read() {
    for (text, code, amount) in [
        ("KWD\u{a0}0.500", "KWD", 500),
        ("KWD\u{a0}1.250", "KWD", 1250),
        ("KWD\u{a0}1,250", "KWD", 1250),
        ("1,250 KWD", "KWD", 1250),
        ("TND 25.000", "TND", 25_000),
        ("BHD 1490.500", "BHD", 1_490_500),
        ("KWD\u{a0}1.490,500", "KWD", 1_490_500),
        ("JP¥\u{a0}500", "JPY", 500),
        ("NT$99.00", "TWD", 9900),
        ("AU$\u{a0}14,90", "AUD", 1490),
        ("NZ$9.99", "NZD", 999),
        ("CN¥25.00", "CNY", 2500),
        ("F\u{202f}CFA\u{a0}1,500", "XOF", 1500),
        ("FCFA1,500", "XAF", 1500),
        ("14,90 zł", "PLN", 1490),
        ("CLF 1.4900", "CLF", 14_900),
    ] {
        let money = price(text, None).unwrap().money;
        let read = (money.currency_code.as_str(), money.amount_minor);
        assert_eq!(read, (code, amount), "{text}");
    }
}

#[test]
fn of_a_currency_with_three_digits_what_may_be_thousands_is_told() {
    for text in ["KWD 1.490", "1,490 KWD", "KWD 999.999"] {
        let note = price(text, None).unwrap().note.unwrap();
        assert!(note.contains("3 decimals") && note.contains("write KWD:"), "{note}");
    }
    let note = price("KWD 1.490", None).unwrap().note.unwrap();
    assert!(note.contains("KWD:1490,") && note.ends_with("KWD:1490000"), "{note}");
    for text in ["KWD 0.500", "KWD 1490.500", "KWD 1.5", "KWD 25", "KWD:1490"] {
        assert_eq!(price(text, None).unwrap().note, None, "{text}");
    }
}

#[test]
fn what_is_no_price_is_refused() {
    for text in [
        "grátis",
        "R$ ",
        "R$ 14,90,10",
        "14.9.0",
        "-5",
        "XYZ 5",
        "1.49.00",
        "R$ 1.490.00",
        "US$ 1,490,00",
        "R$ 1.490.",
        "R$ 14 90",
        "R$ 14'90",
        "1 4,90",
        "R$ 9.99 USD",
        "EUR $ 9.99",
        "$",
        "",
    ] {
        assert!(price(text, Some("BRL")).is_err(), "{text}");
    }
    for code in ["XYZ", "FOO", "XXX", "XAU", "XTS"] {
        let refusal = price(&format!("{code} 5"), None).unwrap_err();
        assert!(refusal.starts_with(&format!("{code} is no currency")), "{refusal}");
    }
    assert!(price("14,90", None).unwrap_err().contains("--currency"));
    let is_bare = |text| is_bare(&Cell::of_text(text));
    assert!(is_bare("14,90") && !is_bare("R$ 14,90") && !is_bare("BRL:1490") && !is_bare(""));
}

#[test]
fn the_column_decides_what_three_digits_are() {
    let read = |text: &str, decimal| {
        let currency = Some("BRL");
        super::price(text, Context { currency, decimal })
    };
    for (text, decimal, amount) in [
        ("14,900", ',', 1490),
        ("14,900", '.', 1_490_000),
        ("1.490", ',', 149_000),
        ("4.990", '.', 499),
        ("R$ 9.90", ',', 990),
    ] {
        let read = read(text, Some(decimal)).unwrap();
        assert_eq!((read.money.amount_minor, read.note), (amount, None), "{text} {decimal}");
    }
    assert_eq!(read("0,500", None).unwrap().money.amount_minor, 50);
    let rounded = read("14,945", Some(',')).unwrap();
    assert_eq!(rounded.money.amount_minor, 1495);
    assert!(rounded.note.unwrap().contains("rounded to 2"));
    let refusal = read("R$ 1.490", None).unwrap_err();
    assert!(refusal.contains("BRL:149 or BRL:149000"), "{refusal}");
    for (cells, decimal) in [
        (&["14,900", "9,90"][..], Some(',')),
        (&["1.490", "1.490.000"], Some(',')),
        (&["1,490.50", "US$ 14"], Some('.')),
        (&["14,90", "9.90"], None),
        (&["1.490", "BRL:100", "14", "x,y"], None),
    ] {
        let cells: Vec<_> = cells.iter().copied().map(Cell::of_text).collect();
        assert_eq!(decimal_in(&cells), decimal, "{cells:?}");
    }
}

#[test]
fn a_number_has_a_decimal_point() {
    for (text, code, amount, is_rounded) in [
        ("15.645", "BRL", 1565, true),
        ("14.9", "BRL", 1490, false),
        ("1490", "BRL", 149_000, false),
        ("1.005", "BRL", 101, true),
        ("14.899999999999999", "BRL", 1490, true),
        ("15.640", "BRL", 1564, false),
        ("1.25", "KWD", 1250, false),
        ("499.5", "JPY", 500, true),
    ] {
        let read = of_number(text, Some(code)).unwrap();
        assert_eq!(
            (read.money.amount_minor, read.note.is_some()),
            (amount, is_rounded),
            "{text}"
        );
    }
    for text in ["-5", "inf", "NaN", "1e5", "100000000000000000000"] {
        assert!(of_number(text, Some("BRL")).is_err(), "{text}");
    }
}
