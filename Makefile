.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
PORT ?= 8501

.PHONY: help setup demo test lint bench clean

help:  ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

setup: $(READY)  ## Make the virtual environment and install everything, pinned

demo: $(READY)  ## Prepare the sample, start the dashboard, run the sample's paper study in the background
	$(BIN)/scpo demo --port $(PORT)

test: $(READY)  ## Lint, types, import contracts and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(READY)  ## Format, lint, types, import contracts
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## Measure training and scoring against the reference's loop
	$(BIN)/scpo score --data sample --model sample-rm
	$(BIN)/scpo bench

clean:  ## Remove the virtual environment and everything generated
	rm -rf $(VENV) *.egg-info
	find cache -mindepth 1 ! -name README.md ! -name .gitkeep -delete
