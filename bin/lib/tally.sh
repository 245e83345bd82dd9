# shellcheck shell=sh
# Counting tests. A tally has one line per suite: name, passed, failed, ignored, parted by tabs.

# From the output of cargo test: "Running …/name-hash)" or "Doc-tests name", then "test result: …".
tally_cargo_test() {
    awk '
        $1 == "Running" { suite = $NF; sub(/.*\//, "", suite); sub(/-[0-9a-f]*(\.exe)?\)$/, "", suite) }
        $1 == "Doc-tests" { suite = $2 " (documentation)" }
        /^test result:/ {
            match($0, /[0-9]+ passed/); passed = substr($0, RSTART) + 0
            match($0, /[0-9]+ failed/); failed = substr($0, RSTART) + 0
            match($0, /[0-9]+ ignored/); ignored = substr($0, RSTART) + 0
            if (passed + failed + ignored) printf "%s\t%d\t%d\t%d\n", suite, passed, failed, ignored
        }' "$1"
}

# From nextest's JUnit report, whose suites are its binaries, and its summary, as the report leaves
# ignored tests out.
tally_nextest() {
    [ -f "$1" ] || return 0
    awk -F '"' '$1 ~ /<testsuite name=$/ {
        for (i = 1; i < NF; i += 2) {
            if ($i ~ / tests=$/) tests = $(i + 1)
            if ($i ~ / failures=$/) failures = $(i + 1)
            if ($i ~ / errors=$/) errors = $(i + 1)
        }
        printf "%s\t%d\t%d\t0\n", $2, tests - failures - errors, failures + errors
    }' "$1"
    sed -n 's/.*Summary \[.* \([0-9]*\) skipped.*/(not in a usual run)\t0\t0\t\1/p' "$2"
}

# Prints the table and, as the last line, the totals. Arguments: tally, file with lines
# "SKIPPED <test> missing <tool>". A test that skipped itself was counted as passed by its runner.
# False when nothing ran or anything failed.
print_table() {
    sort -u "$2" | awk -F '\t' -v tally="$1" '
        BEGIN {
            printf "\n%-44s %8s %8s %8s\n", "what ran", "passed", "failed", "ignored"
            while ((getline < tally) > 0) {
                printf "%-44s %8d %8d %8d\n", $1, $2, $3, $4
                passed += $2; failed += $3; ignored += $4
            }
        }
        { skipped[NR] = $0 }
        END {
            if (NR) printf "\n%-44s %s\n", "what was skipped", "missing tool"
            for (i = 1; i <= NR; i++) {
                split(skipped[i], word, " ")
                tool = skipped[i]; sub(/.* missing /, "", tool)
                printf "%-44s %s\n", word[2], tool
            }
            printf "\n%d passed, %d failed, %d skipped\n", passed - NR, failed, ignored + NR
            exit passed == 0 || failed > 0
        }'
}
