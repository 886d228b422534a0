#!/usr/bin/env python3
"""Made-up schemas, policies and records: what leaves of a record that keeps to the writer's
schema must keep to the schema that is derived, by a validator that shares no code with veil
(jsonschema, https://pypi.org/project/jsonschema).

    tests/jsonschema/derived.py target/debug/veil [CASES] [SEED]

Prints what was tried; exits 1 where something that leaves does not keep to what is derived.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

DRAFTS = {
    "http://json-schema.org/draft-07/schema#": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
}
NAMES = ["a", "b", "c", "d", "mail", "at", "x_1", "Größe"]
SCALARS = {
    "string": lambda r: r.choice(["", "x", "web", "jane@example.com", "2026-03-01T10:42:07Z", "2026-03-01", "é\u2028\"\\"]),
    "integer": lambda r: r.choice([0, 1, -7, 18, 1700000000, 10**15]),
    "number": lambda r: r.choice([0, 1.5, -2.25, 3, 1e300, 100.0]),
    "boolean": lambda r: r.random() < 0.5,
    "null": lambda r: None,
}


class Schemas:
    """A schema, and values that may keep to it."""

    def __init__(self, r):
        self.r = r
        self.is_2020 = r.random() < 0.4
        self.definitions = {}

    def whole(self):
        uri = list(DRAFTS)[self.is_2020]
        count = self.r.randrange(3)
        self.names = [f"d{n}" for n in range(count)]
        for name in self.names:
            self.definitions[name] = self.any(2)
        schema = {"$schema": uri, **self.object(0)}
        if self.definitions:
            schema["definitions"] = self.definitions
        self.schema = schema
        self.judge = DRAFTS[uri](schema)
        return schema

    def object(self, depth):
        r = self.r
        schema = {"type": "object"}
        members = r.sample(NAMES, r.randint(1, 4))
        schema["properties"] = {name: self.any(depth + 1) for name in members}
        match r.randrange(5):
            case 0 | 1:
                schema["additionalProperties"] = False
            case 2:
                schema["additionalProperties"] = self.any(depth + 2)
        if r.random() < 0.15:
            schema["patternProperties"] = {r.choice(["^x_", "a", "^[cd]$"]): self.any(depth + 2)}
        if r.random() < 0.15:
            schema["required"] = [members[0]]
        if r.random() < 0.12:
            schema["if"] = {"properties": {members[0]: self.scalar()}}
            schema[r.choice(["then", "else"])] = {"properties": {r.choice(NAMES): self.scalar()}}
        if r.random() < 0.08:
            word = "dependentSchemas" if self.is_2020 else "dependencies"
            schema[word] = {members[0]: {"properties": {r.choice(NAMES): self.scalar()}}}
        return schema

    def array(self, depth):
        r = self.r
        several = [self.any(depth + 1) for _ in range(r.randint(1, 2))]
        schema = {"type": "array"}
        match r.randrange(4):
            case 0 if self.is_2020:
                schema["prefixItems"] = several
            case 0:
                schema["items"] = several
            case 1 if not self.is_2020:
                schema.update(items=several, additionalItems=r.choice([False, self.any(depth + 1)]))
            case 1:
                schema.update(prefixItems=several, items=r.choice([False, self.any(depth + 1)]))
            case _:
                schema["items"] = several[0]
        return schema

    def scalar(self):
        r = self.r
        match r.randrange(8):
            case 0:
                return {"type": r.sample(list(SCALARS), r.randint(2, 3))}
            case 1:
                return {"enum": r.choice([["x", "web"], ["x", 7, None], [True, 1.5]])}
            case 2:
                return {"const": r.choice(["web", 18, None, True])}
            case 3:
                return {"type": "string", "format": r.choice(["date", "date-time", "email"])}
            case 4:
                return r.choice([{}, True, {"description": "anything"}])
            case _:
                return {"type": r.choice(list(SCALARS))}

    def any(self, depth):
        r = self.r
        if depth > 3 or r.random() < 0.45:
            return self.scalar()
        match r.randrange(9):
            case 0 | 1 | 2:
                return self.object(depth)
            case 3 | 4:
                return self.array(depth)
            case 5:
                return {r.choice(["anyOf", "oneOf"]): [self.any(depth + 1) for _ in range(r.randint(1, 3))]}
            case 6:
                return {"allOf": [self.any(depth + 1), r.choice([{}, {"description": "more"}, self.any(depth + 1)])]}
            case 7 if self.names:
                schema = {"$ref": f"#/definitions/{r.choice(self.names)}"}
                if r.random() < 0.2:
                    schema["properties"] = {r.choice(NAMES): self.scalar()}
                return schema
            case _:
                return r.choice([{"not": {"type": "object"}}, False, {"$ref": "#"}, self.scalar()])

    def value(self, schema, depth=0):
        """A value that may keep to it: the validator has the last word."""
        r = self.r
        if schema is True or schema == {} or not isinstance(schema, dict) or depth > 7:
            return self.wild(depth)
        if "$ref" in schema:
            path = schema["$ref"]
            to = self.schema if path == "#" else self.definitions[path.rsplit("/", 1)[1]]
            return self.value(to, depth + 1)
        if "enum" in schema:
            return r.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        for word in ["anyOf", "oneOf"]:
            if word in schema:
                return self.value(r.choice(schema[word]), depth + 1)
        if "allOf" in schema:
            parts = [self.value(part, depth + 1) for part in schema["allOf"]]
            if all(isinstance(part, dict) for part in parts):
                return {name: value for part in parts for name, value in part.items()}
            return parts[0]
        said = schema.get("type")
        if isinstance(said, list):
            said = r.choice(said)
        if said == "object" or "properties" in schema:
            value = {}
            for name, part in schema.get("properties", {}).items():
                if r.random() < 0.8 or name in schema.get("required", []):
                    value[name] = self.value(part, depth + 1)
            rest = schema.get("additionalProperties", True)
            if rest is not False and r.random() < 0.6:
                value.setdefault(r.choice(NAMES + ["other"]), self.value(rest, depth + 1))
            for pattern, part in schema.get("patternProperties", {}).items():
                value.setdefault({"^x_": "x_1", "a": "a", "^[cd]$": "c"}[pattern], self.value(part, depth + 1))
            return value
        if said == "array":
            first = schema.get("prefixItems")
            items = schema.get("items", {})
            if isinstance(items, list):
                first, items = items, schema.get("additionalItems", {})
            value = [self.value(part, depth + 1) for part in first or []][: r.randint(0, 3)]
            if items is not False and len(value) >= len(first or []):
                value += [self.value(items, depth + 1) for _ in range(r.randrange(3))]
            return value
        if said in SCALARS:
            return SCALARS[said](r)
        return self.wild(depth)

    def wild(self, depth):
        r = self.r
        sort = r.randrange(7 if depth < 4 else 5)
        if sort < 5:
            return list(SCALARS.values())[sort](r)
        if sort == 5:
            return {r.choice(NAMES): self.wild(depth + 1) for _ in range(r.randrange(3))}
        return [self.wild(depth + 1) for _ in range(r.randrange(3))]


ACTIONS = [
    "keep",
    "keep",
    "keep",
    "{ keep: { subtree: true } }",
    "{ keep: { max_chars: 8 } }",
    "{ keep: { one_of: [web, x, 7, true] } }",
    "{ mask: {} }",
    "{ mask: { email: {} } }",
    "{ generalize: { round: 10 } }",
    "{ generalize: { bucket: 5, bottom: 0, top: 100 } }",
    "{ generalize: { time: 1h } }",
    "{ generalize: { date: year } }",
    "{ pseudonymize: { key: people, normalize: raw, epoch: none } }",
    "{ encrypt: { key: people } }",
    "{ encrypt: { key: people, subtree: true } }",
    "{ replace: { with: 1 } }",
    "{ replace: { with: gone } }",
    "{ redact: {} }",
    "drop",
]
MORE = ["", "", ", on_error: drop_field", ", on_error: { replace: unknown }"]


def paths(r, schema, depth=0):
    """Paths that may lead somewhere."""
    found = []
    if not isinstance(schema, dict) or depth > 4:
        return found
    for name, part in schema.get("properties", {}).items():
        found.append([name])
        found += [[name, *rest] for rest in paths(r, part, depth + 1)]
    for part in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", []), schema.get("then")]:
        found += paths(r, part, depth + 1)
    for part in schema.get("definitions", {}).values():
        found += paths(r, part, depth + 1)
    items = schema.get("items", schema.get("prefixItems"))
    for part in items if isinstance(items, list) else [items]:
        if items is not None:
            found.append(["[*]"])
            found += [["[*]", *rest] for rest in paths(r, part, depth + 1)]
    if r.random() < 0.3:
        found.append([r.choice(NAMES)])
    return found


def spelled(path):
    return "".join(step if step.startswith("[") else f".{step}" for step in path).lstrip(".")


def policy(r, schema):
    """A policy for records of that schema."""
    fields = {}
    all_paths = [path for path in paths(r, schema) if not path[0].startswith("[")]
    for path in r.sample(all_paths, min(len(all_paths), r.randint(1, 6))):
        if r.random() < 0.06:
            path = ["**", path[-1]] if not path[-1].startswith("[") else path
        action = r.choice(ACTIONS)
        if action.startswith("{") and r.random() < 0.3:
            action = action[:-2] + r.choice(MORE) + " }"
        if r.random() < 0.06:
            action = f"{{ as: {{ {r.choice(NAMES)}: {action} }} }}"
        if r.random() < 0.06:
            action = f"{{ when: [{{ if: {{ a: web }}, then: {action} }}, {{ else: {r.choice(ACTIONS)} }}] }}"
        fields[spelled(path)] = action
    lines = "".join(f"      {json.dumps(path, ensure_ascii=False)}: {action}\n" for path, action in fields.items())
    return (
        "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n"
        "source: { topic: t, value: json_schema, schema: { file: writer.json } }\n"
        'keys: { people: { ref: "file:keyring.json#people" } }\n'
        "outputs:\n  - topic: clean\n    purpose: analytics.reporting\n    domain: d\n    basis: contract\n"
        f"    fields:\n{lines}"
    )


def main():
    veil = Path(sys.argv[1]).resolve()
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    counts = dict.fromkeys(["schemas", "policies refused", "records that keep to the writer's", "records that left", "wrong"], 0)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)

        def run(*args):
            return subprocess.run([veil, *args], capture_output=True, check=False)

        made = run("keys", "new", "--keyring", "keyring.json", "people")
        assert made.returncode == 0, made.stderr
        for case in range(cases):
            r = random.Random(f"{seed}.{case}")
            schemas = Schemas(r)
            schema = schemas.whole()
            counts["schemas"] += 1
            Path("writer.json").write_text(json.dumps(schema))
            Path("policy.yaml").write_text(policy(r, schema))
            derived = run("schema", "derive", "-p", "policy.yaml")
            if derived.returncode != 0:
                counts["policies refused"] += 1
                continue
            clean = json.loads(derived.stdout)
            jsonschema.Draft7Validator.check_schema(clean)
            judge = jsonschema.Draft7Validator(clean)
            records = (schemas.value(schema) for _ in range(40))
            records = [r for r in records if isinstance(r, dict) and keeps(schemas.judge, r)]
            counts["records that keep to the writer's"] += len(records)
            lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            Path("in.ndjson").write_text(lines)
            left = run("apply", "-p", "policy.yaml", "--timestamp", "now", "in.ndjson")
            assert left.returncode in (0, 2), left.stderr.decode()
            for line in left.stdout.split(b"\n")[:-1]:
                counts["records that left"] += 1
                value = json.loads(line)
                errors = list(judge.iter_errors(value))
                if errors:
                    counts["wrong"] += 1
                    print(f"case {seed}.{case}: {errors[0].message} at {list(errors[0].absolute_path)}")
                    print(f"  writer  {json.dumps(schema)}\n  policy  {Path('policy.yaml').read_text()}")
                    print(f"  derived {derived.stdout.decode()}  left    {line.decode()}")
                    break
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    tried = counts["records that left"] > 5 * (counts["schemas"] - counts["policies refused"]) / 2
    sys.exit(1 if counts["wrong"] or not tried else 0)


def keeps(judge, record):
    try:
        return judge.is_valid(record)
    except RecursionError:
        # A schema that refers to itself and to nothing else: nobody can say.
        return False


if __name__ == "__main__":
    main()
