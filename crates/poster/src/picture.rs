//! The poster as a PNG picture, for programs that cannot show SVG.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::{Facts, draw};

/// Renders the poster as a PNG of 600 × 900. None only if the drawing is not valid SVG, which would be a defect.
pub fn picture(facts: &Facts<'_>) -> Option<Vec<u8>> {
    let tree = Tree::from_str(&draw(facts), &Options::default()).ok()?;
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(size.width(), size.height())?;
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    pixmap.encode_png().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_is_painted_in_its_size_and_with_its_ground() {
        let genres = vec!["Horror".to_owned()];
        let facts = Facts {
            name: "Nosferatu",
            shown: "Nosferatu",
            year: 1922,
            director: "F. W. Murnau",
            genres: &genres,
        };
        let picture = Pixmap::decode_png(&picture(&facts).unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (600, 900));
        let first = picture.pixels()[0];
        assert!(
            picture.pixels().iter().any(|pixel| *pixel != first),
            "there is something on it"
        );
    }
}
