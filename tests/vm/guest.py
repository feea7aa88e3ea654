# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright cxl-regiond authors
"""What the guest boots from: one initramfs, made afresh for each run.

Both guests share guest/init and guest/supervise. The fast guest stays in the
initramfs (busybox, modules, the script); the systemd guest goes on to the
host's own root, mounted read-only over 9p below a tmpfs.
"""

import lzma
import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent

TRANSPORT_MODULES = ["virtio_pci", "virtio_console"]
ROOT_MODULES = ["9pnet_virtio", "9p", "overlay"]
# In this order, so that devices are found in the same order every time.
# cxl_port first: where it is a module, cxl_mem finds no port to attach to before it is there.
CXL_MODULES = ["libnvdimm", "cxl_port", "cxl_acpi", "cxl_pci", "cxl_mem", "cxl_pmem", "nd_pmem", "dax_cxl", "device_dax", "kmem"]
OPTIONAL_MODULES = {"dax_cxl"}  # since 6.3

# Directories of the host that the guest covers with its own.
COVERED = ("/tmp", "/run", "/proc", "/sys", "/dev", "/var/run")
# Top-level links of a usr-merged root: a copy must go through them, not over them.
USR_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class GuestError(Exception):
    """The guest cannot be made; the message says what to do."""


class Initramfs:
    """A cpio archive (newc) in the making. All files belong to root."""

    def __init__(self, file):
        self.file = file
        self.inode = 0
        self.known = set()

    def directory(self, name, mode=0o755):
        if name and name not in self.known:
            self._parents(name)
            self.known.add(name)
            self._entry(name, stat.S_IFDIR | mode, b"")

    def data(self, name, content, mode=0o644):
        if isinstance(content, str):
            content = content.encode()
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, content)

    def copy(self, name, source):
        """A file, link or whole tree of the host."""
        source = Path(source)
        if source.is_symlink():
            self._parents(name)
            self._entry(name, stat.S_IFLNK | 0o777, os.readlink(source).encode())
        elif source.is_dir():
            self.directory(name, stat.S_IMODE(source.stat().st_mode))
            for child in sorted(source.iterdir()):
                self.copy(f"{name}/{child.name}", child)
        elif source.is_file():
            self.data(name, source.read_bytes(), stat.S_IMODE(source.stat().st_mode))

    def finish(self):
        self._entry("TRAILER!!!", 0, b"")

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent:
            self.directory(parent)

    def _entry(self, name, mode, content):
        self.inode += 1
        path = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0]
        header = b"070701" + b"".join(b"%08X" % value for value in fields)
        self.file.write(header + path + b"\0" * (-(len(header) + len(path)) % 4))
        self.file.write(content + b"\0" * (-len(content) % 4))


def guest_build(path, kernel, options, memdev_count, nonce):
    """Writes the initramfs for a run to PATH. OPTIONS are those of the command line."""
    with open(path, "wb") as file:
        archive = Initramfs(file)
        archive.copy("bin/busybox", _busybox())
        archive.copy("init", HERE / "guest/init")
        archive.copy("vm/supervise", HERE / "guest/supervise")
        _add_modules(archive, kernel, options.guest, memdev_count)
        if options.guest == "systemd":
            archive.copy("vm/units", HERE / "guest/units")
            archive.copy("vm/masked-units", HERE / "guest/masked-units")
        if options.stage:
            _add_stage(archive, options)
        for item in options.file:
            _add_file(archive, item, options.guest)
        command = _place_script(archive, options)
        archive.data("vm/arguments", f"set -- {shlex.join(command)}\n")
        archive.data("vm/env", _environment(kernel, options, memdev_count, nonce))
        archive.finish()


def _busybox():
    path = shutil.which("busybox")
    if not path or b"/ld-linux" in Path(path).read_bytes()[:4096]:
        raise GuestError("a static busybox is needed: install busybox-static")
    return path


def _add_modules(archive, kernel, guest, memdev_count):
    wanted = TRANSPORT_MODULES + (ROOT_MODULES if guest == "systemd" else []) + (CXL_MODULES if memdev_count else [])
    names = []
    for file in kernel.module_files(wanted, OPTIONAL_MODULES):
        name = re.sub(r"\.(xz|zst|gz)$", "", os.path.basename(file))
        archive.data(f"vm/ko/{name}", _module_bytes(file))
        names.append(name)
    archive.data("vm/modules", "".join(name + "\n" for name in names))


def _module_bytes(file):
    # busybox insmod takes plain modules only
    if file.endswith(".xz"):
        return lzma.decompress(Path(file).read_bytes())
    tools = {".zst": "zstd", ".gz": "gzip"}
    tool = tools.get(os.path.splitext(file)[1])
    if not tool:
        return Path(file).read_bytes()
    return subprocess.run([tool, "-dcq", file], check=True, capture_output=True).stdout


def _add_stage(archive, options):
    stage = Path(options.stage)
    if not stage.is_dir():
        raise GuestError(f"--stage {stage} is no directory: `meson install --destdir {stage}` makes one")
    target = "vm/files" if options.guest == "fast" else "vm/stage"
    for child in sorted(stage.iterdir()):
        merged = f"usr/{child.name}" if child.name in USR_LINKS and options.guest == "systemd" else child.name
        archive.copy(f"{target}/{merged}", child)


def _add_file(archive, item, guest):
    source, _, target = item.partition(":")
    source = os.path.abspath(source)
    if not os.path.exists(source):
        raise GuestError(f"--file {source}: no such file")
    _add_program(archive, source, target or source, guest)


def _add_program(archive, source, target, guest):
    source = os.path.realpath(source)
    archive.copy("vm/files/" + target.strip("/"), source)
    if guest == "fast":  # the systemd guest has the host's libraries anyway
        for library in _libraries(source):
            archive.copy("vm/files/" + library.strip("/"), os.path.realpath(library))


def _libraries(program):
    if not os.path.isfile(program):
        return []
    with open(program, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return []
    output = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(?:^\s+|=> )(/\S+) \(0x", output, re.MULTILINE)


def _place_script(archive, options):
    """The command that supervise runs: the script where the guest sees it, and its arguments."""
    if not options.script:
        return ["/bin/bash", "-l"]
    script = os.path.abspath(options.script)
    if not os.path.isfile(script):
        raise GuestError(f"{script}: no such script")
    if options.guest == "systemd" and not _is_covered(script):
        if not os.access(script, os.X_OK):
            raise GuestError(f"{script} is not executable: chmod +x")
        return [script, *options.arguments]
    if options.guest == "fast":
        _check_interpreter(script, options)
        for library in _libraries(script):
            archive.copy("vm/files/" + library.strip("/"), os.path.realpath(library))
    place = f"vm/script/{os.path.basename(script)}"
    archive.data(place, Path(script).read_bytes(), 0o755)
    return [f"/run/{place}", *options.arguments]


def _is_covered(path):
    return any(path == top or path.startswith(top + "/") for top in COVERED)


def _check_interpreter(script, options):
    with open(script, "rb") as file:
        match = re.match(rb"#!\s*(\S+)", file.readline(256))
    interpreter = match[1].decode() if match else "/bin/sh"
    given = [item.partition(":")[2] or os.path.abspath(item) for item in options.file]
    if interpreter not in ("/bin/sh", "/bin/busybox", *given):
        raise GuestError(f"{script} wants {interpreter}, the fast guest has busybox only: "
                         f"use --guest systemd, or --file {interpreter}")


def _environment(kernel, options, memdev_count, nonce):
    directory = os.getcwd()
    values = {
        "VM_KERNEL": kernel.release,
        "VM_KERNEL_PACKAGE": kernel.name,
        "VM_TOPOLOGY": options.topology,
        "VM_GUEST": options.guest,
        "VM_MEMDEVS": memdev_count,
        "VM_DIRECTORY": "/" if _is_covered(directory) else directory,
        "VM_TERMINAL": _terminal() if options.command == "shell" else "",
        "VM_NONCE": nonce,
        "TERM": os.environ.get("TERM", "linux"),
    }
    for item in options.env:
        name, _, value = item.partition("=")
        values[name] = value
    return "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in values.items())


def _terminal():
    size = shutil.get_terminal_size()
    return f"rows {size.lines} cols {size.columns}"
