#!/bin/sh
# Goal: the command's statuses and streams are those of the contract, and the manual page and the completion
# know every command and option that --help shows.
# Usage: command_test.sh FLINCH SOURCE_FOLDER
set -u
flinch=$1
source=$2
failures=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS TEXT ARG…: the status, and the text on one of the streams.
expect() {
  status=$1 text=$2
  shift 2
  "$flinch" "$@" >"$folder/out" 2>"$folder/err"
  got=$?
  [ "$got" = "$status" ] || fail "flinch $*: status $got, not $status"
  cat "$folder/out" "$folder/err" | grep -qF -e "$text" || fail "flinch $*: no '$text' in: $(cat "$folder/err")"
}

expect 0 'flinch 0.' --version
expect 0 'flinch run' --help
expect 0 '--inject RULE' run --help
expect 0 '--inject RULE' help run
expect 0 'flinch trace' trace -h
expect 0 '--json' faults --help
expect 0 '"kind": "short"' faults --json
expect 0 'short (transparent)' faults
expect 0 'pipe' conformance --list
expect 0 'pipe' conformance pipe --cases 20
expect 0 '"mechanisms"' conformance pipe --cases 5 --json -
expect 2 "did you mean 'pipe'?" conformance pip
expect 2 "did you mean '--cases'?" conformance --case 3
expect 2 'is not a number' conformance --cases many
expect 2 'no command is given' 
expect 2 "did you mean 'trace'?" trase
expect 2 "did you mean '--version'?" --verison
expect 2 "did you mean '--version'?" version
expect 2 "did you mean '--json'?" faults --jsno
expect 2 "did you mean 'run'?" help rnu
expect 125 "did you mean '--inject'?" run --inejct x true
expect 125 'no program is given' trace
expect 127 'No such file' run --inject read:short no-such-program
grep -q INJECTED "$folder/err" && fail "a program that was not found is said to be undisturbed"
for command in explore replay report gate check merge; do
  expect 70 "$command is not part of this version yet" "$command" x
  [ "$(wc -l <"$folder/err")" = 1 ] || fail "$command: more than one line"
done

if [ -w /dev/full ]; then
  "$flinch" faults >/dev/full 2>"$folder/err"
  [ $? = 70 ] || fail "a full disk goes unnoticed"
fi

NO_COLOR=1 CLICOLOR_FORCE=1 "$flinch" trase 2>"$folder/err"
grep -q "$(printf '\033')" "$folder/err" && fail "NO_COLOR is not honoured"
NO_COLOR='' CLICOLOR_FORCE=1 "$flinch" trase 2>"$folder/err"
grep -q "$(printf '\033')" "$folder/err" || fail "CLICOLOR_FORCE is not honoured"
NO_COLOR='' CLICOLOR_FORCE='' "$flinch" trase 2>"$folder/err"
grep -q "$(printf '\033')" "$folder/err" && fail "a file gets colour"

# Every option of --help stands in the manual page and in the completion.
options=$( ("$flinch" help run; "$flinch" help faults; "$flinch" help conformance; "$flinch" help) | grep -o -e '--[a-z][a-z]*' | sort -u)
[ "$(echo "$options" | wc -l)" -ge 12 ] || fail "the help shows too few options: $options"
for option in $options; do
  sed 's/\\-/-/g' "$source/docs/man/flinch.1" | grep -qF -e "$option" || fail "$option is not in the manual page"
  grep -qF -e "$option" "$source/cli/completion/flinch.bash" || fail "$option is not in the completion"
done

# complete WORD…: what bash offers for the last word.
complete_words() {
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _flinch; printf "%s\n" "${COMPREPLY[@]}"' \
    bash "$source/cli/completion/flinch.bash" "$@"
}
if command -v bash >/dev/null; then
  complete_words flinch tr | grep -qx trace || fail "flinch tr<TAB> offers no trace"
  complete_words flinch run --inj | grep -qx -e --inject || fail "flinch run --inj<TAB> offers no --inject"
  complete_words flinch run --inject %re | grep -qx '%read' || fail "--inject %re<TAB> offers no %read"
  complete_words flinch run -- ls --inj | grep -q inject && fail "the program's own words are taken for options"
  complete_words flinch faults --j | grep -qx -e --json || fail "flinch faults --j<TAB> offers no --json"
fi

[ "$failures" = 0 ]
