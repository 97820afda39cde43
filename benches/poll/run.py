#!/usr/bin/env python3
"""2,000 distinct feeds of a loopback nginx polled by the real daemon: CPU per source, sources per second, memory.

Usage: benches/poll/run.py [--sources N] [--perf FILE] [path to dongtin]   (default: target/release/dongtin)
Installs nginx-light by apt where it is missing. Everything lives in a temporary folder, on free ports. Each
source has a host of its own (127.x.y.z, allowed by exact host and port), so one request at a time per host holds.
CPU is user and system time of the daemon and its workers, dead ones included, from /proc.
"""
import argparse, glob, json, os, random, re, signal, subprocess, sys, tempfile, threading, time, urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import feeds
import machine

PHASES = [
    ("first poll", "every feed is new", {}),
    ("unchanged, 304", "the server says so", {}),
    ("unchanged, 200", "the server has no validators: found by the body's hash", {"validators": False}),
    ("half with one new entry", "1,000 of 2,000 feeds", {"changed": 2}),
    ("one in ten with one new entry", "200 of 2,000 feeds", {"changed": 10}),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dongtin", nargs="?", default="target/release/dongtin")
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--phases", type=int, default=len(PHASES), help="only the first so many")
    parser.add_argument("--perf", help="record the last of these phases with perf into this file")
    return parser.parse_args()


def config(folder, port, origin, hosts):
    lines = [f'[site]\ntitle = "Bench"\nbase_url = "http://127.0.0.1:{port}"',
             f'[server]\nlisten = "127.0.0.1:{port}"', f'[store]\ndirectory = "{folder}/data"',
             '[fetch]\nmin_interval = "1h"\nmax_interval = "24h"\nhost_interval = "1s"\nconcurrency = 16',
             "allow = [" + ", ".join(f'"{host}:{origin}"' for host in hosts) + "]"]
    for number, host in enumerate(hosts):
        lines.append(f'[[source]]\nid = "s{number}"\ntitle = "Cổng {number}"\nkind = "feed"\n'
                     f'address = "http://{host}:{origin}/{number}.xml"')
    path = os.path.join(folder, "dongtin.toml")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


class Reader(threading.Thread):
    """Reads the feed of everything once a second while the daemon works, as a crowd of readers would have it made."""

    def __init__(self, base):
        super().__init__(daemon=True)
        self.base, self.on, self.reads, self.slowest = base, True, 0, 0.0

    def run(self):
        while self.on:
            for kind in ("rss", "atom", "json"):
                start = time.monotonic()
                with urllib.request.urlopen(f"{self.base}/feeds/all.{kind}") as answer:
                    answer.read()
                self.slowest = max(self.slowest, time.monotonic() - start)
                self.reads += 1
            time.sleep(1)


def taken(daemon):
    """How many articles the daemon holds: what is not read costs nothing."""
    with urllib.request.urlopen(f"{daemon.base}/status.json") as answer:
        return sum(source["live"] for source in json.load(answer)["sources"])


def phase(name, what, daemon, binary, file, log, count, articles):
    log.truncate()
    before, start = daemon.cpu(), time.monotonic()
    subprocess.run([binary, "--config", file, "source", "poll", "--no-wait", "--all"], check=True, stdout=subprocess.DEVNULL)
    peak = log.wait_for(count, daemon)
    # The last answers are being read: wait until the daemon is idle.
    daemon.settle()
    seconds, used = time.monotonic() - start - machine.IDLE, daemon.cpu() - before
    own, workers = used
    if (live := taken(daemon)) != articles:
        print(f"{name}: {live} articles are shown of {articles}; the drift guard may keep one in thousands from readers")
        if live < 0.999 * articles:
            sys.exit(1)
    print(f"{name:30} {count / seconds:7.0f} sources/s  {1000 * (own + workers) / count:6.2f} ms CPU per source "
          f"(daemon {1000 * own / count:.2f}, workers {1000 * workers / count:.2f})  "
          f"peak {peak.rss / 2**20:.0f} MiB daemon, {peak.workers / 2**20:.0f} MiB workers (PSS)   {what}", flush=True)


def render(base, count, daemon):
    before, start = daemon.cpu(), time.monotonic()
    size = 0
    for number in range(count):
        with urllib.request.urlopen(f"{base}/feeds/source-s{number}.rss") as answer:
            size += len(answer.read())
    own, workers = daemon.cpu() - before
    print(f"{'each source’s feed, once':30} {count / (time.monotonic() - start):7.0f} feeds/s    "
          f"{1000 * (own + workers) / count:6.2f} ms CPU per feed of {size // count // 1024} KiB")


def main():
    args = arguments()
    binary = os.path.abspath(args.dongtin)
    nginx = machine.need("nginx", "nginx-light")
    count = args.sources
    hosts = [f"127.{1 + n // 62500}.{n // 250 % 250}.{1 + n % 250}" for n in range(count)]
    with tempfile.TemporaryDirectory(prefix="dongtin-poll-") as folder:
        origin = machine.Nginx(nginx, folder, machine.free_port("0.0.0.0"))
        port = machine.free_port("127.0.0.1")
        file = config(folder, port, origin.port, hosts)
        sizes = [feeds.write(origin.root, number) for number in range(count)]
        print(f"{count} feeds, {sum(sizes) / count / 1024:.1f} KiB and {feeds.average(count):.1f} entries on average")
        daemon = None
        try:
            origin.start()
            # No source is due at once: the first is, the others are spread over the interval. Asking makes them due.
            daemon = machine.Daemon(binary, file, os.path.join(folder, "log"), f"http://127.0.0.1:{port}")
            articles = sum(feeds.entries(number) for number in range(count))
            newest = [0] * count
            for name, what, how in PHASES[:args.phases]:
                if "validators" in how:
                    origin.validators(how["validators"])
                for number in range(0, count, how.get("changed", count + 1)):
                    if "changed" in how:
                        more = 1 + (how["changed"] != 2)
                        feeds.write(origin.root, number, more=more)
                        articles, newest[number] = articles + more - newest[number], more
                time.sleep(1.1)  # the hosts' pause of a second
                if args.perf and name == PHASES[args.phases - 1][0]:
                    daemon.record(args.perf)
                phase(name, what, daemon, binary, file, origin, count, articles)
            if args.phases < len(PHASES):
                return
            reader = Reader(daemon.base)
            reader.start()
            for number in range(0, count, 2):
                feeds.write(origin.root, number, more=3)
                articles += 3 - newest[number]
            time.sleep(1.1)
            phase("half, and readers", "as before; the feed of everything is read in 3 formats every second", daemon, binary, file, origin, count, articles)
            reader.on = False
            print(f"meanwhile {reader.reads} reads of the feed of everything, the slowest took {1000 * reader.slowest:.0f} ms")
            render(daemon.base, min(count, 500), daemon)
            print(f"at the end: {daemon.memory().rss / 2**20:.0f} MiB daemon; data {machine.folder_size(folder + '/data') / 2**20:.0f} MiB")
        finally:
            for process in (daemon, origin):
                if process:
                    process.stop()


main()
