//! What people hold in their hands: browsers and phones.

use super::random::Random;

/// A browser on a computer, or an app on a phone.
pub(super) struct Device {
    pub(super) is_mobile: bool,
    pub(super) agent: &'static str,
    pub(super) browser: &'static str,
    pub(super) browser_version: &'static str,
    pub(super) system: &'static str,
    pub(super) system_version: &'static str,
    pub(super) maker: &'static str,
    pub(super) model: &'static str,
    pub(super) screen: (u32, u32),
}

impl Device {
    pub(super) fn pick(random: &mut Random) -> &'static Device {
        random.pick(DEVICES)
    }

    /// `iOS`, `Android` or `web`.
    pub(super) fn channel(&self) -> &'static str {
        if self.is_mobile { "mobile" } else { "web" }
    }
}

const DEVICES: &[Device] = &[
    Device {
        is_mobile: false,
        agent: "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
        browser: "Firefox",
        browser_version: "139.0",
        system: "Linux",
        system_version: "x86_64",
        maker: "Unknown",
        model: "Desktop",
        screen: (1920, 1080),
    },
    Device {
        is_mobile: false,
        agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
        browser: "Chrome",
        browser_version: "137.0.0.0",
        system: "Windows",
        system_version: "10",
        maker: "Unknown",
        model: "Desktop",
        screen: (2560, 1440),
    },
    Device {
        is_mobile: false,
        agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
        browser: "Safari",
        browser_version: "18.4",
        system: "Macintosh",
        system_version: "10.15.7",
        maker: "Apple",
        model: "Macintosh",
        screen: (1440, 900),
    },
    Device {
        is_mobile: true,
        agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        browser: "Safari",
        browser_version: "18.4",
        system: "iOS",
        system_version: "18.4",
        maker: "Apple",
        model: "iPhone15,3",
        screen: (430, 932),
    },
    Device {
        is_mobile: true,
        agent: "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36",
        browser: "Chrome",
        browser_version: "137.0.0.0",
        system: "Android",
        system_version: "15",
        maker: "Google",
        model: "Pixel 9",
        screen: (412, 924),
    },
    Device {
        is_mobile: true,
        agent: "Dalvik/2.1.0 (Linux; U; Android 14; SM-A546B Build/UP1A.231005.007)",
        browser: "WebView",
        browser_version: "14",
        system: "Android",
        system_version: "14",
        maker: "samsung",
        model: "SM-A546B",
        screen: (360, 780),
    },
];
