//! The rank of titles where a search gives no order: first those that were ordered more often, then by the popularity that the
//! catalogue states, then by how many of a title's people also made other films here, then by how complete its facts are.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use text::key;

use crate::search::projection::Ordinal;

/// How many of a film's people count: the directors and the first of the cast.
const PEOPLE: usize = 12;
/// More orders than this do not raise the rank.
const MOST_ORDERS: i32 = 0x00ff_ffff;

/// Each title's people, and in how many films each person was: a person is a short hash of their name.
#[derive(Debug, Default)]
pub(super) struct Crews {
    all: Vec<u32>,
    /// Where a title's people begin in `all`, and how many there are.
    places: Vec<(u32, u8)>,
    films: HashMap<u32, u32>,
    stale: usize,
}

impl Crews {
    /// Stores a title's people; each ordinal is either a known one or the next one.
    pub(super) fn put<'a>(&mut self, ordinal: Ordinal, people: impl Iterator<Item = &'a str>) {
        let mut crew: Vec<_> = people.take(PEOPLE).map(person).collect();
        crew.sort_unstable();
        crew.dedup();
        let ordinal = ordinal as usize;
        if ordinal < self.places.len() {
            if self.of(ordinal) == crew {
                return;
            }
            for person in self.of(ordinal).to_vec() {
                if let Some(films) = self.films.get_mut(&person) {
                    *films = films.saturating_sub(1);
                }
            }
            self.stale += self.of(ordinal).len();
        }
        for &person in &crew {
            *self.films.entry(person).or_default() += 1;
        }
        let place = self.append(&crew);
        match self.places.get_mut(ordinal) {
            Some(known) => *known = place,
            None => self.places.push(place),
        }
        self.tidy();
    }

    /// How many of a title's people also made another film of the catalogue.
    fn known(&self, ordinal: Ordinal) -> u8 {
        let is_known = |person: &&u32| self.films.get(person).is_some_and(|films| *films > 1);
        let known = self.of(ordinal as usize).iter().filter(is_known).count();
        u8::try_from(known).unwrap_or(u8::MAX)
    }

    fn of(&self, ordinal: usize) -> &[u32] {
        let (start, length) = self.places[ordinal];
        &self.all[start as usize..start as usize + usize::from(length)]
    }

    fn append(&mut self, crew: &[u32]) -> (u32, u8) {
        let Ok(start) = u32::try_from(self.all.len()) else {
            return (0, 0);
        };
        self.all.extend(crew);
        (start, u8::try_from(crew.len()).unwrap_or_default())
    }

    /// Writes `all` again without the entries that belong to no title any more, once they are the majority.
    fn tidy(&mut self) {
        if self.stale <= self.all.len() / 2 {
            return;
        }
        let mut all = Vec::with_capacity(self.all.len() - self.stale);
        for (start, length) in &mut self.places {
            let from = *start as usize;
            *start = u32::try_from(all.len()).unwrap_or_default();
            all.extend_from_slice(&self.all[from..from + usize::from(*length)]);
        }
        (self.all, self.stale) = (all, 0);
        self.films.retain(|_, films| *films > 0);
    }
}

/// The hash is the same in every process, so that all replicas rank alike.
fn person(name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    key(name).hash(&mut hasher);
    let [a, b, c, d, ..] = hasher.finish().to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// A title's rank: a larger number comes first.
pub(super) fn standing(orders: i32, popularity: i32, completeness: u16, ordinal: Ordinal, crews: &Crews) -> u64 {
    let bits = |number: i32, most: i32| u64::try_from(number.clamp(0, most)).unwrap_or_default();
    bits(orders, MOST_ORDERS) << 40
        | bits(popularity, 0xff) << 32
        | u64::from(crews.known(ordinal)) << 24
        | u64::from(completeness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_by_another_film() {
        let mut crews = Crews::default();
        crews.put(0, ["Humphrey Bogart", "Ingrid Bergman"].into_iter());
        crews.put(1, ["Humphrey Bogart", "HUMPHREY BOGART"].into_iter());
        assert_eq!((crews.known(0), crews.known(1)), (1, 1));
        crews.put(1, std::iter::empty());
        assert_eq!((crews.known(0), crews.known(1)), (0, 0));
        for number in 0..1_000 {
            crews.put(
                1,
                [format!("Extra {number}"), "Ingrid Bergman".to_owned()]
                    .iter()
                    .map(String::as_str),
            );
        }
        assert_eq!(crews.known(0), 1);
        assert!(crews.all.len() < 20 && crews.films.len() < 20, "{crews:?}");
    }

    #[test]
    fn orders_come_before_seeds_and_those_before_people_and_facts() {
        let mut crews = Crews::default();
        for ordinal in 0..2 {
            crews.put(ordinal, ["Ingrid Bergman"].into_iter());
        }
        crews.put(2, std::iter::empty());
        let of =
            |orders, popularity, completeness, ordinal| standing(orders, popularity, completeness, ordinal, &crews);
        assert!(of(1, 0, 0, 2) > of(0, 100, u16::MAX, 0));
        assert!(of(0, 1, 0, 2) > of(0, 0, u16::MAX, 0));
        assert!(of(0, 0, 0, 0) > of(0, 0, u16::MAX, 2));
        assert!(of(0, 0, 2, 2) > of(0, 0, 1, 2));
    }
}
