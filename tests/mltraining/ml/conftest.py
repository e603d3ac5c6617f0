"""Tiny encoders for a session, and the conversations that the ML tests speak of."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Path:
    from tests import tiny_models  # loads torch: ten seconds, for those who need it

    return tiny_models.tiny_bert(tmp_path_factory.mktemp("plain") / "bert")


@pytest.fixture(scope="session")
def tiny_roberta(tmp_path_factory) -> Path:
    from tests import tiny_models

    return tiny_models.tiny_roberta(tmp_path_factory.mktemp("plain") / "roberta")


@pytest.fixture(scope="session")
def tiny_folders(tiny_bert, tiny_roberta, tmp_path_factory) -> dict[str, Path]:
    """Both models, each as a plain transformers folder and as a sentence-transformers folder."""
    from tests import tiny_models

    folder = tmp_path_factory.mktemp("sentence")
    return {
        "bert": tiny_bert,
        "roberta": tiny_roberta,
        "sentence bert": tiny_models.as_sentence_transformer(tiny_bert, folder / "bert"),
        "sentence roberta": tiny_models.as_sentence_transformer(tiny_roberta, folder / "roberta"),
    }


@pytest.fixture(params=["bert", "roberta", "sentence bert", "sentence roberta"])
def tiny_folder(request, tiny_folders) -> Path:
    return tiny_folders[request.param]
