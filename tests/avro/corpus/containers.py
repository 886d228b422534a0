"""Writes small container files as fastavro writes them: `tests/avro/containers/`, which
tests read, and seeds of the fuzz targets of Avro.

    pip install fastavro==1.13.1 backports.zstd cramjam
    python3 tests/avro/corpus/containers.py
"""
import io, json, pathlib, struct
import fastavro

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent.parent
FUZZ = ROOT / "fuzz/corpus"
SCHEMA = {"type": "record", "name": "R", "namespace": "n", "fields": [
    {"name": "a", "type": "long"}, {"name": "m", "type": {"type": "map", "values": ["null", "string"]}},
    {"name": "l", "type": {"type": "array", "items": {"type": "record", "name": "L", "fields": [
        {"name": "x", "type": "double"}, {"name": "r", "type": ["null", "R"]}]}}}]}
RECORDS = [{"a": n * 1000, "m": {"k": None, f"é{n}": "ü" * n}, "l": [{"x": n / 4, "r": None},
            {"x": -0.5, "r": {"a": -n, "m": {}, "l": []}}]} for n in range(6)]


def seed(target, name, content):
    folder = FUZZ / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


parsed = fastavro.parse_schema(SCHEMA)
(HERE.parent / "containers").mkdir(exist_ok=True)
for codec in ["null", "deflate", "zstandard", "snappy"]:
    out = io.BytesIO()
    fastavro.writer(out, parsed, RECORDS, codec=codec, sync_interval=60, sync_marker=b"0123456789abcdef")
    (HERE.parent / "containers" / f"{codec}.avro").write_bytes(out.getvalue())
    if codec == "null":
        seed("ocf", codec, out.getvalue())
seed("ocf", "header", out.getvalue()[:40])

for name in ["clicks", "changes", "times", "trees"]:
    schema = json.loads((HERE / f"{name}.avsc").read_text())
    line = json.loads((HERE / f"{name}.ndjson").read_text().splitlines()[1])
    text = json.dumps(schema, separators=(",", ":")).encode()
    seed("avro_schema", name, text)
    seed("avro", name, text + b"\n" + bytes.fromhex(line["hex"]))
    if name == "trees":
        seed("frame", "confluent", b"\0" + struct.pack(">I", 100000) + bytes.fromhex(line["hex"])[:40])
body = io.BytesIO()
fastavro.schemaless_writer(body, parsed, RECORDS[2])
seed("avro", "named", json.dumps(SCHEMA, separators=(",", ":")).encode() + b"\n" + body.getvalue())
seed("frame", "indexes", b"\0\0\0\0\7\4\2\0" + b"body of a message")
seed("frame", "apicurio", b"\0" + struct.pack(">Q", 258) + b"body of a record")
seed("frame", "single", b"\xc3\x01" + bytes(range(8)) + b"body of a record")
seed("frame", "guid", b"\x01" + bytes(range(16)) + b"\4\2\0body behind a header")
