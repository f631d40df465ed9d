#!/usr/bin/env bash
# Tries everything that can break a lock, for as long as asked, and ends with a table: what was tried, how many times, violations.
#   eng/prove.sh [--minutes N]        default: 4
# The soak runs for that long beside the rest, which may take longer: from 30 minutes on no crash point and no injected error is left out, and from
# 60 minutes on the mutants are run, too. What did not report, and from 60 minutes on less than a proof has to try, is a failure of its own.
# Needs strace and spin, which it installs where it may (Debian, root), and a C compiler for the native binary and the model.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=4
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?--minutes needs a number}; shift 2 ;;
    *) echo "prove: '$1' is not an option; there is only --minutes N" >&2; exit 64 ;;
  esac
done
[[ $minutes =~ ^[0-9]+$ ]] && [ "$minutes" -gt 0 ] || { echo "prove: '$minutes' is not a number of minutes; give a whole one, from 1" >&2; exit 64; }

missing=()
for tool in strace spin gcc git; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq "${missing[@]}" >/dev/null
fi

logs=artifacts/proof
rm -rf "$logs"
mkdir -p "$logs"
export SWARMLOCKS_PROOF_REPORT=$PWD/$logs/report.tsv SWARMLOCKS_PROOF_MINUTES=$minutes
: >"$SWARMLOCKS_PROOF_REPORT"
began=$(date +%s)

echo "prove: building (logs in $logs)"
dotnet build tests/Stress -c Release -warnaserror -v quiet -nologo >"$logs/build.log" || { cat "$logs/build.log" >&2; exit 1; }
eng/publish-native.sh >"$logs/native.log" 2>&1 || { tail -5 "$logs/native.log" >&2; exit 1; }

status=0
part() { # name, log, command...
  local name=$1 log=$logs/$2
  shift 2
  # A filter that matches nothing is no failure to dotnet test.
  if "$@" >"$log" 2>&1 && ! grep -q '^No test matches' "$log"; then
    echo "prove: $name held"
  else
    echo "prove: $name FAILED, see $log" >&2
    grep -E '^ *(Failed |Error Message|SWARMLOCKS_)' -A 3 "$log" >&2 || tail -20 "$log" >&2
    return 1
  fi
}
proofs() { dotnet test tests/Stress -c Release --no-build --filter "Category=Proof&$1" --logger "console;verbosity=detailed"; }

part "the soak" soak.log proofs 'FullyQualifiedName~Soak' &
soak=$!
trap 'kill "$soak" 2>/dev/null || true' EXIT
part "the model" model.log eng/model.sh || status=1
part "simulation, crash points, faults and clocks" proofs.log proofs 'FullyQualifiedName!~Soak' || status=1
# The short form is followed by all other tests anyway.
if [ "$minutes" -gt 1 ]; then
  part "every other check of the stress tests, histories that must be rejected among them" checks.log \
    dotnet test tests/Stress -c Release --no-build --filter 'Category!=Proof' || status=1
fi
if [ "$minutes" -ge 60 ]; then
  part "the mutants" mutants.log eng/mutants.sh || status=1
fi
wait "$soak" || status=1

left_out=
skipped=$(grep -hE '^ *Skipped SwarmLocks' "$logs"/*.log | sort -u || true)
if [ -n "$skipped" ]; then
  echo "prove: not tried here, because something that it needs is missing:"
  echo "$skipped"
  # A proof that is written down leaves nothing out.
  [ "$minutes" -lt 60 ] || status=1
  left_out=' of what was tried; see above what was not'
fi

cpu=$(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || uname -m)
echo
echo "$(git rev-parse --short HEAD 2>/dev/null || echo 'no commit')$(git diff --quiet HEAD 2>/dev/null || echo ' with changes'), $(nproc) × $cpu, $(uname -sr), $((($(date +%s) - began) / 60)) min"
echo
awk -F'\t' -v minutes="$minutes" -v skipped="$skipped" '
  { what[NR] = $1; tried[NR] = $2 " " $3; bad[NR] = $4; took[NR] = $5; seed[NR] = $6; note[NR] = $7; violations += $4; sum[$3] += $2; if ($1 ~ /^soak: history/) sum["seconds of soak"] = $5
    if (length($1) > w) w = length($1); if (length(tried[NR]) > t) t = length(tried[NR]) }
  function atleast(unit, goal, always) {
    if ((always || minutes >= 60) && sum[unit] < goal) { printf "\nToo little was tried: %d %s, less than %d.\n", sum[unit], unit, goal; few = 1 }
  }
  END {
    printf "| %-*s | %-*s | violations | seconds | %9s | |\n|---|---|---|---|---|---|\n", w, "what", t, "tried", "seed"
    for (i = 1; i <= NR; i++) printf "| %-*s | %*s | %10d | %7d | %9s | %s |\n", w, what[i], t, tried[i], bad[i], took[i], seed[i], note[i]
    if (!NR) { print "Nothing reported what it tried."; exit 1 }
    atleast("states", 1000000, 1); atleast("variants", 10, 1); atleast("schedules", 20000, 1); atleast("acquisitions", 1, 1); atleast("inputs", 1000, 1)
    atleast("schedules", 1000000); atleast("acquisitions", 300000); atleast("SIGKILL", 1000); atleast("SIGSTOP", 1000); atleast("inputs", 100000)
    atleast("seconds of soak", 3600); atleast("mutants", 15)
    if (skipped == "") {
      atleast("system calls killed at", 100, 1); atleast("system calls stopped at", 10, 1); atleast("errors injected", 50, 1)
      atleast("command lines", 100, 1); atleast("holders", 16, 1); atleast("requests", 200, 1); atleast("rounds", 60, 1); atleast("leases", 100, 1)
    }
    exit violations > 0 || few
  }' "$SWARMLOCKS_PROOF_REPORT" | tee "$logs/table.md" || status=1
[ $status = 0 ] && echo && echo "No violation$left_out." || { echo; echo "Something is broken, or was not tried: see above." >&2; }
exit $status
