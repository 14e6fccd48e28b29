#!/usr/bin/env bash
# Builds replacements for the Dockerfile's base images, under the same names, on a machine that reaches no image
# registry: one Debian with a C compiler, nginx, and this machine's own Rust and Node. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

dockerfile=deploy/docker/Dockerfile
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates,curl,gcc,libc6-dev,nginx-light bookworm "$root" >"$root.log" ||
    { tail -n 20 "$root.log" >&2; exit 1; }
rm -f "$root.log"

# The machine may reach package registries only through its own certificate authorities.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
mkdir -p "$root/usr/local/rust"
cp -r "$(rustc --print sysroot)/." "$root/usr/local/rust"
rm -rf "$root/usr/local/rust/share/doc"
for program in cargo rustc; do ln -s "/usr/local/rust/bin/$program" "$root/usr/local/bin/$program"; done
cp -L "$(type -P node)" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
# Node may be installed elsewhere than npm, so npm's folder is found through npm itself.
cp -r "$(dirname "$(dirname "$(readlink -f "$(type -P npm)")")")" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

ca=/etc/ssl/certs/ca-certificates.crt
id=$(tar -C "$root" -c . | podman import --quiet --change "ENV NODE_EXTRA_CA_CERTS=$ca" \
    --change "ENV CARGO_HTTP_CAINFO=$ca" --change "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" -)
sed -n 's/^ARG [A-Z]*_IMAGE=//p' "$dockerfile" | while read -r name; do
    podman tag "$id" "$name"
    echo "$name is a replacement built on this machine"
done
