//! Values that many titles share, such as genres: each has a number, and each list of values that a title has does too.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of a list of values.
pub(super) type ListNumber = u32;

/// Names and their small numbers.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u16>,
}

impl Names {
    /// The most names that get a number. The bit above is left to those that store the numbers.
    const MOST: usize = 0x7fff;

    /// The number of a name, which gets one if it has none; `None` when all numbers are used.
    pub(super) fn number(&mut self, name: &str) -> Option<u16> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let number = self.names.len();
        if number >= Self::MOST {
            return None;
        }
        let number = u16::try_from(number).ok()?;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        Some(number)
    }

    pub(super) fn find(&self, name: &str) -> Option<u16> {
        self.numbers.get(name).copied()
    }

    pub(super) fn name(&self, number: usize) -> &str {
        &self.names[number]
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}

/// Names, and the lists of names that titles have: a catalogue has far fewer lists than titles.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) names: Names,
    lists: Vec<Arc<[u16]>>,
    numbers: HashMap<Arc<[u16]>, ListNumber>,
}

impl Values {
    /// The number of a list of values; their order and repetitions do not matter. Values that get no number, because
    /// all are used, are left out.
    pub(super) fn number(&mut self, values: &[String]) -> ListNumber {
        let mut list: Vec<_> = values.iter().filter_map(|value| self.names.number(value)).collect();
        list.sort_unstable();
        list.dedup();
        if let Some(&number) = self.numbers.get(&*list) {
            return number;
        }
        let list: Arc<[u16]> = list.into();
        // There are at most as many lists as titles, whose ordinals have the same width.
        let number = ListNumber::try_from(self.lists.len()).unwrap_or_default();
        self.lists.push(Arc::clone(&list));
        self.numbers.insert(list, number);
        number
    }

    /// For each list, whether it has one of these values.
    pub(super) fn lists_with(&self, values: &[String]) -> Vec<bool> {
        // A value without a number is in no list.
        let wanted: Vec<_> = values.iter().filter_map(|value| self.names.find(value)).collect();
        self.lists_with_any(&wanted)
    }

    /// The same by the values' numbers.
    pub(super) fn lists_with_any(&self, wanted: &[u16]) -> Vec<bool> {
        let has_one = |list: &Arc<[u16]>| list.iter().any(|number| wanted.contains(number));
        self.lists.iter().map(has_one).collect()
    }

    /// How many lists there are.
    pub(super) fn lists(&self) -> usize {
        self.lists.len()
    }

    /// How often each value is in the lists that were counted, with its name.
    pub(super) fn spread<'a>(&'a self, counted: &[usize]) -> impl Iterator<Item = (&'a str, usize)> + use<'a> {
        let mut counts = vec![0; self.names.len()];
        for (list, count) in self.lists.iter().zip(counted).filter(|(_, count)| **count > 0) {
            for &number in list.iter() {
                counts[usize::from(number)] += count;
            }
        }
        let counts = counts.into_iter().enumerate();
        counts.map(|(number, count)| (self.names.name(number), count))
    }
}
