"""The signals by which higher apps hear this one, sent within the transaction. Receivers write a row, or enqueue."""

from django.dispatch import Signal

call_ready = Signal()  # call: a Call that was just parsed and stored
label_resolved = Signal()  # calls: Calls whose outcomes just changed
# number: the id it had, names: its Names; receivers erase what holds it elsewhere, and answer a Counter of that
customer_erased = Signal()
call_rejected = Signal()  # call: a Call that was received and cannot be read
