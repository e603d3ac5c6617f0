"""Examples of a running call in the API's description."""

from calls.api_examples import BASE, POSTED_CALL

OPENED = {key: POSTED_CALL[key] for key in ("source", "external_id", "started_at", "rep", "deal", "customer")}
LIVE_URL = f"{BASE}/live/5/"
LIVE_CALL = {
    "id": 5,
    "source": "crm",
    "external_id": "call-4711",
    "state": "running",
    "started_at": POSTED_CALL["started_at"],
    "heard": 2,
    "conversion_probability": 0.41,
    "band": "C",
    "model_version": 3,
    "missing": [],
    "call": None,
    "turns_url": f"{LIVE_URL}turns/",
    "events_url": f"{LIVE_URL}events/",
    "finish_url": f"{LIVE_URL}finish/",
}
TURNS = {
    "turns": [
        {"sequence": 0, "speaker": "Rita", "role": "rep", "text": "What made you look for a new system?", "start": 0.0},
        {"sequence": 1, "speaker": "Tom", "role": "customer", "text": "Our reports take two days every month."},
    ]
}
ARRIVAL = {"added": 2, "repeated": 0, "missing": []}
FINISH = {"incomplete": False}
ENDED = {"state": "finished", "call": 17, "call_url": f"{BASE}/calls/17/"}
EVENTS = (
    "id: 1\nevent: tracker_hit\n"
    'data: {"tracker": "Budget", "kind": "buying signal", "phrase": "budget", "turn": 1}\n\n'
    'id: 2\nevent: score\ndata: {"turns": 2, "conversion_probability": 0.41, "band": "C", "model_version": 3}\n\n'
    ": still here\n\n"
)
