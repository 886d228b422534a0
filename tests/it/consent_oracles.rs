//! Our decoders of consent strings beside those of two crates, on strings as they were
//! written and changed at random. Where ours reads a string, and theirs does too, they
//! agree.
//!
//! Neither crate is held to be right: `lib_tcstring` panics on some strings that are cut
//! off, which is caught and passed over, and `iab_gpp` takes seconds and a gigabyte for
//! some, so that only strings up to [`BYTES_MAX`] with few ranges are tried. Ours refuses
//! more: other segments, ranges that end before they begin, what fills up not being zero.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::str::FromStr;

use iab_gpp::sections::us_common::OptOut;
use iab_gpp::sections::{tcfeuv2::TcfEuV2, usca::UsCa, usnat, usnat::UsNat};
use iab_gpp::v1::GPPString;
use lib_tcstring::TcModelV2;
use serde_json::Value;
use veilstream::consent::signals::{gpp, tcf};
use veilstream::plan::signal::OptOuts;

const TCF: &str = include_str!("../vectors/consent/tcf.json");
const GPP: &str = include_str!("../vectors/consent/gpp.json");
/// Longest string that the crates are asked.
const BYTES_MAX: usize = 400;
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

fn strings(vectors: &str) -> Vec<String> {
    let all: Value = serde_json::from_str(vectors).expect("JSON");
    let all = all["strings"].as_array().expect("a list").iter();
    all.map(|s| s["string"].as_str().expect("a string").to_owned())
        .collect()
}

/// xorshift64: the same strings in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    /// A string with one to four characters changed, put in or cut off behind.
    fn changed(&mut self, string: &str) -> String {
        let mut bytes = string.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let letter = ALPHABET[self.below(ALPHABET.len())];
            match self.below(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at, letter),
                _ => bytes[at] = letter,
            }
        }
        String::from_utf8(bytes).expect("ASCII")
    }
}

fn set<N: Into<u32> + Copy>(ids: impl IntoIterator<Item = N>) -> u32 {
    ids.into_iter()
        .fold(0, |set, id| set | 1 << (id.into() - 1))
}

/// Compares with each crate that reads the string too; how many did.
fn compare_tcf(string: &str, vendor: u16) -> usize {
    let Ok(ours) = tcf::read(string, vendor) else {
        return 0;
    };
    let mut compared = 0;
    if let Ok(theirs) = TcfEuV2::from_str(string) {
        let core = &theirs.core;
        let purposes = core.purpose_consents.iter().copied();
        assert_eq!(ours.purposes, set(purposes), "{string}");
        let interests = core.purpose_legitimate_interests.iter().copied();
        assert_eq!(ours.interests, set(interests), "{string}");
        let features = core.special_feature_optins.iter().copied();
        assert_eq!(u32::from(ours.special_features), set(features), "{string}");
        assert_eq!(
            ours.vendor,
            core.vendor_consents.contains(&vendor),
            "{string}"
        );
        let has_interest = core.vendor_legitimate_interests.contains(&vendor);
        assert_eq!(ours.vendor_interest, has_interest, "{string}");
        let disclosed = theirs
            .disclosed_vendors
            .as_ref()
            .map(|d| d.contains(&vendor));
        assert_eq!(ours.disclosed, disclosed, "{string}");
        compared += 1;
    }
    // It panics where it should refuse: what it says then is no opinion.
    let theirs = catch_unwind(|| TcModelV2::try_from(string).ok());
    if let Ok(Some(theirs)) = theirs {
        assert_eq!(ours.last_updated_ms as u64, theirs.updated_at, "{string}");
        assert_eq!(ours.purposes, set(theirs.purposes_consent), "{string}");
        assert_eq!(
            ours.interests,
            set(theirs.purposes_li_transparency),
            "{string}"
        );
        assert_eq!(
            ours.vendor,
            theirs.vendors_consent.contains(&vendor),
            "{string}"
        );
        let has_interest = theirs.vendors_li_consent.contains(&vendor);
        assert_eq!(ours.vendor_interest, has_interest, "{string}");
        compared += 1;
    }
    compared
}

#[test]
fn tc_strings_are_read_as_others_read_them() {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(|| {
        let all = strings(TCF);
        let mut random = Random(0x5eed);
        let mut compared = 0;
        for string in &all {
            for vendor in 1..=910 {
                compared += compare_tcf(string, vendor);
            }
        }
        for _ in 0..20_000 {
            let of = random.below(all.len());
            let string = random.changed(&all[of]);
            if string.len() <= BYTES_MAX {
                let vendor = [1, 8, 28, 755, 899][random.below(5)];
                compared += compare_tcf(&string, vendor);
            }
        }
        assert!(compared > 10_000, "{compared} comparisons");
    });
    std::panic::set_hook(quiet);
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn gpp_strings_are_read_as_another_reads_them() {
    let all = strings(GPP);
    let with_tcf = strings(TCF).into_iter().map(|tc| format!("DBABM~{tc}"));
    let all: Vec<String> = all.into_iter().chain(with_tcf).collect();
    let mut random = Random(0x5eed);
    let changed: Vec<String> = (0..20_000)
        .map(|_| {
            let of = random.below(all.len());
            random.changed(&all[of])
        })
        .collect();
    let mut compared = BTreeSet::new();
    for string in all.iter().chain(&changed).filter(|s| s.len() <= BYTES_MAX) {
        let Ok(ours) = gpp::read(string) else {
            continue;
        };
        let theirs = GPPString::parse_str(string);
        let theirs = theirs.unwrap_or_else(|_| panic!("only we read {string}"));
        let tcf = theirs.section(iab_gpp::sections::SectionId::TcfEuV2);
        assert_eq!(ours.tcf, tcf, "{string}");
        let opted_out = |which: &OptOut| *which == OptOut::OptedOut;
        if theirs.section_ids().count() != 1 {
            continue;
        }
        // Global Privacy Control stands for these opt-outs too.
        let global = |gpc: Option<bool>| gpc == Some(true);
        if let Ok(state) = theirs.decode::<UsCa>() {
            let gpc = global(state.gpc);
            let sale = opted_out(&state.core.sale_opt_out) || gpc;
            let sharing = opted_out(&state.core.sharing_opt_out) || gpc;
            assert_eq!(ours.opted_out.meets(OptOuts::SALE), sale, "{string}");
            assert_eq!(ours.opted_out.meets(OptOuts::SHARING), sharing, "{string}");
            compared.insert(string);
        }
        if let Ok(state) = theirs.decode::<UsNat>()
            && let usnat::Core::V2(core) = &state.core
        {
            let gpc = global(state.gpc);
            let targeted = opted_out(&core.targeted_advertising_opt_out) || gpc;
            assert_eq!(
                ours.opted_out.meets(OptOuts::TARGETED),
                targeted,
                "{string}"
            );
            compared.insert(string);
        }
    }
    assert!(compared.len() > 20, "{} comparisons", compared.len());
}
