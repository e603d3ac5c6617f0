"""The transformer of an encoder as an ONNX graph, for scoring on a CPU; everything around it stays as it is."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import torch

from mltraining.ml.encoder import ONNX_FILES, ONNX_INT8, EncoderError
from mltraining.ml.sentence_encoder import SentenceEncoder

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it is read while onnxruntime is imported; else that reports home
MISSING = "Scoring with ONNX needs further packages: pip install -r requirements-onnx.txt."
INPUTS, OUTPUT = ("ids", "readings"), "states"
LEAST_SHAPE = (2, 16)  # of the example that is traced: neither rows nor tokens may be 1, which would become a constant


class OnnxEncoder(SentenceEncoder):
    """Reads with onnxruntime what SentenceEncoder reads with torch: the same tokens, mask, pooling and adapter.

    It is for scoring: nothing of it can be tuned or saved.
    """

    session: Any

    @classmethod
    def opened(cls, folder: Path, saved: dict[str, Any], runtime: str) -> Self:
        """From a folder that `export` completed."""
        ort = runtime_package()
        encoder = cls.load(folder, saved, device="cpu", precision="fp32")
        options = ort.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        encoder.session = ort.InferenceSession(
            str(folder / ONNX_FILES[runtime]), options, providers=["CPUExecutionProvider"]
        )
        encoder.transformer = torch.nn.Identity()  # its weights would only lie in memory
        return encoder

    def states(self, ids: torch.Tensor, readings: torch.Tensor) -> torch.Tensor:
        given = dict(zip(INPUTS, (ids.numpy(), readings.numpy()), strict=True))
        return torch.from_numpy(self.session.run([OUTPUT], given)[0])

    def copy(self) -> Self:
        raise EncoderError("An encoder that runs by ONNX cannot be tuned: load it with torch.")

    def save(self, folder: Path) -> None:
        raise EncoderError("An encoder that runs by ONNX cannot be saved: load it with torch.")


class Graph(torch.nn.Module):
    """Token ids and the number of the reading each is of, (passes, tokens) both → (passes, tokens, width)."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.transformer, self.as_mask = encoder.transformer, encoder.as_mask

    def forward(self, ids: torch.Tensor, readings: torch.Tensor) -> torch.Tensor:
        sees = readings[:, None, :, None] >= readings[:, None, None, :]
        states: torch.Tensor = self.transformer(input_ids=ids, attention_mask=self.as_mask(sees)).last_hidden_state
        return states


def export(encoder: SentenceEncoder, folder: Path) -> None:
    """Writes the graph in float32 and, with weights in eight bits, as a second one beside the saved encoder.

    Both are written aside first: under their names they are whole. EncoderError for whatever goes wrong.
    """
    runtime_package()
    try:
        write_graphs(encoder, folder)
    except Exception as error:  # the exporter and the quantiser let out whatever fails in them; the disk may be full
        raise EncoderError(f"The encoder could not be exported to ONNX: {type(error).__name__}: {error}") from error


def write_graphs(encoder: SentenceEncoder, folder: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415  # see runtime_package

    plain = encoder.copy()
    plain.model.to("cpu").float().eval()
    # What is masked is then added once; else every layer chooses what it sees and looks for rows that see nothing.
    plain.transformer.set_attn_implementation("eager")
    with tempfile.TemporaryDirectory(prefix=".onnx-", dir=folder) as aside, unwarned():
        whole, small = Path(aside) / "whole.onnx", Path(aside) / "small.onnx"
        write(Graph(plain), whole)
        quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
        for runtime, file in ONNX_FILES.items():
            (small if runtime == ONNX_INT8 else whole).rename(folder / file)


def write(graph: Graph, file: Path) -> None:
    """One file, weights included; passes and tokens may be any number."""
    import onnx  # noqa: PLC0415  # see runtime_package

    rows, tokens = LEAST_SHAPE
    example = (torch.arange(rows * tokens).reshape(rows, tokens) % 5, torch.arange(tokens).repeat(rows, 1) // 4)
    shape = {0: torch.export.Dim("passes"), 1: torch.export.Dim("tokens")}
    with torch.no_grad():
        program = torch.onnx.export(
            graph,
            example,
            input_names=INPUTS,
            output_names=[OUTPUT],
            dynamic_shapes=dict.fromkeys(INPUTS, shape),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # as it is of the older exporter only
    onnx.save(program.model_proto, file)


def runtime_package() -> Any:
    try:
        import onnx  # noqa: F401, PLC0415  # optional packages
        import onnxruntime  # noqa: PLC0415
        import onnxscript  # noqa: F401, PLC0415
    except ImportError as error:
        raise EncoderError(MISSING) from error
    return onnxruntime


@contextmanager
def unwarned() -> Iterator[None]:
    """The exporter and the quantiser warn of their own insides."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
