"""Many people and programs at once, by locust; `make test-load`."""
