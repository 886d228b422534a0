"""Writes the corpus anew: records of a few schemas as fastavro writes them, and what
fastavro reads of the same bytes, spelled as JSON in the way of `decode::avro`.

    pip install fastavro==1.13.1
    python3 tests/avro/corpus/make.py
"""
import base64, datetime, decimal, io, json, pathlib, random, uuid
import fastavro

HERE = pathlib.Path(__file__).parent
R = random.Random(20261130)
UTC = datetime.timezone.utc


def record(name, fields, **more):
    fields = [{"name": n, "type": t} for n, t in fields.items()]
    return {"type": "record", "name": name, **more, "fields": fields}


def logical(of, word, **more):
    return {"type": of, "logicalType": word, **more}


SCHEMAS = {
    "clicks": record("Click", {
        "detectedDuplicate": "boolean", "timestamp": logical("long", "timestamp-millis"),
        "partyId": ["null", "string"], "location": ["null", "string"],
        "viewportPixelWidth": ["null", "int"], "score": "double", "ratio": "float",
        "remoteHost": "string", "tags": {"type": "array", "items": "string"},
    }, namespace="io.divolte.record"),
    "changes": record("Envelope", {
        "before": ["null", record("Value", {
            "id": "int", "born": ["null", logical("int", "date")],
            "price": logical("bytes", "decimal", precision=18, scale=2), "blob": "bytes"})],
        "after": ["null", "Value"],
        "source": record("Source", {"db": "string", "lsn": ["null", "long"]}, namespace="io.debezium"),
        "op": {"type": "enum", "name": "Op", "symbols": ["c", "u", "d", "r"]},
        "ts_ms": ["null", "long"],
    }, namespace="db.shop"),
    "times": record("Times", {
        "date": logical("int", "date"), "ms": logical("int", "time-millis"),
        "us": logical("long", "time-micros"), "at_ms": logical("long", "timestamp-millis"),
        "at_us": logical("long", "timestamp-micros"),
        "local": logical("long", "local-timestamp-millis"), "id": logical("string", "uuid"),
        "exact": {"type": "fixed", "name": "Exact", "size": 6, "logicalType": "decimal",
                  "precision": 12, "scale": 4}, "raw": {"type": "fixed", "name": "Raw", "size": 3},
        "last": {"type": "array", "items": logical("int", "date")},
    }),
    "trees": record("Tree", {
        "label": "string", "left": ["null", "Tree"], "right": ["null", "Tree"],
        "of": {"type": "map", "values": ["null", "long", "Tree",
                                          {"type": "array", "items": {"type": "map", "values": "boolean"}}]},
    }),
}


def word():
    return "".join(R.choice(["a", "Zoë", "é", "😀", '"', "\\", " ", "z"]) for _ in range(R.randrange(6)))


def moment(digits):
    at = datetime.datetime(1960, 1, 1, tzinfo=UTC) + datetime.timedelta(days=R.randrange(30000), seconds=R.randrange(86400))
    return at + datetime.timedelta(microseconds=R.randrange(10**digits) * 10 ** (6 - digits))


def value(name):
    some = lambda made: None if R.random() < 0.3 else made()
    if name == "clicks":
        return {"detectedDuplicate": R.random() < 0.5, "timestamp": moment(3), "partyId": some(word),
                "location": some(word), "viewportPixelWidth": some(lambda: R.randrange(-70000, 70000)),
                "score": R.choice([0.1, -0.0, 1e300, 5e-324, R.random() * 1000]), "ratio": R.randrange(4000) / 4,
                "remoteHost": word(), "tags": [word() for _ in range(R.choice([0, 1, 3, 200]))]}
    if name == "changes":
        row = lambda: {"id": R.randrange(-2**31, 2**31), "born": some(lambda: moment(0).date()),
                       "price": decimal.Decimal(R.randrange(-10**9, 10**9)).scaleb(-2), "blob": R.randbytes(R.randrange(9))}
        return {"before": some(row), "after": some(row), "source": {"db": word(), "lsn": some(lambda: R.randrange(-2**63, 2**63))},
                "op": R.choice("cudr"), "ts_ms": some(lambda: R.randrange(2**41))}
    if name == "times":
        clock = lambda digits: moment(digits).time()
        return {"date": moment(0).date(), "ms": clock(3), "us": clock(6), "at_ms": moment(3), "at_us": moment(6),
                "local": moment(3).replace(tzinfo=None), "id": uuid.UUID(int=R.getrandbits(128)),
                "exact": decimal.Decimal(R.randrange(-10**10, 10**10)).scaleb(-4), "raw": R.randbytes(3),
                "last": [moment(0).date() for _ in range(R.randrange(4))]}
    return tree(0)


def tree(depth):
    below = lambda: tree(depth + 1) if depth < 4 and R.random() < 0.45 else None
    kinds = [lambda: None, lambda: R.randrange(-300, 300), below,
             lambda: [{word() + str(n): R.random() < 0.5 for n in range(R.randrange(3))} for _ in range(R.randrange(3))]]
    return {"label": word(), "left": below(), "right": below(),
            "of": {word() + str(n): R.choice(kinds)() for n in range(R.randrange(4))}}


def iso(text):
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def spelled(read, schema):
    if isinstance(read, dict):
        return {k: spelled(v, schema) for k, v in read.items()}
    if isinstance(read, list):
        return [spelled(v, schema) for v in read]
    if isinstance(read, bytes):
        return base64.b64encode(read).decode()
    if isinstance(read, datetime.datetime):
        text = iso(read.replace(tzinfo=None).isoformat())
        return text + ("Z" if read.tzinfo else "")
    if isinstance(read, datetime.time):
        return iso(read.replace(tzinfo=None).isoformat())
    if isinstance(read, datetime.date):
        return read.isoformat()
    if isinstance(read, decimal.Decimal):
        return float(read)
    if isinstance(read, uuid.UUID):
        return str(read)
    return read


for name, schema in SCHEMAS.items():
    parsed = fastavro.parse_schema(schema)
    (HERE / f"{name}.avsc").write_text(json.dumps(schema, indent=1) + "\n")
    lines = []
    for _ in range(40):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, parsed, value(name))
        read = fastavro.schemaless_reader(io.BytesIO(out.getvalue()), parsed)
        lines.append(json.dumps({"hex": out.getvalue().hex(), "json": spelled(read, schema)}, ensure_ascii=False))
    (HERE / f"{name}.ndjson").write_text("\n".join(lines) + "\n")
