"""A real dongtin on a free port of this machine, and what an operator does with it."""
import json, pathlib, re, subprocess, urllib.request

CONFIG = """
[site]
base_url = "http://127.0.0.1:1"
tag_authority = "tin.example.vn,2026"
title = "Tin tỉnh"

[server]
listen = "127.0.0.1:0"

[store]
reserve = "1MiB"

[[source]]
id = "cms"
kind = "push"

[[source]]
id = "thu-muc"
kind = "folder"
path = "tin"
"""


class Publisher:
    def __init__(self, program, folder):
        self.program, self.folder = str(pathlib.Path(program).resolve()), pathlib.Path(folder)
        (self.folder / "tin").mkdir(parents=True)
        self.config = self.folder / "dongtin.toml"
        self.config.write_text(CONFIG)
        self.start()
        port = self.address.rsplit(":", 1)[1]
        # The same port after a restart, also in the addresses of pictures.
        self.config.write_text(CONFIG.replace("127.0.0.1:0", f"127.0.0.1:{port}").replace("127.0.0.1:1\"", f"127.0.0.1:{port}\""))
        self.stop()
        self.start()
        said = self.run("token", "new", "cms")
        self.token = re.search(r"dongtin_\S+", said).group()

    def run(self, *arguments):
        command = [self.program, "--config", str(self.config), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        log = open(self.folder / "log", "a")
        command = [self.program, "--config", str(self.config), "serve"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True)
        for line in self.process.stdout:
            found = re.search(r"http://[0-9.]+:[0-9]+", line)
            if found:
                self.address = found.group()
                return
        raise SystemExit("the daemon does not start: " + (self.folder / "log").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def put(self, id, title, category="Kinh tế", **more):
        article = {"id": id, "title": title, "categories": [category], "published": "2026-06-12T20:30:21+07:00",
                   "content_html": f"<p>Nội dung của {title}.</p><script>alert(1)</script>", **more}
        self.send("PUT", id, article)

    def withdraw(self, id):
        self.send("DELETE", id, None)

    def send(self, method, id, article):
        body = None if article is None else json.dumps(article).encode()
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        url = f"{self.address}/api/v1/sources/cms/articles/{id}"
        urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)).read()
