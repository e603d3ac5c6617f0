"""What a piece of work ran on and how much memory it took at its highest."""

import resource
import sys
from typing import Any

MEGABYTE = 1024 * 1024


def machine(device: object = "cpu") -> dict[str, Any]:
    """`device` in the words of torch. Of a GPU also its name and the most of its memory that was held at once."""
    used: dict[str, Any] = {
        "device": str(device),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    torch = sys.modules.get("torch")  # whoever works on a GPU has loaded it
    if torch is not None and str(device).startswith("cuda"):
        used["device_name"] = torch.cuda.get_device_name(device)
        used["peak_gpu_memory_mb"] = round(torch.cuda.max_memory_allocated(device) / MEGABYTE)
    return used
