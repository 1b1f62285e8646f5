# Every target works from a clean clone on a machine that has only make and Python >= 3.11.

# The first Python on the PATH that is new enough; or name one: make PYTHON=python3.13
PYTHON ?= $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),python3)
BIN := .venv/bin
PLUGINS := $(sort $(wildcard plugins/*))
UV ?= uv
LOCK := $(UV) pip compile --universal --python-version 3.11 --no-header --quiet --upgrade \
	$(foreach dist,llmspell $(notdir $(PLUGINS)),--no-emit-package $(dist)) pyproject.toml $(PLUGINS:%=%/pyproject.toml)

.DEFAULT_GOAL := help
.PHONY: help env demo test check types wheels proof bench conformance lock docs clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
		|| sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1  \2/p' $(MAKEFILE_LIST)

env: ## create or refresh .venv (does nothing when nothing changed)
	@$(PYTHON) bootstrap.py

demo: env ## run a Lua spell: an agent surveys this repository's documentation and writes a report to build/
	@mkdir -p build
	$(BIN)/llmspell run contrib/spells/survey.lua --allow-read=docs --allow-write=build

test: env ## run the fast test tier
	@$(BIN)/python -m pytest

check: types ## lint, format, layers, dependencies, spelling and the architecture tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry llmspell
	@for dist in $(PLUGINS); do (cd $$dist && ../../$(BIN)/deptry src) || exit 1; done
	$(BIN)/codespell
	$(BIN)/python -m pytest tests/arch

# Plugins are checked one by one: each has a tests folder, and one run cannot hold two modules of the same name.
types: env
	$(BIN)/mypy
	@for dist in $(PLUGINS); do MYPYPATH=$$dist/src:$$dist $(BIN)/mypy $$dist || exit 1; done

wheels: env ## build each distribution, install it alone beside the kernel, run its tests there (DIST="NAMES" or --changed)
	$(BIN)/python -m tests.proof.wheels $(DIST)

proof: env ## run the long tier: clean clones, every wheel alone beside the kernel, faults at every operation, attacks, crashes
	$(BIN)/python -m pytest tests/proof plugins -m proof --timeout=1800
	$(BIN)/python -m tests.security --write
	$(BIN)/python -m tests.durability --write

bench: env ## measure the budgets on this machine and write docs/reference/performance.md (peers: BENCH_VENVS)
	$(BIN)/python -m tests.bench --write

conformance: env ## run the spells of the conformance list, record what each engine shows, write the parity page
	$(BIN)/python -m pytest plugins/llmspell-engine-* -k behaviour --record-conformance
	$(BIN)/python docs/generate.py

lock: ## resolve requirements/ anew (needs uv)
	$(LOCK) --group dev --generate-hashes --output-file requirements/dev.lock
	$(LOCK) --extra testing --extra blake3 --extra scaffold --extra watch --no-annotate --output-file requirements/constraints.txt
	@! grep -nE '://|^--|file:' requirements/* || { echo 'lock: an index or a path slipped into requirements/' >&2; exit 1; }

docs: env ## write the generated reference anew
	$(BIN)/python docs/generate.py

clean: ## remove the environment and everything built
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
