# Two commands matter: `make run` and `make test`. Both make .venv first, by uv; where uv is missing it comes by pip.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced
PYTEST_ARGS ?=

.PHONY: help run test lint types contracts format clean

help: ## what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(STAMP) ## everything in one process on 127.0.0.1:4000, with demo data
	@exec $(BIN)/dovetail dev

test: $(STAMP) ## all tests, the browser's included
	@.ci/chromium
	@.ci/redis
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

lint: $(STAMP) ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

contracts: $(STAMP) ## import-linter: who may import whom
	@$(BIN)/lint-imports

format: $(STAMP) ## put everything into the one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## take away what was made, but not the data in .dovetail
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage* dist

$(STAMP): pyproject.toml uv.lock
	@.ci/environment "$(PYTHON)"
	@touch $(STAMP)
