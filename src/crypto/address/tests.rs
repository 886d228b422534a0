use super::*;
use proptest::prelude::*;

/// Key, address, and what it becomes: the vectors of draft-denis-ipcrypt for ipcrypt-pfx
/// (appendix "ipcrypt-pfx Test Vectors").
const DRAFT: [(&str, &[(&str, &str)]); 2] = [
    (
        "0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301",
        &[
            ("0.0.0.0", "151.82.155.134"),
            ("255.255.255.255", "94.185.169.89"),
            ("192.0.2.1", "100.115.72.131"),
            ("2001:db8::1", "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88"),
        ],
    ),
    (
        "2b7e151628aed2a6abf7158809cf4f3ca9f5ba40db214c3798f2e1c23456789a",
        &[
            ("10.0.0.47", "19.214.210.244"),
            ("10.0.0.129", "19.214.210.80"),
            ("10.0.0.234", "19.214.210.30"),
            ("172.16.5.193", "210.78.229.136"),
            ("172.16.97.42", "210.78.179.241"),
            ("172.16.248.177", "210.78.121.215"),
            (
                "2001:db8::a5c9:4e2f:bb91:5a7d",
                "7cec:702c:1243:f70:1956:125:b9bd:1aba",
            ),
            (
                "2001:db8::7234:d8f1:3c6e:9a52",
                "7cec:702c:1243:f70:a3ef:c8e:95c1:cd0d",
            ),
            (
                "2001:db8::f1e0:937b:26d4:8c1a",
                "7cec:702c:1243:f70:443c:c8e:6a62:b64d",
            ),
            (
                "2001:db8:3a5c:0:e7d1:4b9f:2c8a:f673",
                "7cec:702c:3503:bef:e616:96bd:be33:a9b9",
            ),
            (
                "2001:db8:9f27:0:b4e2:7a3d:5f91:c8e6",
                "7cec:702c:a504:b74e:194a:3d90:b047:2d1a",
            ),
            (
                "2001:db8:d8b4:0:193c:a5e7:8b2f:46d1",
                "7cec:702c:f840:aa67:1b8:e84f:ac9d:77fb",
            ),
        ],
    ),
];

fn key(hex: &str) -> Prefixes {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    Prefixes::new(&Secret::fill(|key| key.copy_from_slice(&bytes)))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_vectors_of_the_draft_hold() {
    for (hex, addresses) in DRAFT {
        let key = key(hex);
        for (clear, made) in addresses {
            assert_eq!(key.encipher(ip(clear)), ip(made), "{clear}");
            assert_eq!(key.decipher(ip(made)), ip(clear), "{made}");
        }
    }
    // One address in two spellings.
    let key = key(DRAFT[0].0);
    assert_eq!(key.encipher(ip("::ffff:192.0.2.1")), ip("100.115.72.131"));
}

#[test]
fn domain_space_epoch_and_version_move_apart() {
    const DAY_MS: i64 = 86_400_000;
    let root = |n| std::sync::Arc::new(Root::new(&[n; 32]));
    let day = EpochLength::fixed(DAY_MS).unwrap();
    let versions = || Versions::new([(0, Some(root(7))), (10 * DAY_MS, Some(root(8)))]);
    let of = |domain, space| Addresses::new(&root(7), domain, space).unwrap();
    let changing = |domain| Addresses::changing(versions(), day, domain, "").unwrap();
    let v6 = ip("2001:db8::1");
    let one = of("a", "");
    let daily = changing("a");
    let mut made = vec![
        one.encipher(v6, 0).unwrap(),
        of("b", "").encipher(v6, 0).unwrap(),
        of("a", "s").encipher(v6, 0).unwrap(),
        changing("b").encipher(v6, 0).unwrap(),
    ];
    for n in [0, 1, 64, 0, 10, 74] {
        let at = daily.encipher(v6, n * DAY_MS).unwrap();
        let late = daily.encipher(v6, n * DAY_MS + DAY_MS - 1).unwrap();
        assert_eq!(at, late);
        assert_eq!(daily.decipher(at, n * DAY_MS + 5), Ok(v6));
        made.push(at);
    }
    let back = made.remove(7);
    assert_eq!(back, made[4]);
    let mut distinct = made.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), made.len());
    assert!(daily.change() && !one.change());
    assert_eq!(daily.encipher(v6, i64::MAX), Err(Reason::EpochOutOfWindow));
    assert_eq!(one.encipher(v6, i64::MAX), one.encipher(v6, 0));
    let gone = Versions::new([(0, None)]);
    let gone = Addresses::changing(gone, day, "a", "").unwrap();
    assert_eq!(gone.encipher(v6, 5), Err(Reason::KeyDestroyed));
    let long = "d".repeat(65_536);
    assert!(Addresses::new(&root(7), &long, "").is_err());
    assert!(Addresses::changing(versions(), day, "a", &long).is_err());
}

proptest! {
    #[test]
    fn prefixes_stay_and_nothing_else(a: u128, shared in 0_u32..128, tail: u128) {
        let key = key(DRAFT[0].0);
        let rest = (u128::MAX >> shared) >> 1;
        // The bit behind what is shared differs, the rest is anything.
        let b = (a ^ (1 << (127 - shared))) & !rest | tail & rest;
        let of = |bits| key.encipher(IpAddr::V6(Ipv6Addr::from_bits(bits)));
        let bits = |ip| match ip {
            IpAddr::V6(ip) => ip.to_bits(),
            IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        };
        prop_assert_eq!((bits(of(a)) ^ bits(of(b))).leading_zeros(), shared);
        prop_assert_eq!(key.decipher(of(a)), IpAddr::V6(Ipv6Addr::from_bits(a)));
    }

    #[test]
    fn the_family_stays(a: u32, shared in 0_u32..32) {
        let key = key(DRAFT[1].0);
        let of = |bits| match key.encipher(IpAddr::V4(Ipv4Addr::from_bits(bits))) {
            IpAddr::V4(ip) => ip.to_bits(),
            IpAddr::V6(ip) => panic!("{ip}"),
        };
        let b = a ^ (1 << (31 - shared));
        prop_assert_eq!((of(a) ^ of(b)).leading_zeros(), shared);
        let back = key.decipher(IpAddr::V4(Ipv4Addr::from_bits(of(a))));
        prop_assert_eq!(back, IpAddr::V4(Ipv4Addr::from_bits(a)));
    }
}
