#!/usr/bin/env bash
# Makes stand-ins for the base images of the Dockerfile on this machine, under the same names, where no image registry can
# be reached: one Debian with a C compiler and nginx, and with this machine's own Rust and Node. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

dockerfile=deploy/docker/Dockerfile
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates,curl,gcc,libc6-dev,nginx-light bookworm "$root" >"$root.log" ||
    { tail -n 20 "$root.log" >&2; exit 1; }
rm -f "$root.log"

# Registries may be reached through this machine's own authorities.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
mkdir -p "$root/usr/local/rust"
cp -r "$(rustc --print sysroot)/." "$root/usr/local/rust"
rm -rf "$root/usr/local/rust/share/doc"
for program in cargo rustc; do ln -s "/usr/local/rust/bin/$program" "$root/usr/local/bin/$program"; done
cp -L "$(type -P node)" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
# npm's own folder, whichever Node its modules would be looked for by.
cp -r "$(dirname "$(dirname "$(readlink -f "$(type -P npm)")")")" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

ca=/etc/ssl/certs/ca-certificates.crt
id=$(tar -C "$root" -c . | podman import --quiet --change "ENV NODE_EXTRA_CA_CERTS=$ca" \
    --change "ENV CARGO_HTTP_CAINFO=$ca" --change "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" -)
sed -n 's/^ARG [A-Z]*_IMAGE=//p' "$dockerfile" | while read -r name; do
    podman tag "$id" "$name"
    echo "$name is a stand-in made here"
done
