"""The two signals by which higher apps hear this one. Receivers only enqueue, after commit."""

from django.dispatch import Signal

call_ready = Signal()  # call: a Call that was just parsed and stored
label_resolved = Signal()  # call: a Call whose outcome just changed
