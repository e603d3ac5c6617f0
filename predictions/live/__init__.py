"""Calls while they run: their turns as they come, what the active version says of them so far, and who is told."""
