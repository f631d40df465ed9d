#!/usr/bin/env bash
# Shows what an operation does: its system calls, how slow the slowest are and whether a garbage collection was the cause, what it allocates by type.
#   eng/profile.sh [pair|conflict|who-has|renew]...     default: all four
# Needs strace; installs it where it may (Debian, root). The calls are the difference between a short and a long run, so start and warm-up do not count.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v strace >/dev/null; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "profile: no strace: install it" >&2
    exit 1
  fi
  apt-get update -qq && apt-get install -y -qq strace >/dev/null
fi

dotnet build benchmarks -c Release -warnaserror -v quiet -nologo >/dev/null
program=benchmarks/bin/Release/net10.0/SwarmLocks.Benchmarks.dll
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- pair conflict who-has renew

for operation in "$@"; do
  for count in 1000 3000; do
    # Everything compiled at once, by the thread that calls it: what differs between the two runs is the operations.
    DOTNET_TieredCompilation=0 strace -f -c -U name,calls -o "$work/$count" dotnet "$program" profile "$operation" "$count"
  done
  echo "== $operation"
  echo "   system calls each, of 2,000"
  awk '
    $2 + 0 == 0 || $1 == "total" { next }
    NR == FNR { calls[$1] = $2; next }
    {
      more = ($2 - calls[$1]) / 2000
      if (more >= 0.5) { printf "%8.1f  %s\n", more, $1; all += more }
    }
    END { printf "%8.1f  all\n", all }' "$work/1000" "$work/3000" | sort -rn
  dotnet "$program" profile "$operation" 30000 allocations
done
