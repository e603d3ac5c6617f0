"""Tiny real encoders with random weights, built offline: one BERT and one RoBERTa."""

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:?!'"
WORDS = ["hello", "price", "budget", "yes", "no", "deal", "great", "thanks", "offer", "customer", "rep", "other", "we"]
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
}


def tiny_bert(folder: Path) -> Path:
    """A plain transformers folder."""
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *WORDS,
        *LETTERS,
        *(f"##{letter}" for letter in LETTERS),
    ]
    words = {token: place for place, token in enumerate(dict.fromkeys(vocabulary))}
    tokenizer = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    config = BertConfig(vocab_size=len(words), **SIZES)
    return saved(folder, fast, lambda: BertModel(config))


def tiny_roberta(folder: Path) -> Path:
    """A plain transformers folder, whose positions are numbered from behind the padding id."""
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokens = {token: place for place, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(tokens, [], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        bos_token="<s>",
        eos_token="</s>",
        mask_token="<mask>",
    )
    config = RobertaConfig(vocab_size=len(tokens), pad_token_id=1, bos_token_id=0, eos_token_id=2, **SIZES)
    return saved(folder, fast, lambda: RobertaModel(config))


def as_sentence_transformer(plain: Path, folder: Path) -> Path:
    transformer = Transformer(str(plain))
    model = SentenceTransformer(modules=[transformer, Pooling(SIZES["hidden_size"], "mean")], device="cpu")
    model.save(str(folder), create_model_card=False)
    return folder


def saved(folder: Path, tokenizer, build) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
