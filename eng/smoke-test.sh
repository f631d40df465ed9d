#!/usr/bin/env bash
# Tries every verb of a built command in a working tree of its own; fails loudly.
#   eng/smoke-test.sh /path/to/swarmlocks
set -euo pipefail
swarmlocks=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
git init --quiet .
mkdir src
echo text >src/a.cs
for name in $(env | sed -n 's/^\(SWARMLOCKS_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export SWARMLOCKS_AGENT=agent-1

# expect CODE TEXT ARGUMENTS…: the command must exit with CODE and print TEXT somewhere.
expect() {
  local code=$1 text=$2 status=0 printed
  shift 2
  printed=$("$swarmlocks" "$@" 2>&1 </dev/null) || status=$?
  if [ "$status" != "$code" ] || [[ $printed != *"$text"* ]]; then
    printf 'smoke-test: swarmlocks %s\n  expected exit code %s and "%s"\n  got      exit code %s and:\n%s\n' "$*" "$code" "$text" "$status" "$printed" >&2
    exit 1
  fi
}

expect 0 'swarmlocks help --all' --help
expect 0 'cleanup-agent-locks' help --all
expect 64 'is no agent id' acquire src/a.cs --agent ''
expect 0 'acquired path:src/a.cs' acquire src/a.cs --reason 'smoke test' --ttl 5m
expect 0 '"reentrant":true' acquire src/a.cs --json
expect 75 'is held by agent-1 ("smoke test")' acquire 'src/**' --agent agent-2
expect 0 'agent-1 holds' check src/a.cs
expect 0 'renewed path:src/a.cs' renew --all
expect 0 'is held by agent-1' who-has ./src/../src/a.cs
expect 0 'smoke test' list
expect 75 'not free after' wait src/a.cs --timeout 10ms --agent agent-2
expect 77 'Not yours' release src/a.cs --agent agent-2
expect 0 'broke path:src/a.cs' break src/a.cs --reason 'enough' --agent agent-2
expect 0 'nobody has' who-has src/a.cs
expect 0 'free after' wait src/a.cs
expect 0 'it was broken by agent-2' release src/a.cs
expect 0 'acquired plan:42' acquire plan:42
expect 0 'removed 1' cleanup-agent-locks agent-1
expect 0 'removed 0' cleanup-stale-locks --max-age 1h
expect 0 'had not been abandoned' reset task:1
expect 0 'broken' history
expect 0 'agent-1 '"$tree"'/.git/swarmlocks' run src/ -- sh -c 'echo $SWARMLOCKS_AGENT $SWARMLOCKS_DIR'
expect 3 '' run src/ --report report.json -- sh -c 'exit 3'
expect 127 'was not found' run src/ -- no-such-program
expect 137 '' run src/ -- sh -c 'kill -9 $$'
grep -q '"exit_code":3,' report.json || { echo 'smoke-test: run --report wrote no report' >&2; exit 1; }
expect 0 'healthy' doctor
expect 0 'acquire' '[suggest:14]' 'swarmlocks acq'
expect 0 'made '"$tree"'/.swarmlocks' init
if "$swarmlocks" help demo >/dev/null 2>&1; then expect 0 '' demo --agents 2 --seconds 1; fi
echo "smoke-test: every verb works"
