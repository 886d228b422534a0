"""`veil apply` between two of Google's: its library writes orders under
`config/purchases.proto`, and reads what left under the schema that `veil schema derive` prints,
which its compiler reads. Every schema of the golden cases is given to that compiler too.

    pip install protobuf==7.36.2 grpcio-tools==1.85.1
    python3 tests/protobuf/corpus/beside.py VEIL
"""
import json, pathlib, subprocess, sys, tempfile
from google.protobuf import message_factory, unknown_fields
from google.protobuf.internal import decoder, encoder

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from compiled import described, descriptors

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent.parent
VEIL = pathlib.Path(sys.argv[1]).resolve()
COUNT = 2_000


def delimited(message):
    data = message if isinstance(message, bytes) else message.SerializeToString()
    return encoder._VarintBytes(len(data)) + data


def undelimited(data):
    at = 0
    while at < len(data):
        size, at = decoder._DecodeVarint32(data, at)
        yield data[at : at + size]
        at += size


def order(make, n):
    out = make(order_id=f"CANARY-{n}", status=n % 4, is_gift=n % 2 == 0)
    out.created_at.FromMilliseconds(1_772_366_527_000 + n * 60_000)
    out.customer.id = f"CANARY-{n % 50}"
    out.customer.email = f"CANARY-{n}@example.com"
    out.customer.country = ["DE", "FR", "CANARY"][n % 3]
    for k in range(n % 4):
        out.items.add(product_id=f"p-{k}", quantity=k * 6, unit_price=7.5 * k, engraving="CANARY")
    if n % 2:
        out.card.number = "CANARY"
    else:
        out.iban = "CANARY"
    out.labels["channel"] = ["web", "CANARY"][n % 5 == 0]
    out.labels["CANARY"] = "CANARY"
    return out


def whole_of(message):
    """Fields that the schema of what leaves does not have, in it and below."""
    if len(unknown_fields.UnknownFieldSet(message)):
        return False
    for field, value in message.ListFields():
        if field.message_type and not field.message_type.GetOptions().map_entry:
            if not all(map(whole_of, value if field.is_repeated else [value])):
                return False
    return True


def check(what, holds):
    if not holds:
        raise SystemExit(f"not so: {what}")


with tempfile.TemporaryDirectory() as folder:
    home = pathlib.Path(folder)
    for name in ["purchases.yaml", "purchases.proto"]:
        (home / name).write_bytes((ROOT / "config" / name).read_bytes())
    veil = lambda *words: subprocess.run([VEIL, *words], cwd=home, stdout=subprocess.PIPE, check=True)
    veil("keys", "new", "--keyring", "keyring.json", "people", "quarantine")
    pool = descriptors(home / "purchases.proto")
    make = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))
    # Behind each a field that the schema does not have.
    orders = [order(make, n) for n in range(COUNT)]
    written = [one.SerializeToString() + b"\xca\x3e\x06CANARY" for one in orders]
    (home / "in.pb").write_bytes(b"".join(map(delimited, written)))
    veil("apply", "-p", "purchases.yaml", "in.pb", "--output-dir", "out", "--timestamp", "now")
    left = (home / "out/purchases.clean.pb").read_bytes()
    check("no clear value leaves", b"CANARY" not in left)
    # The compiler's descriptors in place of the text give the same.
    (home / "purchases.desc").write_bytes(described(home / "purchases.proto").SerializeToString())
    text = (home / "purchases.yaml").read_text().replace("file: purchases.proto", "file: purchases.desc")
    (home / "described.yaml").write_text(text)
    veil("apply", "-p", "described.yaml", "in.pb", "--output-dir", "again", "--timestamp", "now")
    check("descriptors are a schema", (home / "again/purchases.clean.pb").read_bytes() == left)
    derived = veil("schema", "derive", "-p", "purchases.yaml", "--schema", "purchases.proto").stdout
    (home / "derived.proto").write_bytes(derived)
    pool = descriptors(home / "derived.proto")
    of = pool.FindMessageTypeByName("shop.Order")
    clean = message_factory.GetMessageClass(of)
    read = [clean.FromString(data) for data in undelimited(left)]
    check("as many leave as came", len(read) == COUNT)
    check("what leaves is in the schema", all(map(whole_of, read)))
    check("dropped fields are not in it", not {"card", "iban"} & {field.name for field in of.fields})
    codes = {}
    for before, after in zip(orders, read):
        check("kept as it was", (after.status, after.is_gift) == (before.status, before.is_gift))
        check("an hour", after.created_at.seconds == before.created_at.seconds // 3600 * 3600)
        check("a country of the list, or none", after.customer.country == before.customer.country.replace("CANARY", ""))
        check("a channel of the list, or none", dict(after.labels) == {k: v for k, v in before.labels.items() if "CANARY" not in k + v})
        code = codes.setdefault(before.customer.id, after.customer.id)
        check("one person, one code", code == after.customer.id and len(code) == 22)
        items = [(item.product_id, min(item.quantity, 10), item.unit_price // 10 * 10) for item in before.items]
        check("items", items == [(item.product_id, item.quantity, item.unit_price) for item in after.items])
    check("as many codes as persons", len(set(codes.values())) == 50)
    count = 0
    goldens = sorted(ROOT.glob("tests/golden/schemas/*/derived.proto"))
    cases = sorted(ROOT.glob("tests/protobuf/derived/*/derived-*.proto"))
    check("there are schemas to read", goldens and cases)
    for file in goldens + cases:
        # One file of several schemas, each behind its own head; a reason has none.
        texts = file.read_text().split("// veil: policy=")[1:]
        check(f"{file} has a schema", texts or file not in goldens)
        for text in texts:
            lines = text.split("\n")
            (home / "one.proto").write_text("// " + "\n".join(lines))
            descriptors(home / "one.proto")
            count += 1
    check("of the cases most have a schema, too", count > len(goldens) + len(cases) // 2)
    print(f"{COUNT} orders written and read by Google's library, {count} schemas read by its compiler")
