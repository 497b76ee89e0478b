# SPDX-License-Identifier: ISC
# The front door; meson does the work.  Targets: setup, (default) build, unit, check, matrix, lint,
# demo, bench, fuzz, soak, docs, install.
MESON = meson
PYTHON = /usr/bin/python3

build: build/build.ninja
	ninja -C build lanlord

build/build.ninja:
	$(MESON) setup build

.PHONY: build
