"""Write a tiny GGUF model by hand: one layer of a random llama whose tokens are bytes."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

U32, F32, STRING, ARRAY, I32 = 4, 6, 8, 9, 5
WIDTH, HEADS, FEED, ALIGN = 32, 2, 64, 32
TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, kind: int, data: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + data


def array(kind: int, items: list[bytes]) -> bytes:
    return struct.pack("<IQ", kind, len(items)) + b"".join(items)


def write_model(path: Path, *, context: int = 512, template: str = TEMPLATE, seed: int = 7) -> Path:
    """Give the path. The form: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581"]
    kinds = [2, 3, 3, *[6] * 256, 1]
    numbers = {
        "llama.context_length": context,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": FEED,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": HEADS,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "llama.vocab_size": len(tokens),
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
    }
    texts = {"general.architecture": "llama", "general.name": "tiny", "tokenizer.ggml.model": "llama"}
    if template:
        texts["tokenizer.chat_template"] = template
    entries = [entry(key, STRING, text(value)) for key, value in texts.items()]
    entries += [entry(key, U32, struct.pack("<I", value)) for key, value in numbers.items()]
    entries += [
        entry("llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", 1e-5)),
        entry("tokenizer.ggml.tokens", ARRAY, array(STRING, [text(one) for one in tokens])),
        entry("tokenizer.ggml.scores", ARRAY, array(F32, [struct.pack("<f", 0.0)] * len(tokens))),
        entry("tokenizer.ggml.token_type", ARRAY, array(I32, [struct.pack("<i", kind) for kind in kinds])),
    ]
    shapes = _shapes(len(tokens))
    infos, blobs, offset, chance = [], [], 0, random.Random(seed)
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = [1.0] * count if "norm" in name else [chance.gauss(0.0, 0.5) for _ in range(count)]
        blob = struct.pack(f"<{count}f", *values)
        blob += b"\0" * (-len(blob) % ALIGN)
        infos.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset))
        blobs.append(blob)
        offset += len(blob)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(entries)) + b"".join(entries) + b"".join(infos)
    path.write_bytes(head + b"\0" * (-len(head) % ALIGN) + b"".join(blobs))
    return path


def _shapes(words: int) -> dict[str, tuple[int, ...]]:
    square = (WIDTH, WIDTH)
    block = {f"attn_{one}.weight": square for one in ("q", "k", "v", "output")}
    layer: dict[str, tuple[int, ...]] = {
        "attn_norm.weight": (WIDTH,),
        **block,
        "ffn_norm.weight": (WIDTH,),
        "ffn_gate.weight": (WIDTH, FEED),
        "ffn_up.weight": (WIDTH, FEED),
        "ffn_down.weight": (FEED, WIDTH),
    }
    return {
        "token_embd.weight": (WIDTH, words),
        **{f"blk.0.{name}": shape for name, shape in layer.items()},
        "output_norm.weight": (WIDTH,),
        "output.weight": (WIDTH, words),
    }
