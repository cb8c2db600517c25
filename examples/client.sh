#!/bin/sh
# The HTTP API with curl: sign in, find a payment, its slip, propose a refund once. Needs curl, sed and awk.
#   SLIPWAY_PASSWORD=paper-boat-2026 examples/client.sh desk 632700000002 "paid twice"
set -eu
base="${SLIPWAY_BASE:-http://127.0.0.1:7880}"
name="$1" rrn="$2" because="${3:-}"

# Neither the password nor the token is an argument of curl: other people of this machine could read it there.
headers="$(mktemp)"
trap 'rm -f "$headers"' EXIT
ask() {
    method="$1" path="$2"
    shift 2
    curl --silent --show-error --fail-with-body --noproxy '*' --max-time 20 --request "$method" --header "@$headers" "$@" "$base$path"
}
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

printf 'content-type: application/json\n' >"$headers"
token="$(printf '{"name":"%s","password":"%s","bearer":true}' "$name" "$SLIPWAY_PASSWORD" | ask POST /api/v1/session --data-binary @- | field token)"
printf 'authorization: Bearer %s\n' "$token" >>"$headers"

found="$(ask POST /api/v1/desk/find --data-binary "{\"rrn\":\"$rrn\"}")"
id="$(printf '%s' "$found" | grep -o '"id":"[0-9]*-[0-9]*-[0-9]*-[0-9]*"' | head -n 1 | field id)"
printf '%s\n' "$found" | field verdict
# The cardholder's copy as it was printed: one JSON string, whose line ends are written \n.
slip="$(ask GET "/api/v1/desk/exchanges/$id/slip")"
printf '%s\n' "$slip" | sed -nE 's/.*"cardholder":"(([^"\\]|\\.)*)".*/\1/p' | sed 's/\\"/"/g' | awk '{ gsub(/\\n/, "\n"); print }'

if [ -n "$because" ]; then
    # The same key until there is an answer: however often the line breaks, it is proposed once.
    key="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    ask POST "/api/v1/desk/exchanges/$id/proposals" --retry 4 --retry-all-errors --header "idempotency-key: $key" \
        --data-binary "{\"because\":\"$because\"}"
    echo
fi
ask DELETE /api/v1/session >/dev/null
