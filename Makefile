# Everything a user or a developer types. Each target first installs what it needs into .venv;
# a stamp there makes the second run start at once, and a changed pyproject.toml installs again.

PYTHON ?= python3
ARGS ?=
DATA ?= data/cifar10
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin

EXTRA_run :=
EXTRA_test := [test]
EXTRA_lint := [lint]
EXTRA_bench := [bench]

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test fuzz lint bench pictures tour findings

help:  ## list these targets
	@echo "make TARGET [ARGS='...'] [PYTHON=python3.12]"
	@sed -n 's/^\([a-z]*\):.*  ## /  \1\t/p' Makefile | expand -t 10

run: $(VENV)/.installed-run  ## open the app (ARGS='--port 8600')
	$(BIN)/inspector app $(ARGS)

test: $(VENV)/.installed-test  ## find or install Chromium, then run the tests (ARGS='-k mrla')
	@$(BIN)/python tests/chromium.py
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(ARGS)

fuzz: $(VENV)/.installed-test  ## read 5,000 damaged pictures and files of weights, others each time
	FUZZ=5000 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/inspector/nasty/test_fuzz.py $(ARGS)

lint: $(VENV)/.installed-lint  ## ruff's rules and layout, mypy's types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

pictures: $(VENV)/.installed-test  ## draw the pictures of the documents anew
	$(BIN)/python docs/draw_pictures.py

tour: $(VENV)/.installed-run  ## make anew what the app shows before a network is open
	$(BIN)/python docs/store_inspection.py

findings: $(VENV)/.installed-test  ## what the trained networks show: docs/findings.md (DATA=CIFAR-10)
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-$(WORKERS)} $(BIN)/inspector findings --data '$(DATA)' --output docs --kept .findings $(ARGS)

bench: $(VENV)/.installed-bench  ## run the benchmarks, one script after the other
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit; done

soak: $(VENV)/.installed-test  ## what the app takes: many sessions, clicks, a cold start (ARGS='--save')
	@$(BIN)/python tests/chromium.py
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m tests.soak $(ARGS)

$(VENV)/.installed-%: pyproject.toml $(BIN)/python
	@echo "Installing into $(VENV): the first time takes some minutes (torch is about 6 GB on disk)."
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.$(EXTRA_$*)'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) answers: $$($(PYTHON) --version 2>&1)" >&2; \
	  echo "Name a newer one, for instance: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make a virtual environment: its module venv or ensurepip is missing." >&2; \
	  echo "On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
