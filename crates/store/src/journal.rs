//! Looks at a write-ahead log before `SQLite` reads it, because `SQLite` ends a log silently at the first frame that is not
//! whole, and what comes behind is lost (<https://sqlite.org/fileformat2.html#walformat>).
//!
//! A crash leaves a log whose last transaction is incomplete: that is no damage. Two things show a loss of transactions that
//! had ended: whole frames of a later transaction behind a frame that is not whole, and the log's index (`-shm`), which a
//! killed process leaves behind, if it counts more frames than the log has. Both hold for databases of
//! [`Durability::Full`](crate::Durability::Full), whose transactions end only when they are on the disk. In doubt a log is
//! not damaged, because a healthy database that is refused is the greater loss.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The first four bytes of a log; the last bit says that its checksums are of big-endian numbers.
const MAGIC: u32 = 0x377f_0682;
const PAGE_BYTES: std::ops::RangeInclusive<usize> = 512..=65_536;
/// The index begins with its header, twice.
const INDEX_HEADER_BYTES: usize = 48;
const INDEX_VERSION: u32 = 3_007_000;
/// How many uses later than a log its index may be, at most. The numbers of two logs that do not follow each other differ
/// by any number: a crash of the machine may bring back an index that had been deleted with its log.
const MOST_USES_LATER: u32 = 0xffff;

/// The state of a database's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journal {
    /// It does not exist, or holds nothing that `SQLite` would read.
    Absent,
    Present,
    /// It lacks transactions that had ended.
    Damaged,
}

impl Journal {
    /// Looks at the log of a database that no process has open.
    pub(crate) fn look(database: &Path) -> io::Result<Self> {
        let Some(file) = open(&beside(database, "-wal"))? else {
            return Ok(Self::Absent);
        };
        let mut file = BufReader::new(file);
        let mut header = [0; HEADER_BYTES];
        if !fill(&mut file, &mut header)? {
            return Ok(Self::Absent);
        }
        let Some(log) = Log::of(header) else {
            return Ok(Self::Absent);
        };
        let index = Index::read(&beside(database, "-shm"))?;
        log.walk(file, index)
    }
}

/// The name of a file that `SQLite` keeps beside a database.
pub(crate) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(ending);
    name.into()
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// Reads exactly as many bytes; false if the file ends before.
fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

fn big_endian(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// `SQLite`'s checksum of bytes behind others, whose checksum is `sums`.
fn checksum(number: fn([u8; 4]) -> u32, sums: [u32; 2], bytes: &[u8]) -> [u32; 2] {
    let (numbers, _) = bytes.as_chunks::<4>();
    let (pairs, _) = numbers.as_chunks::<2>();
    pairs.iter().fold(sums, |[first, second], pair| {
        let first = first.wrapping_add(number(pair[0])).wrapping_add(second);
        [first, second.wrapping_add(number(pair[1])).wrapping_add(first)]
    })
}

/// What the header of a log says.
struct Log {
    number: fn([u8; 4]) -> u32,
    page_bytes: usize,
    /// Each use of the log from its beginning has others, of which the first is one more than the one before.
    salts: [u8; 8],
    sums: [u32; 2],
}

impl Log {
    fn of(header: [u8; HEADER_BYTES]) -> Option<Self> {
        let magic = big_endian(&header, 0);
        let number = if magic == MAGIC | 1 {
            u32::from_be_bytes
        } else {
            u32::from_le_bytes
        };
        let sums = checksum(number, [0; 2], &header[..24]);
        let is_whole = magic | 1 == MAGIC | 1 && sums == [big_endian(&header, 24), big_endian(&header, 28)];
        let page_bytes = usize::try_from(big_endian(&header, 8)).ok()?;
        (is_whole && PAGE_BYTES.contains(&page_bytes)).then(|| Self {
            number,
            page_bytes,
            salts: std::array::from_fn(|at| header[16 + at]),
            sums,
        })
    }

    fn walk(&self, mut frames: impl Read, index: Option<Index>) -> io::Result<Journal> {
        let mut frame = vec![0; FRAME_HEADER_BYTES + self.page_bytes];
        let (mut count, mut ended) = (0_u32, 0);
        let (mut is_whole, mut follows_an_end) = (true, false);
        let mut sums = self.sums;
        while fill(&mut frames, &mut frame)? {
            count += 1;
            let (header, page) = frame.split_at(FRAME_HEADER_BYTES);
            let is_of_this_log = header[8..16] == self.salts && big_endian(header, 0) > 0;
            let ends_a_transaction = is_of_this_log && big_endian(header, 4) > 0;
            let stored = [big_endian(header, 16), big_endian(header, 20)];
            let computed = checksum(self.number, checksum(self.number, sums, &header[..8]), page);
            let is_whole_frame = is_of_this_log && computed == stored;
            // A transaction begins only when the one before is on the disk.
            if is_whole_frame && follows_an_end {
                return Ok(Journal::Damaged);
            }
            is_whole &= is_whole_frame;
            if is_whole && ends_a_transaction {
                ended = count;
            }
            follows_an_end = !is_whole && ends_a_transaction;
            sums = stored;
        }
        let is_behind = index.is_some_and(|index| index.is_ahead_of(self.salts, ended));
        Ok(match (is_behind, count) {
            (true, _) => Journal::Damaged,
            (false, 0) => Journal::Absent,
            (false, _) => Journal::Present,
        })
    }
}

/// What the index of a log says of it.
struct Index {
    /// How many frames of the log belong to transactions that ended.
    ended: u32,
    salts: [u8; 8],
}

impl Index {
    /// None if the process died while it wrote the index.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let Some(mut file) = open(path)? else { return Ok(None) };
        let mut headers = [0; 2 * INDEX_HEADER_BYTES];
        if !fill(&mut file, &mut headers)? {
            return Ok(None);
        }
        let (header, again) = headers.split_at(INDEX_HEADER_BYTES);
        let number = |at: usize| u32::from_ne_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let is_whole = header == again
            && number(0) == INDEX_VERSION
            && checksum(u32::from_ne_bytes, [0; 2], &header[..40]) == [number(40), number(44)];
        Ok(is_whole.then(|| Self {
            ended: number(16),
            salts: std::array::from_fn(|at| header[32 + at]),
        }))
    }

    /// Whether the index is of a later state than a log. An index of an earlier one is what the machine's crash leaves.
    fn is_ahead_of(&self, salts: [u8; 8], ended: u32) -> bool {
        let uses_later = big_endian(&self.salts, 0).wrapping_sub(big_endian(&salts, 0));
        let is_of_a_later_use = (1..=MOST_USES_LATER).contains(&uses_later);
        self.ended > 0 && (is_of_a_later_use || (self.salts == salts && self.ended > ended))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
    use sqlx::{ConnectOptions as _, Connection as _};
    use tempfile::TempDir;

    use super::*;

    const FRAME_BYTES: usize = FRAME_HEADER_BYTES + 4096;

    struct Files {
        folder: TempDir,
        database: PathBuf,
    }

    impl Files {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let database = folder.path().join("shop.db");
            Self { folder, database }
        }

        async fn open(&self) -> SqliteConnection {
            let options = SqliteConnectOptions::new().filename(&self.database);
            let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            let options = options.pragma("wal_autocheckpoint", "0").pragma("cache_size", "4");
            let mut connection = options.connect().await.unwrap();
            run(&mut connection, "CREATE TABLE IF NOT EXISTS films (name BLOB)").await;
            connection
        }

        /// The files as a process leaves them that is killed now.
        fn killed(&self) -> Self {
            let copy = Self::new();
            for file in std::fs::read_dir(self.folder.path()).unwrap() {
                let file = file.unwrap();
                std::fs::copy(file.path(), copy.folder.path().join(file.file_name())).unwrap();
            }
            copy
        }

        fn log(&self) -> Vec<u8> {
            std::fs::read(beside(&self.database, "-wal")).unwrap()
        }

        /// The state of the log with other bytes, with its index and without.
        fn with_log(&self, log: &[u8]) -> [Journal; 2] {
            let copy = self.killed();
            std::fs::write(beside(&copy.database, "-wal"), log).unwrap();
            let with_index = Journal::look(&copy.database).unwrap();
            std::fs::remove_file(beside(&copy.database, "-shm")).unwrap();
            [with_index, Journal::look(&copy.database).unwrap()]
        }
    }

    async fn run(connection: &mut SqliteConnection, statement: &'static str) {
        sqlx::query(statement).execute(connection).await.unwrap();
    }

    /// Three transactions of several frames each, and their log.
    async fn three_transactions() -> (Files, Vec<u8>) {
        let files = Files::new();
        let mut connection = files.open().await;
        for _ in 0..3 {
            run(&mut connection, "INSERT INTO films VALUES (randomblob(9000))").await;
        }
        let killed = files.killed();
        connection.close().await.unwrap();
        let log = killed.log();
        (killed, log)
    }

    /// The places in a log where its transactions end.
    fn ends(log: &[u8]) -> Vec<usize> {
        let starts = (HEADER_BYTES..log.len()).step_by(FRAME_BYTES);
        let ends = starts.filter(|start| big_endian(log, start + 4) > 0);
        ends.map(|start| start + FRAME_BYTES).collect()
    }

    #[tokio::test]
    async fn a_log_that_was_cut_off_is_noticed_by_its_index() {
        let (files, log) = three_transactions().await;
        assert_eq!(files.with_log(&log), [Journal::Present; 2]);
        let last = ends(&log).pop().unwrap();
        for length in (HEADER_BYTES + FRAME_BYTES..last).step_by(1_000) {
            // Without the index it looks like the log of a process that died while it wrote.
            assert_eq!(
                files.with_log(&log[..length]),
                [Journal::Damaged, Journal::Present],
                "{length}"
            );
        }
        assert_eq!(files.with_log(&[]), [Journal::Absent; 2]);
    }

    #[tokio::test]
    async fn a_log_that_was_damaged_is_noticed_unless_it_is_like_one_that_a_crash_interrupted() {
        let (files, log) = three_transactions().await;
        let ends = ends(&log);
        let begins_last = ends[ends.len() - 2];
        for at in (HEADER_BYTES..log.len()).step_by(777) {
            let mut damaged = log.clone();
            damaged[at] ^= 1;
            let [with_index, without] = files.with_log(&damaged);
            assert_eq!(with_index, Journal::Damaged, "{at}");
            let is_in_a_page = (at - HEADER_BYTES) % FRAME_BYTES >= FRAME_HEADER_BYTES;
            if at >= begins_last {
                assert_eq!(without, Journal::Present, "{at}");
            } else if is_in_a_page {
                assert_eq!(without, Journal::Damaged, "{at}");
            }
        }
    }

    #[tokio::test]
    async fn an_earlier_copy_of_a_log_is_noticed() {
        let files = Files::new();
        let mut connection = files.open().await;
        let first = files.log();
        run(&mut connection, "INSERT INTO films VALUES ('Limite')").await;
        let of_the_same_use = files.killed();
        run(&mut connection, "PRAGMA wal_checkpoint(PASSIVE)").await;
        run(&mut connection, "INSERT INTO films VALUES ('Ganga Bruta')").await;
        let of_a_later_use = files.killed();
        connection.close().await.unwrap();
        assert_eq!(of_the_same_use.with_log(&first)[0], Journal::Damaged);
        let earlier = of_the_same_use.log();
        assert_eq!(of_a_later_use.with_log(&earlier)[0], Journal::Damaged);
        // Both are whole as they are.
        for files in [of_the_same_use, of_a_later_use] {
            assert_eq!(files.with_log(&files.log()), [Journal::Present; 2]);
        }
    }

    #[tokio::test]
    async fn an_index_that_a_crash_of_the_machine_left_shows_no_damage() {
        let files = Files::new();
        let mut connection = files.open().await;
        let of_the_first_use = files.killed();
        run(&mut connection, "PRAGMA wal_checkpoint(PASSIVE)").await;
        run(&mut connection, "INSERT INTO films VALUES ('Limite')").await;
        let fewer_frames = files.killed();
        run(&mut connection, "INSERT INTO films VALUES ('Ganga Bruta')").await;
        let last = files.killed();
        connection.close().await.unwrap();
        let (of_another_log, _) = three_transactions().await;
        for index in [of_the_first_use, fewer_frames, of_another_log] {
            std::fs::copy(beside(&index.database, "-shm"), beside(&last.database, "-shm")).unwrap();
            assert_eq!(Journal::look(&last.database).unwrap(), Journal::Present);
        }
        // The pages of an index reach the disk in any order, and may not reach it at all.
        for content in [Vec::new(), vec![0; 32_768]] {
            std::fs::write(beside(&last.database, "-shm"), content).unwrap();
            assert_eq!(Journal::look(&last.database).unwrap(), Journal::Present);
        }
    }

    #[tokio::test]
    async fn what_was_rolled_back_is_no_damage() {
        let files = Files::new();
        let mut connection = files.open().await;
        let before = files.log().len();
        run(&mut connection, "BEGIN").await;
        for _ in 0..20 {
            run(&mut connection, "INSERT INTO films VALUES (randomblob(9000))").await;
        }
        assert!(
            files.log().len() > before,
            "a transaction larger than the cache is written before its end"
        );
        let in_between = files.killed();
        run(&mut connection, "ROLLBACK").await;
        let rolled_back = files.killed();
        run(&mut connection, "INSERT INTO films VALUES ('Limite')").await;
        let written_over = files.killed();
        connection.close().await.unwrap();
        for files in [in_between, rolled_back, written_over] {
            assert_eq!(files.with_log(&files.log()), [Journal::Present; 2]);
        }
    }
}
