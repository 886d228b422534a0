# Shared by `.ci/test` and `.ci/run`: runs a step, remembers how it went and how
# long it took, and prints the table. To be sourced.

logs="${CARGO_TARGET_DIR:-target}/ci"
rows="$logs/steps.tsv"

# begin: forgets the steps of an earlier run.
begin() {
  mkdir -p "$logs"
  : >"$rows"
}

# CPU seconds of all that has ended under this shell, in `cpu`. `times` answers for the
# shell that runs it, so it writes to a file (of this shell: others run beside it), not into a pipe.
used() {
  local file="$logs/times.$BASHPID"
  times >"$file"
  cpu=$(awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); s += t[1] * 60 + t[2] } print int(s) }' "$file")
  rm "$file"
}

# step NAME WHAT: runs the function `step_NAME`; a failure is noted, not fatal,
# so that one run shows everything that is wrong.
step() {
  local name=$1 what=$2 start=$SECONDS status=0 cpu before
  used
  before=$cpu
  printf '\n== %s: %s\n' "$name" "$what"
  { (set -euo pipefail; "step_$name") 2>&1 | tee "$logs/$name.log"; } &
  wait $! || status=$?
  local word=ok
  [ "$status" -eq 0 ] || word=FAILED
  used
  printf '%s\t%s\t%s\t%s\t%s\n' "$word" "$((SECONDS - start))" "$name" "$what" "$((cpu - before))" >>"$rows"
  [ "$status" -eq 0 ] || printf '== %s FAILED (%s)\n' "$name" "$logs/$name.log"
}

# table: prints every step with its time and its CPU time, and the time since the start,
# since steps run beside each other; succeeds when all of them did.
table() {
  local word seconds name what cpu steps_failed=0
  printf '\n%-7s %8s %8s  %-10s %s\n' result time cpu step what
  while IFS=$'\t' read -r word seconds name what cpu; do
    printf '%-7s %4dm%02ds %4dm%02ds  %-10s %s\n' "$word" $((seconds / 60)) $((seconds % 60)) $((cpu / 60)) $((cpu % 60)) "$name" "$what"
    [ "$word" = ok ] || steps_failed=$((steps_failed + 1))
  done <"$rows"
  printf '%-7s %4dm%02ds\n\n' total $((SECONDS / 60)) $((SECONDS % 60))
  # What cargo's test runners counted, over all steps of this run.
  cut -f3 "$rows" | while read -r name; do cat "$logs/$name.log"; done |
    awk -v bad="$steps_failed" '
      /^test result:/ { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i } }
      END { printf "steps failed: %d; tests: %d passed, %d failed\n", bad, p, f }'
  [ "$steps_failed" -eq 0 ]
}
