#!/bin/sh
# Writes every confirmed Stop and Pause to syslog, and resumes where it left off.
#
# Usage: compliance-logger.sh SOCKET CURSOR-FILE
#
# The cursor is stored after its line has been handed to logger(1): a line can be written twice
# after a crash, never lost. Needs curl, jq is not needed. LOGGER names another program than logger.
set -eu
socket=$1
cursor_file=$2
logger=${LOGGER:-logger}

while :; do
  after=$(cat "$cursor_file" 2>/dev/null || echo earliest)
  curl --silent --show-error --no-buffer --fail --unix-socket "$socket" \
    "http://localhost/v1/events?stream=1&type=recbridge.command.v1&after=$after" |
    while IFS= read -r line; do
      [ -n "$line" ] || continue # a blank line is the heartbeat
      case $line in
        *'"type":"recbridge.command.v1"'*) ;;
        *) continue ;; # recbridge.lagged.v1: the connection ends, the next one resumes
      esac
      cursor=${line#*'"id":"'}
      cursor=${cursor%%'"'*}
      case $line in
        *'"operation":"stop"'*'"grade":"confirmed.'* | *'"operation":"pause"'*'"grade":"confirmed.'*)
          "$logger" -t recbridge -p auth.notice -- "$line"
          ;;
      esac
      printf '%s\n' "$cursor" >"$cursor_file.new"
      mv "$cursor_file.new" "$cursor_file"
    done || true
  sleep 1
done
