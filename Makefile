# SPDX-License-Identifier: ISC
# The front door; meson does the work.
#
#   make            build/lanlord
#   make setup      the Debian packages for building and testing (starts no service)
#   make demo       boots a machine on a private lab network; FIRMWARE=uefi for UEFI
#   make unit       unit tests, scenarios, corpora, layers; sanitizers on
#   make check      that, the unit tests with 32 bits and big-endian, and the network tests with
#                   real clients; "N passed, N failed"
#   make matrix     every firmware
#   make lint       clang-tidy, cppcheck, layers
#   make bench      beside the peers, in one run
#   make fuzz       each target for SECONDS (120); TARGETS="dhcp4 conf" for some
#   make soak       the long storms
#   make docs       docs/options.md from the option tables
#   make install    PREFIX=/usr/local, DESTDIR honoured; DROPIN=1 in dnsmasq's place
#   make uninstall  PREFIX as at install; gives dnsmasq its place back
MESON = meson
PYTHON = /usr/bin/python3
PREFIX = /usr/local
SECONDS = 120
# Where install finds what was built.
BUILD = build

build: build/build.ninja
	@ninja -C build

# Where packages are not Debian's, meson says what is missing.
build/build.ninja:
	@tools/setup build || command -v $(MESON) >/dev/null
	@$(MESON) setup build --prefix=$(PREFIX)

setup:
	@tools/setup build test

unit: setup
	@tools/check unit

check: setup
	@tools/check all

lint: build-fuzz/build.ninja
	@tools/lint build-fuzz

build-fuzz/build.ninja: | setup
	@CC=clang $(MESON) setup build-fuzz -Dtests=true -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false

demo:
	@FIRMWARE=$(FIRMWARE) tools/demo

matrix: setup build
	@LANLORD=$(CURDIR)/build/lanlord $(PYTHON) -m pytest -q -rs tests/net -m 'boot or matrix'

bench: build
	@tools/setup build test bench
	@bench/run

fuzz: build-fuzz/build.ninja
	@ninja -C build-fuzz
	@tools/fuzz run $(SECONDS) $(TARGETS)

soak: setup build
	@LANLORD=$(CURDIR)/build/lanlord $(PYTHON) -m pytest -q -rs tests/net -m soak

docs: build
	@build/lanlord docs-options > docs/options.md

install: $(if $(filter build,$(BUILD)),build)
	@$(if $(filter command,$(origin PREFIX)),$(MESON) configure $(BUILD) --prefix=$(PREFIX))
	@ninja -C $(BUILD) lanlord
	@tools/install install $(BUILD) $(if $(filter 1 yes,$(DROPIN)),--dropin)

uninstall:
	@tools/install uninstall $(PREFIX)

clean:
	rm -rf build build-*

.PHONY: build setup unit check lint demo matrix bench fuzz soak docs install uninstall clean
