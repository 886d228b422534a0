//! User agents to browser, system or device.

use std::ops::Range;

use crate::action::characters::Characters;
use crate::action::{Cx, Dial, Example, Facts, Gives, Grade, Growth, Says, Setting, Type};
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const USER_AGENT: KindDef = KindDef {
    what: "a user agent",
    decides: &[word(
        "user_agent",
        Takes::OneOf(&["family", "family_major", "os", "device"]),
        "User agent: its browser, that with its major version, its system, or its kind of device.",
    )],
    is_one_of: true,
    further: &[],
    borrows: kind::nothing,
    doc: "**User agent** (`user_agent`): a name of a closed list (`useragents@1`), whatever stands in the text. `family`: Android Browser, Chrome, DuckDuckGo, Edge, Facebook, Firefox, Google, Huawei Browser, Instagram, Internet Explorer, MIUI Browser, Opera, Opera Mini, QQ Browser, Safari, Samsung Internet, Silk, Snapchat, TikTok, UC Browser, Vivaldi, WeChat, Whale, Yandex Browser; `family_major` the same with the major version behind it, `Chrome 126`, where the text says one of up to three digits. `os`: Android, ChromeOS, iOS, KaiOS, Linux, macOS, Tizen, Windows. `device`: desktop, phone, tablet, tv. Each also `bot`, for what calls itself one, and `other`, for everything else; a version above 999 is `other`. Of an empty text, or a word for nothing, nothing leaves. The first 2,048 bytes are read. No text is refused; anything but a text is `wrong_type`.",
    leaks: "A rare browser, or a version that few still have, singles out: with `user_agent: family_major` most of all.",
    examples: &[
        Example {
            policy: "{ generalize: { user_agent: family_major } }",
            input: r#""Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87""#,
            output: Some(r#""Edge 126""#),
        },
        Example {
            policy: "{ generalize: { user_agent: os } }",
            input: r#""Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1""#,
            output: Some(r#""iOS""#),
        },
    ],
    parse: kind::spec::<Part>,
};

/// What of the user agent leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Family,
    FamilyMajor,
    Os,
    Device,
}

impl Coarsening for Part {
    const LEAKS: &'static str = USER_AGENT.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Part> {
        Some(match mapping.one_of("user_agent")? {
            "family" => Part::Family,
            "family_major" => Part::FamilyMajor,
            "os" => Part::Os,
            _ => Part::Device,
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            // A name of the list, and a version.
            writes: Characters::from_iter(('0'..='9').chain('A'..='Z').chain('a'..='z'))
                .with(" .-"),
            grade: matches!(self, Part::FamilyMajor).then_some(Grade::BrowserVersion),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // The longest name with its version.
        Growth::by("Internet Explorer 999".len())
    }

    fn dials(&self) -> Vec<Dial> {
        let parts: &[&str] = match self {
            Part::Family => &["family"],
            Part::FamilyMajor => &["family", "major"],
            Part::Os => &["os"],
            Part::Device => &["device"],
        };
        let parts = parts.iter().map(|p| (*p).to_owned()).collect();
        vec![Dial::new("user_agent", Setting::Also(parts))]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        (from == Type::Text).then(|| Gives::one(from)).flatten()
    }

    fn says(&self) -> Says {
        Says::of(match self {
            Part::Family => "the browser of the user agent, of a closed list",
            Part::FamilyMajor => {
                "the browser of the user agent, of a closed list, with its major version"
            }
            Part::Os => "the system of the user agent, of a closed list",
            Part::Device => {
                "the kind of device of the user agent: desktop, phone, tablet, tv, bot or other"
            }
        })
    }

    /// Writes a name of the list.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = view else {
            return Err(Reason::WrongType);
        };
        let text = text.chars_in(cx.text).as_bytes();
        let text = &text[..text.len().min(LONGEST)];
        let seen = Seen::scan(text);
        let name = match self {
            _ if seen.is_bot => "bot",
            Part::Family => seen.family().name,
            Part::Os => SYSTEMS[seen.system],
            Part::Device => seen.device(),
            Part::FamilyMajor => {
                let family = seen.family();
                cx.bytes.clear();
                match seen.major(text) {
                    Major::Unsaid => cx.bytes.extend_from_slice(family.name.as_bytes()),
                    Major::TooMany => cx.bytes.extend_from_slice(b"other"),
                    Major::Digits(digits) => {
                        cx.bytes.extend_from_slice(family.name.as_bytes());
                        cx.bytes.push(b' ');
                        cx.bytes.extend_from_slice(&text[digits]);
                    }
                }
                out.ascii(cx.bytes);
                return Ok(());
            }
        };
        out.ascii(name.as_bytes());
        Ok(())
    }
}

/// Bytes that are read of a text: longer ones are no browser's.
const LONGEST: usize = 2_048;

/// A browser, and what its version stands behind.
struct Family {
    name: &'static str,
    version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Behind the token that tells the family.
    Own,
    /// Behind `Version/` where there is one, else behind its own token.
    Named,
    /// Behind `rv:` where there is one, else behind its own token.
    Revision,
    /// Nowhere.
    None,
}

const fn family(name: &'static str, version: Version) -> Family {
    Family { name, version }
}

/// `useragents@1`: families, those first that also say the names of later ones.
const FAMILIES: [Family; 25] = [
    family("Facebook", Version::None),
    family("Instagram", Version::Own),
    family("TikTok", Version::None),
    family("Snapchat", Version::Own),
    family("WeChat", Version::Own),
    family("Google", Version::Own),
    family("DuckDuckGo", Version::Own),
    family("Edge", Version::Own),
    family("UC Browser", Version::Own),
    family("Opera Mini", Version::Own),
    family("Opera", Version::Named),
    family("Vivaldi", Version::Own),
    family("Yandex Browser", Version::Own),
    family("Samsung Internet", Version::Own),
    family("MIUI Browser", Version::Own),
    family("Huawei Browser", Version::Own),
    family("QQ Browser", Version::Own),
    family("Silk", Version::Own),
    family("Whale", Version::Own),
    family("Firefox", Version::Own),
    family("Chrome", Version::Own),
    family("Internet Explorer", Version::Revision),
    family("Android Browser", Version::Named),
    family("Safari", Version::Named),
    family("other", Version::None),
];
const CHROME: usize = 20;
const ANDROID_BROWSER: usize = 22;
const SAFARI: usize = 23;
const NO_FAMILY: usize = FAMILIES.len() - 1;

/// `useragents@1`: systems, those first that also say the names of later ones.
const SYSTEMS: [&str; 9] = [
    "Windows", "KaiOS", "Tizen", "Android", "iOS", "ChromeOS", "macOS", "Linux", "other",
];
const ANDROID: usize = 3;
const IOS: usize = 4;
const NO_SYSTEM: usize = SYSTEMS.len() - 1;

/// What a word of a user agent tells.
#[derive(Clone, Copy)]
enum Sign {
    Bot,
    Family(usize),
    System(usize),
    Form(Form),
    Version,
    Revision,
    WebKit,
}

/// Kinds of device, those first that also say the names of later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Tv,
    Tablet,
    Phone,
    Desktop,
    Other,
}

/// What words begin with, by their first byte, and what they tell. A word
/// begins where no letter or digit is before it.
const TOKENS: &[(&[u8], Sign)] = &[
    (b"+http", Sign::Bot),
    (b"AFT", Sign::Form(Form::Tv)),
    (b"Android", Sign::System(ANDROID)),
    (b"AppleTV", Sign::Form(Form::Tv)),
    (b"AppleWebKit/", Sign::WebKit),
    (b"BRAVIA", Sign::Form(Form::Tv)),
    (b"Baiduspider", Sign::Bot),
    (b"BytedanceWebview", Sign::Family(2)),
    (b"Chrome/", Sign::Family(CHROME)),
    (b"Chromium/", Sign::Family(CHROME)),
    (b"CrKey", Sign::Form(Form::Tv)),
    (b"CrOS", Sign::System(5)),
    (b"CrOS", Sign::Form(Form::Desktop)),
    (b"Crawler", Sign::Bot),
    (b"CriOS/", Sign::Family(CHROME)),
    (b"CriOS/", Sign::System(IOS)),
    (b"Ddg/", Sign::Family(6)),
    (b"DuckDuckGo/", Sign::Family(6)),
    (b"Edg/", Sign::Family(7)),
    (b"EdgA/", Sign::Family(7)),
    (b"EdgiOS/", Sign::Family(7)),
    (b"Edge/", Sign::Family(7)),
    (b"EdgiOS/", Sign::System(IOS)),
    (b"FBAN/", Sign::Family(0)),
    (b"FBAV/", Sign::Family(0)),
    (b"FB_IAB/", Sign::Family(0)),
    (b"Firefox/", Sign::Family(19)),
    (b"FxiOS/", Sign::Family(19)),
    (b"FxiOS/", Sign::System(IOS)),
    (b"GSA/", Sign::Family(5)),
    (b"Go-http-client", Sign::Bot),
    (b"GoogleTV", Sign::Form(Form::Tv)),
    (b"HbbTV", Sign::Form(Form::Tv)),
    (b"HeadlessChrome", Sign::Bot),
    (b"HuaweiBrowser/", Sign::Family(15)),
    (b"Instagram", Sign::Family(1)),
    (b"KAIOS/", Sign::System(1)),
    (b"KAIOS/", Sign::Form(Form::Phone)),
    (b"KaiOS/", Sign::System(1)),
    (b"KaiOS/", Sign::Form(Form::Phone)),
    (b"Kindle", Sign::Form(Form::Tablet)),
    (b"Lighthouse", Sign::Bot),
    (b"Linux", Sign::System(7)),
    (b"Linux x86_64", Sign::Form(Form::Desktop)),
    (b"MQQBrowser/", Sign::Family(16)),
    (b"MSIE ", Sign::Family(21)),
    (b"Mac OS X", Sign::System(6)),
    (b"Macintosh", Sign::System(6)),
    (b"Macintosh", Sign::Form(Form::Desktop)),
    (b"MicroMessenger/", Sign::Family(4)),
    (b"MiuiBrowser/", Sign::Family(14)),
    (b"Mobile", Sign::Form(Form::Phone)),
    (b"OPR/", Sign::Family(10)),
    (b"OPT/", Sign::Family(10)),
    (b"OPiOS/", Sign::Family(9)),
    (b"Opera Mini/", Sign::Family(9)),
    (b"Opera Mini/", Sign::Form(Form::Phone)),
    (b"Opera/", Sign::Family(10)),
    (b"PhantomJS", Sign::Bot),
    (b"PlayBook", Sign::Form(Form::Tablet)),
    (b"Python-urllib", Sign::Bot),
    (b"QQBrowser/", Sign::Family(16)),
    (b"QQBrowser ", Sign::Family(16)),
    (b"Roku", Sign::Form(Form::Tv)),
    (b"SMART-TV", Sign::Form(Form::Tv)),
    (b"Safari/", Sign::Family(SAFARI)),
    (b"SamsungBrowser/", Sign::Family(13)),
    (b"Silk/", Sign::Family(17)),
    (b"Silk/", Sign::System(ANDROID)),
    (b"Slurp", Sign::Bot),
    (b"Smart TV", Sign::Form(Form::Tv)),
    (b"Smart-TV", Sign::Form(Form::Tv)),
    (b"SmartTV", Sign::Form(Form::Tv)),
    (b"Snapchat/", Sign::Family(3)),
    (b"Tablet", Sign::Form(Form::Tablet)),
    (b"Tizen", Sign::System(2)),
    (b"Trident/", Sign::Family(21)),
    (b"UBrowser/", Sign::Family(8)),
    (b"UC Browser", Sign::Family(8)),
    (b"UCBrowser/", Sign::Family(8)),
    (b"UCBrowser", Sign::Family(8)),
    (b"UCWEB", Sign::Family(8)),
    (b"Version/", Sign::Version),
    (b"Vivaldi/", Sign::Family(11)),
    (b"WeChat/", Sign::Family(4)),
    (b"Wget/", Sign::Bot),
    (b"Whale/", Sign::Family(18)),
    (b"Windows", Sign::System(0)),
    (b"Windows NT", Sign::Form(Form::Desktop)),
    (b"Windows Phone", Sign::Form(Form::Phone)),
    (b"X11", Sign::System(7)),
    (b"X11", Sign::Form(Form::Desktop)),
    (b"XiaoMi/MiuiBrowser/", Sign::Family(14)),
    (b"YaBrowser/", Sign::Family(12)),
    (b"YaSearchBrowser/", Sign::Family(12)),
    (b"crawler", Sign::Bot),
    (b"curl/", Sign::Bot),
    (b"facebookexternalhit", Sign::Bot),
    (b"iOS;", Sign::System(IOS)),
    (b"iOS ", Sign::System(IOS)),
    (b"iPad", Sign::System(IOS)),
    (b"iPad", Sign::Form(Form::Tablet)),
    (b"iPhone", Sign::System(IOS)),
    (b"iPhone", Sign::Form(Form::Phone)),
    (b"iPod", Sign::System(IOS)),
    (b"iPod", Sign::Form(Form::Phone)),
    (b"musical_ly", Sign::Family(2)),
    (b"python-requests", Sign::Bot),
    (b"rv:", Sign::Revision),
    (b"spider", Sign::Bot),
];

/// Where the tokens of each first byte stand in [`TOKENS`], which is sorted.
static BY_FIRST: [(u8, u8); 128] = {
    let mut by_first = [(0, 0); 128];
    let mut n = 0;
    while n < TOKENS.len() {
        let first = TOKENS[n].0[0] as usize;
        if by_first[first].1 == 0 {
            by_first[first].0 = n as u8;
        }
        by_first[first].1 = n as u8 + 1;
        n += 1;
    }
    by_first
};

/// What the words of a user agent tell.
struct Seen {
    is_bot: bool,
    family: usize,
    /// Behind its token.
    family_at: usize,
    system: usize,
    form: Form,
    version_at: Option<usize>,
    revision_at: Option<usize>,
    is_webkit: bool,
}

impl Seen {
    fn scan(text: &[u8]) -> Seen {
        let mut seen = Seen {
            is_bot: false,
            family: NO_FAMILY,
            family_at: 0,
            system: NO_SYSTEM,
            form: Form::Other,
            version_at: None,
            revision_at: None,
            is_webkit: false,
        };
        let mut before = b' ';
        for (at, byte) in text.iter().enumerate() {
            if !before.is_ascii_alphanumeric() {
                seen.word(text, at);
            } else if matches!(byte, b'b' | b'B') {
                seen.is_bot |= ends_in_bot(text, at);
            }
            before = *byte;
        }
        // Android's own browser says what Safari says.
        if seen.family == SAFARI && seen.system == ANDROID {
            seen.family = ANDROID_BROWSER;
        }
        // The system's own view of pages, inside an app, leaves Safari's name out.
        if seen.family == NO_FAMILY && seen.system == IOS && seen.is_webkit {
            (seen.family, seen.family_at) = (SAFARI, text.len());
        }
        seen
    }

    fn word(&mut self, text: &[u8], at: usize) {
        let rest = &text[at..];
        let Some((from, to)) = BY_FIRST.get(usize::from(rest[0])) else {
            return;
        };
        for (token, sign) in &TOKENS[usize::from(*from)..usize::from(*to)] {
            if !rest.starts_with(token) {
                continue;
            }
            let behind = at + token.len();
            match sign {
                Sign::Bot => self.is_bot = true,
                Sign::Family(family) if *family < self.family => {
                    (self.family, self.family_at) = (*family, behind);
                }
                Sign::Family(_) => {}
                Sign::System(system) => self.system = self.system.min(*system),
                Sign::Form(form) => self.form = self.form.min(*form),
                Sign::Version => self.version_at = Some(behind),
                Sign::Revision => self.revision_at = Some(behind),
                Sign::WebKit => self.is_webkit = true,
            }
        }
        self.is_bot |= matches!(rest[0], b'b' | b'B') && ends_in_bot(text, at);
    }

    fn family(&self) -> &'static Family {
        &FAMILIES[self.family]
    }

    fn device(&self) -> &'static str {
        match self.form {
            Form::Tv => "tv",
            Form::Tablet => "tablet",
            Form::Phone => "phone",
            // Android without a word for phones.
            Form::Desktop | Form::Other if self.system == ANDROID => "tablet",
            Form::Desktop => "desktop",
            Form::Other => "other",
        }
    }

    fn major(&self, text: &[u8]) -> Major {
        let elsewhere = match self.family().version {
            Version::None => return Major::Unsaid,
            Version::Own => None,
            Version::Named => self.version_at,
            Version::Revision => self.revision_at,
        };
        let mut at = elsewhere.unwrap_or(self.family_at);
        // `Instagram 330.0`.
        at += usize::from(text.get(at) == Some(&b' '));
        let digits = text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        match digits {
            0 => Major::Unsaid,
            1..=3 => Major::Digits(at..at + digits),
            _ => Major::TooMany,
        }
    }
}

enum Major {
    Unsaid,
    /// Where its digits stand.
    Digits(Range<usize>),
    /// More than three.
    TooMany,
}

/// True when the word that `bot` at `at` is in ends with it, as names of robots
/// do; telephones named Cubot are none.
fn ends_in_bot(text: &[u8], at: usize) -> bool {
    let is_bot = text[at..]
        .get(..3)
        .is_some_and(|w| w.eq_ignore_ascii_case(b"bot"));
    let is_end = !text.get(at + 3).is_some_and(u8::is_ascii_alphanumeric);
    let before = &text[at.saturating_sub(2)..at];
    is_bot && is_end && !before.eq_ignore_ascii_case(b"cu")
}

#[cfg(test)]
#[path = "user_agent_tests.rs"]
mod tests;
