"""Serve a tiny random model with llama.cpp's own server.

    python -m tests.integration.llama_server FOLDER KEY [--embed]

Tells its address in a line; ends with its standard input. The tests of llmspell-provider-local write the model.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import xllamacpp

CONTEXT = 1 << 16
WRITER = Path(__file__).parents[2] / "plugins/llmspell-provider-local/tests/tiny_gguf.py"


def main(folder: str, key: str, *words: str) -> None:
    """Load, say where it listens, and stay."""
    params = xllamacpp.CommonParams()
    writer = runpy.run_path(str(WRITER))
    params.model.path = str(writer["write_model"](Path(folder, "tiny.gguf"), context=CONTEXT))
    params.api_keys = [key]
    params.offline = True
    params.ui = params.warmup = False
    params.verbosity = 1
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_ctx = CONTEXT
    if "--embed" in words:
        params.embedding = True
        params.n_batch = params.n_ubatch = params.n_ctx = 512
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
