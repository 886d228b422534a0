#!/usr/bin/env bash
# Builds ../page/codemirror.js from the packages that package-lock.json names, their
# licences first. Needs Node and npm; `--check` says whether the file is what they give.
set -euo pipefail
cd "$(dirname "$0")"
out=../page/codemirror.js
if [ "${1:-}" = --check ]; then
  out=$(mktemp --suffix .js)
  trap 'rm -f "$out"' EXIT
fi
npm ci --silent
{
  printf '/*\nBuilt by src/playground/editor/build.sh; do not edit. It holds:\n'
  node list.js
  printf '*/\n'
  npx esbuild editor.js --bundle --minify --format=esm --target=es2022 --charset=utf8 --log-level=warning
} >"$out"
[ "${1:-}" != --check ] || cmp "$out" ../page/codemirror.js
