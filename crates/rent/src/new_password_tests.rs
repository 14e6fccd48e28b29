//! The rules of passwords, one sentence each.

use super::*;

/// Passwords that leaks are full of, half of them Brazilian.
const COMMON_ONES: &str = "
    senha123 senha1234 senha12345 Senha@123 minhasenha minhasenha1 novasenha1 mudar123 Mudar@123 trocar123
    corinthians Corinthians1910 flamengo flamengo10 Flamengo2019 palmeiras Palmeiras1914 saopaulo saopaulo1
    saopaulofc tricolor10 cruzeiro cruzeiro1 internacional gremio1903 atletico botafogo1 fluminense vascodagama
    santosfc1 vaicorinthians timao1910 mengao10 brasil123 Brasil2014 Brasil@2022 brasileiro teamomuito teamo123
    euteamo123 meuamor1 amorzinho princesa princesa1 princesinha deusefiel jesuscristo jesusteama deusnocomando
    familia1 felicidade saudades1 chocolate1 estrela1 estrelinha borboleta gabriel1 gabriel123 gabriela
    Gabriel@2019 fernanda fernando rodrigo1 leonardo1 juliana1 mariana123 isabella rafaela1 guilherme matheus1
    vinicius1 joaopedro joaovictor mariaclara mariaeduarda carlos123 ricardo1 oliveira silva123 10203040
    102030405060 12345678 123456789 1234567890 87654321 11111111 00000000 12341234 123123123 11223344 12344321
    14725836 147258369 159753456 aabbccdd abcd1234 abc12345 qwerty123 qwertyuiop 1q2w3e4r 1q2w3e4r5t 1qaz2wsx
    asdfghjkl zxcvbnm1 q1w2e3r4 password Password1 P@ssw0rd passw0rd password123 letmein1 welcome1 welcome123
    iloveyou iloveyou1 sunshine sunshine1 princess1 football1 baseball superman batman123 starwars pokemon1
    naruto123 dragon123 monkey123 master123 michael1 jennifer jordan23 trustno1 whatever computer internet
    internet1 liverpool chelsea1 barcelona realmadrid cristiano7 neymar10 ronaldinho minecraft admin123
    administrador Admin@123 usuario1 teste123 teste1234 acesso123 hello123 charlie1 samsung1 000webhost
    linkedin123 zag12wsx diosesfiel iamthebest hotmail1 ichliebedich
";

#[test]
fn what_everybody_tries_first_is_refused_in_any_case() {
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
    for good in [
        "correct horse battery",
        "nosferatu-1922-orlok",
        "uma senha bem comprida",
        "Zq8-kkPw",
        "projector lamp amber 1922",
        "três pratos de trigo",
        "密码不是这样想的吧",
    ] {
        assert!(Password::choose(good, &["ana"]).is_ok(), "{good}");
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
        "Zu1m1ra!",
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
