#!/usr/bin/env python3
"""Writes what a build is made of, as CycloneDX 1.5 JSON, on standard output.

sbom.py [--features LIST] [--no-default-features] [--deb PACKAGE...]

Crates come from `cargo metadata` for this platform, those that only build (they
bring the C sources of librdkafka, OpenSSL, zlib and zstd) among them; their
checksums from Cargo.lock. `--deb` adds packages of the system whose files go
along. The same tree makes the same bytes: no time, no random serial number.
"""

import argparse
import json
import re
import subprocess
import tomllib


def main():
    args = arguments()
    packages, edges = resolved(args)
    with open("Cargo.lock", "rb") as file:
        lock = tomllib.load(file)
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}
    (ours,) = (p for p in packages if p["source"] is None)
    crates = [p for p in packages if p is not ours]
    components = [*(crate(p, checksums) for p in crates), *map(deb, args.deb)]
    refs = {p["id"]: purl(p) for p in packages}
    depends = [{"ref": refs[i], "dependsOn": sorted(refs[d] for d in on)} for i, on in edges.items()]
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {**crate(ours, checksums), "type": "application"}},
        "components": sorted(components, key=lambda c: c["bom-ref"]),
        "dependencies": sorted(depends, key=lambda d: d["ref"]),
    }
    print(json.dumps(bom, indent=1))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", default="")
    parser.add_argument("--no-default-features", action="store_true")
    parser.add_argument("--deb", nargs="*", default=[])
    return parser.parse_args()


def resolved(args):
    """The packages that normal and build dependencies lead to, and who needs whom."""
    rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True)
    host = re.search(r"^host: (.*)$", rustc.stdout, re.M)[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    command += ["--features", args.features] if args.features else []
    command += ["--no-default-features"] if args.no_default_features else []
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    metadata = json.loads(out.stdout)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    edges, left = {}, [metadata["resolve"]["root"]]
    while left:
        at = left.pop()
        if at not in edges:
            edges[at] = [d["pkg"] for d in nodes[at]["deps"] if any(used(k) for k in d["dep_kinds"])]
            left += edges[at]
    return [p for p in metadata["packages"] if p["id"] in edges], edges


def used(kind):
    return kind["kind"] in (None, "build")


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"


def crate(package, checksums):
    component = {
        "type": "library",
        "bom-ref": purl(package),
        "purl": purl(package),
        "name": package["name"],
        "version": package["version"],
    }
    if package["license"]:
        expression = package["license"].replace("/", " OR ")
        component["licenses"] = [{"expression": expression}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return component


def deb(name):
    query = ["dpkg-query", "--showformat", "${Version} ${Architecture}", "--show", name]
    out = subprocess.run(query, check=True, capture_output=True, text=True)
    version, architecture = out.stdout.split()
    ref = f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch={architecture}"
    return {"type": "library", "bom-ref": ref, "purl": ref, "name": name, "version": version}


if __name__ == "__main__":
    main()
