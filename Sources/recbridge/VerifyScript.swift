/// The script that checks an export without recbridge: POSIX sh, openssl and sha256sum.
enum VerifyScript {
  static let text = #"""
    #!/bin/sh
    # Checks this export of a recbridge audit: every N.json against its N.tlog-proof, that against
    # the checkpoint, and that against the key. Needs sh, openssl (3.0 or newer) and sha256sum.
    #
    #   sh verify.sh            with the key that came along: compare its fingerprint yourself
    #   sh verify.sh KEY        with a key that you were given: PEM, or a line NAME+ID+KEY
    #   sh verify.sh KEY TSA-CA.pem    with the certificate behind the timestamp as well
    #
    # Not checked: README, and whether entries were left out, which leaves no trace in an export.
    # Exit 0 if all that is checked is right, 1 with the first thing that is not.
    set -eu
    LC_ALL=C
    export LC_ALL
    here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
    key=${1:-$here/key.pem}
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # Nothing here depends on how openssl is set up, or on a file that says so.
    : > "$work/openssl.cnf"
    OPENSSL_CONF=$work/openssl.cnf
    export OPENSSL_CONF
    dash=$(printf '\342\200\224')

    fail() { echo "NOT VERIFIED: $*" >&2; exit 1; }
    sha() { openssl dgst -sha256 -binary; }
    hex() { sha256sum < "$1" | cut -c 1-64; }
    # What stands in base64 on standard input, as bytes.
    raw() { openssl base64 -d -A; }

    # The checkpoint: origin, size, root, an empty line, and signatures (c2sp.org/tlog-checkpoint).
    note=$here/checkpoint
    [ -s "$note" ] || fail "there is no checkpoint"
    sed -n '1,3p' "$note" > "$work/text"
    origin=$(sed -n '1p' "$note")
    size=$(sed -n '2p' "$note")
    case $size in '' | *[!0-9]*) fail "the checkpoint has no size" ;; esac
    [ -z "$(sed -n '4p' "$note")" ] || fail "the checkpoint has more than three lines"
    sed -n '3p' "$note" | raw > "$work/root" || fail "the checkpoint has no root"

    # The key, as 32 bytes: of PEM the last ones, of a line NAME+ID+KEY those of KEY behind a 0x01.
    [ -s "$key" ] || fail "there is no key $key"
    line=$(sed -n '1p' "$key")
    case $line in
      *+*+*) value=${line#*+}; printf '%s' "${value#*+}" | raw > "$work/der" ||
        fail "$key is no public key" ;;
      *) openssl pkey -pubin -in "$key" -outform DER -out "$work/der" 2> "$work/why" ||
        fail "$key is no public key" ;;
    esac
    tail -c 32 "$work/der" > "$work/public"
    # Its id: the first four bytes of a hash over name, 0x0A, 0x01 and key; and the line of it.
    { printf '%s\n\001' "$origin"; cat "$work/public"; } > "$work/named"
    sha < "$work/named" | head -c 4 > "$work/id"
    vkey=$origin+$(hex "$work/named" | cut -c 1-8)+$(
      { printf '\001'; cat "$work/public"; } | openssl base64 -A)
    # Nothing but an Ed25519 key (RFC 8410): other kinds can be made to end in its 32 bytes.
    printf '\060\052\060\005\006\003\053\145\160\003\041\000' > "$work/ed25519"
    cat "$work/public" >> "$work/ed25519"
    case $line in
      *+*+*) [ "$line" = "$vkey" ] || fail "$key is no key of the audit $origin" ;;
      *) [ "$(hex "$work/ed25519")" = "$(hex "$work/der")" ] || fail "$key is no Ed25519 key" ;;
    esac

    # Its signature of the three lines.
    signed=no
    sed -n '5,$p' "$note" > "$work/signatures"
    while read -r mark name value rest; do
      [ "$mark" = "$dash" ] && [ "$name" = "$origin" ] && [ -z "$rest" ] || continue
      printf '%s' "$value" | raw > "$work/value" || continue
      head -c 4 "$work/value" > "$work/its-id"
      [ "$(hex "$work/its-id")" = "$(hex "$work/id")" ] || continue
      tail -c 64 "$work/value" > "$work/signature"
      cat "$work/its-id" "$work/signature" > "$work/whole"
      [ "$(hex "$work/whole")" = "$(hex "$work/value")" ] || fail "the signature has not 64 bytes"
      openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/ed25519" -rawin -in "$work/text" \
        -sigfile "$work/signature" > "$work/why" 2>&1 || fail "the checkpoint's signature is wrong"
      signed=yes
    done < "$work/signatures"
    [ "$signed" = yes ] || fail "the checkpoint is not signed with $key"
    [ ! -f "$here/key.vkey" ] || [ "$(sed -n '1p' "$here/key.vkey")" = "$vkey" ] ||
      fail "key.vkey is not the key that signed"

    # Every entry: from its bytes up to the root (RFC 9162 section 2.1.3.2).
    count=0
    for entry in "$here"/*.json; do
      [ -f "$entry" ] || fail "there are no entries"
      number=$(basename "$entry" .json)
      # Numbers of 19 digits and more are none that sh can count with.
      case $number in '' | 0* | *[!0-9]* | ???????????????????*)
        fail "$entry is named for no entry"
        ;;
      esac
      proof=$here/$number.tlog-proof
      [ -f "$proof" ] || fail "entry $number has no proof"
      [ "$(sed -n '1p' "$proof")" = c2sp.org/tlog-proof@v1 ] ||
        fail "the proof of entry $number is none"
      [ "$(sed -n '2p' "$proof")" = "index $((number - 1))" ] ||
        fail "the proof of entry $number is for another"
      sed '1,/^$/d' "$proof" > "$work/its-note"
      [ "$(hex "$work/its-note")" = "$(hex "$note")" ] ||
        fail "the proof of entry $number is for another checkpoint"
      sed -e '1,2d' -e '/^$/,$d' "$proof" > "$work/path"
      [ "$number" -le "$size" ] || fail "entry $number is beyond the checkpoint"
      place=$((number - 1))
      last=$((size - 1))
      { printf '\000'; cat "$entry"; } | sha > "$work/node"
      while read -r line; do
        [ "$last" -gt 0 ] || fail "the proof of entry $number is too long"
        printf '%s' "$line" | raw > "$work/other"
        if [ $((place % 2)) -eq 1 ] || [ "$place" -eq "$last" ]; then
          { printf '\001'; cat "$work/other" "$work/node"; } | sha > "$work/next"
          while [ $((place % 2)) -eq 0 ] && [ "$place" -ne 0 ]; do
            place=$((place / 2))
            last=$((last / 2))
          done
        else
          { printf '\001'; cat "$work/node" "$work/other"; } | sha > "$work/next"
        fi
        mv "$work/next" "$work/node"
        place=$((place / 2))
        last=$((last / 2))
      done < "$work/path"
      [ "$last" -eq 0 ] && [ "$(hex "$work/node")" = "$(hex "$work/root")" ] ||
        fail "entry $number is not what was signed: its bytes or its proof were changed"
      count=$((count + 1))
    done
    for proof in "$here"/*.tlog-proof; do
      [ -f "${proof%.tlog-proof}.json" ] || fail "$(basename "$proof") has no entry"
    done

    # When an authority saw the checkpoint (RFC 3161), if one was asked.
    token=$here/timestamp.token
    if [ -f "$token" ] && [ $# -gt 1 ]; then
      openssl ts -verify -data "$note" -in "$token" -token_in -CAfile "$2" > "$work/why" 2>&1 ||
        fail "the timestamp is not the authority's word on this checkpoint"
      seen=$(openssl ts -reply -in "$token" -token_in -text | sed -n 's/^Time stamp: //p')
    elif [ $# -gt 1 ]; then
      fail "there is no timestamp"
    fi

    [ "$count" -eq 1 ] && many=entry || many=entries
    echo "verified: $count $many of the audit $origin, byte for byte, as signed when it had $size"
    echo "not checked: whether there are more; entries can be left out of an export without a trace"
    for file in "$here"/* "$here"/.[!.]*; do
      case ${file##*/} in
        *.json | *.tlog-proof | checkpoint | key.pem | key.vkey | timestamp.token | verify.sh) ;;
        *[![:print:]]*) echo "not checked: a file with a name that cannot be shown" ;;
        *) [ ! -e "$file" ] || echo "not checked: ${file##*/}" ;;
      esac
    done
    if [ $# -gt 1 ]; then
      echo "timestamped: the checkpoint was there at $seen"
    elif [ -f "$token" ]; then
      echo "timestamp not looked at: name the authority's certificate behind the key"
    fi
    echo "key fingerprint (SHA-256): $(hex "$work/public")"
    [ $# -gt 0 ] || echo "the key came along: compare the fingerprint with what you were given"
    echo "\#(AuditSummary.notProved)"

    """#
}
