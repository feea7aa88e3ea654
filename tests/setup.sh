# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What ./demo and ./check share: packages, build, and the tree that is staged into the emulated host.

packages_build=(build-essential meson ninja-build pkg-config python3 libudev-dev libjson-c-dev libcxl-dev libdaxctl-dev
	libsystemd-dev libinih-dev libbpf-dev uuid-dev scdoc)
packages_host=(qemu-system-x86 jq strace busybox-static kmod udev systemd dbus ndctl daxctl procps util-linux e2fsprogs)

# install_packages PACKAGE...: those that are missing.
install_packages() {
	local package missing=()
	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "This needs apt-get (Debian 12) to install: ${missing[*]}" >&2
		exit 1
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "Run this as root, or first, as root: apt-get install ${missing[*]}" >&2
		exit 1
	fi
	echo "Installing: ${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null </dev/null
}

need_root() {
	[ "$(id -u)" = 0 ] || {
		echo "Run this as root: the emulated host has this machine's root file system for its own, read-only." >&2
		exit 1
	}
}

# build DIRECTORY MESON-OPTION...
build() {
	local directory=$1
	shift
	[ -e "$directory/build.ninja" ] || meson setup "$directory" --prefix=/usr --sysconfdir=/etc "$@" >"$directory.log" || {
		cat "$directory.log"
		return 1
	}
	ninja --quiet -C "$directory"
}

# stage BUILD DIRECTORY: an installation, with the cases and their programs beside it in /opt/cases.
stage() {
	rm -rf "$2"
	DESTDIR=$(realpath -m "$2") meson install -C "$1" --no-rebuild --quiet
	mkdir -p "$2/opt/cases/bin"
	cp tests/vm/cases/* "$2/opt/cases/"
	cp -r tests/fake/sequences "$2/opt/cases/"
	cp tests/bench/bench tests/vm/programs/*.py "$2/opt/cases/bin/"
	find "$1/tests/vm" "$1/tests/bench" "$1/tests/fake" -maxdepth 1 -type f -perm -u+x -exec cp {} "$2/opt/cases/bin/" \;
	# Only where cmocka is: the demo does without.
	[ ! -e "$1/tests/unit/fail-malloc.so" ] || cp "$1/tests/unit/fail-malloc.so" "$2/opt/cases/bin/"
}

# stage_livepatch KERNEL DIRECTORY: the livepatch for KERNEL, and the race that it ends, beside the cases' programs.
stage_livepatch() {
	local module
	module=$(kernel/livepatch/build "$1" build/livepatch) && cp "$module" "$2/opt/cases/bin/" || return 1
	cc -static -O2 -Wall -Wextra -pthread -o "$2/opt/cases/bin/race" kernel/races/*.c
}

# stage_slow_commit KERNEL DIRECTORY: the module by which a commit takes long, beside the cases' programs.
stage_slow_commit() {
	local module
	module=$(kernel/livepatch/build "$1" build/slow-commit tests/vm/modules) && cp "$module" "$2/opt/cases/bin/"
}
