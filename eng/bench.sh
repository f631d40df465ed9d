#!/usr/bin/env bash
# Measures everything in one run on one machine, and prints a table of ratios: against the bare system calls, and against what people use today.
#   eng/bench.sh [--quick] [--record] [SECTION...]
# --quick: five minutes in place of about sixteen, with fewer rounds; --record: also writes table and charts into benchmarks/README.md and beside it.
# SECTION: only these of alone, questions, renew, paths, globs, crowd, hotpath, handles, commands, peers, allocations.
# Writes artifacts/bench: results.json, table.md, locks.svg, processes.svg. Needs hyperfine, time, python3-filelock, node and npm; installs them where
# it may (Debian, root), and says which rows could not be measured without them. Run nothing else meanwhile. Ends with 1 when a section broke off.
set -euo pipefail
cd "$(dirname "$0")/.."

sections=(alone questions renew paths globs crowd hotpath handles commands peers allocations)
options=() record=false
for argument in "$@"; do
  case $argument in
    --quick) options+=(--quick) ;;
    --record) record=true ;;
    *)
      # Compared as a whole: a pattern would match parts of names.
      [[ " ${sections[*]} " == *" $argument "* ]] || { echo "bench: '$argument' is neither --quick nor --record nor a section (${sections[*]})" >&2; exit 64; }
      options+=("$argument") ;;
  esac
done
# A record of some rows, or of few rounds, would pass for the whole.
if $record && [ ${#options[@]} != 0 ]; then echo "bench: --record is only for a full run" >&2; exit 64; fi

# Before that of anybody's own Python, which has no filelock.
export PATH=/usr/bin:$PATH
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  missing=()
  command -v hyperfine >/dev/null || missing+=(hyperfine)
  [ -x /usr/bin/time ] || missing+=(time)
  python3 -c 'import filelock' 2>/dev/null || missing+=(python3-filelock)
  command -v npm >/dev/null || missing+=(nodejs npm)
  if [ ${#missing[@]} != 0 ]; then
    echo "bench: installing ${missing[*]}"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; } || echo "bench: could not install ${missing[*]}" >&2
  fi
fi

out=$PWD/artifacts/bench
mkdir -p "$out/node"
if command -v npm >/dev/null; then
  (cd "$out/node" && npm install --silent --no-fund --no-audit --prefix . proper-lockfile@4.1.2 >/dev/null) || echo "bench: could not install proper-lockfile" >&2
fi
export BENCH_NODE_MODULES=$out/node/node_modules

echo "bench: building"
dotnet build benchmarks -c Release -warnaserror -v quiet -nologo >"$out/build.log" || { cat "$out/build.log" >&2; exit 1; }
if eng/publish-native.sh >"$out/native.log" 2>&1; then
  export BENCH_NATIVE=$PWD/artifacts/native/swarmlocks
else
  echo "bench: no native binary, see $out/native.log" >&2
fi

# The code of the tool compiled ahead where the compiler for that can be had; the table says which it was.
rid=$(dotnet --info | awk '$1 == "RID:" { print $2 }')
tool=(dotnet publish src/SwarmLocks.Cli -c Release -p:PackAsTool=false --artifacts-path "$out/tool-build" -o "$out/tool" -v quiet -nologo)
rm -rf "$out/tool"
if "${tool[@]}" -r "$rid" --self-contained false -p:PublishReadyToRun=true >"$out/tool.log" 2>&1; then
  export BENCH_TOOL=$out/tool/SwarmLocks.Cli.dll BENCH_TOOL_FORM='.NET tool (ReadyToRun)'
elif "${tool[@]}" >"$out/tool-plain.log" 2>&1; then
  echo "bench: the tool could not be compiled ahead, see $out/tool.log" >&2
  export BENCH_TOOL=$out/tool/SwarmLocks.Cli.dll BENCH_TOOL_FORM='.NET tool (not ReadyToRun)'
else
  echo "bench: no tool, see $out/tool-plain.log" >&2
fi

# Nothing of this repository is in it: neither its analyzers nor its settings.
empty=$out/empty
mkdir -p "$empty"
printf '<Project />\n' | tee "$empty/Directory.Build.props" >"$empty/Directory.Packages.props"
printf '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>\n' >"$empty/empty.csproj"
printf 'return 0;\n' >"$empty/Program.cs"
if dotnet build "$empty" -c Release -v quiet -nologo -o "$empty/out" >"$out/empty.log" 2>&1; then
  export BENCH_EMPTY=$empty/out/empty.dll
else
  echo "bench: no empty program, see $out/empty.log" >&2
fi

BENCH_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
git diff --quiet HEAD 2>/dev/null || BENCH_COMMIT+=' with changes'
BENCH_PROCESSOR=$(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null)
BENCH_DISK=$(df --output=fstype . | tail -1)
export BENCH_COMMIT BENCH_PROCESSOR=${BENCH_PROCESSOR:-$(uname -m)} BENCH_DISK
echo "bench: $BENCH_COMMIT, $(nproc) × $BENCH_PROCESSOR, $BENCH_DISK"
case $BENCH_DISK in tmpfs|ramfs|overlay) echo "bench: note that $BENCH_DISK is no disk: its numbers are not those of one" >&2 ;; esac

# ext4 puts what is made in a folder near it, and creating a file where many were deleted lately takes it longer. With this each tree has a part of the disk to itself,
# as the trees of different projects have; elsewhere there is no such thing.
mkdir -p benchmarks/bin/Release/net10.0/trees
chattr +T benchmarks/bin/Release/net10.0/trees 2>/dev/null || echo "bench: note that all trees are in one part of the disk" >&2

dotnet benchmarks/bin/Release/net10.0/SwarmLocks.Benchmarks.dll all "$out" "${options[@]}"
echo "bench: $out/results.json"

if $record; then
  cp "$out/results.json" "$out/locks.svg" "$out/processes.svg" benchmarks/
  # The part between the two marks is the run's; all else is written by hand.
  awk -v table="$out/table.md" '
    /<!-- end of results -->/ { skip = 0 }
    !skip
    /<!-- results -->/ { skip = 1; while ((getline line < table) > 0) print line
      print "\n![Cost of acquire + release against the number of other locks](locks.svg)\n\n![Throughput against the number of processes](processes.svg)" }' benchmarks/README.md >"$out/README.md"
  cp "$out/README.md" benchmarks/README.md
fi
