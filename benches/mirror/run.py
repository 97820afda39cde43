#!/usr/bin/env python3
"""What copying costs.

benches/mirror/run.py [--articles 20000] [path to dongtin]
    A mirror copies a publisher from nothing: changes per second, and processor time per article beside an import of the same; and a
    partner copies a selection of one article in a hundred.
benches/mirror/run.py readers [--readers 1000] [--rounds 20] [path to dongtin]
    So many long polls and so many event streams wait, and one article wakes them: milliseconds from the push to the reader that has
    it, and the daemon's memory before, at most, and after they left. The reader is a program of one thread beside the daemon.
Everything lives in a temporary folder, on free ports of loopback. Processor time is user and system time of the daemon
and its workers, dead ones included, from /proc. Publisher and mirror share the cores, so rates count only as ratios.
"""
import argparse, json, os, pathlib, re, resource, select, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

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

    def mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def token_of(daemon):
    made = subprocess.run(daemon.command("token", "new", "cms"), capture_output=True, text=True, check=True, cwd=daemon.folder)
    return re.search(r"dongtin_\S+", made.stdout).group(0)


def publish(daemon, count):
    token = token_of(daemon)
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


class Reader:
    """A connection that waits for the article of a round, as a long poll or as a stream."""

    def __init__(self, address, accept, wait):
        host, port = address.split(":")
        self.socket, self.accept, self.wait = socket.create_connection((host, int(port))), accept, wait
        self.seen = b""

    def ask(self, after):
        self.socket.sendall(f"GET /api/v1/changes?after={after}{self.wait} HTTP/1.1\r\nHost: x\r\nAccept: {self.accept}\r\n\r\n".encode())
        self.seen = b""

    def has(self, mark):
        """Whether the end of the article has come; it stands in its address."""
        self.seen = self.seen[-200:] + self.socket.recv(1 << 20)
        return mark in self.seen


def wake(daemon, token, number, readers, poller):
    """Pushes an article; seconds until each reader has it."""
    one = {**article(number), "rights": f"vong-{number}-het"}
    mark, body, waiting, took = f"vong-{number}-het".encode(), json.dumps(one).encode(), len(readers), []
    host, port = daemon.address.split(":")
    push = socket.create_connection((host, int(port)))
    head = (f"PUT /api/v1/sources/cms/articles/{number} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    began, most = time.monotonic(), daemon.mib()
    push.sendall(head.encode() + body)
    while waiting:
        ready = poller.poll(30)
        if not ready:
            sys.exit(f"{waiting} readers have no article after half a minute")
        for place, _ in ready:
            if readers[place].has(mark):
                took.append(time.monotonic() - began)
                waiting -= 1
        most = max(most, daemon.mib())
    answer = push.recv(65_536)
    push.close()
    return took, most, re.search(rb'"seq":\s*(\d+)', answer).group(1).decode()


def measure_readers(program, folder, count, rounds):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    daemon = Daemon(program, folder / "publisher", f'max_connections_per_address = {count + 100}\n[[source]]\nid = "cms"\nkind = "push"\n')
    daemon.start()
    token = token_of(daemon)
    publish(daemon, 100)
    after = daemon.get("/api/v1/changes?limit=1000")["next"]
    for name, accept, wait in [("long polls", "application/json", "&wait=60s"), ("event streams", "text/event-stream", "")]:
        before, most, all_took = daemon.mib(), 0, []
        readers = [Reader(daemon.address, accept, wait) for _ in range(count)]
        poller = select.epoll()
        by_place = {reader.socket.fileno(): reader for reader in readers}
        for place in by_place:
            poller.register(place, select.EPOLLIN)
        for number in range(rounds):
            if wait or number == 0:
                for reader in readers:
                    reader.ask(after)
                time.sleep(1)
            # A stream begins with its head; the article is the same text in every round, so its number tells it.
            took, high, after = wake(daemon, token, 1_000_000 + number + (0 if wait else rounds), by_place, poller)
            all_took += took
            most = max(most, high)
        for reader in readers:
            reader.socket.close()
        time.sleep(2)
        all_took.sort()
        p50, p99, last = (1000 * all_took[int(len(all_took) * part) - 1] for part in (.5, .99, 1))
        print(f"{count} {name:14} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   last {last:6.1f} ms   "
              f"memory {before:.0f} MiB before, {most:.0f} at most, {daemon.mib():.0f} after")
    daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="readers | path to dongtin")
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--readers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_intermixed_args()
    of_readers = args.what[:1] == ["readers"]
    path = (args.what[of_readers:] or ["target/release/dongtin"])[0]
    program, folder = str(pathlib.Path(path).resolve()), pathlib.Path(tempfile.mkdtemp(prefix="dongtin-mirror-"))
    try:
        if of_readers:
            measure_readers(program, folder, args.readers, args.rounds)
        else:
            measure_copies(program, folder, args.articles)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_copies(program, folder, count):
    cms = '[[source]]\nid = "cms"\nkind = "push"\n'
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


main()
