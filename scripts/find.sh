#!/usr/bin/env bash
# Prints where a program of the tests is on this machine: `scripts/find.sh chromium|postgres`; fails when it is nowhere.
set -euo pipefail

# A browser that Playwright can drive by its path; CHROMIUM names another. Asked for its version, because Ubuntu has a
# `chromium-browser` that only says how to install one.
chromium() {
    local name
    for name in ${CHROMIUM:-chromium chromium-browser google-chrome-stable google-chrome}; do
        if command "$name" --version >/dev/null 2>&1; then
            type -P "$name"
            return
        fi
    done
    return 1
}

# The folder of initdb and postgres: Debian keeps it out of PATH. The newest wins.
postgres() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) $(dirname "$(type -P initdb)"); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            echo "$folder"
            return
        fi
    done
    return 1
}

"$1"
