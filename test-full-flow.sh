#!/bin/sh
# One onboarding through the HTTP API, from the start to COMPLETED, against the system that `make run` started.
# Needs curl and python3. The one-time code is read from the inbox of the simulated text messages.
# Ends with 0 when everything was as it must be; else with 1 and a sentence that says what was not.
set -eu
cd "$(dirname "$0")"

PATIENCE_SECONDS=60
STATE_FILE="${STEADFAST_VAR:-var}/run/state.json"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
body="$work/body"

fail() {
    echo "FAILED: $*" >&2
    if [ -s "$body" ]; then echo "The last answer was: $(cat "$body")" >&2; fi
    exit 1
}

# read_json FILE NAME...: the value under these names; empty where there is none.
read_json() {
    python3 - "$@" <<'PYTHON' || fail "the answer is no JSON"
import json, sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2:]:
    value = value.get(name) if isinstance(value, dict) else None
print("" if value is None else value)
PYTHON
}

# call METHOD PATH WANTED-STATUSES [CURL-WORDS...]: the answer lands in $body.
call() {
    method=$1 path=$2 wanted=$3
    shift 3
    : >"$body"
    status=$(curl -sS --max-time 30 -o "$body" -w '%{http_code}' -X "$method" -H "@$work/headers" "$@" "$web$path") ||
        fail "$method $path was not answered"
    case " $wanted " in
    *" $status "*) ;;
    *) fail "$method $path answered $status instead of $wanted" ;;
    esac
}

post_json() {
    path=$1 wanted=$2 json=$3
    shift 3
    call POST "$path" "$wanted" -H 'Content-Type: application/json' -d "$json" "$@"
}

await_state() {
    give_up_at=$(($(date +%s) + PATIENCE_SECONDS))
    while :; do
        call GET "/api/onboarding/$instance/status" 200
        state=$(read_json "$body" currentState)
        [ "$state" = "$1" ] && break
        [ -z "$(read_json "$body" finishedAt)" ] || fail "it ended in $state instead of coming to $1"
        [ "$(date +%s)" -lt "$give_up_at" ] || fail "it stands in $state and did not come to $1 in $PATIENCE_SECONDS s"
        sleep 0.2
    done
    echo "  $state"
}

read_code() {
    give_up_at=$(($(date +%s) + PATIENCE_SECONDS))
    code=
    while [ -z "$code" ]; do
        curl -sS --max-time 30 -o "$work/inbox" "$simulator/sms/messages?to=%2B${phone#+}" || fail "the simulator's inbox was not answered"
        code=$(python3 -c '
import json, re, sys
texts = [message["text"] for message in json.load(open(sys.argv[1]))["messages"]]
codes = [found[1] for found in (re.search(r"\b(\d{6})\b", text) for text in texts) if found]
print(codes[0] if codes else "")' "$work/inbox")
        [ -n "$code" ] && break
        [ "$(date +%s)" -lt "$give_up_at" ] || fail "no code came to $phone in $PATIENCE_SECONDS s"
        sleep 0.2
    done
}

[ -f "$STATE_FILE" ] || fail "no system runs here ($STATE_FILE is missing); start one with \`make run\`"
web=$(read_json "$STATE_FILE" urls web)
simulator=$(read_json "$STATE_FILE" urls simulator)
key=${DEMO_API_KEY:-$(read_json "$STATE_FILE" environment DEMO_API_KEY)}
[ -n "$key" ] || fail "$STATE_FILE names no DEMO_API_KEY"
printf 'Authorization: Bearer %s\n' "$key" >"$work/headers"
token=$(python3 -c 'import secrets; print(secrets.token_hex(5))')
phone=$(python3 -c 'import secrets; print(f"+1415{secrets.randbelow(10**7):07d}")')

call GET /readyz 200
echo "Start"
start="{\"userId\": \"flow-$token\", \"phoneNumber\": \"$phone\"}"
post_json /api/onboarding/start 201 "$start" -H "Idempotency-Key: flow-$token"
instance=$(read_json "$body" instanceId)
[ -n "$instance" ] || fail "the start named no instanceId"
echo "  instance $instance"
post_json /api/onboarding/start 200 "$start"
[ "$(read_json "$body" instanceId)" = "$instance" ] || fail "a second start made a second onboarding"
await_state PHONE_ENTERED

echo "The code from the text message"
read_code
post_json "/api/onboarding/$instance/action" "200 202" "{\"action\": \"NEXT\", \"data\": {\"otp\": \"$code\"}}"
await_state OTP_VERIFIED

echo "The profile"
post_json "/api/onboarding/$instance/action" "200 202" '{"action": "NEXT", "data": {
    "firstName": "Ada", "lastName": "Lindqvist", "dateOfBirth": "1990-04-17", "nationality": "SE",
    "street": "Storgatan 1", "postalCode": "111 22", "city": "Stockholm", "country": "SE",
    "email": "ada.lindqvist@example.com"}}'
await_state PROFILE_COMPLETED

echo "The document"
python3 - "$work/passport.png" <<'PYTHON'
import struct, sys, zlib
side = 128
rows = b"".join(b"\0" + bytes((x * 2, y * 2, 128) [c] for x in range(side) for c in range(3)) for y in range(side))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
open(sys.argv[1], "wb").write(picture)
PYTHON
call POST "/api/onboarding/$instance/documents" "201 202" -F kind=PASSPORT -F "file=@$work/passport.png;type=image/png"
await_state DOC_UPLOADED

echo "Handed in; the identity provider decides by webhook"
post_json "/api/onboarding/$instance/action" "200 202" '{"action": "NEXT"}'
await_state COMPLETED
[ "$(read_json "$body" status)" = COMPLETED ] || fail "its status is $(read_json "$body" status) instead of COMPLETED"

curl -sS --max-time 30 -o "$work/ledger" "$simulator/ledger?service=bank&reference=$instance" || fail "the bank's ledger was not answered"
accounts=$(python3 -c '
import json, sys
print(sum(row["quantity"] for row in json.load(open(sys.argv[1]))["nets"] if row["kind"] == "ACCOUNT"))' "$work/ledger")
[ "$accounts" = 1 ] || fail "the bank holds $accounts accounts instead of 1"
: >"$body"
echo "COMPLETED: $web/admin/workflow/instance/$instance/change/"
