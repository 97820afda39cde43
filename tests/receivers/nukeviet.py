#!/usr/bin/env python3
"""nukeviet.py PROGRAM FOLDER: the reader of the NukeViet module keeps the articles of a real dongtin in MariaDB."""
import json, pathlib, shutil, subprocess, sys
from publisher import Publisher
from wordpress import PICTURE, Database


def story(program, folder):
    publisher, database, uploads = Publisher(program, folder / "publisher"), Database(folder), folder / "uploads"
    uploads.mkdir()
    database.query("CREATE DATABASE nukeviet CHARACTER SET utf8mb4")

    def take():
        script = pathlib.Path(__file__).with_name("nukeviet.php")
        done = subprocess.run(["php", str(script), str(database.socket), publisher.address, str(uploads)], capture_output=True, text=True)
        assert done.returncode == 0 and "Warning" not in done.stdout, done.stdout + done.stderr
        answer = json.loads(done.stdout)
        return answer["said"], {row["title"]: row for row in answer["rows"]}

    try:
        (publisher.folder / "tin/anh.png").write_bytes(PICTURE)
        picture = f"{publisher.address}/media/thu-muc/anh.png"
        publisher.put("1", "Một", image=picture)
        publisher.put("2", "Hai", image=picture)
        publisher.put("3", "Ba")
        said, rows = take()
        assert said == "" and set(rows) == {"Một", "Hai", "Ba"}, (said, rows)
        assert rows["Một"]["image"] == rows["Hai"]["image"] and (uploads / rows["Một"]["image"]).read_bytes() == PICTURE
        assert "alert" not in rows["Một"]["bodytext"] and int(rows["Một"]["published"]) == 1781271021
        publisher.run("backup", str(folder / "backup"))
        publisher.put("1", "Một, đã sửa", image=picture)
        publisher.put("2", "Hai", category="Văn hóa")
        publisher.withdraw("3")
        assert set(take()[1]) == {"Một, đã sửa"}
        publisher.withdraw("1")
        assert take()[1] == {} and list(uploads.iterdir()) == [], "its picture goes with the last article"
        publisher.stop()
        assert take()[0], "it says that nobody answers"
        shutil.rmtree(publisher.folder / "data")
        publisher.run("restore", str(folder / "backup"))
        publisher.start()
        publisher.put("5", "Năm")
        assert set(take()[1]) == {"Một", "Hai", "Ba", "Năm"}
    finally:
        for process in [publisher.process, database.process]:
            process.terminate()
            process.wait()
    print("NukeViet: holds what it should after a correction, a removal, withdrawals, a restore")


story(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())
