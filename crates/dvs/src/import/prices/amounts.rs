//! Parses amounts of money: which of their separators separate decimals and which separate thousands.

/// Separators of thousands other than points and commas are replaced by this one.
const SPACE: char = ' ';
/// How many digits follow a separator of thousands.
const THOUSAND_DIGITS: usize = 3;

/// An amount in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) minor: i64,
    /// It has more decimals than its currency.
    pub(super) is_rounded: bool,
    /// The amount if its only separator separates thousands, where that cannot be excluded.
    pub(super) as_thousands: Option<i64>,
}

/// Reads an amount in a currency with this number of decimals. The last separator is the decimal one, unless it occurs more than
/// once or too few digits follow. If three digits follow the only separator, the sign of decimals in its column decides.
pub(super) fn amount(text: &str, digits: usize, decimal: Option<char>) -> Option<Amount> {
    let text = without_spaces(text);
    let Some((whole, separator, fraction)) = at_last_separator(&text) else {
        return Amount::of(&thousands(&text)?, "", digits);
    };
    let as_thousands = || thousands(&text);
    if whole.contains(separator) {
        return Amount::of(&as_thousands()?, "", digits);
    }
    let as_decimals = || Amount::of(&thousands(whole)?, fraction, digits);
    if fraction.len() < THOUSAND_DIGITS {
        let is_decimal = fraction.len() <= digits || fraction.bytes().all(|digit| digit == b'0');
        return as_decimals().filter(|_| is_decimal);
    }
    let may_be_thousands = fraction.len() == THOUSAND_DIGITS && is_first_group(whole);
    match decimal {
        _ if !may_be_thousands => as_decimals().filter(|_| digits > 0),
        _ if digits == 0 => Amount::of(&as_thousands()?, "", digits),
        Some(decimal) if decimal == separator => as_decimals(),
        Some(_) => Amount::of(&as_thousands()?, "", digits),
        None => Some(Amount {
            as_thousands: Some(Amount::of(&as_thousands()?, "", digits)?.minor),
            ..as_decimals()?
        }),
    }
}

/// Reads a number of a workbook, in whose text the point separates decimals.
pub(super) fn of_number(text: &str, digits: usize) -> Option<Amount> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Amount::of(Some(whole).filter(|whole| is_number(whole))?, fraction, digits)
}

/// The sign of decimals, if an amount shows it.
pub(super) fn decimal_in(text: &str) -> Option<char> {
    let text = without_spaces(text);
    let (whole, separator, fraction) = at_last_separator(&text)?;
    if whole.contains(separator) {
        let other = if separator == '.' { ',' } else { '.' };
        return thousands(&text).map(|_| other);
    }
    let is_certain = fraction.len() != THOUSAND_DIGITS || whole.contains(['.', ',', SPACE]);
    (is_certain && is_number(fraction) && thousands(whole).is_some()).then_some(separator)
}

impl Amount {
    /// An amount of digits only, rounded half up.
    fn of(whole: &str, fraction: &str, digits: usize) -> Option<Self> {
        if !fraction.is_empty() && !is_number(fraction) {
            return None;
        }
        let (kept, rest) = fraction.split_at(fraction.len().min(digits));
        let minor: i64 = format!("{whole}{kept:0<digits$}").parse().ok()?;
        let is_up = rest.bytes().next().is_some_and(|digit| digit >= b'5');
        Some(Self {
            minor: minor.checked_add(i64::from(is_up))?,
            is_rounded: rest.bytes().any(|digit| digit != b'0'),
            as_thousands: None,
        })
    }
}

fn at_last_separator(text: &str) -> Option<(&str, char, &str)> {
    let at = text.rfind(['.', ','])?;
    let separator = text.get(at..)?.chars().next()?;
    Some((text.get(..at)?, separator, text.get(at + 1..)?))
}

/// The digits of a whole number, whose thousands may be separated by one kind of separator.
fn thousands(whole: &str) -> Option<String> {
    let mut kinds = ['.', ',', SPACE].into_iter().filter(|kind| whole.contains(*kind));
    let kind = kinds.next();
    let groups: Vec<_> = whole.split(|letter| Some(letter) == kind).collect();
    let (first, rest) = groups.split_first()?;
    let are_groups = rest
        .iter()
        .all(|group| group.len() == THOUSAND_DIGITS && is_number(group));
    let is_first = is_number(first) && (rest.is_empty() || first.len() <= THOUSAND_DIGITS);
    (kinds.next().is_none() && is_first && are_groups).then(|| groups.concat())
}

/// Whether thousands may follow these digits.
fn is_first_group(digits: &str) -> bool {
    digits.len() <= THOUSAND_DIGITS && is_number(digits) && !digits.starts_with('0')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Reduces each run of spaces to one, and removes spaces next to a point or a comma: in "14, 90" they separate no thousands.
fn without_spaces(amount: &str) -> String {
    let is_space = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '’');
    let is_point = |letter: char| matches!(letter, '.' | ',');
    let mut spaced = String::with_capacity(amount.len());
    for letter in amount.chars() {
        if is_space(letter) {
            if !spaced.ends_with(|before| before == SPACE || is_point(before)) {
                spaced.push(SPACE);
            }
            continue;
        }
        if is_point(letter) && spaced.ends_with(SPACE) {
            spaced.pop();
        }
        spaced.push(letter);
    }
    spaced.trim().to_owned()
}
