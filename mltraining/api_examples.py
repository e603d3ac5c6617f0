"""Examples of trainings and versions in the API's description."""

POSTED_RUN = {"config": {"steps": 20}}
RUN = {
    "id": 4,
    "state": "running",
    "stage": "fine-tune",
    "progress": 0.35,
    "seconds_left": 214.0,
    "tuned": "All layers are fine-tuned in 20 steps, by the size of the data.",
    "counts": {"won": 130, "lost": 270},
    "error": "",
    "requested_by": "ada",
    "model_version": None,
    "created_at": "2026-03-01T20:00:00Z",
    "started_at": "2026-03-01T20:00:01Z",
    "finished_at": None,
}
LOG_LINE = {"stage": "prepare", "text": "400 calls: 130 won, 270 lost.", "created_at": "2026-03-01T20:00:04Z"}
PACE = {"device": "cpu", "work": {"calls": 400, "tokens": 212000, "tune": "full", "steps": 20}}
RUN_DETAIL = {**RUN, "config": {"encoder": "minilm", "seed": 7}, "pace": PACE, "log": [LOG_LINE]}
FORECAST = {
    "counts": {"won": 130, "lost": 270},
    "needed": 40,
    "minutes": 4,
    "is_measured": True,
    "device": "cpu",
    "tokens": 212000,
    "tuned": "All layers are fine-tuned in 20 steps, by the size of the data.",
    "in_words": "About 4 minutes on cpu, by the speed of earlier runs here (3,100 tokens a second).",
}

VERSION = {
    "id": 3,
    "state": "candidate",
    "verdict": "ready",
    "verdict_reasons": [{"passed": True, "text": "It ranks better than the baseline by structured features."}],
    "encoder": "minilm",
    "training_run": 4,
    "format_version": 1,
    "created_at": "2026-03-01T20:03:00Z",
    "promoted_at": None,
}
OVERRIDE = {"override": "Agreed with the heads of sales on 2 March."}
PROMOTION = {
    "id": 9,
    "action": "promote",
    "state": "writing vectors",
    "progress": 0.5,
    "calls_done": 200,
    "calls_total": 400,
    "override": "",
    "error": "",
    "requested_by": "ada",
    "created_at": "2026-03-01T20:10:00Z",
    "finished_at": None,
}
VERSION_DETAIL = {
    **VERSION,
    "flags": [],
    "report": {"model": {"auc": 0.81, "brier": 0.16, "ece": 0.03}, "baselines": {"structured": {"auc": 0.7}}},
    "promotions": [PROMOTION],
}
