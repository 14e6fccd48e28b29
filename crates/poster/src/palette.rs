//! The colours of each decade, after its inks, dyes and fashions. A film picks one set of its decade's; a film of a
//! dark genre (horror, noir) picks one of the dark sets.

#![expect(
    clippy::unreadable_literal,
    reason = "hexadecimal colours are written without separators"
)]

use std::fmt;

use crate::seed::Seed;

/// A flat colour, written as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl Colour {
    const fn hex(value: u32) -> Self {
        let [_, red, green, blue] = value.to_be_bytes();
        Self { red, green, blue }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

/// The colours of one poster. `ink` on `ground` is readable (WCAG AA, small text).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    pub ground: Colour,
    pub shape: Colour,
    pub accent: Colour,
    pub ink: Colour,
}

/// Which sets of colours a family may pick from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Dark,
    Any,
}

/// How worn a print of the decade looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// Dust and running scratches of nitrate film.
    Scratched,
    /// Specks where a silk screen did not take the ink.
    Speckled,
    Clean,
}

/// The look of a decade. Each set is ground, shape, accent, ink.
struct Era {
    /// The first year of the next era.
    until: i32,
    grain: Grain,
    dark: &'static [[u32; 4]],
    light: &'static [[u32; 4]],
}

pub(crate) fn choose(mut seed: Seed, year: i32, mood: Mood) -> Palette {
    let era = era(year);
    // The dark sets come first, so that an index into them is also one into all sets.
    let choices = if mood == Mood::Dark {
        era.dark.len()
    } else {
        era.dark.len() + era.light.len()
    };
    let index = seed.index(choices);
    let [ground, shape, accent, ink] = era
        .dark
        .iter()
        .chain(era.light)
        .nth(index)
        .copied()
        .unwrap_or(FALLBACK)
        .map(Colour::hex);
    // Each set gives two palettes, because shape and accent may be swapped.
    let (shape, accent) = if seed.chance(0.5) {
        (accent, shape)
    } else {
        (shape, accent)
    };
    Palette {
        ground,
        shape,
        accent,
        ink,
    }
}

pub(crate) fn grain(year: i32) -> Grain {
    era(year).grain
}

fn era(year: i32) -> &'static Era {
    ERAS.iter().find(|era| year < era.until).unwrap_or(&LAST_ERA)
}

const FALLBACK: [u32; 4] = [0x161312, 0xc89b3c, 0xb33224, 0xf2e6cf];

static ERAS: [Era; 11] = [
    // Until 1919: hand-tinted prints, lithographs, sepia.
    Era {
        until: 1920,
        grain: Grain::Scratched,
        dark: &[
            [0x1d242b, 0xd9a441, 0x8ea79f, 0xf3e7cd],
            [0x2a1b17, 0xd8c097, 0xb84a2b, 0xf4e8d2],
            [0x172a2a, 0xe3cfa4, 0xc96f3a, 0xf5ecd9],
            [0x331a24, 0xdf9b6d, 0xe8d3a2, 0xf7ead6],
        ],
        light: &[
            [0xefe0bf, 0x2f555c, 0xc2532d, 0x202224],
            [0xe9d3a6, 0x8a2f24, 0x394a3f, 0x251914],
            [0xe6d9c3, 0x5a3a4a, 0xc8862f, 0x22181d],
            [0xdfcfb0, 0x3b4d2f, 0xa93b23, 0x1d1f17],
        ],
    },
    // The 1920s: expressionist blacks, ochres, a constructivist red.
    Era {
        until: 1930,
        grain: Grain::Scratched,
        dark: &[
            [0x14110f, 0xd98f1e, 0xc03420, 0xf2e4c6],
            [0x121214, 0xe9dcc0, 0xd03a26, 0xf2e8d5],
            [0x1b1712, 0xb8a26a, 0xe35b2a, 0xefe4cb],
            [0x231410, 0xc94a22, 0xe7b84c, 0xf6e6c8],
            [0x0f1a1f, 0x6f9a96, 0xe4a42e, 0xeee9d6],
            [0x1a1620, 0xc7b9d1, 0xd98b1f, 0xf1e9dd],
        ],
        light: &[
            [0xeee2c8, 0xc73520, 0x1a1817, 0x1a1817],
            [0xe5b94a, 0x1b1815, 0xb8311c, 0x1b1815],
            [0xe8d7b1, 0x1e1b18, 0xcf7a17, 0x1e1b18],
            [0xd96a2b, 0x171412, 0xf3e0b5, 0x171412],
            [0xe3ddcd, 0x2c4a52, 0xd15625, 0x1a1c1d],
        ],
    },
    // The 1930s: deco, navy and gold, celadon, lipstick.
    Era {
        until: 1940,
        grain: Grain::Scratched,
        dark: &[
            [0x142036, 0xd8b25a, 0xe9e1cf, 0xf5ecd8],
            [0x0f2b2c, 0xe7c88a, 0xd85c3e, 0xf6eede],
            [0x3a121c, 0xe2b05e, 0xefdcc5, 0xf8ecda],
            [0x1e1c1f, 0x8fc0b0, 0xe4b54b, 0xf2ece0],
        ],
        light: &[
            [0xf0e6d2, 0x1f3f5b, 0xc93d33, 0x162230],
            [0xcfdcc8, 0x174644, 0xd46a2a, 0x122625],
            [0xefc99a, 0x7c1f2e, 0x1f3d4a, 0x2a1417],
            [0xe9d9b6, 0x222226, 0xb98a2e, 0x1c1c20],
        ],
    },
    // The 1940s: smoke, bone, one lipstick.
    Era {
        until: 1950,
        grain: Grain::Scratched,
        dark: &[
            [0x151619, 0xdcd3c0, 0xb92626, 0xf1eadb],
            [0x1a202a, 0x7f92a3, 0xe6b33d, 0xeeeadf],
            [0x221716, 0xb52e25, 0xe4cfa5, 0xf4e9d7],
            [0x1c211c, 0xb9b28a, 0xd8542c, 0xf0ecdb],
            [0x121d26, 0xe3c15f, 0xc9d2cc, 0xf1eee2],
        ],
        light: &[
            [0xe4dcca, 0x2b2d33, 0xb72d27, 0x1d1e22],
            [0xd9b44a, 0x1c1e24, 0x9e2a20, 0x18191d],
            [0xb9c2bd, 0x1f2a36, 0xb93228, 0x151b22],
        ],
    },
    // The 1950s: atomic tomato, mustard, teal, and Bass's orange.
    Era {
        until: 1960,
        grain: Grain::Speckled,
        dark: &[
            [0x171a1f, 0xe8531f, 0xf0e3c8, 0xf5ecd9],
            [0x10333b, 0xefb42d, 0xe95a3a, 0xf7eedb],
            [0x2d1f2f, 0xe97a5f, 0x6fb5a8, 0xf7ecdd],
            [0x1b243d, 0xd9dcc9, 0xe94f37, 0xf4f0e3],
        ],
        light: &[
            [0xe95522, 0x1a1716, 0xf4e6c9, 0x1a1716],
            [0xf1e6cd, 0xe04a2b, 0x1d535a, 0x1d2022],
            [0xeab836, 0x1e404a, 0xdd422b, 0x1a2023],
            [0xa9cfc2, 0x1f2b33, 0xe65533, 0x182025],
            [0xf0dcc6, 0x2c6b68, 0xeaa023, 0x22201e],
            [0xe7a38d, 0x292033, 0xf3e2ba, 0x241b2b],
        ],
    },
    // The 1960s: the burnt white, red and sun yellow of Cinema Novo; Warsaw's orange and lilac; Basel's primaries.
    Era {
        until: 1970,
        grain: Grain::Speckled,
        dark: &[
            [0x131212, 0xf2c41c, 0xd92a1c, 0xf7f0dc],
            [0x8e1614, 0xf4bd1e, 0x161211, 0xfcefd6],
            [0x172b5e, 0xf0e8d4, 0xf05a28, 0xf7f2e4],
            [0x1d141d, 0xe8628a, 0xf2b82a, 0xf8ece2],
            [0x103b2d, 0xf2c232, 0xf0e9d2, 0xf7f1de],
        ],
        light: &[
            [0xf4c81f, 0xcf241b, 0x171412, 0x171412],
            [0xf3ecdc, 0xd82a1d, 0x161515, 0x161515],
            [0xf0662a, 0x1b1614, 0xf6d94a, 0x1b1614],
            [0xf2ead6, 0x1f489a, 0xe84326, 0x151820],
            [0xc9b6d6, 0x3a1d45, 0xe85a1f, 0x27142e],
            [0xe9e2cf, 0x171514, 0xd79a08, 0x171514],
            [0xf29fb0, 0x8a1428, 0xf9e4c0, 0x2d0c13],
        ],
    },
    // The 1970s: rust, tobacco, avocado, plum, sunset stripes.
    Era {
        until: 1980,
        grain: Grain::Speckled,
        dark: &[
            [0x2b1a12, 0xe27a22, 0xe9c46a, 0xf6e7cb],
            [0x252b19, 0xd9a42a, 0xd05a2a, 0xf3eacf],
            [0x33172a, 0xe58a3c, 0xd74a4f, 0xf7e5d0],
            [0x162c35, 0xe39c33, 0x6ca39a, 0xf4ead3],
        ],
        light: &[
            [0xefd9ac, 0xb5431e, 0x5a662a, 0x2c1a12],
            [0xe08a2b, 0x3c1e14, 0xf3d993, 0x2a150e],
            [0xd9c48a, 0x5b2a3f, 0xd2611f, 0x2a171d],
            [0xe9dcc3, 0x6b3d22, 0xd98a1f, 0x2d1d14],
            [0xb9b878, 0x2f341d, 0xc44d20, 0x212415],
        ],
    },
    // The 1980s: neon on midnight, video blue, airbrushed pinks made flat.
    Era {
        until: 1990,
        grain: Grain::Clean,
        dark: &[
            [0x15102e, 0xf23d7f, 0x2fc9d8, 0xf6eef8],
            [0x0d1630, 0x4b5ff2, 0xff8a3c, 0xeef0fb],
            [0x1a0f1f, 0xb04be0, 0xf7d046, 0xf7effa],
            [0x0e2a33, 0xff6a55, 0xf6d88a, 0xf3f4ea],
            [0x111113, 0xe2282a, 0xd9d9de, 0xf5f3f0],
        ],
        light: &[
            [0xf3d3d8, 0x2b3ab0, 0xf0426b, 0x181a45],
            [0xf5e6c4, 0x0f6f78, 0xf25b4a, 0x102a30],
            [0xbfe0e6, 0x2b1f5e, 0xee3f86, 0x1a143a],
            [0xf4ece2, 0x1a1a1f, 0xe62f2f, 0x1a1a1f],
        ],
    },
    // The 1990s: bottle green, rust, night-bus blue, flash-lit red.
    Era {
        until: 2000,
        grain: Grain::Clean,
        dark: &[
            [0x12241c, 0xc9d06a, 0xe25a2e, 0xf1f1df],
            [0x161828, 0x8c8bd8, 0xefc149, 0xf0eff2],
            [0x261012, 0xe0342c, 0xe9c99a, 0xf8eae0],
            [0x171b1d, 0x8fa9a6, 0xea6b2d, 0xeff0ec],
        ],
        light: &[
            [0xe6e2d3, 0x1f4b3c, 0xd94a26, 0x17221d],
            [0xd98f3a, 0x23192b, 0xf3e5c8, 0x1e1424],
            [0xc7d3dc, 0x1d2f5c, 0xd83333, 0x141d33],
            [0xead8d0, 0x6a1f3a, 0xd8872a, 0x2b121b],
        ],
    },
    // The 2000s: digital dusk, teal and orange, the first pale blogs.
    Era {
        until: 2010,
        grain: Grain::Clean,
        dark: &[
            [0x0f252e, 0xf08a38, 0x57b3b5, 0xf0f1e8],
            [0x1c1b22, 0xd8d2c4, 0xe23b3b, 0xf2efea],
            [0x1f2a1d, 0xa4c639, 0xf0e6c0, 0xf3f4e4],
            [0x271526, 0xd8699a, 0xf0c85a, 0xf7ecf0],
        ],
        light: &[
            [0xdde4dd, 0x1f5563, 0xe76f2c, 0x14252b],
            [0xf2e7d6, 0xc22f3a, 0x2b3a4a, 0x1f2026],
            [0xbfd5e2, 0x223a5e, 0xf05f3a, 0x172235],
            [0xf0c93c, 0x262b30, 0xd9402a, 0x1d2024],
            [0xd4e0b4, 0x2a5035, 0xe85d3a, 0x17291d],
        ],
    },
    // The 2010s: dusty pinks, mint, coral, deep navy.
    Era {
        until: 2020,
        grain: Grain::Clean,
        dark: &[
            [0x171f3a, 0xf28f7c, 0xf3d38a, 0xf6efe9],
            [0x1d2f2c, 0xe9a7b0, 0xe8d9a0, 0xf3f0e6],
            [0x2c1324, 0xef5b5b, 0xf0b7a4, 0xf9ede8],
            [0x14161a, 0x3fc1a5, 0xf25f5c, 0xf1f4f0],
        ],
        light: &[
            [0xf3d2cb, 0x273f6b, 0xe54b4b, 0x1a243c],
            [0xc4e3d4, 0x1f4d4a, 0xf0725a, 0x162c2b],
            [0xf1e9df, 0xee5d4e, 0x243b55, 0x1c242e],
            [0xf2c46a, 0x3b2654, 0xe5543f, 0x271938],
            [0xd6cfe6, 0x3d2f7a, 0xf0705a, 0x221c40],
        ],
    },
];

// Since 2020: lilac, acid green, hot orange, forest.
static LAST_ERA: Era = Era {
    until: i32::MAX,
    grain: Grain::Clean,
    dark: &[
        [0x141f1a, 0xc8f04a, 0xb79af0, 0xf2f5ea],
        [0x1b142e, 0xff7a3d, 0xc5b4f5, 0xf5f1fa],
        [0x10253d, 0xf4a5c0, 0xf3e35b, 0xf1f3f6],
        [0x2e1014, 0xff5c3d, 0xf2c7a2, 0xfbeee6],
    ],
    light: &[
        [0xcfbcf2, 0x241a52, 0xf25a2a, 0x1b143c],
        [0xddee6a, 0x1e3a2b, 0xf0542e, 0x16291f],
        [0xf4eade, 0xf05226, 0x2a2e8a, 0x1b1c30],
        [0xff9a5a, 0x2d123f, 0xf8e6a8, 0x250f33],
        [0xbfe6ea, 0x0f3d4f, 0xf04e5e, 0x0d2733],
    ],
};

#[cfg(test)]
mod tests;
