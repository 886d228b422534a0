#!/usr/bin/env python3
"""Checks the dependencies against deny.toml: licences, sources, duplicates.

Runs `cargo deny` where it is installed. Elsewhere it reads the same file and
checks the same three things on `cargo metadata`, because building cargo-deny
takes longer than all the other checks of a pull request.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict


def main():
    if shutil.which("cargo-deny"):
        command = ["cargo", "deny", "--offline", "check", "licenses", "bans", "sources"]
        sys.exit(subprocess.run(command).returncode)
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)
    packages, users = resolved()
    mistakes = [
        *licences(packages, rules["licenses"]),
        *duplicates(packages, users, rules["bans"]),
        *sources(packages, rules["sources"]),
    ]
    for mistake in mistakes:
        print(mistake)
    print(f"{len(packages)} packages, {len(mistakes)} findings")
    sys.exit(1 if mistakes else 0)


def resolved():
    """The packages that this platform's build resolves to, all features on, and by
    name the names of those that use it."""
    rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True)
    host = re.search(r"^host: (.*)$", rustc.stdout, re.M)[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    out = subprocess.run(
        [*command, "--filter-platform", host], check=True, capture_output=True, text=True
    )
    metadata = json.loads(out.stdout)
    nodes = metadata["resolve"]["nodes"]
    used = {node["id"] for node in nodes}
    names = {p["id"]: p["name"] for p in metadata["packages"]}
    users = defaultdict(set)
    for node in nodes:
        for dependency in node["dependencies"]:
            users[names[dependency]].add(names[node["id"]])
    return [p for p in metadata["packages"] if p["id"] in used], users


def licences(packages, rules):
    allowed = set(rules["allow"])
    for p in packages:
        expression = p["license"]
        if not expression or not permits(expression, allowed):
            yield f"licence of {p['name']} {p['version']} is not on the list: {expression}"


def permits(expression, allowed):
    """An SPDX expression (and Cargo's old `A/B`) under a list of licences."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def any_of():
        value = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = all_of() or value
        return value

    def all_of():
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value = one() and value
        return value

    def one():
        token = tokens.pop(0)
        if token == "(":
            value = any_of()
            tokens.pop(0)
            return value
        if tokens and tokens[0] == "WITH":
            token = f"{token} WITH {tokens[1]}"
            del tokens[:2]
        return token in allowed

    return any_of()


def duplicates(packages, users, rules):
    once = {d["crate"] for d in rules["deny"] if d.get("deny-multiple-versions")}
    never = {d["crate"]: d.get("reason", "") for d in rules["deny"]}
    # As cargo-deny has it: a banned crate may stand behind those that wrap it.
    wrapped = {d["crate"]: set(d.get("wrappers", [])) for d in rules["deny"]}
    versions = defaultdict(set)
    for p in packages:
        versions[p["name"]].add(p["version"])
    for name, found in sorted(versions.items()):
        if name in once and len(found) > 1:
            yield f"{name} is there twice: {', '.join(sorted(found))}"
        if name in never and name not in once and not users[name] <= wrapped[name]:
            yield f"{name} is banned: {never[name]}"


def sources(packages, rules):
    for p in packages:
        source = p["source"]
        if source is not None and not source.startswith("registry+"):
            yield f"{p['name']} {p['version']} comes from {source}"
        elif source is not None and source.removeprefix("registry+") not in rules["allow-registry"]:
            yield f"{p['name']} {p['version']} comes from an unknown registry"


if __name__ == "__main__":
    main()
