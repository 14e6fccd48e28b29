//! Numbers and signs, and the other ways to type them.

use super::tests::{over, text, title};
use super::typed_tests::each_is_found_first;

#[test]
fn numerals_are_typed_as_digits_and_digits_as_numerals() {
    each_is_found_first(&[
        ("Rocky", &["rocky"]),
        ("Rocky II", &["rocky 2", "rocky ii", "ROCKY II"]),
        ("Rocky 3", &["rocky iii", "rocky 3"]),
        ("The Godfather Part II", &["godfather 2", "godfather part 2"]),
        ("8½", &["8 1/2", "8½", "8 1⁄2"]),
        ("Alien³", &["alien 3", "alien³"]),
    ]);
    let searched = over(&[title(1, "I Vitelloni"), title(2, "1")]);
    assert_eq!(searched.numbers(&text("1")), [2], "I is a word");
}

#[test]
fn numbers_are_typed_as_words_and_as_digits() {
    each_is_found_first(&[
        ("Twelve Monkeys", &["12 monkeys", "twelve monkeys", "doze monkeys"]),
        ("Os 12 Macacos", &["os doze macacos", "os 12 macacos", "doze macacos"]),
        ("Doce monos", &["12 monos", "doce monos"]),
        ("Ocean's Eleven", &["ocean's 11", "oceans 11", "oceans eleven"]),
        ("Rocky", &["rocky"]),
        ("Rocky II", &["rocky two", "rocky dois"]),
        ("Rocky Three", &["rocky 3", "rocky iii", "rocky tres"]),
        ("Seven Samurai", &["7 samurai", "seven samurai"]),
        ("Os Sete Samurais", &["7 samurais", "sete samurais"]),
        (
            "Siete novias para siete hermanos",
            &["siete novias", "7 novias para 7 hermanos"],
        ),
        (
            "8½",
            &["eight and a half", "oito e meio", "ocho y medio", "8 1/2", "8½"],
        ),
        ("Two and a Half Men", &["2 and a half men", "2½ men", "two and a half"]),
        ("Dezesseis Luas", &["16 luas"]),
        ("100 Days", &["hundred days", "cem days"]),
    ]);
}

#[test]
fn a_number_as_it_is_typed_comes_first_and_an_article_is_no_number() {
    let names = [
        "7 Samurai",
        "Seven Samurai",
        "Cidade dos Homens",
        "Once upon a Time",
        "2",
        "One Day",
        "Seventy",
        "70s",
    ];
    let documents: Vec<_> = (1..).zip(names).map(|(number, name)| title(number, name)).collect();
    let searched = over(&documents);
    for (typed, found) in [
        ("7 samurai", &[1, 2][..]),
        ("seven samurai", &[2, 1]),
        ("2", &[5]),
        ("11", &[]),
        ("1", &[]),
        ("seven", &[2, 1, 7]),
    ] {
        assert_eq!(searched.numbers(&text(typed)), found, "{typed}");
    }
}

#[test]
fn a_heart_is_typed_as_a_word_or_not() {
    each_is_found_first(&[
        (
            "I ♥ Huckabees",
            &["i huckabees", "i heart huckabees", "i ♥ huckabees", "i ❤️ huckabees"],
        ),
        ("Paris ❤️ Rio", &["paris love rio", "paris rio"]),
    ]);
}
