#!/usr/bin/env bash
# Runs every test and ends with one line: N passed, N failed, N skipped.
#   eng/test.sh [--coverage] [further arguments of dotnet test]
# Builds the native binary first, where it can be built: the tests that kill and stop the command at its system calls need it, and those of the command as a process run it, too.
# --coverage also prints the line coverage of src/SwarmLocks, and fails below 97 %.
set -euo pipefail
cd "$(dirname "$0")/.."

coverage=false
arguments=()
for argument in "$@"; do
  if [ "$argument" = --coverage ]; then coverage=true; else arguments+=("$argument"); fi
done

# Tests of real working trees need git, and those that kill the native binary at its system calls strace. Elsewhere than on Debian as root, install them yourself.
if { ! command -v git || ! command -v strace; } >/dev/null 2>&1 && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq git strace >/dev/null
fi

# With further arguments somebody wants a selection, and no more.
is_all=true
[ ${#arguments[@]} -eq 0 ] || is_all=false
results=artifacts/test-results
rm -rf "$results"
$coverage && arguments+=(--collect "XPlat Code Coverage" --settings eng/coverage.runsettings)

native=$PWD/artifacts/native/swarmlocks
if $is_all && { [ ! -x "$native" ] || [ -n "$(find src -name '*.cs' -newer "$native" -print -quit)" ]; }; then
  eng/publish-native.sh || echo "test: there is no native binary, so the tests that need one are skipped" >&2
fi

# Processes that end at the same time get into each other's way when they note what they covered: those that tests start had better be ones that note nothing.
if $coverage && [ -x "$native" ]; then export SWARMLOCKS_TEST_BINARY=$native; fi

status=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# One project after another: tests of speed and of many processes should not disturb each other.
dotnet test SwarmLocks.sln -c Release -m:1 --results-directory "$results" "${arguments[@]}" 2>&1 | tee "$log" || status=$?

# What runs the command as a process has just run it on .NET.
if [ -x "$native" ] && $is_all; then
  echo "test: the same with the native binary"
  SWARMLOCKS_TEST_BINARY=$native dotnet test tests/Unit -c Release --no-build --results-directory "$results" \
    --filter 'FullyQualifiedName~Unit.Cli.Run|FullyQualifiedName~Unit.Cli.VerbsEndToEnd' 2>&1 | tee -a "$log" || status=$?
fi

if $coverage; then
  echo
  find "$results" -name coverage.cobertura.xml -exec cat {} + | awk '
    # A class can appear for several files and test projects: a line counts as covered when any run covered it.
    match($0, /filename="[^"]*"/) { file = substr($0, RSTART + 10, RLENGTH - 11) }
    /<line / && match($0, /number="[0-9]+"/) {
      key = file ":" substr($0, RSTART + 8, RLENGTH - 9); seen[key] = 1
      if ($0 !~ /hits="0"/) hit[key] = 1
    }
    END {
      for (key in seen) { total++; split(key, part, ":"); lines[part[1]]++; if (key in hit) { covered++; hits[part[1]]++ } }
      for (name in lines) if (hits[name] < lines[name]) printf "  %5.1f %%  %s (%d lines not covered)\n", 100 * hits[name] / lines[name], name, lines[name] - hits[name] | "sort -n"
      close("sort -n")
      if (!total) { print "Nothing was measured: see above what the collector says."; exit 1 }
      percent = 100 * covered / total
      printf "Line coverage of src/SwarmLocks: %.1f %% (%d of %d lines)\n", percent, covered, total
      exit percent < 97
    }' || status=1
fi

# Once more at the end, where whoever reads only that finds them.
grep -E '^ *Failed [A-Za-z0-9_.]+' "$log" || true
awk -v status="$status" '
  match($0, /Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+/) {
    split(substr($0, RSTART, RLENGTH), field, /[^0-9]+/); failed += field[2]; passed += field[3]; skipped += field[4]
  }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit (failed || !passed) ? 1 : status }' "$log"
