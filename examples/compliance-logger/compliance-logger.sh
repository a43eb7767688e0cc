#!/bin/sh
# Writes every confirmed Stop and Pause to syslog, and every such confirmation that was taken back;
# resumes where it left off.
#
# Usage: compliance-logger.sh SOCKET CURSOR-FILE
#
# The cursor is stored after its line has been handed to logger(1): a line can be written twice
# after a crash, never lost. A signal ends it between two lines, and a line that cannot be written
# ends it too. Needs curl, jq is not needed. LOGGER names another program than logger.
set -eu
socket=$1
cursor_file=$2
logger=${LOGGER:-logger}
curl=''
ending=''
trap 'ending=yes; kill $curl 2>/dev/null || :' HUP INT TERM

# A finite answer to each question, rather than an endless one through a pipe: only so is this shell
# itself the reader, which stops at a line that it cannot write and is gone when it is told to go.
while [ -z "$ending" ]; do
  after=$(cat "$cursor_file" 2>/dev/null || echo earliest)
  # The daemon answers as soon as there is something, and after 25 s at the latest.
  curl --silent --show-error --max-time 60 --unix-socket "$socket" \
    --output "$cursor_file.page" --write-out '%{http_code}' \
    "http://localhost/v1/events?type=recbridge.command.v1&wait=25&after=$after" \
    >"$cursor_file.status" &
  curl=$!
  [ -z "$ending" ] || kill "$curl" 2>/dev/null || :
  if ! wait "$curl"; then # the daemon is away; what had come of an answer is asked for again
    [ -n "$ending" ] || sleep 1
    continue
  fi
  case $(cat "$cursor_file.status") in
    200) ;;
    4*) # 410: another store, or events that are gone; nothing may be passed over unseen
      echo "compliance-logger: recbridge refuses the cursor $after:" >&2
      cat "$cursor_file.page" >&2
      echo "compliance-logger: find out what was missed, then remove $cursor_file" >&2
      exit 1
      ;;
    *)
      [ -n "$ending" ] || sleep 1
      continue
      ;;
  esac
  while IFS= read -r line; do
    [ -n "$line" ] || continue # a blank line is the heartbeat
    case $line in
      *'"type":"recbridge.command.v1"'*) ;;
      *) continue ;; # recbridge.lagged.v1: the answer ends, the next one resumes
    esac
    cursor=${line#*'"id":"'}
    cursor=${cursor%%'"'*}
    case $line in
      *'"operation":"stop"'*'"grade":"confirmed.'* | *'"operation":"pause"'*'"grade":"confirmed.'*)
        "$logger" -t recbridge -p auth.notice -- "$line"
        ;;
      *'"grade":"contradicted","previously":"confirmed.'*)
        "$logger" -t recbridge -p auth.warning -- "$line"
        ;;
    esac
    printf '%s\n' "$cursor" >"$cursor_file.new"
    mv "$cursor_file.new" "$cursor_file"
    [ -z "$ending" ] || break
  done <"$cursor_file.page"
done
exit 143
