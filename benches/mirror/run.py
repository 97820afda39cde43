#!/usr/bin/env python3
"""A mirror copies a publisher from nothing: changes per second, and processor time per article beside an import of the same.

Usage: benches/mirror/run.py [--articles N] [path to dongtin]   (default: 20,000 articles, target/release/dongtin)
Everything lives in a temporary folder, on free ports of loopback. Processor time is user and system time of the daemon
and its workers, dead ones included, from /proc. Publisher and mirror share the cores, so rates count only as ratios.
"""
import argparse, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time, urllib.request

WORDS = """tỉnh huyện xã phường thị trấn ủy ban nhân dân hội đồng sở y tế giáo dục giao thông nông nghiệp phát triển kinh tế
văn hóa du lịch môi trường đầu tư xây dựng dự án công trình đường cầu trường học bệnh viện chợ người dân cán bộ""".split()
TICK = os.sysconf("SC_CLK_TCK")


def article(number):
    words = [WORDS[(number * 7 + place * place) % len(WORDS)] for place in range(700)]
    body = "".join(f"<p>{' '.join(words[at:at + 70])}.</p>" for at in range(0, 700, 70))
    day = f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}T08:00:00+07:00"
    # One in a hundred is of a category that a partner may select.
    category = "Hiếm" if number % 100 == 0 else "Thường"
    return {"id": str(number), "title": f"Tin số {number} " + " ".join(words[:9]), "summary": " ".join(words[9:40]),
            "content_html": body, "categories": [category], "published": day, "url": f"https://bao.example/tin/{number}"}


class Daemon:
    def __init__(self, program, folder, config):
        self.program, self.folder = program, pathlib.Path(folder)
        self.folder.mkdir()
        head = ('[site]\nbase_url = "https://tin.example.vn"\ntag_authority = "tin.example.vn,2026"\n'
                '[server]\nlisten = "127.0.0.1:0"\n')
        (self.folder / "dongtin.toml").write_text(head + config)

    def command(self, *arguments):
        return [self.program, "--config", str(self.folder / "dongtin.toml"), *arguments]

    def start(self):
        self.process = subprocess.Popen(self.command("serve", "--log", "warn"), stdout=subprocess.PIPE, text=True,
                                        cwd=self.folder)
        for line in self.process.stdout:
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                self.address = found.group(1)
                return self
        sys.exit("the daemon did not start")

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=60) as answer:
            return json.load(answer)

    def live(self):
        return sum(source["articles"] for source in self.get("/status.json")["sources"])

    def cpu(self):
        """Of the process, of its children, and of those that ended."""
        ids, total = [self.process.pid], 0
        ids += [int(one) for one in pathlib.Path(f"/proc/{ids[0]}/task/{ids[0]}/children").read_text().split()]
        for one in ids:
            try:
                fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            except FileNotFoundError:
                continue
            total += sum(map(int, fields[11:15] if one == self.process.pid else fields[11:13]))
        return total / TICK

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def publish(daemon, count):
    token = subprocess.run(daemon.command("token", "new", "cms"), capture_output=True, text=True, check=True, cwd=daemon.folder)
    token = re.search(r"dongtin_\S+", token.stdout).group(0)
    for first in range(0, count, 1_000):
        lines = "\n".join(json.dumps(article(number)) for number in range(first, min(first + 1_000, count)))
        request = urllib.request.Request(f"http://{daemon.address}/api/v1/sources/cms/articles", lines.encode(), method="POST",
                                         headers={"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"})
        urllib.request.urlopen(request, timeout=600).read()


def mirror_config(publisher, more=""):
    port = publisher.address.split(":")[1]
    return (f'[fetch]\nallow = ["{publisher.address}"]\nports = [{port}]\n'
            f'[[source]]\nid = "goc"\nkind = "mirror"\naddress = "http://{publisher.address}"\n{more}\n')


def copy(program, folder, publisher, count, more=""):
    mirror, before = Daemon(program, folder, mirror_config(publisher, more)).start(), publisher.cpu()
    began = time.monotonic()
    while mirror.live() < count:
        time.sleep(0.05)
        if time.monotonic() - began > 900:
            sys.exit("the mirror did not get there in a quarter of an hour")
    took, spent, served = time.monotonic() - began, mirror.cpu(), publisher.cpu() - before
    mirror.stop()
    return took, spent, served


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dongtin", nargs="?", default="target/release/dongtin")
    parser.add_argument("--articles", type=int, default=20_000)
    args = parser.parse_args()
    program, count = str(pathlib.Path(args.dongtin).resolve()), args.articles
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dongtin-mirror-"))
    cms = '[[source]]\nid = "cms"\nkind = "push"\n'
    try:
        publisher = Daemon(program, folder / "publisher", cms).start()
        publish(publisher, count)
        took, spent, served = copy(program, folder / "mirror", publisher, count)
        few, *_ = copy(program, folder / "few", publisher, -(-count // 100), 'selection = { categories = ["Hiếm"] }')
        archive = folder / "archive.zst"
        subprocess.run(publisher.command("export", str(archive)), check=True, capture_output=True, cwd=folder)
        publisher.stop()
        importing = Daemon(program, folder / "import", cms)
        before, began = os.times(), time.monotonic()
        subprocess.run(importing.command("import", str(archive)), check=True, capture_output=True, cwd=importing.folder)
        after, imported = os.times(), time.monotonic() - began
        cost = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"{count} articles of {len(json.dumps(article(1)))} bytes of JSON")
        print(f"a mirror from nothing       {count / took:8.0f} changes/s   {1e6 * spent / count:6.0f} µs CPU each   publisher {1e6 * served / count:5.0f} µs")
        print(f"an import of the same       {count / imported:8.0f} events/s    {1e6 * cost / count:6.0f} µs CPU each   mirror / import {spent / cost:.2f}")
        print(f"a selection of one in 100   {few:8.2f} s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
