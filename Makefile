.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
PORT ?= 8501

.PHONY: help setup demo check test lint format docs screenshots bench clean clean-cache

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

setup: $(READY)  ## Make the virtual environment and install everything, pinned

demo: $(READY)  ## Prepare the sample, start the dashboard, run the sample's paper study in the background
	$(BIN)/scpo demo --port $(PORT)

lint: $(READY)  ## Lint, format, types, import contracts; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint  ## Lint and the fast tests: under two minutes, for every commit
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder tests/unit tests/docs $(ARGS)

test: lint  ## Lint and all tests: what must hold before a change lands
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder $(ARGS)

format: $(READY)  ## Format, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)  ## Write the tables of the README anew
	$(BIN)/python tests/docs/tables.py

screenshots: $(READY)  ## Take the README's pictures anew, from the finished sample study in the cache (needs Chromium)
	$(BIN)/python tests/docs/screenshots.py

bench: $(READY)  ## Measure training and scoring against the reference's loop
	$(BIN)/scpo score --data sample --model sample-rm
	$(BIN)/scpo bench

clean:  ## Remove the virtual environment and what tools have left; data sets, models and runs stay
	rm -rf $(VENV) *.egg-info build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-cache:  ## Remove everything in cache/: data sets, models, finished runs; asks before
	@find cache -mindepth 1 -maxdepth 1 ! -name README.md ! -name .gitkeep -exec du -sh {} +
	@printf 'Remove all of this? Runs and registered data cannot be brought back. Write yes: '; \
	read answer; [ "$$answer" = yes ] || { echo 'Nothing is removed.'; exit 1; }
	find cache -mindepth 1 ! -name README.md ! -name .gitkeep -delete
