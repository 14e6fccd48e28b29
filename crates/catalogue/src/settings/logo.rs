//! The store's logo: a picture that browsers show and that can hold no script.

use imagesize::ImageType;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::check::{Refusal, refuse};

const LIMIT_BYTES: usize = 512 * 1024;
/// Smaller ones are of no use, and larger ones cost every page.
const SIDE_PIXELS: std::ops::RangeInclusive<usize> = 16..=4_096;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logo {
    /// Of the picture: another one has another address.
    pub(crate) hash: String,
    pub(crate) content_type: String,
}

impl Logo {
    pub(crate) fn check(image: &[u8]) -> Result<Self, Refusal> {
        if image.len() > LIMIT_BYTES {
            return refuse("logo", format!("A logo has at most {} KiB.", LIMIT_BYTES / 1024));
        }
        let content_type = match imagesize::image_type(image) {
            Ok(ImageType::Png) => "image/png",
            Ok(ImageType::Jpeg) => "image/jpeg",
            Ok(ImageType::Webp) => "image/webp",
            _ => return refuse("logo", "A logo is a PNG, JPEG or WebP picture."),
        };
        let Ok(size) = imagesize::blob_size(image) else {
            return refuse("logo", "The picture is broken: its size cannot be read.");
        };
        if !SIDE_PIXELS.contains(&size.width) || !SIDE_PIXELS.contains(&size.height) {
            let (least, most) = (SIDE_PIXELS.start(), SIDE_PIXELS.end());
            return refuse("logo", format!("Each side of a logo has {least} to {most} pixels."));
        }
        let hash: [u8; 32] = Sha256::digest(image).into();
        let first = hash.first_chunk().copied().unwrap_or_default();
        Ok(Self {
            hash: format!("{:032x}", u128::from_be_bytes(first)),
            content_type: content_type.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a PNG as says how large it is.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        image.extend(width.to_be_bytes());
        image.extend(height.to_be_bytes());
        image.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        image
    }

    #[test]
    fn a_logo_is_a_picture_of_some_size_and_is_told_by_its_content() {
        let logo = Logo::check(&png(320, 80)).unwrap();
        assert_eq!((logo.content_type.as_str(), logo.hash.len()), ("image/png", 32));
        assert_eq!(Logo::check(&png(320, 80)).unwrap(), logo);
        assert_ne!(Logo::check(&png(320, 81)).unwrap().hash, logo.hash);
    }

    #[test]
    fn what_is_no_such_picture_is_refused() {
        let mut heavy = png(320, 80);
        heavy.resize(LIMIT_BYTES + 1, 0);
        for (image, says) in [
            (png(15, 80), "16 to 4096"),
            (png(320, 4_097), "16 to 4096"),
            (png(320, 80)[..18].to_vec(), "broken"),
            (heavy, "512 KiB"),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
                "PNG, JPEG or WebP",
            ),
            (b"GIF89a\x20\0\x20\0\0\0\0".to_vec(), "PNG, JPEG or WebP"),
        ] {
            let refusal = Logo::check(&image).unwrap_err();
            assert!(refusal.field == "logo" && refusal.reason.contains(says), "{refusal:?}");
        }
    }
}
