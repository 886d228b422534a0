//! What is printed of a failure: the least that shows it again.

use super::documents::{Corpus, Documents};
use super::{Between, Named, Reader};

/// Where the decoder and its judge parted.
pub struct Failure {
    pub stream: u64,
    pub number: u64,
    pub what: String,
}

impl Failure {
    /// Stream, number, and the shortest document found that fails too, with
    /// the documents that the decoder must have read before.
    pub fn explained(&self, corpus: &Corpus, named: &Named, between: Between) -> String {
        let mut stream = Documents::new(corpus, named, self.stream);
        let mut before: Vec<Vec<u8>> = (0..self.number).map(|_| stream.next().to_vec()).collect();
        let mut document = stream.next().to_vec();
        let fails = |before: &[Vec<u8>], document: &[u8]| {
            let mut reader = Reader::new(named, between);
            before.iter().for_each(|other| drop(reader.read(other)));
            reader.read(document).err()
        };

        // As few documents before it as possible, the nearest ones first.
        let mut count = 0;
        while count < before.len() && fails(&before[before.len() - count..], &document).is_none() {
            count = (2 * count + 1).min(before.len());
        }
        before.drain(..before.len() - count);
        shorten(&mut before, |fewer| fails(fewer, &document).is_some());
        shorten(&mut document, |shorter| fails(&before, shorter).is_some());

        let plural = if before.len() == 1 { "" } else { "s" };
        let mut text = format!(
            "stream {}, document {}: {}\nin short: {}\nby b\"{}\"\nafter {} document{plural}\n",
            self.stream,
            self.number,
            self.what,
            fails(&before, &document).unwrap_or_default(),
            document.escape_ascii(),
            before.len(),
        );
        for other in before.iter().take(10) {
            text += &format!("b\"{}\"\n", other.escape_ascii());
        }
        text
    }
}

/// Most shorter lists that are tried.
const TRIES: usize = 1_000;

/// Leaves out what is not needed, in ever smaller pieces.
fn shorten<T: Clone>(list: &mut Vec<T>, still: impl Fn(&[T]) -> bool) {
    let mut tries = 0;
    let mut step = list.len() / 2;
    while step > 0 && tries < TRIES {
        let mut at = 0;
        while at < list.len() && tries < TRIES {
            tries += 1;
            let mut shorter = list.clone();
            shorter.drain(at..(at + step).min(list.len()));
            match still(&shorter) {
                true => *list = shorter,
                false => at += step,
            }
        }
        step /= 2;
    }
}
