# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright cxl-regiond authors
"""Kernels to boot: found with apt, unpacked into a cache, never installed.

A cached kernel is a directory <package>_<version> with boot/vmlinuz-* and
lib/modules/*, as `dpkg -x` makes it. Own kernels have the same shape.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

# Short names are what users type; the meta package says which kernel that is today.
META_PACKAGES = {"6.1": "linux-image-amd64", "6.12": "linux-image-6.12-amd64"}


class KernelError(Exception):
    """A kernel cannot be had; the message says what to do."""


class Kernel:
    """An unpacked kernel: its image, its modules, its `uname -r`."""

    def __init__(self, directory):
        self.directory = Path(directory).resolve()
        self.name = self.directory.name
        modules = [d for d in self.directory.glob("lib/modules/*") if (d / "kernel").is_dir() or (d / "modules.dep").exists()]
        images = sorted(self.directory.glob("boot/vmlinuz-*"))
        if len(modules) != 1 or not images:
            raise KernelError(f"{directory} is no kernel: it needs boot/vmlinuz-RELEASE and one lib/modules/RELEASE")
        self.modules = modules[0]
        self.release = self.modules.name
        wanted = self.directory / "boot" / f"vmlinuz-{self.release}"
        self.image = wanted if wanted.exists() else images[-1]

    def module_files(self, names, optional=()):
        """Files to insert, in order and without repeats, so that NAMES are loaded."""
        files = []
        for name in names:
            for file in self._module_with_dependencies(name, name in optional):
                if file not in files:
                    files.append(file)
        return files

    def _module_with_dependencies(self, name, is_optional):
        # --ignore-install and -C: the host's modprobe.d has rules (libnvdimm) that are not about this kernel
        command = ["/sbin/modprobe", "-C", "/dev/null", "-d", str(self.directory), "-S", self.release,
                   "--ignore-install", "--show-depends", name]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            if is_optional:
                return []
            raise KernelError(f"{self.name} has no module {name}: {result.stderr.strip()}")
        return [line.split()[1] for line in result.stdout.splitlines() if line.startswith("insmod ")]


def cache_directory():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "cxl-regiond" / "kernels"


def cached_kernels():
    return sorted(d for d in cache_directory().glob("linux-image-*_*") if d.is_dir())


def kernel_find(name, progress):
    """The Kernel called NAME: 6.1, 6.12, a package name, or a directory. Downloads what is missing."""
    if "/" in name or os.path.isdir(name):
        return Kernel(name)
    package = _package_of(name)
    version = _package_version(package)
    if version is None and not package.endswith("-unsigned") and _package_version(package + "-unsigned"):
        package += "-unsigned"  # older versions can be left in the archive as unsigned packages only
        version = _package_version(package)
    if version is None:
        return _cached_or_fail(package)
    directory = cache_directory() / f"{package}_{version}"
    if not directory.is_dir():
        _kernel_download(package, version, directory, progress)
    return Kernel(directory)


def _package_of(name):
    if name.startswith("linux-image-") and name not in META_PACKAGES.values():
        return name
    meta = META_PACKAGES.get(name, name)
    if not meta.startswith("linux-image-"):
        raise KernelError(f"unknown kernel {name}: give {', '.join(META_PACKAGES)}, a package name linux-image-..., or a directory")
    text = _apt_cache("depends", meta)
    match = re.search(r"Depends: (linux-image-\d\S*)", text)
    if match:
        return match[1]
    series = next((short for short, package in META_PACKAGES.items() if package == meta), None)
    cached = [d.name.split("_")[0] for d in cached_kernels() if series and d.name.startswith(f"linux-image-{series}.")]
    if cached:
        return max(cached, key=_numbers)  # offline: the newest one that is there
    raise KernelError(f"apt does not know {meta}: run `apt-get update` with bookworm and bookworm-security enabled")


def _numbers(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def _package_version(package):
    match = re.search(r"Candidate: (\d\S*)", _apt_cache("policy", package))
    return match[1] if match else None


def _apt_cache(*arguments):
    try:
        return subprocess.run(["apt-cache", *arguments], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    except FileNotFoundError:
        return ""  # not Debian: cached kernels and directories still work


def _cached_or_fail(package):
    cached = [d for d in cached_kernels() if d.name.startswith(package + "_")]
    if not cached:
        raise KernelError(f"apt does not know {package}: run `apt-get update`, or see `apt-cache search ^linux-image-6`")
    return Kernel(max(cached, key=lambda d: _numbers(d.name)))


@contextmanager
def _cache_lock():
    cache_directory().mkdir(parents=True, exist_ok=True)
    with open(cache_directory() / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kernel_download(package, version, directory, progress):
    with _cache_lock():
        if directory.is_dir():
            return  # a parallel run was faster
        progress(f"fetching {package} {version}")
        _remove_leftovers()
        scratch = Path(tempfile.mkdtemp(prefix=".unpack-", dir=cache_directory()))
        try:
            _unpack(package, version, scratch)
            (scratch / "root").rename(directory)  # the last step: a cached kernel is whole or absent
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _remove_leftovers():
    # Under the lock nobody else unpacks, so what is here belongs to a run that was killed.
    for scratch in cache_directory().glob(".unpack-*"):
        shutil.rmtree(scratch, ignore_errors=True)


def _unpack(package, version, scratch):
    _run_quietly(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", f"{package}={version}"], scratch,
                 "run `apt-get update` and try again")
    archives = list(scratch.glob("*.deb"))
    if len(archives) != 1:
        raise KernelError(f"apt-get download {package} left {len(archives)} archives")
    root = scratch / "root"
    _run_quietly(["dpkg", "-x", str(archives[0]), str(root)], scratch, "is the disk full?")
    if (root / "usr/lib/modules").is_dir() and not (root / "lib").exists():
        (root / "lib").symlink_to("usr/lib")  # newer packages are usr-merged
    release = next((root / "lib/modules").iterdir()).name
    _run_quietly(["/sbin/depmod", "-b", str(root), release], scratch, "install kmod")


def _run_quietly(command, directory, remedy):
    try:
        result = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise KernelError(f"{command[0]} is missing: {remedy}") from error
    if result.returncode != 0:
        raise KernelError(f"`{' '.join(command)}` failed: {remedy}\n{result.stderr.strip()}")
