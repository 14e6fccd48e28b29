use super::*;

fn luminance(colour: Colour) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The difference of two colours in the channel in which they differ most: two colours of one lightness may still be
/// distinguishable.
fn difference(one: Colour, other: Colour) -> u8 {
    let channels = [(one.red, other.red), (one.green, other.green), (one.blue, other.blue)];
    let apart = channels.map(|(one, other)| one.abs_diff(other));
    apart.into_iter().max().unwrap()
}

fn every_set() -> impl Iterator<Item = (i32, [Colour; 4])> {
    ERAS.iter().chain([&LAST_ERA]).flat_map(|era| {
        era.dark
            .iter()
            .chain(era.light)
            .map(|set| (era.until, set.map(Colour::hex)))
    })
}

#[test]
fn ink_is_readable_on_every_ground() {
    for (until, set @ [ground, _, _, ink]) in every_set() {
        assert!(
            contrast(ink, ground) >= 4.5,
            "before {until}, {set:?}: {:.2}",
            contrast(ink, ground)
        );
    }
}

#[test]
fn the_shapes_stand_out_from_the_ground_and_from_each_other() {
    for (until, set @ [ground, shape, accent, _]) in every_set() {
        assert!(
            contrast(shape, ground) >= 2.2,
            "before {until}, shape {set:?}: {:.2}",
            contrast(shape, ground)
        );
        assert!(
            contrast(accent, ground) >= 1.5,
            "before {until}, accent {set:?}: {:.2}",
            contrast(accent, ground)
        );
        assert!(
            difference(accent, shape) >= 50,
            "before {until}, both {set:?}: {}",
            difference(accent, shape)
        );
    }
}

#[test]
fn each_decade_has_its_own_colours() {
    let sets: Vec<_> = every_set().map(|(_, set)| set).collect();
    for (index, set) in sets.iter().enumerate() {
        assert!(!sets[index + 1..].contains(set), "{set:?} twice");
    }
}

#[test]
fn a_dark_film_never_gets_a_light_poster() {
    for film in 0..200 {
        let palette = choose(Seed::of(&film.to_string(), "palette"), 1890 + film, Mood::Dark);
        assert!(luminance(palette.ground) < 0.1, "{palette:?}");
    }
}
