"""What higher apps call the ML core's values in annotations, without loading the core."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mltraining.ml.embedding import Encoded
    from mltraining.ml.encoder import Pause
    from mltraining.ml.model import ConversionModel, Score
    from mltraining.ml.running import RunningCall, Standing

__all__ = ["ConversionModel", "Encoded", "Pause", "RunningCall", "Score", "Standing"]
