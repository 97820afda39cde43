#!/usr/bin/env python3
"""Keeps a copy of a dongtin's articles in a folder. Run it every few minutes, by cron; README.md says how.
Replace put() and remove() with what your site does. A step may come twice: both must bear that."""
import fcntl, json, os, pathlib, re, sys, urllib.error, urllib.parse, urllib.request

PUBLISHER = os.environ.get("PUBLISHER", "https://tin.example.vn")
SELECTION = os.environ.get("SELECTION", "")  # such as category=Kinh+tế&language=vi
HEADERS = {"Authorization": "Bearer " + os.environ["TOKEN"]} if os.environ.get("TOKEN") else {}
FOLDER = pathlib.Path(os.environ.get("FOLDER", "tin"))

def put(article):
    write(FOLDER / f"{article['key']}.json", json.dumps(article, ensure_ascii=False))

def remove(key):
    (FOLDER / f"{key}.json").unlink(missing_ok=True)

def write(path, text):  # whole or not at all
    path.with_suffix(".new").write_text(text, encoding="utf-8")
    path.with_suffix(".new").rename(path)

def read(cursor):
    query = urllib.parse.urlencode({"after": cursor, "limit": 500}) + (SELECTION and "&" + urllib.parse.quote(SELECTION, safe="=&+%"))
    request = urllib.request.Request(f"{PUBLISHER}/api/v1/changes?{query}", headers=HEADERS)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)

FOLDER.mkdir(exist_ok=True)
lock = open(FOLDER / "lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # one run at a time
kept = FOLDER / "cursor"
cursor, named, more = kept.read_text() if kept.exists() else "0", None, True
while more:
    try:
        page = read(cursor)
    except urllib.error.HTTPError as error:
        if error.code != 410 or cursor == "0":  # 429 and 503 as well: the next run asks again
            sys.exit(f"HTTP status {error.code}: {error.read(1000).decode(errors='replace')}")
        cursor, named = "0", set()  # copy anew; what the new copy does not name goes
        continue
    except (OSError, ValueError) as error:  # nobody answers, or not whole
        sys.exit(f"{PUBLISHER}: {error}")
    for step in page["changes"]:
        if not re.fullmatch("[0-9a-z]{26}", step["key"]):
            sys.exit("this is not a key: " + step["key"])
        if step["type"] == "put":
            put(step["article"])
        else:  # removed or withdrawn
            remove(step["key"])
        if named is not None:
            named.add(step["key"])
    cursor, more = page["next"], page["more"]
    if named is not None and not more:
        for path in FOLDER.glob("*.json"):
            path.stem in named or remove(path.stem)
        named = None
    if named is None:
        write(kept, cursor)  # after the steps were applied
