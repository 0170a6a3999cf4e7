# make deck: build the deck in source/.   make test: all tests.   make check: ruff and mypy.
# make bench: how fast it is, beside other programs; docs/performance.md. make bench ARGUMENTS='--quick --only cold'
# make pictures: draw the pictures of docs/syntax.md that are out of date; needs Chromium and its driver.
# Each works alone from a fresh clone; all it needs is Python 3.11 or later.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: deck test check format bench pictures clean

deck: .venv/.installed
	$(BIN)/deckgen build

test: .venv/.installed-for-development
	$(BIN)/python -m pytest

check: .venv/.installed-for-development
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/.installed-for-development
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/.installed-for-benchmarks
	$(BIN)/python -m bench $(ARGUMENTS)

pictures: .venv/.installed-for-development
	$(BIN)/python -m tests.reference

clean:
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/.installed-for-development: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,check]'
	touch $@ .venv/.installed

.venv/.installed-for-benchmarks: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@ .venv/.installed
