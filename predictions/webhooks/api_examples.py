"""Examples in the API's description: one webhook, and a message that it took at the second attempt."""

from calls.api_examples import TAKEN_IN

POSTED_WEBHOOK = {
    "name": "changed bands",
    "url": "https://crm.example.com/salesconv",
    "events": ["score.band_crossed", "label.resolved"],
}
WEBHOOK = {
    "id": 4,
    **POSTED_WEBHOOK,
    "owner": "crm",
    "state": "on",
    "failing_since": None,
    "secret_before_until": None,
    "created_at": TAKEN_IN,
}
WITH_SECRET = {**WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
DELIVERY = {
    "id": 31,
    "webhook": 4,
    "message_id": "msg_2f1c8a7b0d9e4f6fa1b2c3d4e5f60718",
    "type": "score.band_crossed",
    "state": "delivered",
    "attempts": 2,
    "due_at": None,
    "created_at": "2026-03-02T10:00:03Z",
    "finished_at": "2026-03-02T10:00:41Z",
    "log": [
        {
            "number": 1,
            "at": "2026-03-02T10:00:03Z",
            "status": 503,
            "latency_ms": 84.0,
            "error": "Answered 503.",
            "answer": "busy",
        },
        {"number": 2, "at": "2026-03-02T10:00:41Z", "status": 204, "latency_ms": 61.0, "error": "", "answer": ""},
    ],
}
