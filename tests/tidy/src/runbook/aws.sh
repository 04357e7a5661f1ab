#!/bin/bash
# A fake AWS CLI for the runbook's "Stop everything": two rules, sweeps that start `access`, and lists
# that lag behind. Time passes with each list: whatever runs by then starts something new.
cd "$STATE" || exit 1
touch tick log
tick() {
  now=$(($(cat tick) + 1))
  echo "$now" > tick
  for rule in rules/*; do [ -e "$rule" ] && echo "$now" > "access/$(basename "$rule")-$now"; done
  for sweep in sweep/*; do [ -e "$sweep" ] && echo "$now" > "access/$(basename "$sweep")-$now"; done
  # The first sweep hands over just before anybody stops it.
  if [ "$now" = 1 ]; then echo 1 > sweep/goes-on; fi
}
# Executions of a state machine that the list shows: those that started at least five lists ago.
visible() { for run in "$1"/*; do [ -e "$run" ] && [ $(($(cat "$run") + 5)) -le "$(cat tick)" ] && echo "$run"; done; }
# Whether a sweep runs that the last list of sweeps showed, or nobody has looked for one.
known_sweep() { [ -e listed ] || return 0; while read -r sweep; do [ -e "$sweep" ] && return 0; done < listed; return 1; }
any() { for file in "$1"/*; do [ -e "$file" ] && return 0; done; return 1; }
case "$1 $2 $3" in
  "events disable-rule --name")
    rm -f "rules/$4" ;;
  "stepfunctions list-executions --state-machine-arn")
    [ "$*" = "$1 $2 $3 $4 --status-filter RUNNING --query executions[].executionArn --output text" ] || {
      echo "list-executions: $*" >> log; exit 252; }
    tick
    # A list that fails is not an empty list.
    case "$(cat tick) $4" in "7 sweep" | "8 access") exit 254 ;; esac
    [ "$4" = sweep ] && visible sweep > listed
    visible "$4" | paste -sd '\t' ;;
  "stepfunctions stop-execution --execution-arn")
    any rules && echo "$4 is stopped while a rule starts others" >> log
    case "$4" in access/*) known_sweep && echo "$4 is stopped while a sweep starts others" >> log ;; esac
    rm -f "$4" ;;
  *)
    echo "unknown: $*" >> log; exit 252 ;;
esac
exit 0
