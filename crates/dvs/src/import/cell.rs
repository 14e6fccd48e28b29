//! One cell of a table.

/// The text of a cell and, in a workbook, whether it is a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) number: Option<Number>,
}

/// What a workbook says about a number besides its digits. In the text of a number the point always separates decimals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Number {
    /// The currency in the number's format.
    pub(super) currency: Option<String>,
}

/// A cell as its row holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellRef<'a> {
    pub(super) text: &'a [u8],
    pub(super) number: Option<&'a Number>,
}

impl Cell {
    pub(super) fn of_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            number: None,
        }
    }

    pub(super) fn by_ref(&self) -> CellRef<'_> {
        CellRef {
            text: self.text.as_bytes(),
            number: self.number.as_ref(),
        }
    }
}
