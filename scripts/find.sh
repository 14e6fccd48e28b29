#!/usr/bin/env bash
# Prints where a program of the tests is on this machine: `scripts/find.sh chromium|postgres`; fails when it is nowhere.
set -euo pipefail

# A browser that Playwright can drive by its path. CHROMIUM names another.
chromium() {
    if [ -n "${CHROMIUM:-}" ]; then
        command -v "$CHROMIUM"
        return
    fi
    local name
    for name in chromium chromium-browser google-chrome-stable google-chrome; do
        # Ubuntu has a `chromium-browser` that only says how to install it.
        if command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# The folder of initdb and postgres: Debian keeps it out of PATH. The newest wins.
postgres() {
    local folder
    folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
        echo "$folder"
    elif command -v initdb >/dev/null && command -v postgres >/dev/null; then
        dirname "$(command -v initdb)"
    else
        return 1
    fi
}

"$1"
