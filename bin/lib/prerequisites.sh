# shellcheck shell=sh
# What the scripts in bin/ need of a machine: a Rust toolchain, a C compiler, PostgreSQL 15 or newer.
# Sourced from the top of the checkout. Brings what is missing where it may and says what it does
# and why; where it may not, it prints the one line to run and stops.

. bin/lib/postgres.sh
. bin/lib/apt.sh

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $1"
    shift
    for line; do say "       $line"; done
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Where things are kept that do not belong into the checkout; the same rule as in private-postgres.
state_dir() {
    if [ -n "${PROVENIQ_STATE:-}" ]; then
        echo "$PROVENIQ_STATE"
    elif [ "$(id -u)" = 0 ]; then
        echo /var/tmp/proveniq-0
    else
        echo "${XDG_STATE_HOME:-$HOME/.local/state}/proveniq"
    fi
}

# rustup puts cargo where a fresh shell does not look yet.
need_rust() {
    have cargo || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    have cargo || fail "no Rust toolchain: install rustup (rustup.rs), then run this again"
}

# A compiler without the C library's headers and start files is of no use to Rust either.
compiler_works() {
    have cc || return 1
    probe=$(mktemp -d)
    printf '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n' >"$probe/a.c"
    cc "$probe/a.c" -o "$probe/a" 2>/dev/null
    works=$?
    rm -rf "$probe"
    return $works
}

# Fills `missing` with packages, `why` with a sentence for each.
list_missing() {
    missing='' why=''
    compiler_works || want "gcc libc6-dev" "Rust links with the C compiler"
    find_postgres || want "postgresql" "each region keeps its ledger in a PostgreSQL of its own"
    [ -z "$missing" ] || have curl || want "curl" "the walk-through talks to the ledger with it"
}
want() {
    missing="$missing $1"
    why="$why
  $1: $2"
}

prerequisites() {
    need_rust
    list_missing
    [ -n "$missing" ] || return 0
    say "Missing on this machine:$why"
    case $missing in
    *postgresql*) [ "${PROVENIQ_POSTGRES:-}" != npm ] || { postgres_from_npm && list_missing; } ;;
    esac
    [ -z "$missing" ] || install_missing
    compiler_works || fail "still no working C compiler (cc)"
    find_postgres || fail "still no PostgreSQL $oldest_postgres or newer"
}

install_missing() {
    if have apt-get; then
        install_with_apt
    elif [ "$(uname -s)" = Darwin ]; then
        fail "install what is missing, then run this again:" \
            "xcode-select --install; brew install postgresql@17"
    else
        case $missing in
        *gcc*) fail "install a C compiler with your system's package manager, then run this again" ;;
        esac
        postgres_from_npm
    fi
}
