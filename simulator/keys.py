"""Two operations that every service has: what stands under a key, and that nothing shall."""

from simulator import stored_answers
from simulator.act import Act, find_resource
from simulator.exchange import Answer, Refusal
from simulator.service import Operation


def look_up(act: Act) -> Answer:
    """What came of the operation under a key, with the thing it is about as it stands now."""
    stored = stored_answers.find(act.tx, act.call.service, act.call.key)
    if stored is None:
        raise Refusal(404, "UNKNOWN_KEY", "Nothing stands under this key.")
    body = {
        "key": act.call.key,
        "operation": stored.operation,
        "outcome": stored.outcome,
        "resource": find_resource(act.tx, act.call.service, stored.resource_id, now=act.now),
    }
    return Answer(200, body)


def close(act: Act) -> Answer:
    """Nothing can happen under this key any more; says whether it had."""
    return Answer(200, stored_answers.close(act.tx, act.call, now=act.now))


KEY_OPERATIONS = (
    Operation("keys.look_up", "GET", "/keys/<path:key>", keyed=False, handler=look_up),
    Operation("keys.close", "POST", "/keys/<path:key>/close", keyed=False, handler=close),
)
