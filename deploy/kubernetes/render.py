#!/usr/bin/env python3
"""Writes the plain manifests of this folder from the chart, or checks that they are its.

render.py           writes them; needs helm 3
render.py --check   fails where they differ. Without helm it compares the digest of the chart that each
                    manifest was made from, so that a changed chart is seen all the same.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CHART = HERE.parent / "helm" / "veilstream"
# Each manifest, the values it is made with, and the one template where not all are wanted.
MANIFESTS = {
    "deployment.yaml": ("deployment-values.yaml", None),
    "sidecar.yaml": ("sidecar-values.yaml", None),
    "keda.yaml": ("keda-values.yaml", "templates/keda.yaml"),
}


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    helm = shutil.which("helm")
    if not helm and not check:
        sys.exit("helm is missing: https://helm.sh/docs/intro/install")
    if not helm:
        print("SKIPPED: HELM IS MISSING, the manifests are compared by the chart's digest only")
    stale = []
    for name, (values, template) in MANIFESTS.items():
        path, first = HERE / name, head(values)
        text = first + rendered(helm, values, template) if helm else None
        if not check:
            path.write_text(text)
        elif not (path.read_text() == text if helm else path.read_text().startswith(first)):
            stale.append(name)
    if stale:
        sys.exit(f"not what the chart makes: {', '.join(stale)}; run deploy/kubernetes/render.py")


def head(values):
    return (
        f"# Made by render.py from the chart with ci/{values}: a start, to be changed to your names.\n"
        f"# chart {digest()}\n"
    )


def digest():
    """Of every file of the chart, names and contents."""
    hash = hashlib.sha256()
    for path in sorted(p for p in CHART.rglob("*") if p.is_file()):
        content = path.read_bytes()
        hash.update(f"{path.relative_to(CHART)} {len(content)}\n".encode())
        hash.update(content)
    return hash.hexdigest()[:32]


def rendered(helm, values, template):
    command = [helm, "template", "veil", CHART, "--namespace", "veil", "--kube-version", "1.31"]
    command += ["--values", CHART / "ci" / values]
    command += ["--show-only", template] if template else []
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    return out.stdout.replace("app.kubernetes.io/managed-by: Helm", "app.kubernetes.io/managed-by: manifests")


if __name__ == "__main__":
    main()
