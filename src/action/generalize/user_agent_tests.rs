use super::super::super::testing::{findings, run};
use super::*;

fn of(part: &str, text: &str) -> String {
    let policy = format!("{{ generalize: {{ user_agent: {part} }} }}");
    let out = run(&policy, &format!("\"{text}\"")).expect("no text is refused");
    out.expect("a name leaves").trim_matches('"').to_owned()
}

/// Texts as the makers of the browsers document them.
const AGENTS: &[(&str, &str, &str, &str)] = &[
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome 126",
        "Windows",
        "desktop",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87",
        "Edge 126",
        "Windows",
        "desktop",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox 127",
        "macOS",
        "desktop",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox 127",
        "Linux",
        "desktop",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome 126",
        "ChromeOS",
        "desktop",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Safari 17",
        "macOS",
        "desktop",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Safari 17",
        "iOS",
        "phone",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Safari",
        "iOS",
        "phone",
    ),
    (
        "UCWEB/2.0 (iOS; U; iPh OS 7_0_4; ru; iPh3,1) U2/1.0.0 UCBrowser/9.0.0.260 U2/1.0.0 Mobile",
        "UC Browser",
        "iOS",
        "phone",
    ),
    (
        "Nokia201/2.0 (11.21) Mozilla/5.0 (Java; U; en-us; nokia201) UCBrowser8.3.0.154/70/355/UCWEB Mobile",
        "UC Browser 8",
        "other",
        "phone",
    ),
    (
        "QQBrowser (Linux; U; zh-cn; HTC Hero Build/FRF91)",
        "QQ Browser",
        "Linux",
        "other",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        "Chrome 126",
        "iOS",
        "tablet",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
        "Firefox 127",
        "iOS",
        "phone",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "Chrome 126",
        "Android",
        "phone",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome 126",
        "Android",
        "tablet",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        "Samsung Internet 25",
        "Android",
        "phone",
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de; Galaxy S II Build/GRJ22) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
        "Android Browser 4",
        "Android",
        "phone",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; Cubot Note 21) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
        "Chrome 120",
        "Android",
        "phone",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0",
        "Opera 110",
        "Windows",
        "desktop",
    ),
    (
        "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
        "Opera 12",
        "Windows",
        "desktop",
    ),
    (
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
        "Opera Mini 7",
        "other",
        "phone",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Internet Explorer 11",
        "Windows",
        "desktop",
    ),
    (
        "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
        "Internet Explorer 9",
        "Windows",
        "desktop",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36",
        "Yandex Browser 24",
        "Windows",
        "desktop",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/468.0.0.35.73]",
        "Facebook",
        "iOS",
        "phone",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F79 Instagram 330.0.3.29.92 (iPhone15,2)",
        "Instagram 330",
        "iOS",
        "phone",
    ),
    (
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/6.0 TV Safari/538.1",
        "Safari 6",
        "Tizen",
        "tv",
    ),
    (
        "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
        "Firefox 48",
        "KaiOS",
        "phone",
    ),
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "bot",
        "bot",
        "bot",
    ),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/116.0.1938.76 Safari/537.36",
        "bot",
        "bot",
        "bot",
    ),
    ("curl/8.5.0", "bot", "bot", "bot"),
    ("okhttp/4.12.0", "other", "other", "other"),
    ("jane@example.com", "other", "other", "other"),
    ("Jane Chrome/12345 Doe", "other", "other", "other"),
    ("Chrome/１２６", "Chrome", "other", "other"),
    ("Chrome/\u{200f}126 😀", "Chrome", "other", "other"),
    ("xChrome/126", "other", "other", "other"),
];

#[test]
fn a_name_of_the_list_leaves() {
    for (text, family, os, device) in AGENTS {
        let written = ["family_major", "os", "device"].map(|part| of(part, text));
        assert_eq!(written, [*family, *os, *device], "{text}");
        let name = family
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .trim_end();
        let alone = of("family", text);
        assert!(alone == name || *family == "other", "{text}: {alone}");
    }
}

/// Whatever stands in the text, nothing of it leaves but a name and three digits.
#[test]
fn the_list_is_closed() {
    let names: Vec<&str> = FAMILIES.iter().map(|f| f.name).chain(SYSTEMS).collect();
    let devices = ["tv", "tablet", "phone", "desktop", "bot", "other"];
    for (n, (text, ..)) in AGENTS.iter().enumerate() {
        for cut in 0..text.len() {
            let Some(part) = text.get(cut..) else {
                continue;
            };
            let other = AGENTS[(n + cut) % AGENTS.len()].0;
            let mixed = format!("{part}{other}");
            let family = of("family_major", &mixed);
            let name = family.trim_end_matches(|c: char| c.is_ascii_digit());
            assert!(family.len() - name.len() <= 3, "{family}");
            let name = name.trim_end();
            assert!(name == "bot" || names.contains(&name), "{family}");
            assert!(devices.contains(&of("device", &mixed).as_str()));
        }
    }
    assert_eq!(FAMILIES.len() - 1, 24);
    assert_eq!(SYSTEMS.len() - 1, 8);
    for name in FAMILIES.iter().map(|f| f.name).chain(SYSTEMS) {
        assert!(USER_AGENT.doc.contains(name), "{name}");
    }
}

#[test]
fn tokens_of_one_first_byte_stand_together() {
    let firsts: Vec<u8> = TOKENS.iter().map(|(token, _)| token[0]).collect();
    assert!(firsts.is_sorted() && TOKENS.len() < 256);
}

#[test]
fn only_texts_are_taken_and_long_ones_are_cut() {
    let long = format!("{} Chrome/126", "x".repeat(1 << 20));
    assert_eq!(of("family", &long), "other");
    for json in ["1", "-0", "1e5", "true", "[]", "{}"] {
        let refused = run("{ generalize: { user_agent: os } }", json);
        assert_eq!(refused, Err(Reason::WrongType), "{json}");
    }
    let wrong = "{ generalize: { user_agent: version } }";
    assert_eq!(findings(wrong), ["V0004"]);
}
