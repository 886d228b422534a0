#!/bin/sh
# files.sh FROM TO: everything that the image holds, from the folder of the binary and the system it was built on.
set -eu
from=$1
to=$2

install -D -m 0755 "$from/veil" "$to/usr/bin/veil"
install -D -m 0644 "$from/sbom.cdx.json" "$to/usr/share/doc/veil/sbom.cdx.json"

# The libraries that the loader will look for, and the loader, each under the very path it is asked for.
ldd "$from/veil" | sed -n 's/^.*=> \(\/[^ ]*\) .*$/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*$/\1/p' |
  while read -r library; do install -D -m 0755 "$(readlink -f "$library")" "$to$library"; done
test -n "$(find "$to" -name 'ld-linux*')" || { echo 'the binary has no loader: is it linked as expected?' >&2; exit 1; }

# Those that sign brokers' certificates, where OpenSSL and librdkafka look.
install -D -m 0644 /etc/ssl/certs/ca-certificates.crt "$to/etc/ssl/certs/ca-certificates.crt"

mkdir -p "$to/etc"
echo 'veil:x:65532:65532::/:/none' > "$to/etc/passwd"
echo 'veil:x:65532:' > "$to/etc/group"
echo 'hosts: files dns' > "$to/etc/nsswitch.conf"
# Where a policy, its keyring and settings are mounted.
mkdir -p "$to/etc/veil"
# A folder that a new volume takes its owner from; all else is root's.
mkdir -p "$to/var/lib" "$to.state"

du -sk "$to" | awk '{ printf "%.1f MB\n", $1 / 1000; exit $1 > 40000 }' || { echo 'more than 40 MB' >&2; exit 1; }
