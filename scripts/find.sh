#!/usr/bin/env bash
# Prints the path of a program that the tests need (`scripts/find.sh chromium|postgres`); fails if the machine has none.
set -euo pipefail

# Finds a browser that Playwright can start by its path; CHROMIUM names another. Runs `--version` because Ubuntu has a
# `chromium-browser` that only prints how to install one.
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

# Finds the newest folder with initdb and postgres. Debian does not put this folder into PATH.
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
