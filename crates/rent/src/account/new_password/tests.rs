//! The rules of passwords, one sentence each.

use super::*;

/// Passwords that leaks are full of, half of them Brazilian.
const COMMON_ONES: &str = include_str!("tests.txt");

#[test]
fn what_attackers_try_first_is_refused_in_any_case() {
    let all: Vec<&str> = COMMON_ONES.split_whitespace().collect();
    assert!(all.len() >= 150, "{}", all.len());
    let mut accepted = Vec::new();
    for common in all {
        for written in [
            common.to_owned(),
            common.to_uppercase(),
            capitalised(common),
            format!("{common}!"),
        ] {
            if Password::choose(&written, &[]).is_ok() {
                accepted.push(written);
            }
        }
    }
    assert!(accepted.is_empty(), "{accepted:?}");
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|one| one.to_uppercase().to_string())
        .unwrap_or_default();
    first + letters.as_str()
}

#[test]
fn a_password_is_long_enough_and_not_too_long() {
    for bad in ["", "1234567", "Zq8-kkP", &"xY7-".repeat(51)] {
        assert!(Password::choose(bad, &[]).is_err(), "{bad}");
    }
    for accepted in [
        "correct horse battery",
        "nosferatu-1922-orlok",
        "uma senha bem comprida",
        "Zq8-kkPw",
        "projector lamp amber 1922",
        "três pratos de trigo",
        "密码不是这样想的吧",
    ] {
        assert!(Password::choose(accepted, &["ana"]).is_ok(), "{accepted}");
    }
}

#[test]
fn parts_of_the_customers_name_and_address_are_no_password() {
    let known = ["zulmira.quaresma@vilarejo.example", "Zulmira Conceição Quaresma"];
    for bad in [
        "zulmira.quaresma@vilarejo.example",
        "zulmira1",
        "Zulmira2024",
        "quaresma",
        "QUARESMA123",
        "zulmiraquaresma",
        "Zulmira.Quaresma1",
        "conceição",
        "Conceicao10",
        "vilarejo1",
        "amserauq",
        "Zulm1ra2024",
        "2024zulmira!",
    ] {
        assert!(
            matches!(
                Password::choose(bad, &known),
                Err(Fault::PasswordTooWeak { .. } | Fault::Invalid { .. })
            ),
            "{bad}"
        );
    }
    assert!(Password::choose("zulmira-orlok-amber-1922", &known).is_ok());
}

#[test]
fn a_piece_of_an_address_is_no_password_either() {
    // One word without separators between its parts.
    let known = ["zulmiraqx1990@vilarejo.example"];
    for bad in [
        "zulmiraqx",
        "miraqx1990",
        "ZulmiraQx77",
        "ulmiraqx199!",
        "qx1990vilarejo",
    ] {
        let chosen = Password::choose(bad, &known);
        assert!(matches!(chosen, Err(Fault::PasswordTooWeak { .. })), "{bad}");
    }
    for accepted in ["mira-orlok-amber", "lamp zulmiraqx amber"] {
        assert!(Password::choose(accepted, &known).is_ok(), "{accepted}");
    }
}

#[test]
fn a_letter_in_two_pieces_is_the_letter() {
    let composed = Password::choose("três pratos de trigo", &[]).unwrap();
    let decomposed = Password::choose("tre\u{302}s pratos de trigo", &[]).unwrap();
    assert_eq!(composed.as_bytes(), decomposed.as_bytes());
    let shown = Password::shown("tre\u{302}s pratos").unwrap();
    let candidates: Vec<_> = shown.candidates().collect();
    assert_eq!(candidates, ["três pratos".as_bytes(), "tre\u{302}s pratos".as_bytes()]);
    assert_eq!(Password::shown("tres pratos").unwrap().candidates().count(), 1);
}

#[test]
fn a_password_is_never_printed() {
    let password = Password::shown("a secret of mine").unwrap();
    assert_eq!(format!("{password:?}"), "Password(…)");
}
