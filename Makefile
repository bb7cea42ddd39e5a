# Set-up, build and tests. Needs git, make and a python3 with venv; nothing here needs root.
#
# The virtual environment is .venv (Python 3.11). Files named .venv/.installed-* say what is in it, so that a second call costs
# nothing. UV_FLAGS goes to every installation, for example UV_FLAGS=--offline.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
VENV := .venv
UV := .tools/bin/uv
INSTALL = $(UV) pip install --python $(VENV)/bin/python --no-deps --compile-bytecode $(UV_FLAGS)

# uv brings its own list of certificate authorities; the system's list has a company's own too, and pip goes by that one.
AUTHORITIES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(AUTHORITIES),)
export SSL_CERT_FILE ?= $(AUTHORITIES)
endif

# What `make build` builds, how many processes share the tests, what `make bench` runs.
BUILD ?= $(VENV)/bin/builder build --data digits --resolution 48
TEST_WORKERS ?= 2
TESTS ?= tests
BENCH ?= $(addprefix benchmarks/,builds.py side_by_side.py kill_nine.py pip_install.py estimates.py latency_rows.py app_speed.py app_upload.py leaderboard_speed.py \
	batch_grid.py batch_kills.py batch_scale.py batch_ray.py)

RUN := $(VENV)/.installed-run
VERIFY := $(VENV)/.installed-verify
DEV := $(VENV)/.installed-dev

.PHONY: help install gpu gpu-jax ray mlflow app build test check format bench pictures lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

install: $(RUN) $(VERIFY) ## everything that a build needs, in .venv
	@echo "Ready: $(VENV)/bin/builder --help. What is there and what is not: $(VENV)/bin/builder doctor"

gpu: $(RUN) ## for an NVIDIA GPU: CUDA for TensorFlow, in .venv
	$(INSTALL) -r requirements-gpu.lock

gpu-jax: $(RUN) ## for an NVIDIA GPU: JAX with CUDA, in .venv; use it with KERAS_BACKEND=jax
	$(INSTALL) -r requirements-gpu-jax.lock

ray: $(RUN) ## for batches on a Ray cluster: Ray, in .venv; the same on each of its machines
	$(INSTALL) -r requirements-ray.lock

mlflow: $(RUN) ## for builds logged to MLflow: its client, in .venv
	$(INSTALL) -r requirements-mlflow.lock

app: install ## install, then open the app in the browser; APP_FLAGS="--port 8502" goes to `builder app`
	$(VENV)/bin/builder app $(APP_FLAGS)

build: install ## install, then train, export and verify a model of the built-in digits
	$(BUILD)

# In a browser one test at a time: each has a server, a browser and a build, which fill two cores and would spoil what others time.
test: $(DEV) $(VERIFY) ## all tests; TESTS=tests/test_cost.py for some, TEST_WORKERS=0 for one process
ifeq ($(TESTS),tests)
	$(VENV)/bin/python -m pytest -n $(TEST_WORKERS) --dist worksteal --ignore=tests/browser tests
	$(VENV)/bin/python -m pytest tests/browser
else
	$(VENV)/bin/python -m pytest -n $(TEST_WORKERS) --dist worksteal $(TESTS)
endif

check: $(DEV) $(VERIFY) ## format, lint and types
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

format: $(DEV) ## lay out the code as `make check` wants it
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(DEV) $(VERIFY) ## all benchmarks, written into benchmarks/RESULTS.md; BENCH=benchmarks/kill_nine.py for one
	for script in $(BENCH); do $(VENV)/bin/python $$script; done

pictures: $(DEV) $(VERIFY) ## the documentation's pictures of the app, made anew by the browser tests
	BUILDER_PICTURES=docs/images $(VENV)/bin/python -m pytest -q tests/browser -m pictures

# One resolution of everything first, then each lock as a part of it: so they agree, and extras can be combined.
# Pins that still fit are kept; `make lock LOCK_FLAGS=--upgrade` takes the newest.
LOCK = $(UV) pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --override overrides.txt \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: | $(UV) ## pin all dependencies anew (LOCK_FLAGS=--upgrade takes the newest)
	rm -rf .tools/locks; mkdir .tools/locks; sort -u requirements*.lock > .tools/all.lock
	$(LOCK) $(LOCK_FLAGS) pyproject.toml --all-extras --group dev -o .tools/all.lock
	part() { $(LOCK) -c .tools/all.lock pyproject.toml "$${@:2}" -o ".tools/locks/$$1"; }; \
	part requirements.lock; \
	part requirements-verify.lock --extra verify; \
	part requirements-gpu.lock --extra gpu; \
	part requirements-gpu-jax.lock --extra gpu-jax; \
	part requirements-ray.lock --extra ray; \
	part requirements-mlflow.lock --extra mlflow; \
	part requirements-dev.lock --extra verify --group dev
	mv .tools/locks/*.lock .
	wc -l requirements*.lock

$(UV):
	$(PYTHON) -m venv .tools || { echo "make needs a python3 with venv (Debian: apt install python3-venv), or name one: make PYTHON=..."; exit 1; }
	.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

# A Python 3.11 that is on the machine, or else one that uv fetches. Where .venv is broken, it is made anew.
$(VENV)/bin/python: | $(UV)
	$(UV) venv --quiet --clear --python 3.11 $(VENV)

# The locks hold for Linux x86-64. Elsewhere the same dependencies are resolved on the spot, which nobody has tested.
$(RUN): requirements.lock requirements.txt overrides.txt pyproject.toml | $(VENV)/bin/python
	@if [ "$$(uname -s) $$(uname -m)" = "Linux x86_64" ]; then \
		$(INSTALL) -r requirements.lock; \
	else \
		echo "This is no Linux on x86-64: the tested pins do not hold here, resolving anew. On Windows use WSL2."; \
		$(UV) pip install --python $(VENV)/bin/python --compile-bytecode $(UV_FLAGS) --overrides overrides.txt -r requirements.txt setuptools; \
	fi
	$(INSTALL) --quiet --no-build-isolation --editable .
	@touch $@

# The verifiers are worth having and not needed: what cannot be installed is named, and tried again the next time.
$(VERIFY): requirements-verify.lock $(RUN)
	@pins=$$(grep -vxFf requirements.lock requirements-verify.lock); \
	if $(INSTALL) -r - <<< "$$pins"; then touch $@; exit; fi; \
	for pin in $$pins; do $(INSTALL) --quiet "$$pin" || missing="$${missing:-} $$pin"; done; \
	if [ -z "$${missing:-}" ]; then touch $@; exit; fi; \
	echo "NOT INSTALLED:$$missing"; \
	echo "Builds work without; their reports say what was not checked. The next make install tries again."

# The verifiers' pins are left out here, so that one of them that vanished takes no test tool with it.
$(DEV): requirements-dev.lock requirements-verify.lock $(RUN)
	grep -vxFf requirements-verify.lock requirements-dev.lock | $(INSTALL) -r -
	touch $@
