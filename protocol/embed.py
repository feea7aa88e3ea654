#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turn a text file into a C file that defines it as one string.

usage: embed.py HEADER SYMBOL INPUT OUTPUT
"""
import sys


def c_line(line: str) -> str:
    escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'\t"{escaped}"'


def main() -> None:
    header, symbol, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as text:
        lines = [c_line(line) for line in text]
    with open(target, "w", encoding="utf-8") as out:
        out.write(f'#include "{header}"\n\nconst char {symbol}[] =\n' + "\n".join(lines) + ";\n")


main()
