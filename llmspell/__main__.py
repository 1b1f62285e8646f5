"""Run the command line with `python -m llmspell`."""

from __future__ import annotations

from llmspell.cli.main import main

raise SystemExit(main())
