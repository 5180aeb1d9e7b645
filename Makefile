# Set-up in one command each: `make run`, `make test`. `make` alone lists what there is.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check -qq
ARGS   ?=
BENCH  ?= $(sort $(wildcard tests/bench/*/bench_*.py))

# A stamp's name carries what it depends on, so that a changed pin or another Python sets up anew and nothing else does.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
stamp    = $(VENV)/$(1)-$(PYTHON_VERSION)-$(firstword $(shell cat $(2) | cksum))
PYTHON_OK := $(VENV)/python-$(PYTHON_VERSION)
RUN_OK    := $(call stamp,run,requirements.txt)
DEV_OK    := $(call stamp,dev,requirements.txt requirements-dev.txt)
SEMGREP_OK := $(call stamp,semgrep,requirements-semgrep.txt)
SEMGREP   := SEMGREP_ENABLE_VERSION_CHECK=0 $(VENV)/semgrep/bin/semgrep scan --metrics=off
READ      := creative_platform scoring templates migrations config.py wsgi.py

CATALOGUES := $(wildcard creative_platform/translations/*/LC_MESSAGES/*.po)

.DEFAULT_GOAL := help
.PHONY: help run test drill bench bench-similarity check check-types check-rules format messages pins
.SUFFIXES:
.DELETE_ON_ERROR:

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUN_OK) messages  ## start the platform on http://127.0.0.1:8000 (PORT=… for another port), Ctrl-C stops it
	@exec $(PY) -m creative_platform.stack run

# Two workers that count with a thread a core wait for each other's threads: rankings took five times the processor's time.
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
test: $(DEV_OK) messages  ## pass the tests (ARGS="tests/stack -k cors" for some of them)
ifeq ($(ARGS),)
	$(PY) -m pytest -n 2 -m 'not drill and not browser'
	$(PY) -m pytest -n 2 --dist loadgroup -m 'browser and not drill'
else
	$(PY) -m pytest -m 'not drill' $(ARGS)
endif

drill: $(DEV_OK) messages  ## pass the long checks; each prints the seed that repeats it
	$(PY) -m pytest -m drill -s $(ARGS)

bench: $(DEV_OK) messages  ## measure: tables here, figures in var/bench/ (BENCH=tests/bench/judging/bench_speed.py for one of them)
	@for bench in $(BENCH); do \
	  name=$$(echo "$${bench%.py}" | tr / .); echo "== $$name"; \
	  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m "$$name" $(ARGS) || exit 1; \
	done

bench-similarity: export CORPUS ?= var/corpus
bench-similarity: BENCH := $(sort $(wildcard tests/bench/similarity/bench_*.py))
bench-similarity: bench  ## measure what similarity finds and what it costs (CORPUS=folder of material, docs/developers/similarity.md)

check: $(DEV_OK) $(SEMGREP_OK) messages  ## read the code with the checkers
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-rules

check-types:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-logo

check-rules:
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(READ)
	$(SEMGREP) --quiet --test .ci/semgrep
	$(SEMGREP) --quiet --error --config .ci/semgrep $(READ)
	$(PY) -m pytest tests/architecture --durations=1

format: $(DEV_OK)  ## lay the code out
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

messages: $(CATALOGUES:.po=.mo)  ## compile the translations

%.mo: %.po | $(RUN_OK)
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

PIN := CUSTOM_COMPILE_COMMAND="make pins" $(PY) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe \
       --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
pins: $(DEV_OK)  ## pin the newest versions of requirements*.in, with hashes
	$(PIN) --upgrade --output-file requirements.txt requirements.in
	$(PIN) --upgrade --output-file requirements-dev.txt requirements-dev.in
	$(PIN) --upgrade --output-file requirements-semgrep.txt requirements-semgrep.in

$(PYTHON_OK):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'Python 3.11 or newer is needed; "$(PYTHON)" is $(or $(PYTHON_VERSION),not there). Name another: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3' >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# --no-compile: compiling every module takes longer than fetching them; Python compiles what is imported, once.
$(RUN_OK): | $(PYTHON_OK)
	@echo 'Installing the pinned packages into $(VENV) (once; a minute or two) …'
	@$(PIP) install --no-compile --require-hashes -r requirements.txt
	@rm -f $(VENV)/run-*; touch $@

$(DEV_OK): | $(RUN_OK)
	@echo 'Installing the tools for tests and checks into $(VENV) (once) …'
	@$(PIP) install --no-compile --require-hashes -r requirements.txt -r requirements-dev.txt
	@rm -f $(VENV)/dev-*; touch $@

# An environment of its own: semgrep asks for an older click than the platform runs with.
$(SEMGREP_OK): | $(PYTHON_OK)
	@echo 'Installing semgrep into $(VENV)/semgrep (once) …'
	@$(PYTHON) -m venv --clear $(VENV)/semgrep
	@$(VENV)/semgrep/bin/python -m pip --disable-pip-version-check -qq install --no-compile --require-hashes -r requirements-semgrep.txt
	@rm -f $(VENV)/semgrep-*; touch $@
