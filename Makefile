# Evenkeel: `make run` and `make test` need Python 3.11, pip and make; the rest they fetch.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
VENDOR := static/vendor
YUNET := vendor/face_detection_yunet_2023mar.onnx
NPM := tools/npm

.PHONY: run test lint format bench soak fuzz attack audit lock clean
.DELETE_ON_ERROR:

run: .venv/runtime $(YUNET) $(VENDOR)/.complete
	@$(BIN)/python -m webapp db upgrade
	@exec $(BIN)/gunicorn -c python:webapp.gunicorn_conf wsgi:app

test: .venv/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m benchmarks

# Ten loops of the demo clip and fifty kills: about a quarter of an hour.
soak: .venv/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m tests.soak

# Damaged pictures, 20,000 of them, 5,000 damaged videos and as many uploads: some minutes.
fuzz: .venv/development $(YUNET)
	$(BIN)/python -m tests.fuzz_pictures
	$(BIN)/python -m tests.fuzz_videos
	$(BIN)/python -m tests.fuzz_uploads

# An attack on a server of our own over loopback: some minutes.
attack: .venv/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m tests.attack

# Known holes in what we pin; fails, too, where nobody answers.
audit: .venv/runtime .audit/complete
	$(BIN)/python -m tools.audit

# Pins what the .in files ask for, with hashes of the files; run after changing one of them.
LOCK := $(BIN)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --generate-hashes --allow-unsafe
lock: .venv/development
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-npm.in -o requirements-npm.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-audit.in -o requirements-audit.txt

clean:
	rm -rf .venv .audit node_modules vendor $(VENDOR)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Evenkeel needs Python 3.11; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/runtime: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt .venv/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# In an environment of its own: what asks about our packages must not change them.
.audit/complete: requirements-audit.txt | .venv/bin/python
	$(BIN)/python -m venv .audit
	.audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

# The network of the face detector; without it Haar serves.
$(YUNET): tools/fetch_yunet.py | .venv/runtime
	$(BIN)/python -m tools.fetch_yunet

# The browser packages of package.json; only what pages load goes into static/.
$(VENDOR)/.complete: package.json package-lock.json | .venv/runtime
	$(NPM) ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@mkdir -p $(VENDOR)
	cp node_modules/socket.io-client/dist/socket.io.min.js $(VENDOR)/
	cp node_modules/uplot/dist/uPlot.iife.min.js node_modules/uplot/dist/uPlot.min.css $(VENDOR)/
	@touch $@
