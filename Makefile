# Sidetone's commands. `make demo` and `make test` need nothing but python3 (3.11-3.13), make and git.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench fuzz lock clean prove-bare wheel audit licences sbom package deb prove-deb smoke smoke-wheel

BIN := .venv/bin
# What setup prepares for: run (using Sidetone) or test (its tests as well).
FOR ?= test
PYTEST_ARGS ?=
# Processes of make test: for some of their time tests wait for real calls, so one more than a small machine has cores.
JOBS ?= 3
FUZZ_SECONDS ?= 600
CHECKED := desktop tests packaging
# Rooms without clocks and I/O: their tests alone must reach every line and branch.
PURE := tests/domain tests/protocols tests/calls tests/insights tests/alerts tests/dashboard

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  make %-12s%s\n", $$1, $$2}'
	@echo "  Variables: PYTHON=python3.12 (interpreter), DEMO_SECONDS=20, DEMO_ARGS='--calls 4', PYTEST_ARGS=tests/calls"

setup:  ## system packages and .venv from requirements.lock; quick when nothing changed
	@sh packaging/setup.sh $(FOR)

demo: FOR = run
demo: setup  ## a contact centre in a box, live on the screen (without a display: off screen, see out/)
	@sh packaging/demo.sh

# Tests start many processes, and each would compile Sidetone anew where an environment forbids to keep that.
test: export PYTHONDONTWRITEBYTECODE =
test: setup  ## all tests, coverage of the pure rooms, then lint (PYTEST_ARGS: those tests alone)
ifeq ($(PYTEST_ARGS),)
	$(BIN)/pytest -n $(JOBS) --dist loadgroup --cov --cov-report=term-missing:skip-covered $(PURE)
	$(BIN)/pytest -n $(JOBS) --dist loadgroup $(PURE:%=--ignore=%)
else
	$(BIN)/pytest -n $(JOBS) --dist loadgroup $(PYTEST_ARGS)
endif
	@$(MAKE) --no-print-directory lint

lint: setup  ## ruff, mypy, import contracts
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/mypy packaging/*.py packaging/linux/*.py
	$(BIN)/lint-imports --no-logo

bench: setup  ## the figures in README.md, measured here
	$(BIN)/python packaging/bench.py
	$(BIN)/python packaging/bench_hearing.py
	$(BIN)/python packaging/bench_keywords.py
	$(BIN)/python packaging/bench_finals.py

fuzz:  ## ten minutes of a real fuzzer against everything that strangers may send (FUZZ_SECONDS=60)
	@sh packaging/fuzz.sh $(FUZZ_SECONDS)

lock:  ## requirements.lock from pyproject.toml (UPGRADE=1: newest versions allowed)
	@sh packaging/lock.sh

wheel: setup  ## dist/*.whl and dist/*.tar.gz, built twice: the same bytes, or it fails
	$(BIN)/python packaging/build_wheel.py

audit:  ## known vulnerabilities of every pinned package (a service that can't be asked is a failure, and says so)
	@sh packaging/tools.sh audit.py

licences: setup  ## dist/licences.md; fails on what must not be in a bundle (BUNDLE=dist/sidetone: its files as well)
	$(BIN)/python packaging/licences.py --out dist/licences.md $(if $(BUNDLE),--bundle $(BUNDLE))

sbom: setup  ## dist/sidetone.cdx.json, CycloneDX (BUNDLE=dist/sidetone: with its files' checksums)
	$(BIN)/python packaging/parts.py build/parts.json $(BUNDLE)
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
		sh packaging/tools.sh sbom.py build/parts.json dist/sidetone.cdx.json

package: FOR = package
package: setup  ## dist/sidetone: a folder that starts on a machine without Python; fails above 250 MB
	$(BIN)/python packaging/package.py

smoke: setup  ## dist/sidetone on a desktop of its own, beside the source (PROGRAM=another one)
	$(BIN)/python packaging/smoke.py $(or $(PROGRAM),dist/sidetone/sidetone) out/smoke

smoke-wheel: setup  ## the wheel of make wheel, installed with pipx, on such a desktop
	@packaging/smoke_wheel.sh

deb: FOR = package
deb: setup  ## dist/sidetone_VERSION_ARCHITECTURE.deb around dist/sidetone (make package first)
	@packaging/linux/build_deb.sh

prove-deb: FOR = package
prove-deb: setup  ## that package in an empty Debian root: install, demo, upgrade, gateway, remove, purge (needs root)
	@packaging/linux/prove_deb.sh

prove-bare:  ## set-up and demo in an empty Debian root (needs root and debootstrap)
	@sh packaging/prove_bare.sh

clean:  ## remove what the other targets made, .venv included
	rm -rf .venv build dist out .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find desktop tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
