//! A text of each title, all in one piece of memory.

use crate::search::projection::Ordinal;

/// Texts by ordinal. A text that was replaced stays in `all` until it is tidied.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    starts: Vec<u32>,
    lengths: Vec<u16>,
    /// Bytes of replaced texts.
    stale: usize,
}

impl Texts {
    /// Stores a title's text; each ordinal is either a known one or the next one. A text beyond 64 KiB is cut off.
    pub(super) fn put(&mut self, ordinal: Ordinal, text: &str) {
        let ordinal = ordinal as usize;
        let text = &text[..text.floor_char_boundary(u16::MAX.into())];
        if ordinal >= self.starts.len() {
            let (start, length) = self.append(text);
            self.starts.push(start);
            self.lengths.push(length);
        } else if self.at(ordinal) != text {
            self.stale += usize::from(self.lengths[ordinal]);
            (self.starts[ordinal], self.lengths[ordinal]) = self.append(text);
            self.tidy();
        }
    }

    pub(super) fn get(&self, ordinal: Ordinal) -> &str {
        self.at(ordinal as usize)
    }

    fn at(&self, ordinal: usize) -> &str {
        let start = self.starts[ordinal] as usize;
        &self.all[start..start + usize::from(self.lengths[ordinal])]
    }

    /// Appends a text and returns its place. Beyond 4 GiB there is no room, and the text is stored as empty.
    fn append(&mut self, text: &str) -> (u32, u16) {
        let Ok(start) = u32::try_from(self.all.len()) else {
            return (0, 0);
        };
        self.all.push_str(text);
        (start, u16::try_from(text.len()).unwrap_or(u16::MAX))
    }

    /// Writes `all` again without the replaced texts, once they are the majority.
    fn tidy(&mut self) {
        if self.stale <= self.all.len() / 2 {
            return;
        }
        let mut all = String::with_capacity(self.all.len() - self.stale);
        for (start, length) in self.starts.iter_mut().zip(&self.lengths) {
            let from = *start as usize;
            *start = u32::try_from(all.len()).unwrap_or_default();
            all.push_str(&self.all[from..from + usize::from(*length)]);
        }
        (self.all, self.stale) = (all, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_change_again_and_again_take_no_more_room() {
        let mut texts = Texts::default();
        texts.put(0, "Limite");
        texts.put(1, "Ganga Bruta");
        for number in 0..10_000 {
            texts.put(1, &format!("Ganga Bruta {number}"));
        }
        assert_eq!((texts.get(0), texts.get(1)), ("Limite", "Ganga Bruta 9999"));
        assert!(texts.all.capacity() < 200, "{}", texts.all.capacity());
    }

    #[test]
    fn a_text_too_long_is_cut_between_letters() {
        let mut texts = Texts::default();
        texts.put(0, &"ã".repeat(40_000));
        texts.put(1, "Limite");
        assert_eq!(texts.get(0).chars().count(), 32_767);
        assert_eq!(texts.get(1), "Limite");
    }
}
