#!/usr/bin/env bash
# The Debian package: the release binary, its manual pages and completions, the unit, documents, examples.
# Needs cargo-deb (`cargo install cargo-deb`) and Python 3.11. `deploy/deb.sh --no-build` packs the binary that
# target/release holds.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}"
[ "$(realpath -m "$target")" = "$PWD/target" ] || {
  printf 'assets are named below target/: unset CARGO_TARGET_DIR\n' >&2
  exit 1
}
command -v cargo-deb >/dev/null || {
  printf 'cargo-deb is missing: cargo install cargo-deb\n' >&2
  exit 1
}
[ "${1:-}" = --no-build ] || .ci/release
veil="$target/release/veil"

rm -rf target/deb
"$veil" man target/deb/man
"$veil" completions bash >target/deb/veil.bash
"$veil" completions zsh >target/deb/_veil
"$veil" completions fish >target/deb/veil.fish
python3 deploy/container/sbom.py --deb libc6 libgcc-s1 >target/deb/sbom.cdx.json
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
printf 'veilstream (%s-1) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- The Veilstream maintainers <maintainers@veilstream.invalid>  %s\n' \
  "$version" "$(git log -1 --format=%aD 2>/dev/null || date -R)" >target/deb/changelog
cargo deb --no-build --no-strip --locked --output target/deb/
