//! The sheet: where the picture is, where the lettering, and what every family draws with.

use crate::seed::Seed;
use crate::svg::Svg;
use crate::text::{Align, Block, Frame, Typeface, is_right_to_left};
use crate::{Facts, Palette};

pub(crate) const WIDTH: f64 = 600.0;
pub(crate) const HEIGHT: f64 = 900.0;
const MARGIN: f64 = 42.0;
/// What the name may take of the sheet's height.
const NAME_HEIGHT: f64 = 270.0;
const CREDIT_SIZE: f64 = 21.0;
const CREDIT_GAP: f64 = 16.0;
/// Between the picture and the lettering.
const AIR: f64 = 34.0;

/// How a family letters its posters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lettering {
    pub(crate) typeface: Typeface,
    pub(crate) align: Align,
    pub(crate) place: Place,
    /// The largest size of the name.
    pub(crate) largest: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Foot,
    Head,
}

impl Place {
    fn other(self) -> Self {
        match self {
            Self::Foot => Self::Head,
            Self::Head => Self::Foot,
        }
    }
}

/// A poster as it is drawn. The picture may reach over its edges; the lettering's band is laid over it.
pub(crate) struct Page {
    pub(crate) svg: Svg,
    pub(crate) palette: Palette,
    /// The variation within the family.
    pub(crate) seed: Seed,
    name: Block,
    lettering: Lettering,
}

impl Page {
    pub(crate) fn open(facts: &Facts<'_>, palette: Palette) -> Self {
        let mut lettering = crate::families::Family::of(facts).lettering();
        // Two films of one family may be lettered at either end, so that they differ at a glance.
        if facts.seed("lettering").chance(0.5) {
            lettering.place = lettering.place.other();
        }
        if lettering.align == Align::Left && is_right_to_left(facts.shown) {
            lettering.align = Align::Right;
        }
        let frame = Frame {
            width: WIDTH - 2.0 * MARGIN,
            height: NAME_HEIGHT,
        };
        let name = if facts.shown.trim().is_empty() {
            "—"
        } else {
            facts.shown
        };
        let mut svg = Svg::open(WIDTH, HEIGHT, &label(facts));
        svg.rect(0.0, 0.0, WIDTH, HEIGHT, palette.ground);
        Self {
            svg,
            palette,
            seed: facts.seed("variation"),
            name: Block::fit(name, lettering.typeface, frame, lettering.largest),
            lettering,
        }
    }

    /// Where the picture is: its top and its bottom.
    pub(crate) fn picture(&self) -> (f64, f64) {
        match self.lettering.place {
            Place::Foot => (0.0, HEIGHT - self.band()),
            Place::Head => (self.band(), HEIGHT),
        }
    }

    /// Letters the sheet, and gives the document.
    pub(crate) fn finish(mut self, facts: &Facts<'_>) -> String {
        let band = self.band();
        let top = if self.lettering.place == Place::Foot {
            HEIGHT - band
        } else {
            0.0
        };
        self.svg.rect(0.0, top, WIDTH, band, self.palette.ground);
        let name_top = if self.lettering.place == Place::Foot {
            top + AIR
        } else {
            MARGIN
        };
        let x = match self.lettering.align {
            Align::Left => MARGIN,
            Align::Middle => WIDTH / 2.0,
            Align::Right => WIDTH - MARGIN,
        };
        self.name
            .draw(&mut self.svg, x, name_top, self.lettering.align, self.palette.ink);
        let credits = credits(facts);
        let line = Block::line(&credits, Typeface::Archivo, WIDTH - 2.0 * MARGIN, CREDIT_SIZE);
        let credits_top = name_top + self.name.height() + CREDIT_GAP;
        line.draw(&mut self.svg, x, credits_top, self.lettering.align, self.palette.ink);
        self.svg.finish()
    }

    /// How high the band of the lettering is.
    fn band(&self) -> f64 {
        MARGIN + self.name.height() + CREDIT_GAP + CREDIT_SIZE * 1.3 + AIR
    }
}

fn credits(facts: &Facts<'_>) -> String {
    match facts.director.trim() {
        "" => facts.year.to_string(),
        director => format!("{director}   {}", facts.year),
    }
}

fn label(facts: &Facts<'_>) -> String {
    format!("{} ({})", facts.shown, facts.year)
}
