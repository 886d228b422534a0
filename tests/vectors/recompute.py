#!/usr/bin/env python3
"""Recomputes every vector of v1.json, envelope.json, canon.json, token.json, noise.json,
counts.json, epoch.json, address.json, words.json, subject.json and audit.json from docs/formats.md, and nothing else.

Independent of the Rust code: the standard library and `cryptography` only;
FF1 and HPKE are written out from their standards. Reads the committed tables of
Unicode 16.0.0 and of country codes (src/canon/tables) and of IBANs
(src/crypto/token/iban.txt), because they are part of the format. NFC comes from
Python's own `unicodedata`: of an older Unicode, it agrees on every character that
version has, and no vector uses a newer one. CheckBidi and CheckJoiners are not recomputed: no vector gets so far.

Usage: recompute.py [v1.json …]     exits 1 on any difference
"""

import hashlib
import hmac
import ipaddress
import json
import re
import struct
import sys
import unicodedata
from base64 import urlsafe_b64encode
from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal
from math import isqrt
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent.parent / "src" / "canon" / "tables"


class Refused(Exception):
    """A value that the format refuses, by the word of its reason."""


# --- bytes and keys -----------------------------------------------------------


def lp(*parts):
    """u16 length and bytes of each part."""
    return b"".join(struct.pack(">H", len(p)) + p for p in parts)


def b64u(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def hmac256(key, *message):
    return hmac.new(key, b"".join(message), hashlib.sha256).digest()


def hkdf_extract(salt, ikm):
    return hmac256(salt, ikm)


def hkdf_expand(prk, info, length):
    out, block = b"", b""
    for i in range(1, -(-length // 32) + 1):
        block = hmac256(prk, block, info, bytes([i]))
        out += block
    return out[:length]


def prk_of(root):
    return hkdf_extract(b"veilstream/root/v1", root)


def key(prk, use, *params):
    length = {"siv": 64, "kcv": 8}.get(use, 32)
    return hkdf_expand(prk, lp(b"veil/1", use.encode(), *params), length)


# --- tables -------------------------------------------------------------------


def lines_of(name):
    text = (TABLES / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def unicode_table(name):
    """{code point: what} of lines FIRST[..LAST][ WHAT]."""
    table = {}
    for line in lines_of(name):
        points, _, what = line.partition(" ")
        first, _, last = points.partition("..")
        for point in range(int(first, 16), int(last or first, 16) + 1):
            table[point] = what
    return table


REFUSED = unicode_table("refused.txt")
LETTERS = unicode_table("letters.txt")
FOLD = {point: chr(int(to, 16)) for point, to in unicode_table("fold.txt").items()}
MARKS = unicode_table("marks.txt")
UTS46 = unicode_table("uts46.txt")
REGIONS, CODES = {}, {}
for line in lines_of("e164.txt"):
    region, code, trunk, international = ("" if w == "-" else w for w in line.split(" "))
    REGIONS[region] = (code, trunk, international)
    CODES[code] = trunk
del REGIONS[""]
LENGTHS = {}
for line in lines_of("e164-lengths.txt"):
    code, *lengths = line.split(" ")
    LENGTHS[code] = set(map(int, lengths))

WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
SENTINELS = {"", "null", "undefined", "none", "nan", "n/a", "unknown"} | {
    "00000000-0000-0000-0000-000000000000"
}


# --- canonical values ---------------------------------------------------------


class Number(str):
    """A JSON number by its own text."""


def parse(text):
    """A JSON value whose numbers keep their text; arrays and objects as they stand."""
    if text[0] in "[{":
        return ("whole", text)
    return json.loads(text, parse_int=Number, parse_float=Number)


def decompose(text):
    """(negative, digits, exponent) of a number; digits empty for zero."""
    found = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?", text)
    sign, whole, fraction, exponent = found.groups()
    fraction = fraction or ""
    digits = (whole + fraction).lstrip("0")
    exponent = int(exponent or 0) - len(fraction)
    stripped = digits.rstrip("0")
    return sign == "-", stripped, exponent + len(digits) - len(stripped)


def canonical_number(text):
    negative, digits, exponent = decompose(text)
    if not digits:
        return "0"
    if len(digits) > 64 or abs(exponent) > 9999:
        raise Refused("number_out_of_range")
    return "-" * negative + digits + (f"e{exponent}" if exponent else "")


def float_text(raw):
    """The shortest decimal that reads back, of 4 or 8 bytes."""
    kind = ">f" if len(raw) == 4 else ">d"
    (value,) = struct.unpack(kind, raw)
    if value != value or value in (float("inf"), float("-inf")):
        raise Refused("wrong_type")
    for precision in range(1, 18):
        text = f"{value:.{precision - 1}e}"
        try:
            reads_back = struct.pack(kind, float(text)) == raw
        except OverflowError:  # rounded up beyond the largest number of 4 bytes
            continue
        if reads_back:
            return format(Decimal(text), "f")
    raise AssertionError("17 digits always read back")


def plain_integer(text):
    negative, digits, exponent = decompose(text)
    if not digits:
        return "0"
    if exponent < 0 or len(digits) + exponent > 38:
        raise Refused("wrong_type")
    return "-" * negative + digits + "0" * exponent


def ascii_lower(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


def nfc(text):
    return unicodedata.normalize("NFC", text)


def fold(text):
    return nfc("".join(FOLD.get(ord(c), c) for c in nfc(text)))


def refuse_code_points(text):
    if any(ord(c) in REFUSED for c in text):
        raise Refused("bad_identifier")


def absent(text):
    return ascii_lower(text) in SENTINELS


def to_ascii(domain):
    mapped = ""
    for c in domain:
        status = UTS46.get(ord(c), "V")
        if status == "X":
            raise Refused("bad_identifier")
        if status[0] == "M":
            mapped += "".join(chr(int(h, 16)) for h in status.split()[1:])
        elif status == "V":
            mapped += c
    labels = []
    for label in nfc(mapped).split("."):
        if label.startswith("xn--"):
            try:
                label = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                raise Refused("bad_identifier") from None
            if label.isascii() or nfc(label) != label:
                raise Refused("bad_identifier")
        invalid = any(ord(c) in UTS46 for c in label)
        if invalid or label.startswith("xn--") or (label and ord(label[0]) in MARKS):
            raise Refused("bad_identifier")
        labels.append(label if label.isascii() else "xn--" + label.encode("punycode").decode())
    return ".".join(labels)


def email(text):
    text = text.strip(WHITE)
    if absent(text):
        return None
    refuse_code_points(text)
    if text.count("@") != 1 or any(c in WHITE or c in '"<>(),;:\\' for c in text):
        raise Refused("bad_identifier")
    local, domain = text.split("@")
    local = ascii_lower(nfc(local))
    domain = ascii_lower(domain[:-1] if domain.endswith(".") else domain)
    if not domain.isascii():
        domain = to_ascii(domain)
    labels = domain.split(".")
    fits = (
        1 <= len(local.encode()) <= 64
        and len(labels) > 1
        and len(domain) <= 253
        and all(re.fullmatch("[a-z0-9_-]{1,63}", label) for label in labels)
    )
    if not fits:
        raise Refused("bad_identifier")
    return f"{local}@{domain}"


SEPARATORS = " \xa0-./()"


def country_code(digits):
    for length in (1, 2, 3):
        if digits[:length] in CODES:
            return digits[:length]
    raise Refused("bad_identifier")


def read_phone(text):
    """Whether a `+` leads, the digits, and where each ends."""
    plus, digits, ends = False, "", []
    for at, c in enumerate(text):
        if c in "0123456789":
            digits += c
            ends.append(at + 1)
        elif c == "+" and not plus and not digits:
            plus = True
        elif c not in SEPARATORS:
            raise Refused("bad_identifier")
    return plus, digits, ends


def behind_code(text, digits, ends, skip):
    """Code and digits behind it of a number whose code begins at digit `skip`."""
    code = country_code(digits[skip:])
    rest = digits[skip + len(code) :]
    behind = text[ends[skip + len(code) - 1] :]
    if CODES[code] == "0" and re.match(f"[{re.escape(SEPARATORS)}]*?\\(0\\)", behind):
        rest = rest[1:]
    return code, rest


def phone(text, region):
    if absent(text.strip(WHITE)):
        return None
    plus, digits, ends = read_phone(text)
    skip = 0
    if not plus:
        if region == "-":
            raise Refused("bad_identifier")
        code, trunk, international = REGIONS[region]
        if digits.startswith(international):
            plus, skip = True, len(international)
        else:
            national = digits.removeprefix(trunk) if trunk else digits
            number = code + national
    if plus:
        number = "".join(behind_code(text, digits, ends, skip))
    if not 8 <= len(number) <= 15:
        raise Refused("bad_identifier")
    return "+" + number


def of_today(code, rest):
    """Mexico's mobile numbers had a 1 behind the code until 2019."""
    return rest[1:] if code == "52" and len(rest) == 11 and rest[0] == "1" else rest


def of_length(code, rest):
    """The number when it is as long as fixed and mobile ones of that code, else None."""
    rest = of_today(code, rest)
    fits = len(rest) in LENGTHS[code] and 8 <= len(code + rest) <= 15
    return code + rest if fits else None


def phone2(text, region):
    if absent(text.strip(WHITE)):
        return None
    plus, digits, ends = read_phone(text)
    code, trunk, international = REGIONS.get(region, ("", "", ""))
    if plus or region == "+":
        readings = {of_length(*behind_code(text, digits, ends, 0))}
    elif digits.startswith(international):
        readings = {of_length(*behind_code(text, digits, ends, len(international)))}
    else:
        trunk_leads = trunk and digits.startswith(trunk)
        national = digits[len(trunk) :] if trunk_leads else digits
        fits = len(national) in LENGTHS[code] and len(code + national) <= 15
        if trunk_leads and trunk == "0" and national.startswith("0"):
            fits = False
        readings = [code + national] if fits else []
        if digits.startswith(code) and not trunk_leads:
            other, rest = behind_code(text, digits, ends, 0)
            number = other + of_today(other, rest)
            if len(number) - len(other) in LENGTHS[other] and len(number) <= 15:
                readings.append(number)
        readings = [r if len(r) >= 8 else None for r in readings]
    if len(readings) != 1 or None in readings:
        raise Refused("bad_identifier")
    return "+" + readings.pop()


LEFT_TO_RIGHT = "\u200e\u200f" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


def strip(text):
    text = text.strip(WHITE + LEFT_TO_RIGHT)
    scheme, colon, rest = text.partition(":")
    scheme = ascii_lower(scheme)
    if colon and scheme in ("tel", "sms", "whatsapp", "mailto", "sip"):
        text = rest.removeprefix("//")
        if scheme in ("tel", "mailto", "sip"):
            text = re.split("[;?]", text, maxsplit=1)[0]
        text = text.strip(WHITE + LEFT_TO_RIGHT)
    return text


def mailbox(address, plus):
    """`email_gmail@1`, with `plus` `email_plus@1`."""
    if address is None:
        return None
    local, domain = address.split("@")
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", "").partition("+")[0], "gmail.com"
        if not local:
            raise Refused("bad_identifier")
    elif plus and not local.startswith("+"):
        local = local.partition("+")[0]
    return f"{local}@{domain}"


def steps_of(canon):
    return re.split(r"(?<!:)\+", canon)


def canonical(canon, value):
    """V of one value; None when it is absent."""
    steps = steps_of(canon)
    if value is None:
        return None
    if isinstance(value, tuple):
        raise Refused("wrong_type")
    if canon == "raw@1":
        if isinstance(value, bool):
            return b"b" + bytes([value])
        if isinstance(value, Number):
            return b"n" + canonical_number(value).encode()
        if isinstance(value, bytes):
            return b"x" + value
        return None if absent(value) else b"s" + value.encode()
    if isinstance(value, Number) and "text@1" in steps:
        value = plain_integer(value)
        if not steps[-1].startswith("phone@2:"):
            return b"s" + value.encode()
        if value.startswith("-"):
            raise Refused("wrong_type")
    if not isinstance(value, str) or isinstance(value, Number):
        raise Refused("wrong_type")
    if "strip@1" in steps:
        value = strip(value)
    word, _, region = steps[-1].partition(":")
    if word == "email@1":
        text = email(value)
    elif word in ("email_gmail@1", "email_plus@1"):
        text = mailbox(email(value), word == "email_plus@1")
    elif word == "phone@1":
        text = phone(value, region)
    elif word == "phone@2":
        text = phone2(value, region)
    else:
        text = value.strip(WHITE) if "trim@1" in steps else value
        refuse_code_points(text)
        text = nfc(text) if "nfc@1" in steps else text
        text = fold(text) if "fold@1" in steps else text
        text = None if absent(text) else text
    return None if text is None else b"s" + text.encode()


def composite(canon, values):
    parts = [canonical(canon, value) or b"" for value in values]
    if not any(parts):
        return None
    return b"t" + bytes([len(parts)]) + b"".join(struct.pack(">I", len(p)) + p for p in parts)


def v_of(inputs):
    canon = inputs.get("canon", "raw@1")
    if "values_json" in inputs:
        return composite(canon, [parse(text) for text in inputs["values_json"]])
    return canonical(canon, value_of(inputs))


def value_of(inputs):
    if "value_hex" in inputs:
        return bytes.fromhex(inputs["value_hex"])
    if "value_repeat" in inputs:
        text, times = inputs["value_repeat"]
        return text * times
    if "value_float" in inputs:
        return Number(float_text(bytes.fromhex(inputs["value_float"])))
    return parse(inputs["value_json"])


# --- pseudonyms ---------------------------------------------------------------


def pseudonym(prk, inputs):
    scope = inputs["scope"]
    v = v_of(inputs)
    parameter, message = scope["kind"], v
    if scope["kind"] == "output":
        parameter = "output:" + scope["topic"]
    elif scope["kind"] == "subject":
        subject = scope["subject"].encode()
        message = struct.pack(">I", len(subject)) + subject + v
    elif scope["kind"] in ("record", "element"):
        parameter = scope["kind"] + ":" + scope["topic"]
        place = struct.pack(">IQ", scope["partition"], scope["offset"])
        if scope["kind"] == "element":
            place += struct.pack(">I", scope["element"])
        message = lp(scope["source"].encode()) + place + v
    epoch = b"" if inputs["epoch"] is None else struct.pack(">qq", *inputs["epoch"])
    names = (inputs["domain"], inputs["space"], inputs["canon"])
    k = key(prk, "pseudonym", *(n.encode() for n in names), epoch, parameter.encode())
    return encode(hmac256(k, message), inputs["encoding"], inputs.get("bits", 128))


def encode(tag, encoding, bits):
    kept = tag[: bits // 8]
    if encoding == "uuid":
        uuid = bytearray(tag[:16])
        uuid[6] = 0x80 | uuid[6] & 0x0F
        uuid[8] = 0x80 | uuid[8] & 0x3F
        text = uuid.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    if encoding == "hex":
        return kept.hex()
    if encoding == "base64url":
        return b64u(kept)
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    number = int.from_bytes(kept, "big") << -len(kept) * 8 % 5
    count = -(-len(kept) * 8 // 5)
    return "".join(alphabet[number >> 5 * i & 31] for i in reversed(range(count)))


def epoch(inputs):
    t = inputs["t_ms"]
    if "length_ms" in inputs:
        start = t // inputs["length_ms"] * inputs["length_ms"]
        return [start, start + inputs["length_ms"]]
    if inputs["calendar"] == "week":
        day = t // 86_400_000
        monday = day - (day + 3) % 7  # 1970 began on a Thursday
        return [monday * 86_400_000, (monday + 7) * 86_400_000]
    at = datetime.fromtimestamp(t // 1000, timezone.utc)
    months = {"month": 1, "quarter": 3, "year": 12}[inputs["calendar"]]
    first = at.year * 12 + (at.month - 1) // months * months
    ends = (datetime(m // 12, m % 12 + 1, 1, tzinfo=timezone.utc) for m in (first, first + months))
    return [int(end.timestamp()) * 1000 for end in ends]


def address(prk, inputs):
    """ipcrypt-pfx: each bit by a bit of the sum of two AES over the bits before it."""
    epoch = b"" if inputs["epoch"] is None else struct.pack(">qq", *inputs["epoch"])
    k = key(prk, "ip-pfx", inputs["domain"].encode(), inputs["space"].encode(), epoch)
    clear = ipaddress.ip_address(inputs["ip"])
    bits = format(int(clear), f"0{clear.max_prefixlen}b")
    before = "" if clear.version == 6 else "0" * 80 + "1" * 16
    made = ""
    for n, bit in enumerate(bits):
        block = int("1" + before + bits[:n], 2).to_bytes(16, "big")
        one, other = aes_block(k[:16], block), aes_block(k[16:], block)
        made += str((one[15] ^ other[15]) & 1 ^ int(bit))
    return str(type(clear)(int(made, 2)))


# --- FF1 ----------------------------------------------------------------------


def aes_block(k, block):
    encryptor = Cipher(algorithms.AES(k), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def ff1(k, radix, tweak, numerals, backwards=False):
    """SP 800-38G, algorithms 7 and 8, on a list of numerals."""
    n, t = len(numerals), len(tweak)
    u = n // 2
    v = n - u

    def num(x):
        value = 0
        for digit in x:
            value = value * radix + digit
        return value

    def text(value, length):
        out = []
        for _ in range(length):
            value, digit = divmod(value, radix)
            out.insert(0, digit)
        return out

    b = -(-(radix**v - 1).bit_length() // 8)
    d = 4 * -(-b // 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256])
    p += n.to_bytes(4, "big") + t.to_bytes(4, "big")

    def y(i, half):
        q = tweak + bytes((-t - b - 1) % 16) + bytes([i]) + num(half).to_bytes(b, "big")
        state = bytes(16)
        for at in range(0, len(p + q), 16):
            block = (p + q)[at : at + 16]
            state = aes_block(k, bytes(a ^ c for a, c in zip(state, block)))
        s = state
        for j in range(1, -(-d // 16)):
            s += aes_block(k, bytes(a ^ c for a, c in zip(state, j.to_bytes(16, "big"))))
        return int.from_bytes(s[:d], "big")

    a, c = numerals[:u], numerals[u:]
    for i in range(10) if not backwards else reversed(range(10)):
        m = u if i % 2 == 0 else v
        if backwards:
            a, c = text((num(c) - y(i, a)) % radix**m, m), a
        else:
            a, c = c, text((num(a) + y(i, c)) % radix**m, m)
    return a + c


LOWER = "0123456789abcdefghijklmnopqrstuvwxyz"
ALPHABETS = {
    "digits@1": "0123456789",
    "phone@1": "0123456789",
    "ssn@1": "0123456789",
    "card@1:bin": "0123456789",
    "card@1:last4": "0123456789",
    "hex@1": LOWER[:16],
    "alnum36@1": LOWER,
    "email_local@1": LOWER,
    "alnum62@1": "0123456789" + LOWER[10:].upper() + LOWER[10:],
}
BBANS = {}
for line in (TABLES.parent.parent / "crypto" / "token" / "iban.txt").read_text().splitlines():
    if not line.startswith("#"):
        country, length, kind = line.split(" ")
        BBANS[country] = (int(length), LOWER[: 10 if kind == "n" else 36].upper())


def luhn_sum(digits):
    doubled = (d * 2 if i % 2 else d for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10


def mod97(text):
    """ISO 7064 mod 97-10 of letters and digits, A as 10."""
    return int("".join(str(int(c, 36)) for c in text)) % 97


def parts_of_iban(text):
    """Country, BBAN and its alphabet."""
    text = re.sub("[a-z]", lambda c: c[0].upper(), re.sub("[ \xa0]", "", text))
    country, check, bban = text[:2], text[2:4], text[4:]
    length, alphabet = BBANS.get(country, (0, ""))
    fits = length == len(bban) and all(c in alphabet for c in bban)
    fits = fits and re.fullmatch("[0-9]{2}", check) and 2 <= int(check) <= 98
    if not fits or mod97(bban + country + check) != 1:
        raise Refused("bad_identifier")
    return country, bban, alphabet


def token(prk, inputs):
    format_, text = inputs["format"], inputs["text"]
    alphabet = ALPHABETS.get(format_) or format_.removeprefix("custom@1:")
    if format_ in ("hex@1", "alnum36@1"):
        text = ascii_lower(text)
    prefix = suffix = ""
    if format_ == "phone@1":
        prefix = "+" + country_code(text[1:])
        text = text[len(prefix) :]
    if format_ == "email_local@1":
        text, suffix = email(text).split("@")
    if format_ == "iban@1":
        prefix, text, alphabet = parts_of_iban(text)
    radix = len(alphabet)
    for c in text:
        if c not in alphabet and ord(c) in LETTERS:
            raise Refused("format_domain")
    numerals = [alphabet.index(c) for c in text if c in alphabet]
    if format_ == "ssn@1" and len(numerals) != 9:
        raise Refused("format_domain")
    middle = slice(None)
    if format_.startswith("card@1:"):
        if luhn_sum(numerals):
            raise Refused("bad_identifier")
        if format_ == "card@1:bin":
            middle = slice(inputs["keep"], -1)
            prefix = "".join(map(str, numerals[: inputs["keep"]]))
        else:
            middle = slice(0, -5)
            suffix = "".join(map(str, numerals[-4:]))
    enciphered = numerals[middle]
    if not 10**6 <= radix ** len(enciphered) <= 2**126:
        raise Refused("format_domain")
    names = (inputs["domain"], inputs["space"], format_)
    k = key(prk, "ff1", *(n.encode() for n in names))
    binding = lp(b"veil/1 ff1", format_.encode(), prefix.encode(), suffix.encode())
    tweak = hashlib.sha256(binding).digest()[:16]
    numerals[middle] = ff1(k, radix, tweak, enciphered)
    assert ff1(k, radix, tweak, numerals[middle], backwards=True) == enciphered
    if format_.startswith("card@1:"):
        free = -1 if format_ == "card@1:bin" else -5
        numerals[free] = next(
            d for d in range(10) if not luhn_sum([*numerals[:free], d, *numerals[free:][1:]])
        )
    rest = iter(numerals)
    out = "".join(alphabet[next(rest)] if c in alphabet else c for c in text)
    if format_ == "phone@1":
        out = prefix + out
    elif format_ == "iban@1":
        out = f"{prefix}{98 - mod97(out + prefix + '00'):02}{out}"
    elif format_ == "email_local@1":
        out = f"{out}@{suffix}"
    return {"tweak": tweak.hex(), "token": out}


# --- envelopes ----------------------------------------------------------------


def plaintext(inputs):
    value = value_of(inputs)
    if isinstance(value, tuple):
        p = b"j" + value[1].encode()
    elif value is None:
        p = b"z"
    elif isinstance(value, bool):
        p = b"b" + bytes([value])
    elif isinstance(value, Number):
        p = b"n" + value.encode()
    elif isinstance(value, bytes):
        p = b"x" + value
    else:
        p = b"s" + value.encode()
    p += b"\x80"
    pad = inputs.get("pad") or 1
    if pad == "auto":
        pad = next((step for step in (64, 256, 1024) if len(p) <= step), 4096)
    return p + bytes(-len(p) % pad)


def ctx8(inputs):
    names = (inputs[n].encode() for n in ("domain", "purpose", "label"))
    return hashlib.sha256(lp(b"veil/1 ctx", *names)).digest()[:8]


def header(key_id, tail):
    return b"VEIL\x01" + bytes([len(key_id)]) + key_id.encode() + tail


def sealed(key_id, tail, ciphertext):
    return {
        "header": header(key_id, tail).hex(),
        "ciphertext": ciphertext.hex(),
        "text": f"veil1.{key_id}.{b64u(tail + ciphertext)}",
    }


def drawn(seed, number):
    """Salt and nonce of seal `number` of a seed."""
    salt, nonce = (aes_block(seed, struct.pack(">QQ", 0, 2 * number + i)) for i in (0, 1))
    return salt, nonce[:12]


def draws(inputs):
    seals = (drawn(bytes.fromhex(inputs["seed"]), n) for n in inputs["seals"])
    return [{"salt": salt.hex(), "nonce": nonce.hex()} for salt, nonce in seals]


def seal(prk, inputs):
    key_id, ctx, p = inputs["key_id"], ctx8(inputs), plaintext(inputs)
    if inputs["op"] == "seal03":
        tail = b"\x03" + ctx
        siv = AESSIV(key(prk, "siv", ctx))
        return sealed(key_id, tail, siv.encrypt(p, [header(key_id, tail)]))
    if "seed" in inputs:
        salt, nonce = drawn(bytes.fromhex(inputs["seed"]), inputs["seal"])
    else:
        salt, nonce = bytes.fromhex(inputs["salt"]), bytes.fromhex(inputs["nonce"])
    if inputs["op"] == "seal01":
        tail = b"\x01" + ctx + salt + nonce
        gcm = AESGCM(key(prk, "gcm", ctx, salt))
        return sealed(key_id, tail, gcm.encrypt(nonce, p, header(key_id, tail)))
    tail = b"\x02" + ctx + salt + nonce
    h, rid = header(key_id, tail), bytes.fromhex(inputs["rid"])
    subject = prk_of(bytes.fromhex(inputs["subject_key"]))
    inner = AESGCM(key(subject, "subject-gcm", ctx, salt)).encrypt(nonce, p, h + rid)
    outer = AESGCM(key(prk, "subject-outer", ctx, salt))
    return sealed(key_id, tail, outer.encrypt(nonce, rid + inner, h))


# --- quarantine: HPKE, RFC 9180 -----------------------------------------------

KEM = b"KEM" + b"\x00\x20"
SUITE = b"HPKE" + b"\x00\x20" + b"\x00\x01" + b"\xff\xff"


def labeled_extract(suite, salt, label, ikm):
    return hkdf_extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return hkdf_expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def derive_key_pair(ikm):
    dkp = labeled_extract(KEM, b"", b"dkp_prk", ikm)
    private = X25519PrivateKey.from_private_bytes(labeled_expand(KEM, dkp, b"sk", b"", 32))
    return private, private.public_key().public_bytes_raw()


def encapsulate(public, ephemeral_ikm):
    private, enc = derive_key_pair(ephemeral_ikm)
    dh = private.exchange(X25519PublicKey.from_public_bytes(public))
    eae = labeled_extract(KEM, b"", b"eae_prk", dh)
    return enc, labeled_expand(KEM, eae, b"shared_secret", enc + public, 32)


def export(shared, info, context, length):
    psk_id = labeled_extract(SUITE, b"", b"psk_id_hash", b"")
    schedule = b"\x00" + psk_id + labeled_extract(SUITE, b"", b"info_hash", info)
    secret = labeled_extract(SUITE, shared, b"secret", b"")
    exporter = labeled_expand(SUITE, secret, b"exp", schedule, 32)
    return labeled_expand(SUITE, exporter, b"sec", context, length)


def nullable(value):
    if value is None:
        return b"\xff" * 4
    value = bytes.fromhex(value)
    return struct.pack(">I", len(value)) + value


def quarantine(prk, inputs):
    key_id = inputs["key_id"]
    _, public = derive_key_pair(key(prk, "quarantine-kem"))
    enc, shared = encapsulate(public, bytes.fromhex(inputs["ephemeral_ikm"]))
    info = lp(b"veil/1", b"quarantine", key_id.encode())
    k = export(shared, info, lp(b"veil/1", b"quarantine-key"), 32)
    if "record" not in inputs:
        return {"public": public.hex(), "enc": enc.hex(), "k": k.hex()}
    record = inputs["record"]
    element = record.get("element")
    q = (b"\x01" if element is None else b"\x02") + lp(record["topic"].encode())
    q += struct.pack(">IQ", record["partition"], record["offset"])
    q += struct.pack(">Bq", record["timestamp_type"], record["timestamp"])
    q += nullable(record["key"]) + nullable(record["value"])
    q += struct.pack(">H", len(record["headers"]))
    for name, value in record["headers"]:
        q += lp(name.encode()) + nullable(value)
    q += bytes.fromhex(record["policy_digest"])
    if element is not None:
        q += struct.pack(">I", element)
    nonce = bytes.fromhex(inputs["nonce"])
    tail = b"\x11" + enc + nonce
    h = header(key_id, tail)
    text = sealed(key_id, tail, AESGCM(k).encrypt(nonce, q, h))["text"]
    return {"q": q.hex(), "header": h.hex(), "text": text}


# --- keyring ------------------------------------------------------------------


def wrap(root, inputs):
    if "kek" in inputs:
        kek = bytes.fromhex(inputs["kek"])
    else:
        salt = bytes.fromhex(inputs["salt"])
        argon2 = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=65536)
        kek = argon2.derive(inputs["passphrase"].encode())
    aad = lp(b"veil/1 wrap", inputs["name"].encode()) + struct.pack(">I", inputs["version"])
    aad += lp(inputs["kind"].encode(), inputs["use_from"].encode())
    nonce = bytes.fromhex(inputs["nonce"])
    material = b64u(nonce + AESGCM(kek).encrypt(nonce, root, aad))
    return {"kek": kek.hex(), "aad": aad.hex(), "material": material}


def shift(prk, inputs):
    k = key(prk, "shift", inputs["domain"].encode(), inputs["space"].encode())
    number = int.from_bytes(hmac256(k, inputs["subject"].encode())[:16], "big")
    return number % (2 * inputs["n"] + 1) - inputs["n"]


def word(prk, inputs):
    """The place, from 0, of the word that stands for a value in a list of so many."""
    k = key(prk, "words", inputs["domain"].encode(), inputs["space"].encode())
    v = v_of(inputs)
    if v is None:
        return {"absent": True}
    message = lp(inputs["canon"].encode()) + v
    if "topic" in inputs:
        topic = inputs["topic"].encode()
        place = struct.pack(">IQ", inputs["partition"], inputs["offset"])
        if "element" in inputs:
            place += struct.pack(">I", inputs["element"])
        message = struct.pack(">I", len(topic)) + topic + place + message
    return int.from_bytes(hmac256(k, message)[:8], "big") * inputs["count"] >> 64


class Draws:
    """The bits of one value's noise, and the exact samplers of Canonne, Kamath and Steinke."""

    def __init__(self, seed):
        self.seed, self.block, self.rest = seed, 0, b""

    def word(self):
        if not self.rest:
            self.rest = aes_block(self.seed, struct.pack(">QQ", 0, self.block))
            self.block += 1
        word, self.rest = self.rest[:8], self.rest[8:]
        return int.from_bytes(word, "big")

    def below(self, count):
        bits = (count - 1).bit_length()
        if bits == 0:
            return 0
        while True:
            drawn, room = self.word(), 64
            if bits > 64:
                drawn, room = drawn << 64 | self.word(), 128
            drawn >>= room - bits
            if drawn < count:
                return drawn

    def exp_of_fraction(self, n, d):
        times = 1
        while self.below(d * times) < n:
            times += 1
        return times % 2 == 1

    def exp(self, n, d):
        return all(self.exp_of_fraction(1, 1) for _ in range(n // d)) and self.exp_of_fraction(n % d, d)

    def laplace(self, t, s):
        while True:
            part = self.below(t)
            if not self.exp_of_fraction(part, t):
                continue
            wholes = 0
            while self.exp_of_fraction(1, 1):
                wholes += 1
            size = (part + t * wholes) // s
            negative = self.below(2) == 1
            if not (negative and size == 0):
                return -size if negative else size

    def gaussian(self, a, b):
        t = isqrt(a // b) + 1
        while True:
            y = self.laplace(t, 1)
            if self.exp((abs(y) * b * t - a) ** 2, 2 * a * b * t * t):
                return y

    def one_of(self, count, kept, n, d):
        while True:
            drawn = self.below(count)
            if drawn == kept or self.exp(n, d):
                return drawn


def noise(prk, inputs):
    """The first eight draws for one value."""
    k = key(prk, "noise", *(inputs[p].encode() for p in ("domain", "label", "mechanism")))
    long = lambda text: struct.pack(">I", len(text)) + text
    if "subject" in inputs:
        message = long(inputs["subject"].encode())
    else:
        message = long(inputs["topic"].encode()) + struct.pack(">IQ", inputs["partition"], inputs["offset"])
        if "element" in inputs:
            message += struct.pack(">I", inputs["element"])
    message += bytes.fromhex(inputs["v"])
    if "members" in inputs:
        members = b"".join(long(bytes.fromhex(m)) for m in inputs["members"])
        message += hashlib.sha256(members).digest()
    drawn = Draws(hmac256(k, message))
    return [getattr(drawn, inputs["sampler"])(*inputs["of"]) for _ in range(8)]


# --- the run ------------------------------------------------------------------


def cell_noise(prk, inputs):
    """The first four draws for one cell of a window."""
    k = key(prk, "dp-noise", inputs["topic"].encode(), inputs["mechanism"].encode())
    cut = hashlib.sha256()
    for cell, counted, people in inputs["cells"]:
        cut.update(struct.pack(">I", len(cell.encode())) + cell.encode() + struct.pack(">qQ", counted, people))
    message = struct.pack(">qq", *inputs["window"]) + cut.digest() + inputs["cell"].encode()
    drawn = Draws(hmac256(k, message))
    return [getattr(drawn, inputs["sampler"])(*inputs["of"]) for _ in range(4)]


def cell_rank(prk, inputs):
    """By what the cells of a person are chosen."""
    k = key(prk, "bound", inputs["topic"].encode())
    message = struct.pack(">qq", *inputs["window"]) + bytes.fromhex(inputs["person"]) + inputs["cell"].encode()
    return hmac256(k, message)[:8].hex()


def subject_id(prk, inputs):
    """How the topics of consent and of requests call a person."""
    v = v_of(inputs)
    if v is None:
        return {"absent": True}
    k = key(prk, "subject-id", inputs["kind"].encode(), inputs["canon"].encode())
    id16 = hmac256(k, v)[:16]
    return {"id16": id16.hex(), "id22": b64u(id16)}


def link(prk, inputs):
    """An address that leads a person to their page."""
    nonce = bytes.fromhex(inputs["nonce"])
    sealed = AESGCM(key(prk, "link")).encrypt(nonce, inputs["claims"].encode(), b"vl1")
    return "vl1." + inputs["key_id"] + "." + b64u(nonce + sealed)


def form(prk, inputs):
    """The mark of a form of that page, or of what was done with one."""
    if "saved" in inputs:
        what = b"s" + inputs["saved"].encode()
    else:
        what = b"f" + struct.pack(">Q", inputs["hour"])
    return b64u(hmac256(key(prk, "link-form"), inputs["link"].encode(), b"\0", what)[:16])


def state_row(prk, inputs):
    """A row of what a release group remembers."""
    row, nonce = inputs["row"].encode(), bytes.fromhex(inputs["nonce"])
    head = b"\x01" + key(prk, "kcv")
    body = AESGCM(key(prk, "state")).encrypt(nonce, bytes.fromhex(inputs["value"]), head + row)
    return (head + nonce + body).hex()


def parameter(p):
    return p["text"].encode() if "text" in p else bytes.fromhex(p["hex"])


def derived(prk, inputs):
    if "ikm" in inputs:
        prk = prk_of(bytes.fromhex(inputs["ikm"]))
    return key(prk, inputs["use"], *map(parameter, inputs["params"])).hex()


def canon(inputs):
    v = v_of(inputs)
    if v is None:
        return {"absent": True}
    return v[1:].decode() if inputs["op"] == "number" else v.hex()


def compute(root, inputs):
    prk = prk_of(root)
    return {
        "prk": lambda: {"prk": prk.hex(), "kcv": key(prk, "kcv").hex()},
        "key": lambda: derived(prk, inputs),
        "number": lambda: canon(inputs),
        "canon": lambda: canon(inputs),
        "pseudonym": lambda: pseudonym(prk, inputs),
        "epoch": lambda: epoch(inputs),
        "address": lambda: address(prk, inputs),
        "ff1": lambda: token(prk, inputs),
        "plaintext": lambda: plaintext(inputs).hex(),
        "length": lambda: len(plaintext(inputs)),
        "ctx8": lambda: ctx8(inputs).hex(),
        "draws": lambda: draws(inputs),
        "seal01": lambda: seal(prk, inputs),
        "seal02": lambda: seal(prk, inputs),
        "seal03": lambda: seal(prk, inputs),
        "quarantine": lambda: quarantine(prk, inputs),
        "wrap": lambda: wrap(root, inputs),
        "shift": lambda: shift(prk, inputs),
        "noise": lambda: noise(prk, inputs),
        "cell-noise": lambda: cell_noise(prk, inputs),
        "cell-rank": lambda: cell_rank(prk, inputs),
        "words": lambda: word(prk, inputs),
        "subject-id": lambda: subject_id(prk, inputs),
        "link": lambda: link(prk, inputs),
        "state-row": lambda: state_row(prk, inputs),
        "form": lambda: form(prk, inputs),
    }[inputs["op"]]()


def audited(root, inputs):
    """A value as the audit log holds it."""
    if inputs["kind"] == "text":
        message = b"s" + inputs["text"].encode()
    elif inputs["kind"] == "tagged":
        message = bytes.fromhex(inputs["hex"])
    else:
        place = struct.pack(">IQ", inputs["partition"], inputs["offset"])
        message = b"q" + lp(inputs["topic"].encode()) + place
    return hmac256(key(prk_of(root), "audit"), message)[:16].hex()


def audit(path):
    file = json.loads(path.read_text(encoding="utf-8"))
    root = bytes.fromhex(file["root"])
    wrong = [v for v in file["vectors"] if audited(root, v["inputs"]) != v["expected"]]
    for vector in wrong:
        print(f"DIFFERENT {vector['what']}")
    print(f"{len(file['vectors']) - len(wrong)} of {len(file['vectors'])} audit vectors recomputed")
    return 1 if wrong or not file["vectors"] else 0


def main(path):
    file = json.loads(Path(path).read_text(encoding="utf-8"))
    root = bytes.fromhex(file["root"])
    same, different = Counter(), 0
    for vector in file["vectors"]:
        inputs, expected = vector["inputs"], vector["expected"]
        try:
            found = compute(root, inputs)
        except Refused as refused:
            found = {"error": str(refused)}
        if found == expected:
            same[inputs["op"]] += 1
        else:
            different += 1
            print(f"DIFFERENT {vector['what']}\n  expected {expected}\n  found    {found}")
    counts = ", ".join(f"{op} {count}" for op, count in sorted(same.items()))
    name = Path(path).name
    print(f"{sum(same.values())} of {len(file['vectors'])} of {name} recomputed ({counts})")
    return 1 if different or not same else 0


if __name__ == "__main__":
    paths = sys.argv[1:] or [HERE / name for name in ("v1.json", "envelope.json", "canon.json", "token.json", "noise.json", "counts.json", "epoch.json", "address.json", "words.json", "split.json", "subject.json")]
    frozen = max(main(path) for path in paths)
    sys.exit(frozen | audit(HERE / "audit.json"))
