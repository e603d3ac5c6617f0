"""A command in one process or in several that work together on this machine, as `accelerate launch` starts them."""

import os
import subprocess
import sys
from pathlib import Path

LAUNCH = ("-m", "accelerate.commands.launch", "--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no")
# Without a GPU `--cpu` would silently start one process: this is how accelerate takes several.
ON_CPU = {"ACCELERATE_USE_CPU": "true", "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def launch(processes: int, *command: str, on_cpu: bool = True) -> str:
    """What it printed; `command` is what would follow `python`."""
    several = (*LAUNCH, "--multi_gpu", f"--num_processes={processes}", "--main_process_port=0")
    done = subprocess.run(
        [sys.executable, *(several if processes > 1 else ()), *command],
        env=os.environ | (ON_CPU if on_cpu else {}),
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:6000]
    return done.stdout
