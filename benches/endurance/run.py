#!/usr/bin/env python3
"""Does the daemon's memory stay bounded and flat?

benches/endurance/run.py soak [--minutes 30] [--binary target/release/dongtin]
    Pushes, revises, withdraws, polls, renders and copies without a pause; prints the daemon's memory over the time. Fails if the last
    quarter's median is more than 5 % and 4 MiB above the second quarter's.
benches/endurance/run.py slow [--clients 4000] [--binary target/release/dongtin]
    So many clients ask for an article of 400 KB, as JSON, as changes and as a page, and read nothing; prints the daemon's memory before,
    at most, and after they left. Fails if they cost more than 100 MiB, or more than 60 MiB stay.
Loopback only; everything is made in a temporary folder.
"""
import argparse, http.client, http.server, json, os, random, resource, signal, socket, statistics, subprocess, sys, tempfile, threading, time

CONFIG = """
[site]
base_url = "http://127.0.0.1:{port}"
[server]
listen = "127.0.0.1:{port}"
[store]
directory = "data"
reserve = "1MiB"
[fetch]
allow = ["127.0.0.1:{origin}"]
host_interval = "1ms"
min_interval = "1s"
[[source]]
id = "cms"
kind = "push"
[[source]]
id = "kenh"
kind = "feed"
address = "http://127.0.0.1:{origin}/rss"
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Origin(http.server.BaseHTTPRequestHandler):
    """A feed of 30 entries that always has a new one and one that was corrected."""

    asked = 0

    def do_GET(self):
        Origin.asked += 1
        items = "".join(
            f"<item><guid>{n}</guid><link>https://tin.example.vn/{n}</link><title>Tin số {n}</title>"
            f"<description>{'Nội dung của tin. ' * 40} {Origin.asked if n == Origin.asked else ''}</description></item>"
            for n in range(Origin.asked, Origin.asked + 30))
        body = f"<rss version='2.0'><channel><title>Kênh</title><link>https://tin.example.vn/</link>{items}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Daemon:
    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.port, origin = free_port(), http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        with open(os.path.join(folder, "dongtin.toml"), "w") as f:
            f.write(CONFIG.format(port=self.port, origin=origin.server_port))
        self.process = subprocess.Popen([self.binary, "serve", "--log", "error"], cwd=folder, stdout=subprocess.DEVNULL)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        end = time.monotonic() + 60
        while True:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self.token = self.run("token", "new", "cms").strip()

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True, check=True).stdout

    def ask(self, method, path, body=None, headers=None):
        try:
            self.connection.request(method, path, body, headers or {})
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            self.connection.close()
            raise OSError(error) from error
        except OSError:
            self.connection.close()
            raise

    def push(self, name, article):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.ask("PUT", f"/api/v1/sources/cms/articles/{name}", json.dumps(article), headers)[0]

    def mib(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def soak(daemon, minutes):
    end, seen, rounds, last = time.monotonic() + minutes * 60, [], 0, 0
    while time.monotonic() < end:
        rounds += 1
        name = f"bai-{random.randrange(500)}"
        daemon.push(name, {"title": f"Tin {name}", "content_html": f"<p>{'Một đoạn của bài. ' * random.randrange(20, 400)}</p>"})
        if rounds % 20 == 0:
            daemon.ask("DELETE", f"/api/v1/sources/cms/articles/{name}", headers={"Authorization": f"Bearer {daemon.token}"})
        if rounds % 50 == 0:
            for path in ("/feeds/all.rss", "/feeds/source-kenh.atom", "/feeds/all.json", "/", "/status", "/metrics", "/api/v1/changes?after=0"):
                daemon.ask("GET", path)
            daemon.run("source", "poll", "--no-wait", "kenh")
        if time.monotonic() - last > minutes * 60 / 40:
            last = time.monotonic()
            seen.append(daemon.mib())
            print(f"{(minutes * 60 - (end - last)) / 60:6.1f} min {seen[-1]:7.1f} MiB  {rounds} pushes", flush=True)
    quarter = len(seen) // 4
    early, late = statistics.median(seen[quarter:2 * quarter]), statistics.median(seen[-quarter:])
    print(f"second quarter {early:.1f} MiB, last quarter {late:.1f} MiB, {Origin.asked} polls")
    return late - early <= max(4, early * 0.05)


def slow(daemon, clients):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    daemon.push("dai", {"title": "Bài dài", "content_html": "<p>Một đoạn văn.</p>" * 18_000})
    key = json.loads(daemon.ask("GET", "/api/v1/changes?after=0")[1])["changes"][0]["key"]
    paths = ("/api/v1/changes?after=0&limit=1", f"/api/v1/articles/{key}", f"/a/{key}")
    before, held = daemon.mib(), []
    for n in range(clients):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.bind((f"127.0.{1 + n // 12_000}.{1 + n // 60 % 200}", 0))
        client.settimeout(10)
        try:
            client.connect(("127.0.0.1", daemon.port))
            client.sendall(f"GET {paths[n % 3]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            held.append(client)
        except OSError:
            client.close()
    most = before
    for _ in range(50):
        time.sleep(0.1)
        most = max(most, daemon.mib())
    answered = daemon.ask("GET", "/feeds/all.rss")[0]
    for client in held:
        client.close()
    time.sleep(3)
    after = daemon.mib()
    print(f"{len(held)} clients: {before:.1f} MiB before, {most:.1f} at most, {after:.1f} after they left; a feed meanwhile: {answered}")
    return most - before < 100 and after - before < 60 and answered == 200


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", choices=["soak", "slow"])
parser.add_argument("--minutes", type=float, default=30)
parser.add_argument("--clients", type=int, default=4000)
parser.add_argument("--binary", default="target/release/dongtin")
args = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
    daemon = Daemon(args.binary, folder)
    try:
        is_right = soak(daemon, args.minutes) if args.what == "soak" else slow(daemon, args.clients)
    finally:
        daemon.end()
sys.exit(0 if is_right else 1)
