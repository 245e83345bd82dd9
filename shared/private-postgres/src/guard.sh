# Stops a private cluster once nobody needs it any more, even when its owner was killed with -9.
# Arguments: signal for the postmaster, data folder, file that users lock (or ""), paths to delete.
# Standard input: a pipe whose other end the owner holds; the kernel closes it when the owner dies.
trap '' HUP INT TERM
signal=$1 data=$2 users=$3
shift 3

running() {
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null &&
        { [ ! -d /proc/self ] || [ "$(readlink "/proc/$pid/cwd")" = "$data" ]; }
}

finish() {
    rounds=0
    while running && [ "$rounds" -lt 2000 ]; do
        kill -s "$signal" "$pid"
        sleep 0.05
        rounds=$((rounds + 1))
    done
    for path in "$@"; do rm -rf "$path"; done
}

# True when for about 30 seconds no process held the lock.
unused() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 3
        running || return 0
        flock -n "$users" true || return 1
    done
}

if [ -z "$users" ]; then
    while read -r _; do :; done
    finish "$@"
elif command -v flock >/dev/null; then
    exec 9>>"$users"
    until unused && flock -n 9; do :; done
    finish "$@"
else
    # macOS has no flock(1): an hour is longer than any run of the tests.
    sleep 3600
    finish "$@"
fi
