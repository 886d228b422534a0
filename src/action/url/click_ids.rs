//! The table `clickids@1`: parameters by which an advertiser, a network or a mailing
//! knows one click, and so one person, again.

/// In alphabetical order, lower case.
const CLICK_IDS: [&str; 40] = [
    "__s",
    "_bta_c",
    "_bta_tid",
    "_hsenc",
    "_hsmi",
    "_ke",
    "_kx",
    "bsft_clkid",
    "cjevent",
    "dclid",
    "dicbo",
    "ef_id",
    "epik",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "igsh",
    "igshid",
    "irclickid",
    "li_fat_id",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "obclid",
    "oly_anon_id",
    "oly_enc_id",
    "qclid",
    "rb_clickid",
    "rdt_cid",
    "s_kwcid",
    "sccid",
    "srsltid",
    "tblci",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
];

/// True for the name of such a parameter, ASCII case ignored.
pub(super) fn is_click_id(name: &str) -> bool {
    CLICK_IDS.iter().any(|id| id.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_known_by_any_case() {
        assert!(CLICK_IDS.is_sorted_by(|a, b| a < b));
        assert!(is_click_id("gclid") && is_click_id("ScCid"));
        assert!(!is_click_id("utm_source") && !is_click_id(""));
    }
}
