#!/usr/bin/env bash
# Plants one deliberate mistake after another into a copy of the sources; the tests must fail for each.
#   eng/mutants.sh                 all of eng/mutants, half a minute each
#   eng/mutants.sh 03 12 renew     only those whose file name begins with, or contains, one of these
# Each mutant is a patch with two lines above it:
#   Breaks: what rule it breaks, in words
#   Killed by: <test project> <test filter>      what is tried first; only if that passes, all tests are run: unit, then stress
# A mutant that no longer applies or does not compile proves nothing and is an error of its own. A test run that does not end in time counts as
# killed, and is said to hang. Fails unless every mutant was killed.
# SWARMLOCKS_PROOF_REPORT: a file to append the result to, as a tab-separated line.
set -euo pipefail
cd "$(dirname "$0")/.."

# The mutated tests are no proof: they take the short form, and their failures are no rows of its table.
report=${SWARMLOCKS_PROOF_REPORT:-}
unset SWARMLOCKS_PROOF_REPORT SWARMLOCKS_PROOF_MINUTES

first_seconds=240
all_seconds=1200
build_seconds=400
# Mutants need not be beautiful: an unused parameter must not keep one from being tried.
build_options=(-c Release -v quiet -nologo -m:1 -nr:false -p:TreatWarningsAsErrors=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false)

selected=()
for file in eng/mutants/*.patch; do
  name=$(basename "$file" .patch)
  [ $# -gt 0 ] || selected+=("$PWD/$file")
  for wanted in "$@"; do
    if [[ $name == "$wanted"* || $name == *"$wanted"* ]]; then selected+=("$PWD/$file"); break; fi
  done
done
[ ${#selected[@]} -gt 0 ] || { echo "mutants: nothing in eng/mutants matches" >&2; exit 2; }

if ! command -v patch >/dev/null; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "mutants: no patch: install it (on Debian: apt-get install patch)" >&2
    exit 1
  fi
  apt-get update -qq && apt-get install -y -qq patch >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/copy log=$work/log
mkdir "$copy"
# What is tracked, as it is now, with what is new and not ignored; the working tree itself is never touched.
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar -c --null -T - | tar -x -C "$copy"
cd "$copy"

header() { sed -n "s/^$2: //p" "$1" | head -1; }

build() { timeout -k 10 $build_seconds dotnet build "$@" "${build_options[@]}" >"$log" 2>&1; }

assembly_of() { echo "$1"/bin/Release/net*/SwarmLocks.Tests.*.dll; }

# run SECONDS PROJECT [FILTER]: passed, failed, hung, none (no such test), or broken (the tests did not run).
run() {
  local status=0
  timeout -k 10 "$1" dotnet test $(assembly_of "$2") ${3:+--filter "$3"} >"$log" 2>&1 || status=$?
  if [ $status = 124 ] || [ $status = 137 ]; then echo hung
  elif grep -qE '^No test matches|No test is available' "$log"; then echo none
  elif [ $status = 0 ]; then echo passed
  elif grep -qE '^(Failed!|The active test run was aborted|Test Run Aborted)' "$log"; then echo failed
  else echo broken
  fi
}

echo "mutants: building the copy, and looking that it passes without a mutant"
build SwarmLocks.sln || { tail -20 "$log" >&2; echo "mutants: the sources do not compile" >&2; exit 1; }
for project in tests/Unit tests/Stress; do
  filter=$(for file in "${selected[@]}"; do header "$file" 'Killed by'; done | awk -v project=$project '$1 == project { print "(" $2 ")" }' | sort -u | paste -sd '|')
  [ -n "$filter" ] || continue
  outcome=$(run $all_seconds $project "$filter")
  [ "$outcome" = passed ] || { tail -40 "$log" >&2; echo "mutants: without a mutant the tests of $project: $outcome" >&2; exit 1; }
done

# try FILE: sets verdict, and killer (what found it).
try() {
  local project filter outcome
  read -r project filter <<<"$(header "$1" 'Killed by')"
  killer=''
  # Some lines around a mutant may change without harm.
  if ! patch -p1 -F3 --dry-run -s -f <"$1" >"$log" 2>&1; then verdict='DOES NOT APPLY'; return; fi
  patch -p1 -F3 -s -f --no-backup-if-mismatch <"$1"
  if ! build "$project" --no-restore; then verdict='DOES NOT COMPILE'; return; fi
  outcome=$(run $first_seconds "$project" "$filter")
  case $outcome in
    failed) verdict=killed killer=$(first_failure) ;;
    hung) verdict=killed killer="$filter hangs" ;;
    none) verdict='NO SUCH TEST' ;;
    broken) verdict='TESTS DID NOT RUN' ;;
    passed)
      verdict=SURVIVED
      if ! build SwarmLocks.sln --no-restore; then verdict='DOES NOT COMPILE'; return; fi
      for project in tests/Unit tests/Stress; do
        # All but those of the mutants themselves: one that is planted cannot be planted again.
        outcome=$(run $all_seconds $project 'FullyQualifiedName!~MutantTests')
        case $outcome in
          failed) verdict=killed killer="$(first_failure), not by $filter" ;;
          hung) verdict=killed killer="$project hangs" ;;
          broken) verdict='TESTS DID NOT RUN' ;;
        esac
        [ "$outcome" = passed ] || break
      done ;;
  esac
}

first_failure() { sed -nE 's/^  Failed ([A-Za-z0-9_.]+).*/\1/p' "$log" | awk -F. 'NR == 1 { print $(NF - 1) "." $NF }'; }

killed=0 survived=0 errors=0
for file in "${selected[@]}"; do
  mapfile -t touched < <(sed -nE 's|^\+\+\+ b/(.*)$|\1|p' "$file")
  rm -rf "$work/originals" && mkdir "$work/originals"
  verdict='DOES NOT APPLY' killer=''
  if cp --parents "${touched[@]}" "$work/originals" 2>"$log"; then try "$file"; fi
  case $verdict in
    killed) killed=$((killed + 1)) ;;
    SURVIVED) survived=$((survived + 1)) ;;
    *) errors=$((errors + 1)); tail -5 "$log" >&2 ;;
  esac
  printf '%-9s %-34s %s\n' "$verdict" "$(basename "$file" .patch)" "$(header "$file" Breaks)${killer:+ [$killer]}"
  # With a new time, so that the next build sees the change.
  (cd "$work/originals" && find . -type f -print0) | while IFS= read -r -d '' original; do
    cp "$work/originals/$original" "$original" && touch "$original"
  done
done

echo "mutants: $killed of ${#selected[@]} killed, $survived survived, $errors could not be tried"
if [ -n "$report" ]; then
  notes="all killed"
  [ $((survived + errors)) = 0 ] || notes="$survived survived, $errors could not be tried"
  printf 'Mutants\t%d\tmutants\t%d\t%d\t\t%s\n' "${#selected[@]}" "$((survived + errors))" "$SECONDS" "$notes" >>"$report"
fi
[ "$killed" = ${#selected[@]} ]
