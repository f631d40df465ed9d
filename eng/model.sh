#!/usr/bin/env bash
# Tries every interleaving of the protocol's model (docs/model) with spin: the sound model must have no error, and each broken variant must have one.
#   eng/model.sh                   all of it, about a minute; ends with a table, fails when anything differs from what is expected
#   eng/model.sh --trail VARIANT   tells the shortest run that breaks a variant, step by step; without a variant lists them
# Installs spin where it is missing (Debian, as root). Needs gcc, and up to 4 GB of memory.
# SWARMLOCKS_PROOF_REPORT: a file to append the results to, as tab-separated lines.
set -euo pipefail
cd "$(dirname "$0")/.."

model=$PWD/docs/model/protocol.pml
memory_mb=4000
seconds_each=300

# What each variant leaves out, and whether it shows as an error that can be reached, or as a run that gets nowhere for ever.
variants=(
  "NO_GUARD_ON_ACQUIRE   safety   acquire without the guard"
  "NO_GUARD_ON_RENEW     safety   renew without the guard"
  "NO_GUARD_ON_RELEASE   safety   release without the guard"
  "NO_GUARD_ON_REAP      safety   reap without the guard"
  "REMOVE_OUTSIDE_GUARD  safety   the last entry goes under the guard, the empty file after it"
  "RELEASE_WHOEVER_HOLDS safety   release without the check that it is one's own"
  "NO_SELF_DEADLINE      safety   a holder believes until it is told"
  "DEADLINE_FROM_REPLY   safety   a holder's deadline counts from the reply"
  "GUARD_SURVIVES_DEATH  safety   the kernel does not free the guard of a dead process"
  "NEVER_STALE           progress what expired or died is not taken over"
)

for tool in spin gcc; do
  command -v "$tool" >/dev/null && continue
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "model: no $tool: install it (on Debian: apt-get install spin gcc libc6-dev)" >&2
    exit 1
  fi
  apt-get update -qq && apt-get install -y -qq spin gcc libc6-dev >/dev/null
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# check KIND [DEFINE...]: searches, and sets defines, errors, states and steps (the length of the counterexample).
check() {
  local kind=$1; shift
  defines=("${@/#/-D}")
  local compile run
  case $kind in
    whole)    compile=(-DSAFETY); run=(-m2000000 -w24) ;;
    # Breadth first finds the shortest way to an error. Two processes are enough for each; a third that does nothing changes nothing about that.
    safety)   compile=(-DSAFETY -DBFS); run=(); defines+=(-DN=2) ;;
    # A cycle in which nobody holds or is granted anything, although no process is kept from going on for ever.
    progress) compile=(-DNP); run=(-l -f -m2000000); defines+=(-DLIVENESS -DN=2) ;;
  esac
  rm -f ./*.trail
  spin -a "${defines[@]}" "$model" >spin.log || { cat spin.log >&2; exit 1; }
  gcc -O2 "${compile[@]}" -DMEMLIM=$memory_mb -o pan pan.c
  timeout $seconds_each ./pan "${run[@]}" >pan.log || { cat pan.log >&2; echo "model: the search took more than $seconds_each s" >&2; exit 1; }
  errors=$(sed -nE 's/.*errors: ([0-9]+).*/\1/p' pan.log)
  states=$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' pan.log | head -1 | awk '{ printf "%d", $1 }')
  steps=$(sed -nE 's/^pan:1: .*\(at depth ([0-9]+)\).*/\1/p' pan.log)
  # A search that was cut short proves nothing.
  if [ "$errors" = 0 ] && grep -qE 'too small|not completed|out of memory|MEMLIM' pan.log; then
    cat pan.log >&2
    echo "model: the search was not completed" >&2
    exit 1
  fi
}

if [ "${1:-}" = --trail ]; then
  for variant in "${variants[@]}"; do
    read -r name kind what <<<"$variant"
    [ "$name" = "${2:-}" ] || continue
    check "$kind" "$name"
    echo "$what:"
    # One column for each process.
    spin -t -k protocol.pml.trail "${defines[@]}" "$model" | sed '/^spin: trail ends/,$d; s|^spin: [^,]*, Error: |error: |'
    exit 0
  done
  printf '%s\n' "${variants[@]}"
  exit 2
elif [ $# -gt 0 ]; then
  sed -n '2,7s/^# //p' "$OLDPWD/eng/model.sh" >&2
  exit 2
fi

differs=0
row() { # what, expected errors, errors, states, steps
  local verdict=ok
  [ "$2" = "$3" ] || { verdict="NOT AS EXPECTED"; differs=$((differs + 1)); }
  printf '%-75s %9d  %9s  %s\n' "$1" "$4" "${5:+$5 steps}" "$verdict"
}

printf '%-75s %9s  %9s\n' MODEL STATES ERROR
check whole
sound_states=$states sound_errors=$errors
row "sound, 3 processes: never two believe, never stuck" 0 "$errors" "$states" ""
check progress
progress_states=$states progress_errors=$errors
row "sound, 2 processes: somebody always gets on" 0 "$errors" "$states" ""

refuted=0 shortest='' longest=0
for variant in "${variants[@]}"; do
  read -r name kind what <<<"$variant"
  check "$kind" "$name"
  [ "$errors" = 1 ] && refuted=$((refuted + 1)) && [ "$steps" -gt "$longest" ] && longest=$steps
  [ "$errors" = 1 ] && [ "$steps" -lt "${shortest:-9999}" ] && shortest=$steps
  row "broken: $what" 1 "$errors" "$states" "$steps"
done

if [ -n "${SWARMLOCKS_PROOF_REPORT:-}" ]; then
  {
    printf 'Model: sound protocol, 3 processes\t%s\tstates\t%s\t%s\t\t%s broken variants each refuted\n' "$sound_states" "$sound_errors" "$SECONDS" "$refuted"
    printf 'Model: somebody always gets on, 2 processes\t%s\tstates\t%s\t\t\t\n' "$progress_states" "$progress_errors"
    printf 'Model: broken variants\t%s\tvariants\t%s\t\t\tcounterexamples of %s to %s steps\n' "${#variants[@]}" "$((${#variants[@]} - refuted))" "${shortest:-0}" "$longest"
  } >>"$SWARMLOCKS_PROOF_REPORT"
fi
[ $differs = 0 ] || { echo "model: $differs not as expected" >&2; exit 1; }
