#!/usr/bin/env python3
"""User agents beside uap-core's own test set (`pip install pyyaml`).

Usage: python3 user_agent.py UAP_CORE, the checkout or the folder `uap-core` of the crate
ua-parser 0.2.2. What counts as the same family is the table below; all others must be
`other`, or `bot` where the text calls itself one: the list is closed.
"""

import sys
from collections import Counter
from pathlib import Path

import yaml

from veil import made

FAMILIES = {
    "Android": "Android Browser", "Chrome": "Chrome", "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome", "Chrome Mobile WebView": "Chrome", "Chromium": "Chrome",
    "DuckDuckGo": "DuckDuckGo", "DuckDuckGo Mobile": "DuckDuckGo", "Edge": "Edge",
    "Edge Mobile": "Edge", "Facebook": "Facebook", "Facebook Messenger": "Facebook",
    "Firefox": "Firefox", "Firefox Mobile": "Firefox", "Firefox iOS": "Firefox",
    "Google": "Google", "Huawei Browser": "Huawei Browser", "Instagram": "Instagram",
    "IE": "Internet Explorer", "IE Mobile": "Internet Explorer", "MiuiBrowser": "MIUI Browser",
    "Opera": "Opera", "Opera Mobile": "Opera", "Opera Touch": "Opera", "Opera Mini": "Opera Mini",
    "QQ Browser": "QQ Browser", "QQ Browser Mobile": "QQ Browser", "Safari": "Safari",
    "Mobile Safari": "Safari", "Mobile Safari UI/WKWebView": "Safari",
    "Samsung Internet": "Samsung Internet", "Amazon Silk": "Silk", "Snapchat": "Snapchat",
    "TikTok": "TikTok", "UC Browser": "UC Browser", "Vivaldi": "Vivaldi", "WeChat": "WeChat",
    "Whale": "Whale", "Yandex Browser": "Yandex Browser",
}
SYSTEMS = {
    "Android": "Android", "Chrome OS": "ChromeOS", "iOS": "iOS", "KaiOS": "KaiOS", "Linux": "Linux",
    "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux", "Mac OS X": "macOS", "Tizen": "Tizen",
    "Windows": "Windows", "Windows Phone": "Windows",
}


def cases(folder, name):
    text = (folder / "tests" / name).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)["test_cases"]


def compared(title, cases, field, wanted):
    out = made({"ours": f"{{ generalize: {{ user_agent: {field} }} }}"},
               [case["user_agent_string"] for case in cases])
    known, others, apart = Counter(), Counter(), Counter()
    for case, left in zip(cases, out):
        ours, theirs = left.get("ours", "absent"), wanted(case)
        if theirs is None:
            others["other or bot" if ours in ("other", "bot") else "a name"] += 1
        elif ours == theirs:
            known["same"] += 1
        else:
            known["bot" if ours == "bot" else "other" if ours == "other" else "differs"] += 1
            apart[(theirs, ours)] += 1
    n, m = sum(known.values()), sum(others.values())
    print(f"{title}: {n} cases of the list, {100 * known['same'] / n:.1f} % the same, "
          f"{known['bot']} `bot`, {known['other']} `other`, {known['differs']} another name; "
          f"{m} of no name in it, {100 * others['other or bot'] / max(m, 1):.1f} % `other` or `bot`")
    for (theirs, ours), n in apart.most_common(8):
        print(f"    {theirs} as {ours}: {n}")


def main():
    folder = Path(sys.argv[1])
    agents, systems = cases(folder, "test_ua.yaml"), cases(folder, "test_os.yaml")

    def family(case):
        return FAMILIES.get(case["family"])

    def major(case):
        name = FAMILIES.get(case["family"])
        return name and (f"{name} {case['major']}" if case["major"] else name)

    compared("family", agents, "family", family)
    compared("family_major", agents, "family_major", major)
    compared("os", systems, "os", lambda case: SYSTEMS.get(case["family"]))


if __name__ == "__main__":
    main()
