//! Amounts as Stripe has them. Its minor units are not always those of ISO 4217
//! (Stripe's documentation, “Supported currencies”).

use iso_currency::Currency;

use crate::money::Money;

/// The currencies that Stripe takes.
const TAKEN: &str = "USD AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD \
    CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR \
    MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL \
    THB TJS TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW";
/// Those whose amounts have no digits after the decimal point there.
const WITHOUT_DIGITS: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
/// Those whose amounts have three, of which the last is always zero.
const WITH_THREE_DIGITS: &str = "BHD JOD KWD OMR TND";
/// Those that have no minor unit, and whose amounts have two digits there all the same, both zero.
const WITH_TWO_ZEROS: &str = "ISK UGX";

fn is_in(list: &str, currency: Currency) -> bool {
    list.split_ascii_whitespace().any(|code| code == currency.code())
}

pub(super) fn is_taken(currency: Currency) -> bool {
    is_in(TAKEN, currency)
}

/// How many digits after the decimal point Stripe's amounts have.
fn digits(currency: Currency) -> u32 {
    if is_in(WITHOUT_DIGITS, currency) {
        0
    } else if is_in(WITH_THREE_DIGITS, currency) {
        3
    } else {
        2
    }
}

/// The amount in Stripe's units; none for one that Stripe cannot express.
pub(super) fn to_stripe(money: Money) -> Option<i64> {
    let (own, there) = (money.digits(), digits(money.currency()));
    let amount = scale(money.minor(), own, there)?;
    let is_rounded = match money.currency() {
        currency if is_in(WITH_THREE_DIGITS, currency) => amount % 10 == 0,
        currency if is_in(WITH_TWO_ZEROS, currency) => amount % 100 == 0,
        _ => true,
    };
    is_rounded.then_some(amount)
}

/// The amount of Stripe's units, such as 1490 and `brl`.
pub(super) fn from_stripe(amount: i64, code: &str) -> Option<Money> {
    let currency = Currency::from_code(&code.to_ascii_uppercase())?;
    let own = currency.exponent().unwrap_or_default().into();
    let minor = scale(amount, digits(currency), own)?;
    Money::parse(minor, currency.code())
}

/// An amount with `from` digits after the decimal point as one with `to`, if that needs no rounding.
fn scale(amount: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        return amount.checked_mul(10_i64.checked_pow(to - from)?);
    }
    let unit = 10_i64.checked_pow(from - to)?;
    (amount % unit == 0).then_some(amount / unit)
}

#[cfg(test)]
mod tests {
    use iso_currency::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn amounts_are_in_the_units_of_each_side() {
        for (minor, code, there) in [
            (1490, "BRL", Some(1490)),
            (500, "JPY", Some(500)),
            (1250, "KWD", Some(1250)),
            (1255, "KWD", None),
            (900, "ISK", Some(90_000)),
            (5_000, "UGX", Some(500_000)),
            // Ariary have two digits in ISO 4217 and none at Stripe.
            (500_000, "MGA", Some(5_000)),
            (500_050, "MGA", None),
            (1_000_000_000_000, "BRL", Some(1_000_000_000_000)),
        ] {
            let money = Money::parse(minor, code).unwrap();
            assert_eq!(to_stripe(money), there, "{code} {minor}");
            if let Some(there) = there {
                assert_eq!(from_stripe(there, &code.to_lowercase()), Some(money), "{code}");
            }
        }
    }

    #[test]
    fn a_currency_that_stripe_takes_has_a_whole_unit_there() {
        for currency in Currency::iter().filter(|currency| is_taken(*currency)) {
            let hundred = 100 * 10_i64.pow(currency.exponent().unwrap_or_default().into());
            let money = Money::parse(hundred, currency.code()).unwrap();
            let there = to_stripe(money).unwrap();
            assert_eq!(from_stripe(there, currency.code()), Some(money));
        }
        assert!(
            TAKEN
                .split_ascii_whitespace()
                .all(|code| Currency::from_code(code).is_some())
        );
        assert!(!is_taken(Currency::KPW) && !is_taken(Currency::XXX));
    }
}
