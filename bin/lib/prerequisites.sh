# shellcheck shell=sh
# What the scripts in bin/ need of a machine: a Rust toolchain, a C compiler, PostgreSQL 15 or newer.
# Sourced from the top of the checkout. Brings what is missing where it may and says what it does
# and why; where it may not, it prints the one line to run and stops.

. bin/lib/postgres.sh

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

# Root and those with a passwordless sudo may install; everybody else is told the line to run.
install_with_apt() {
    if [ "$(id -u)" = 0 ]; then
        as_root() { "$@"; }
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root() { sudo -n "$@"; }
    else
        fail "installing needs root. Run this line, then run this again:" \
            "$(apt_line)" \
            "(or, without root, for PostgreSQL only and where npm is: PROVENIQ_POSTGRES=npm bin/dev)"
    fi
    say "Installing with apt-get:$missing"
    apt_get update >/dev/null || say "apt-get update failed; trying with the package lists as they are"
    choose_postgres_package
    no_main_cluster
    # shellcheck disable=SC2086 # a list of words
    apt_get install --no-install-recommends $missing >/dev/null ||
        fail "apt-get could not install:$missing" \
            "it said so above; a name that is not found even after apt-get update means that this" \
            "system's sources lack the package: enable them, or install it in another way"
}
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 LC_ALL=C \
        apt-get -yqq -o Dpkg::Options::=--force-confold "$@"
}

# Debian's package would start a cluster of its own on port 5432 as soon as it is installed.
no_main_cluster() {
    case $missing in *postgresql*) ;; *) return 0 ;; esac
    [ ! -e /etc/postgresql-common/createcluster.conf ] || return 0
    say "Telling Debian's package not to start a cluster of its own (createcluster.conf)"
    as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
}
apt_line() {
    line="apt-get update && apt-get install -y --no-install-recommends$missing"
    case $missing in
    *postgresql*)
        conf=/etc/postgresql-common/createcluster.conf
        line="mkdir -p ${conf%/*} && (test -e $conf || echo create_main_cluster = false >$conf) && $line"
        ;;
    esac
    echo "sudo sh -c '$line'"
}

# The newest server package of this system; where all are too old (Ubuntu 22.04), npm's instead.
choose_postgres_package() {
    case $missing in *postgresql*) ;; *) return 0 ;; esac
    newest=$(LC_ALL=C apt-cache search --names-only '^postgresql-[0-9]+$' 2>/dev/null |
        sed -n 's/^postgresql-\([0-9]*\) .*/\1/p' | sort -n | tail -n 1)
    if [ "${newest:-0}" -ge $oldest_postgres ]; then
        missing=$(echo "$missing" | sed "s/postgresql/postgresql-$newest/")
    else
        say "This system's newest PostgreSQL is ${newest:-none}; $oldest_postgres or newer is needed."
        postgres_from_npm
        missing=$(echo "$missing" | sed 's/postgresql//')
    fi
}
