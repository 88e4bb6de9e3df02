#!/bin/sh
# Makes .venv from requirements-dev.txt and node_modules from package-lock.json; `make` runs it when either is older.
# Needs any Python 3 with pip or venv, Node 20 or later, npm. Installs nothing outside this directory.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "setup: $*"; }
stop() {
    printf '\nsetup stopped: %s\n' "$1" >&2
    printf '  what to do: %s\n' "$2" >&2
    exit 1
}

# Behind a proxy that inspects TLS, the certificate of that proxy is trusted by the system, or named by SSL_CERT_FILE.
# uv, pip and npm each read a variable of their own.
certificates=${SSL_CERT_FILE:-${REQUESTS_CA_BUNDLE:-${NODE_EXTRA_CA_CERTS:-}}}
if [ -n "$certificates" ]; then
    export SSL_CERT_FILE="$certificates" PIP_CERT="${PIP_CERT:-$certificates}"
    export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$certificates}"
fi
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-true}"

# run <log> <command …>: its output goes to a terminal and a log. A failure by a certificate names the variable to set.
run() {
    log=$1
    shift
    "$@" >"$log" 2>&1 && return
    cat "$log" >&2
    if grep -qiE 'certificate|UnknownIssuer|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)' "$log"; then
        stop "a certificate was not trusted: a proxy on the way inspects TLS" \
            "set SSL_CERT_FILE to the file with that proxy's certificate authority (PEM) and run this again"
    fi
    return 1
}

# Two first set-ups in one checkout would write the same files: the second waits for the first.
lock() {
    mkdir -p .local
    told=
    until ln -s "$$" .local/setup.lock 2>/dev/null; do # atomic, and holds the number of the set-up that has it
        owner=$(readlink .local/setup.lock 2>/dev/null || true)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -f .local/setup.lock # that set-up was killed
            continue
        fi
        [ -n "$told" ] || say "waiting for another set-up in this checkout (.local/setup.lock)"
        told=1
        sleep 1
    done
    trap 'rm -f .local/setup.lock' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

find_uv() {
    if [ -x .venv/bin/uv ]; then uv=$PWD/.venv/bin/uv; return; fi
    if command -v uv >/dev/null 2>&1; then uv=uv; return; fi
    python=
    # A pyenv shim may refuse here although another Python would do: try each.
    for candidate in python3 python /usr/bin/python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || stop "no Python 3 found" "install Python 3 (any version from 3.8 on) and run this again"
    say "fetching uv, the installer, into .local/bootstrap"
    rm -rf .local/bootstrap && mkdir -p .local
    if "$python" -m venv .local/bootstrap >.local/setup.log 2>&1; then
        if run .local/setup.log .local/bootstrap/bin/python -m pip install --quiet uv==0.13.9; then
            uv=$PWD/.local/bootstrap/bin/uv
            return
        fi
    fi
    rm -rf .local/bootstrap # Debian's python3 without python3-venv: pip alone is enough
    if run .local/setup.log "$python" -m pip install --quiet --target .local/bootstrap uv==0.13.9; then
        uv=$PWD/.local/bootstrap/bin/uv
        return
    fi
    stop "uv could not be installed (see above)" \
        "check the network or the package index that pip is set up for; or install uv yourself, or python3-venv"
}

make_venv() {
    if [ -x .venv/bin/python ] && [ .venv/.ready -nt requirements-dev.txt ]; then return; fi # the other set-up did it
    find_uv
    wanted=$(cat .python-version)
    if ! .venv/bin/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')" >/dev/null 2>&1; then
        say "making .venv with Python $wanted"
        "$uv" venv --quiet --clear --python "$wanted" .venv || stop "no Python $wanted was found and none could be fetched" \
            "install Python $wanted (pyenv install $wanted; your package manager; python.org) and run this again"
    fi
    say "installing the locked Python packages (about a minute the first time)"
    export VIRTUAL_ENV="$PWD/.venv"
    run .local/setup.log "$uv" pip sync --require-hashes requirements-dev.txt ||
        stop "the Python packages could not be installed" "check the network (uv reads UV_INDEX_URL) and run this again"
    rm -rf .local/bootstrap
    touch .venv/.ready
}

make_node_modules() {
    if [ -d node_modules ] && [ node_modules/.ready -nt package-lock.json ]; then return; fi # the other set-up did it
    command -v node >/dev/null 2>&1 ||
        stop "Node.js was not found: the CDK command line runs on it" "install Node 20 or later with npm (nodejs.org)"
    command -v npm >/dev/null 2>&1 || stop "npm was not found" "install npm: it comes with Node.js from nodejs.org"
    major=$(node -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 20 ] || stop "Node $(node --version) is too old" "install Node 20 or later (nodejs.org)"
    say "installing the CDK command line"
    run .local/setup.log npm ci --no-progress --loglevel=error || stop "npm ci failed (see above)" "check the network and run this again"
    touch node_modules/.ready
}

lock
case "${1:-all}" in
venv) make_venv ;;
node) make_node_modules ;;
all) make_venv && make_node_modules ;;
*) stop "unknown step '$1'" "use venv, node or all" ;;
esac
