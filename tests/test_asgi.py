"""What a web process does once, before anybody asks."""

import subprocess
import sys

LOADED = """
import gc, sys
import salesconv.asgi
print(gc.get_freeze_count() > 100_000, "predictions.urls" in sys.modules)
"""


def test_a_web_process_loads_every_page_and_has_no_garbage_looked_for_in_it():
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert ran.stdout == "True True\n"
