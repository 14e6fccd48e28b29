//! The accent: the colour of buttons and links. A page is light or dark, and no colour can be read on both. So the accent
//! must be readable on the surfaces of one of the two, where it is shown as it is; the other has a tone of it.

use serde::{Deserialize, Serialize};

use crate::check::{Refusal, quote, refuse};

/// The contrast that WCAG AA asks of words.
const CONTRAST: f64 = 4.5;
/// What words in the accent stand on, as `web/src/ui/style.css` has it.
const LIGHT_SURFACES: [Rgb; 3] = [
    Rgb([0xf7, 0xf3, 0xec]),
    Rgb([0xff, 0xfd, 0xf9]),
    Rgb([0xec, 0xe5, 0xd9]),
];
const DARK_SURFACES: [Rgb; 3] = [
    Rgb([0x15, 0x11, 0x0e]),
    Rgb([0x1f, 0x1a, 0x16]),
    Rgb([0x0f, 0x0c, 0x0a]),
];
const BLACK: Rgb = Rgb([0, 0, 0]);
const WHITE: Rgb = Rgb([255, 255, 255]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rgb([u8; 3]);

/// A colour that can be read on light pages or on dark ones, such as `#f2a93b`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accent(String);

impl Accent {
    pub(crate) fn check(text: &str) -> Result<Self, Refusal> {
        let Some(colour) = Rgb::parse(text) else {
            return refuse("accent", format!("{} is no colour, such as #f2a93b.", quote(text)));
        };
        let (light, dark) = (
            least_contrast(colour, LIGHT_SURFACES),
            least_contrast(colour, DARK_SURFACES),
        );
        if light < CONTRAST && dark < CONTRAST {
            let nearest = [
                toned(colour, LIGHT_SURFACES, BLACK),
                toned(colour, DARK_SURFACES, WHITE),
            ];
            let [darker, lighter] = nearest;
            let nearest = if distance(colour, darker) <= distance(colour, lighter) {
                darker
            } else {
                lighter
            };
            // Cut, not rounded: 4.49 is not enough, and must not read as 4.5.
            let shown = |contrast: f64| (contrast * 100.0).floor() / 100.0;
            return refuse(
                "accent",
                format!(
                    "{} cannot be read: its contrast is {} on a light page and {} on a dark one, and one of them must be at \
                     least {CONTRAST} (WCAG AA). The nearest colour that can is {}.",
                    colour.hex(),
                    shown(light),
                    shown(dark),
                    nearest.hex()
                ),
            );
        }
        Ok(Self(colour.hex()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The accent as it can be read on a light page.
    pub(crate) fn light(&self) -> String {
        self.tone(LIGHT_SURFACES, BLACK)
    }

    /// The accent as it can be read on a dark page.
    pub(crate) fn dark(&self) -> String {
        self.tone(DARK_SURFACES, WHITE)
    }

    fn tone(&self, surfaces: [Rgb; 3], toward: Rgb) -> String {
        let tone = Rgb::parse(&self.0).map(|colour| toned(colour, surfaces, toward).hex());
        tone.unwrap_or_else(|| self.0.clone())
    }
}

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let colour = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        let [_, red, green, blue] = colour.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The colour on the way to another one, after so many of 255 steps.
    fn toward(self, end: Self, steps: u8) -> Self {
        let mixed = |from: u8, to: u8| {
            let sum = u32::from(from) * u32::from(255 - steps) + u32::from(to) * u32::from(steps);
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        };
        let ([red, green, blue], [to_red, to_green, to_blue]) = (self.0, end.0);
        Self([mixed(red, to_red), mixed(green, to_green), mixed(blue, to_blue)])
    }
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn least_contrast(colour: Rgb, surfaces: [Rgb; 3]) -> f64 {
    surfaces
        .map(|surface| contrast(colour, surface))
        .into_iter()
        .fold(f64::INFINITY, f64::min)
}

/// The nearest tone on the way to black or white that can be read on all of these; the colour itself where it can.
fn toned(colour: Rgb, surfaces: [Rgb; 3], end: Rgb) -> Rgb {
    let tones = (0..=u8::MAX).map(|steps| colour.toward(end, steps));
    let mut readable = tones.filter(|tone| least_contrast(*tone, surfaces) >= CONTRAST);
    readable.next().unwrap_or(end)
}

fn distance(one: Rgb, other: Rgb) -> u32 {
    let squares = one
        .0
        .iter()
        .zip(other.0)
        .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2));
    squares.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The app's own palette.
    const STYLE: &str = include_str!("../../../../web/src/ui/style.css");

    #[test]
    fn the_surfaces_are_those_of_the_page() {
        for (at, name) in ["surface", "raised", "sunken"].into_iter().enumerate() {
            let (light, dark) = (LIGHT_SURFACES[at].hex(), DARK_SURFACES[at].hex());
            let declared = format!("--color-{name}: light-dark({light}, {dark});");
            assert!(STYLE.contains(&declared), "{declared} is not in style.css");
        }
    }

    #[test]
    fn a_colour_that_can_be_read_on_one_kind_of_page_has_a_tone_for_the_other() {
        for text in ["#f2a93b", "#8a1c4a", "#000000", "#ffffff", "#0b3d91", "#B3261E"] {
            let accent = Accent::check(text).unwrap();
            let (light, dark) = (accent.light(), accent.dark());
            let own = accent.as_str();
            assert_eq!(own, text.to_lowercase());
            assert!(light == own || dark == own, "{text}: {light} {dark}");
            let read = |tone: &str, surfaces| least_contrast(Rgb::parse(tone).unwrap(), surfaces) >= CONTRAST;
            assert!(
                read(&light, LIGHT_SURFACES) && read(&dark, DARK_SURFACES),
                "{text}: {light} {dark}"
            );
        }
    }

    #[test]
    fn a_colour_between_is_refused_with_the_nearest_that_is_not() {
        for text in ["#777777", "#808080", "#1a73e8"] {
            let refusal = Accent::check(text).unwrap_err();
            assert_eq!(refusal.field, "accent");
            assert!(refusal.reason.contains("4.5"), "{refusal}");
            let nearest = refusal.reason.rsplit(' ').next().unwrap().trim_end_matches('.');
            assert!(Accent::check(nearest).is_ok(), "{refusal}");
            let moved = distance(Rgb::parse(nearest).unwrap(), Rgb::parse(text).unwrap());
            assert!(moved > 0 && moved < 3 * 40 * 40, "{refusal}");
        }
        let grey = Accent::check("#777777").unwrap_err().reason;
        assert!(grey.contains("3.57 on a light page and 3.85 on a dark one"), "{grey}");
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in [
            "", "red", "#fff", "f2a93b", "#f2a93", "#f2a93b0", "#+2a93b", "#gggggg", "#ééé",
        ] {
            assert!(Accent::check(text).unwrap_err().reason.contains("no colour"), "{text}");
        }
    }
}
