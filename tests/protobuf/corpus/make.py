"""Writes the corpus anew: messages of a few schemas as Google's own library writes them, and
what it reads of the same bytes, spelled as JSON in the way of `decode::protobuf`. Some carry
fields that the schema does not have, and extensions: those are not in the JSON.

    pip install protobuf==7.36.2 grpcio-tools==1.85.1
    python3 tests/protobuf/corpus/make.py
"""
import base64, json, pathlib, random, sys
from google.protobuf import message_factory

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from compiled import descriptors

HERE = pathlib.Path(__file__).parent
R = random.Random(20261130)
ROOTS = {"orders": "shop.Order", "visits": "old.Visit", "trees": "Tree"}
SCALARS = {
    "string": lambda: "".join(R.choice(["a", "Zoë", "é", "😀", '"', "\\", " ", "z"]) for _ in range(R.randrange(6))),
    "bytes": lambda: R.randbytes(R.randrange(5)),
    "bool": lambda: R.random() < 0.5,
    # What a float has exactly, so that both spell it alike.
    "float": lambda: R.randrange(-4000, 4000) / 8,
    "double": lambda: R.choice([0.1, -2.5, 1e300, 3.0, 39.9, 0.0]),
    "int32": lambda: R.choice([0, 1, -1, 300, 2**31 - 1, -2**31]),
    "uint32": lambda: R.choice([0, 1, 127, 128, 2**32 - 1]),
    "int64": lambda: R.choice([0, -1, 2**63 - 1, -2**63]),
    "uint64": lambda: R.choice([0, 1, 2**64 - 1]),
}
OF = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "uint64", 7: "uint32", 8: "bool", 9: "string",
      12: "bytes", 13: "uint32", 15: "int32", 16: "int64", 17: "int32", 18: "int64"}


def one(field, depth):
    """A value of the type of a field."""
    if field.enum_type:
        return R.choice(field.enum_type.values).number
    if field.message_type:
        return filled(message_factory.GetMessageClass(field.message_type)(), depth + 1)
    return SCALARS[OF[field.type]]()


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def json_value(value, depth):
    """What stands in a `google.protobuf.Value`."""
    kind = R.randrange(6 if depth < 3 else 4)
    if kind == 0:
        value.null_value = 0
    elif kind == 1:
        value.number_value = SCALARS["double"]()
    elif kind == 2:
        value.string_value = SCALARS["string"]()
    elif kind == 3:
        value.bool_value = SCALARS["bool"]()
    elif kind == 4:
        value.struct_value.SetInParent()
        for n in range(R.randrange(3)):
            json_value(value.struct_value.fields[f"k{n}"], depth + 1)
    else:
        value.list_value.SetInParent()
        for _ in range(R.randrange(3)):
            json_value(value.list_value.values.add(), depth + 1)
    return value


def filled(message, depth=0):
    of = message.DESCRIPTOR
    if of.full_name == "google.protobuf.Value":
        return json_value(message, depth)
    if of.full_name == "google.protobuf.Timestamp":
        message.seconds = R.randrange(-10**9, 2 * 10**9)
        message.nanos = R.choice([0, 5 * 10**8, 123456789, 1000])
        return message
    for field in of.fields:
        has = 0.6 if depth < 2 else 0.2
        if not field.is_required and R.random() > has:
            continue
        if is_map(field):
            key, value = field.message_type.fields
            entries = getattr(message, field.name)
            for _ in range(R.randrange(1, 4)):
                if value.message_type:
                    entries[one(key, depth)].CopyFrom(one(value, depth))
                else:
                    entries[one(key, depth)] = one(value, depth)
        elif field.is_repeated:
            getattr(message, field.name).extend(one(field, depth) for _ in range(R.randrange(4)))
        elif field.message_type:
            getattr(message, field.name).CopyFrom(one(field, depth))
        else:
            setattr(message, field.name, one(field, depth))
    return message


def spelled(message):
    """As `veil` shows a message."""
    of = message.DESCRIPTOR
    name = of.full_name
    if name == "google.protobuf.Timestamp":
        text = message.ToJsonString()
        head, dot, digits = text.removesuffix("Z").partition(".")
        return head + (dot + digits).rstrip("0").rstrip(".") + "Z"
    if name == "google.protobuf.Struct":
        return {key: spelled(value) for key, value in message.fields.items()}
    if name == "google.protobuf.ListValue":
        return [spelled(value) for value in message.values]
    if name == "google.protobuf.Value":
        kind = message.WhichOneof("kind")
        if kind == "null_value":
            return None
        value = getattr(message, kind)
        return spelled(value) if kind in ("struct_value", "list_value") else value
    if name.startswith("google.protobuf.") and name.endswith("Value"):
        return value_of(of.fields_by_name["value"], message.value)
    out = {}
    for field, value in message.ListFields():
        if field.is_extension:
            continue
        if is_map(field):
            inner = field.message_type.fields_by_name["value"]
            key_of = lambda key: str(key).lower() if isinstance(key, bool) else str(key)
            out[field.name] = {key_of(key): value_of(inner, entry) for key, entry in value.items()}
        elif field.is_repeated:
            out[field.name] = [value_of(field, item) for item in value]
        else:
            out[field.name] = value_of(field, value)
    return out


def value_of(field, value):
    if field.message_type:
        return spelled(value)
    if field.enum_type:
        return field.enum_type.values_by_number[value].name
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


# Fields that no schema here has: a text, a number, a group.
UNKNOWN = ["ca3e0643414e415259", "d03e07", "db3e08011a0643414e415259dc3e"]

for name, root in ROOTS.items():
    pool = descriptors(HERE / f"{name}.proto")
    of = pool.FindMessageTypeByName(root)
    make = message_factory.GetMessageClass(of)
    lines = []
    for n in range(40):
        message = filled(make())
        if name == "visits" and n % 3 == 0:
            message.Extensions[pool.FindExtensionByName("old.more")] = "CANARY"
        data = message.SerializeToString(deterministic=True)
        unknown = bytes.fromhex(UNKNOWN[n % 3]) if n % 2 else b""
        data = data + unknown if n % 4 == 1 else unknown + data
        again = make.FromString(data)
        lines.append(json.dumps({"hex": data.hex(), "json": spelled(again)}, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    (HERE / f"{name}.ndjson").write_text("\n".join(lines) + "\n")
