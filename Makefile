# One command for each job, the same here and in CI. Every target sets up what it needs.
# A fresh Debian or Ubuntu machine needs git, make and Python 3.11 or newer; nothing else.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
DEMO_DIR ?= demo
SIMULATED_DIR ?= demo-simulated
.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: setup  ## Set up, import the demo companies (one shipped, one simulated), build, check, show a month, serve the pages
	rm -rf $(DEMO_DIR) $(SIMULATED_DIR)
	$(BIN)/upswell demo $(DEMO_DIR)
	$(BIN)/upswell -w $(DEMO_DIR) report --month 2023-12 --format html --output $(DEMO_DIR)/report-2023-12.html
	$(BIN)/upswell demo $(SIMULATED_DIR) --company contract --customers 2000 --months 48
	$(BIN)/upswell -w $(SIMULATED_DIR) report --month 2025-12 --format html --output $(SIMULATED_DIR)/report-2025-12.html
	@if [ -t 0 ] && [ -t 1 ] && [ -z "$${CI:-}" ]; then exec $(BIN)/upswell -w $(DEMO_DIR) serve; \
	else echo "the pages of the demo company: $(BIN)/upswell -w $(DEMO_DIR) serve"; fi

# Two tests run at a time, each with one thread for its builds: two threads each were a tenth slower.
test: setup  ## Set up and run every test
	UPSWELL_THREADS=$${UPSWELL_THREADS:-1} $(BIN)/python -m pytest -q -n 2 --dist worksteal --durations=20

lint: setup  ## Style, types, and the docs' generated parts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m docs.generate --check
	$(MAKE) --no-print-directory types

types: setup  ## Strict type checking
	$(BIN)/mypy

format: setup  ## Rewrite the code in the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## Benchmarks: ratios against a floor and a peer's shape, medians of 3, and coverage (some hours)
	$(BIN)/python -m benchmarks

docs: setup  ## Write the generated parts of docs/ again from the program
	$(BIN)/python -m docs.generate

lock: setup  ## Resolve the locked requirements again
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --extra web --extra analysis -c requirements-dev.lock pyproject.toml -o requirements-web.lock

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.lock pyproject.toml scripts/setup
	PYTHON=$(PYTHON) sh scripts/setup $(VENV)
	@touch $@

clean:  ## Remove the environment, caches and the demos
	rm -rf $(VENV) $(DEMO_DIR) $(SIMULATED_DIR) .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help demo test lint types format bench docs lock setup clean
