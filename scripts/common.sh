# Sourced by the other scripts: where things are, one-line errors, a build in one step.
# shellcheck shell=bash

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

die() {
  printf '%s: %s\n' "$(basename -- "$0")" "$1" >&2
  exit "${2:-1}"
}

# build <preset> [targets...]: configures when needed and builds; quiet unless it fails.
build() {
  local preset=$1 log
  shift
  mkdir -p "$top/build"
  log="$top/build/$preset.log"
  if ! (cd "$top" && cmake --preset "$preset") >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "cmake --preset $preset failed; the whole output is in $log"
  fi
  if ! ninja -C "$top/build/$preset" "$@" >>"$log" 2>&1; then
    grep -E -A 8 'FAILED|error:' "$log" | head -n 60 >&2
    die "the build failed; the whole output is in $log"
  fi
}
