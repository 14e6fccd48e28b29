//! Files of films, written in the form that imports read (`docs/import.md`).

mod film;
pub(crate) mod filter;
mod table;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use api::catalogue::TitleInput;
use flate2::Compression;
use flate2::write::GzEncoder;

use self::film::Film;
pub(crate) use self::table::Languages;

/// The form of a file, which its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    is_table: bool,
    is_packed: bool,
}

impl Form {
    /// `None` if the name does not say a form.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let (name, is_packed) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (&*name, false),
        };
        let is_table = match Path::new(name).extension()?.to_str()? {
            "csv" => true,
            "jsonl" | "ndjson" => false,
            _ => return None,
        };
        Some(Self { is_table, is_packed })
    }

    /// The languages for which a table needs columns; they are collected before the first row.
    pub(crate) fn languages(self) -> Option<Languages> {
        self.is_table.then(Languages::default)
    }
}

/// A file of films while it is written. It gets its name only when it is complete.
pub(crate) struct FilmWriter {
    bytes: Box<dyn Finish>,
    languages: Option<Languages>,
    unfinished: Unfinished,
    films: u64,
}

impl FilmWriter {
    pub(crate) fn create(path: &Path, form: Form, languages: Option<Languages>) -> io::Result<Self> {
        let unfinished = Unfinished::beside(path);
        let file = BufWriter::new(File::create(&unfinished.path)?);
        let bytes: Box<dyn Finish> = if form.is_packed {
            Box::new(GzEncoder::new(file, Compression::default()))
        } else {
            Box::new(file)
        };
        let mut writer = Self {
            bytes,
            languages,
            unfinished,
            films: 0,
        };
        if let Some(languages) = &writer.languages {
            table::write_header(&mut writer.bytes, languages)?;
        }
        Ok(writer)
    }

    pub(crate) fn write(&mut self, title: &TitleInput) -> io::Result<()> {
        self.films += 1;
        if let Some(languages) = &self.languages {
            return table::write_row(&mut self.bytes, languages, title);
        }
        serde_json::to_writer(&mut self.bytes, &Film::from(title))?;
        self.bytes.write_all(b"\n")
    }

    pub(crate) fn films(&self) -> u64 {
        self.films
    }

    /// Gives the file its name, and returns how many films it has.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        self.bytes.finish()?.sync_all()?;
        fs::rename(&self.unfinished.path, &self.unfinished.becomes)?;
        Ok(self.films)
    }
}

/// The writer with its encodings, down to the file.
trait Finish: Write {
    fn finish(&mut self) -> io::Result<&File>;
}

impl Finish for BufWriter<File> {
    fn finish(&mut self) -> io::Result<&File> {
        self.flush()?;
        Ok(self.get_ref())
    }
}

impl Finish for GzEncoder<BufWriter<File>> {
    fn finish(&mut self) -> io::Result<&File> {
        self.try_finish()?;
        Finish::finish(self.get_mut())
    }
}

/// A file that has no final name yet; if it is dropped before, it is deleted.
struct Unfinished {
    path: PathBuf,
    becomes: PathBuf,
}

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".unfinished");
        Self {
            path: name.into(),
            becomes: path.to_owned(),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After it was finished, there is no such file any more.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod writing {
    use super::*;

    #[test]
    fn a_name_says_how_its_file_is_written() {
        let form = |name: &str| Form::of(Path::new(name)).map(|form| (form.is_table, form.is_packed));
        assert_eq!(form("films.jsonl"), Some((false, false)));
        assert_eq!(form("a.b/FILMS.CSV.GZ"), Some((true, true)));
        for name in ["films", "films.json", "films.gz", ".csv", "films.xml"] {
            assert_eq!(form(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("films.jsonl");
        let form = Form::of(&path).unwrap();
        let mut writer = FilmWriter::create(&path, form, None).unwrap();
        writer.write(&TitleInput::default()).unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut writer = FilmWriter::create(&path, form, None).unwrap();
        writer.write(&TitleInput::default()).unwrap();
        assert_eq!(writer.finish().unwrap(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
