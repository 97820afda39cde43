#!/usr/bin/env python3
"""samples.py PROGRAM FOLDER: the samples of deploy/receivers hold what they should, of a real daemon."""
import json, os, pathlib, shutil, subprocess, sys
from publisher import Publisher

RECEIVERS = pathlib.Path(__file__).parents[2] / "deploy/receivers"


def take(command, publisher, folder, fails=False):
    environment = {**os.environ, "PUBLISHER": publisher.address, "FOLDER": str(folder), "SELECTION": "category=Kinh+t%E1%BA%BF"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr


def titles(folder):
    return sorted(json.loads(path.read_text())["title"] for path in folder.glob("*.json"))


def story(name, command, program, folder):
    publisher, copy = Publisher(program, folder / "publisher"), folder / "tin"
    wanted = [f"Tin {n}" for n in range(1, 6)]
    for n, title in enumerate(wanted, 1):
        publisher.put(f"{n}", title)
    publisher.put("other", "Khác", category="Văn hóa")
    take(command, publisher, copy)
    assert titles(copy) == wanted, titles(copy)

    backup = folder / "backup"
    publisher.run("backup", str(backup))
    publisher.put("1", "Tin 1, đã sửa")
    publisher.put("2", "Tin 2", category="Văn hóa")
    publisher.withdraw("3")
    publisher.put("6", "Tin 6")
    take(command, publisher, copy)
    assert titles(copy) == ["Tin 1, đã sửa", "Tin 4", "Tin 5", "Tin 6"], titles(copy)
    assert "alert" not in "".join(path.read_text() for path in copy.glob("*.json"))

    # The publisher is restored from its backup: the copy becomes that of then, and of what came since.
    publisher.stop()
    shutil.rmtree(publisher.folder / "data")
    publisher.run("restore", str(backup))
    assert take(command, publisher, copy, fails=True), "it says that nobody answers"
    publisher.start()
    publisher.put("7", "Tin 7")
    take(command, publisher, copy)
    assert titles(copy) == wanted + ["Tin 7"], titles(copy)
    take(command, publisher, copy)
    publisher.stop()
    print(f"{name}: holds what it should after a correction, a removal, a withdrawal, a restore")


program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
story("Python sample", [sys.executable, str(RECEIVERS / "python/take.py")], program, folder / "python")
story("PHP sample", ["php", str(RECEIVERS / "php/take.php")], program, folder / "php")
