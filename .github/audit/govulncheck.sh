#!/bin/sh
# Looks for known vulnerabilities in the programs that the sandbox runs: govulncheck.sh FOLDER, where they are kept.
# govulncheck is built at the version that go.mod beside this file pins. It reads the programs and not their sources, so
# what is judged is what runs, whether it was built here or downloaded.
set -u
programs=$(find "$1" -type f -perm -u+x ! -name '.*' | sort)
cd "$(dirname "$0")" || exit 1
built=$(mktemp -d) || exit 1
trap 'rm -rf "$built"' EXIT
go build -o "$built/govulncheck" golang.org/x/vuln/cmd/govulncheck || exit 1
status=0 judged=0
IFS='
'
for program in $programs; do
  go version "$program" 2> /dev/null | grep -q ': go1' || continue # a script
  echo "govulncheck: $(basename "$program")"
  "$built/govulncheck" -mode binary "$program" || status=1
  judged=$((judged + 1))
done
if [ "$judged" -eq 0 ]; then
  echo "no program was found in $1; run \`make tools\` first"
  exit 1
fi
exit $status
