"""Examples of calls with their scores in the API's description."""

from calls.api_examples import BASE, SEEN_CUSTOMER, STARTED, TAKEN_IN

SCORED_AT = "2026-03-02T10:00:09Z"
REASON = {
    "kind": "turn",
    "name": "customer",
    "text": "We have set aside a budget for this quarter.",
    "value": None,
    "turn": 3,
    "contribution": 0.62,
}
ANSWER = {
    "conversion_probability": 0.81,
    "band": "A",
    "model_version": 3,
    "reasons": [REASON],
    "insights": {"summary": "The customer has a budget and asks for a contract."},
    "reason": None,
    "curve": [0.4, 0.42, 0.55, 0.81],
    "turns_seen": 4,
}
QUESTION = {
    "transcript": "Rep: What made you call?\nCustomer: Our reports take two days every month.",
    "customer": {"segment": "industry", "metadata": {"employees": 250}},
}
PENDING = {"result_url": f"{BASE}/predict/12-Zk3vX0aQ/"}
PREDICTION = {**ANSWER, "id": 90, "is_partial": False, "latency_ms": 41.0, "created_at": SCORED_AT}

SOURCE = {"source": "crm", "external_id": "call-4711"}
CALL = {
    "id": 17,
    **SOURCE,
    "state": "scored",
    "reason": "",
    "started_at": STARTED,
    "rep": "rita",
    "team": "North",
    "customer": SEEN_CUSTOMER,
    "deal": "deal-12",
    "duration": 312.5,
    "turn_count": 4,
    "word_count": 38,
    "language": "en",
    "outcome": None,
    "outcome_known_at": None,
    "label_state": "unlabelled",
    "conversion_probability": 0.81,
    "band": "A",
    "model_version": 3,
    "created_at": TAKEN_IN,
}
CALL_DETAIL = {
    **CALL,
    "file_name": "",
    "customer_metadata": {"employees": 250},
    "statistics": {"talk_ratio": 0.47},
    "warnings": [{"code": "empty_turns", "message": "Turns without a word were left out.", "count": 1, "line": None}],
    "turns": [{"index": 3, "speaker": "Tom", "role": "customer", "text": REASON["text"], "start": 21.0, "end": 24.5}],
    "prediction": PREDICTION,
}
NEIGHBOUR = {
    "id": 11,
    "source": "crm",
    "external_id": "call-4640",
    "started_at": "2026-02-11T14:00:00Z",
    "customer": {**SEEN_CUSTOMER, "id": 5, "external_id": "c-5", "name": "Halden"},
    "outcome": "won",
    "similarity": 0.78,
    "passage": {"turn": 6, "role": "customer", "text": "The budget is approved.", "own_turn": 3},
}
NEIGHBOURS = {"won": [NEIGHBOUR], "lost": []}
AGREEMENT = {
    "fewest_calls": 20,
    "pairs": [{"people": ["ada", "bea"], "calls": 64, "agreed": 57, "kappa": 0.78, "low": 0.58, "high": 0.89}],
}
FOUND = {
    "by": "meaning",
    "results": [
        {
            **SOURCE,
            "id": 17,
            "started_at": STARTED,
            "customer": SEEN_CUSTOMER,
            "turn": 6,
            "role": "customer",
            "text": "That is far above what we have set aside.",
            "similarity": 0.62,
        }
    ],
}
SCORE = {
    "id": 90,
    "conversion_probability": 0.81,
    "band": "A",
    "model_version": 3,
    "created_at": SCORED_AT,
    "reason": None,
    "call": {"id": 17, **SOURCE, "deal": "deal-12"},
    "before": {
        "id": 64,
        "conversion_probability": 0.55,
        "band": "B",
        "model_version": 2,
        "created_at": "2026-03-02T10:00:02Z",
    },
    "band_crossed": True,
}
MOVER = {
    "id": 17,
    **SOURCE,
    "before": {"conversion_probability": 0.44, "band": "B"},
    "after": {"conversion_probability": 0.81, "band": "A"},
}
PREVIEW = {
    "state": "done",
    "is_under_way": False,
    "progress": 1.0,
    "error": "",
    "made_at": "2026-03-01T20:05:00Z",
    "against": 2,
    "is_outdated": False,
    "open_calls": 400,
    "compared": 400,
    "calls": 400,
    "changing": 31,
    "bands": [{"before": "B", "after": "A", "calls": 31}, {"before": "A", "after": "A", "calls": 369}],
    "movers": [MOVER],
}
