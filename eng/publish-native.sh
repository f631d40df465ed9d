#!/usr/bin/env bash
# Builds the native binary of the command and tries every verb with it.
#   eng/publish-native.sh [RID]       default: the system this runs on, e.g. linux-x64
# Writes artifacts/native/swarmlocks. Needs a C compiler for linking (gcc or clang), which it installs on Debian as root.
set -euo pipefail
cd "$(dirname "$0")/.."

# Once the native code of net10.0 cannot be restored, as on a machine with only part of the packages, the same sources build for net9.0.
rid=${1:-$(dotnet --info | awk '$1 == "RID:" { print $2 }')}
output=artifacts/native
work=artifacts/native-build
if ! command -v gcc >/dev/null && ! command -v clang >/dev/null; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "publish-native: no gcc and no clang: install one of them, it links the binary" >&2
    exit 1
  fi
  apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null
fi

# Without a loader a process starts a millisecond sooner; on Linux, where the C library can be linked in.
options=()
command -v clang >/dev/null || options+=(-p:CppCompilerAndLinker=gcc)
if [[ $rid == linux* ]] && [ -e "$("$(command -v clang || command -v gcc)" -print-file-name=libc.a)" ]; then options+=(-p:StaticExecutable=true); fi

publish() {
  dotnet publish src/SwarmLocks.Cli -c Release -r "$rid" -p:Framework="$1" -p:PublishAot=true -p:PackAsTool=false "${options[@]}" --artifacts-path "$work/$1" -v quiet -nologo
}

rm -rf "$output"
mkdir -p "$output" "$work"
for framework in net10.0 net9.0; do
  echo "publish-native: building for $framework, $rid"
  if publish "$framework" >"$work/$framework.log" 2>&1; then
    cp "$work/$framework"/publish/SwarmLocks.Cli/release_*/SwarmLocks.Cli "$output/swarmlocks"
    break
  fi
  # Only a package that cannot be had is a reason to go on: an error in the code would be one there too.
  if ! grep -qE 'NU1101|NU1102|NU1103|NU1301' "$work/$framework.log"; then
    cat "$work/$framework.log" >&2
    echo "publish-native: the build for $framework failed" >&2
    exit 1
  fi
  echo "publish-native: the native packages of $framework are not to be had here"
done
[ -x "$output/swarmlocks" ] || { cat "$work"/*.log >&2; echo "publish-native: no framework could be built" >&2; exit 1; }

eng/smoke-test.sh "$PWD/$output/swarmlocks"
echo "publish-native: $output/swarmlocks ($(du -h "$output/swarmlocks" | cut -f1), $framework)"
