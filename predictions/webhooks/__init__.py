"""Tells other systems what happened, by the Standard Webhooks convention: signed, tried for a day, each effect once."""
