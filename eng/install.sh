#!/usr/bin/env bash
# Puts the command swarmlocks on this machine: natively compiled where it can be, else as a .NET tool.
#   eng/install.sh [--prefix DIR] [--tool]
# --prefix: where to put it, default ~/.local/bin (as a .NET tool: ~/.dotnet/tools); --tool: the .NET tool even where the binary could be built.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."

prefix=
tool=false
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -ge 2 ] || { echo "install: --prefix needs a folder" >&2; exit 64; }; prefix=$2; shift 2 ;;
    --prefix=*) prefix=${1#--prefix=}; shift ;;
    --tool) tool=true; shift ;;
    -h|--help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "install: '$1' is not understood; the usage is: eng/install.sh [--prefix DIR] [--tool]" >&2; exit 64 ;;
  esac
done

# A relative prefix is relative to where the caller stands.
case $prefix in ''|/*) ;; *) prefix=$here/$prefix ;; esac

if ! $tool && { command -v gcc >/dev/null || command -v clang >/dev/null; } && eng/publish-native.sh; then
  prefix=${prefix:-$HOME/.local/bin}
  mkdir -p "$prefix"
  # Renamed into place: a swarmlocks that runs just now keeps its old file.
  cp artifacts/native/swarmlocks "$prefix/.swarmlocks.new"
  mv -f "$prefix/.swarmlocks.new" "$prefix/swarmlocks"
else
  $tool || echo "install: the native binary cannot be built here, so this installs a .NET tool, which starts a little slower"
  rm -rf artifacts/tool
  mkdir -p artifacts
  # Its code compiled ahead for this system, where the compiler for that can be had: else every start compiles what it runs.
  rid=$(dotnet --info | awk '$1 == "RID:" { print $2 }')
  pack=(dotnet pack src/SwarmLocks.Cli -c Release -o artifacts/tool --artifacts-path artifacts/tool-build -v quiet -nologo)
  "${pack[@]}" -r "$rid" -p:PublishReadyToRun=true -p:SelfContained=false >artifacts/tool-ahead.log 2>&1 || "${pack[@]}"
  where=(--global)
  [ -z "$prefix" ] || where=(--tool-path "$prefix")
  prefix=${prefix:-$HOME/.dotnet/tools}
  # A tool of the same version would be taken from the cache of packages: remove what an earlier build left there.
  version=$(basename artifacts/tool/SwarmLocks.Cli.*.nupkg .nupkg)
  version=${version#SwarmLocks.Cli.}
  rm -rf "$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')/swarmlocks.cli/$version"
  dotnet tool uninstall "${where[@]}" SwarmLocks.Cli >/dev/null 2>&1 || true
  # Only from the folder: the tool brings all it needs.
  printf '<configuration><packageSources><clear/><add key="built" value="%s"/></packageSources></configuration>\n' "$PWD/artifacts/tool" >artifacts/tool/nuget.config
  dotnet tool install "${where[@]}" SwarmLocks.Cli --version "$version" --configfile artifacts/tool/nuget.config >/dev/null
  eng/smoke-test.sh "$prefix/swarmlocks"
fi

echo "install: $("$prefix/swarmlocks" --version) is in $prefix/swarmlocks"
case ":$PATH:" in
  *":$prefix:"*) found=$(command -v swarmlocks || true)
    [ "$found" -ef "$prefix/swarmlocks" ] || echo "install: note that 'swarmlocks' is $found on your PATH, which comes first" ;;
  *) echo "install: $prefix is not on your PATH yet; add it with: echo 'export PATH=\"$prefix:\$PATH\"' >>~/.profile" ;;
esac
