#!/usr/bin/env python3
"""dongtin beside Debian's nginx serving the same 50-entry feed: 200 gzip and 304, alternating runs of wrk.

Usage: benches/serve/compare.py [path to dongtin]
Builds dongtin (release) where no path is given, and installs nginx-light and wrk by apt where they are missing.
Everything lives in a temporary folder, on free ports. Ends with 1 if a goal is missed:
as many answers as nginx x 0.95, and a p99 that is no worse.
"""
import gzip, json, os, re, shutil, socket, statistics, subprocess, sys, tempfile, time, urllib.request

ROUNDS = int(os.environ.get("ROUNDS", "7"))
SECONDS = int(os.environ.get("SECONDS_EACH", "5"))
GOAL = 0.95


def need(program, package):
    look = lambda: shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not look():
        root = [] if os.getuid() == 0 else ["sudo"]
        quiet = {"check": True, "stdout": subprocess.DEVNULL}
        subprocess.run([*root, "apt-get", "update", "-q"], **quiet)
        subprocess.run([*root, "apt-get", "install", "-y", "-q", "--no-install-recommends", package], **quiet)
    return look()


def build():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    subprocess.run(["cargo", "build", "--release", "--bin", "dongtin"], cwd=root, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(root, "target"))
    return os.path.join(target, "release", "dongtin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        return response.headers, response.read()


def wait(url):
    for _ in range(100):
        try:
            return get(url)
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing answers at {url}")


def wrk(url, headers):
    command = ["wrk", "-t1", "-c64", f"-d{SECONDS}s", "--latency", url]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    for trouble in re.findall(r"Socket errors:.*|Non-2xx.*", out):
        if not (trouble.startswith("Non-2xx") and "If-None-Match" in headers):
            print("  ", url, trouble)
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def processor_time(process):
    """Seconds of processor that a process and its children have used."""
    tick, total = os.sysconf("SC_CLK_TCK"), 0
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    for number in [str(process.pid), *children]:
        fields = open(f"/proc/{number}/stat").read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / tick
    return total


def dongtin(binary, folder, port, started):
    config = os.path.join(folder, "dongtin.toml")
    with open(config, "w") as f:
        f.write(f'[site]\ntitle = "Bench"\nbase_url = "http://127.0.0.1:{port}"\n'
                f'[server]\nlisten = "127.0.0.1:{port}"\nmax_connections_per_address = 200\n'
                f'[store]\ndirectory = "{folder}/data"\n'
                '[[source]]\nid = "bench"\ntitle = "Bench"\nkind = "push"\n')
    token = subprocess.run([binary, "--config", config, "token", "new", "bench"],
                           capture_output=True, text=True, check=True).stdout
    token = re.search(r"dongtin_[\w-]+", token).group(0)
    log = open(os.path.join(folder, "log"), "w")
    process = subprocess.Popen([binary, "--config", config, "serve"], stdout=log, stderr=log)
    started.append(process)
    base = f"http://127.0.0.1:{port}"
    wait(base + "/healthz")
    for number in range(50):
        words = " ".join(f"chữ{number * 7 + i}" for i in range(150))
        body = json.dumps({"id": str(number), "title": f"Tin số {number}", "summary": words[:200],
                           "content_html": f"<p>{words}</p>"}).encode()
        request = urllib.request.Request(f"{base}/api/v1/sources/bench/articles", body, {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        urllib.request.urlopen(request).read()
    return process, base + "/feeds/all.rss"


def nginx(program, folder, port, packed, started):
    root = os.path.join(folder, "www")
    os.makedirs(root)
    with open(f"{root}/all.rss.gz", "wb") as f:
        f.write(packed)
    with open(f"{root}/all.rss", "wb") as f:
        f.write(gzip.decompress(packed))
    os.chmod(folder, 0o755)
    conf = os.path.join(folder, "nginx.conf")
    with open(conf, "w") as f:
        f.write(f"""worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; types {{ application/rss+xml rss; }} gzip_static on; open_file_cache max=100;
  keepalive_requests 1000000; tcp_nodelay on; sendfile on;
  server {{ listen 127.0.0.1:{port}; root {root}; }} }}""")
    started.append(subprocess.Popen([program, "-c", conf], stderr=subprocess.DEVNULL))
    url = f"http://127.0.0.1:{port}/all.rss"
    wait(url)
    return url


def main():
    binary = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else build()
    need("wrk", "wrk")
    program = need("nginx", "nginx-light")
    with tempfile.TemporaryDirectory() as folder:
        started = []
        try:
            process, ours = dongtin(binary, folder, free_port(), started)
            headers, packed = get(ours, **{"Accept-Encoding": "gzip"})
            theirs = nginx(program, folder, free_port(), packed, started)
            version = subprocess.run([program, "-v"], capture_output=True, text=True).stderr.strip()
            print(f"feed: 50 entries, {len(packed)} bytes gzip; {version}; {ROUNDS} x {SECONDS} s each, alternating")
            met = [compare(name, ours, theirs, started) for name in ("200 gzip", "304")]
        finally:
            for process in started:
                process.terminate()
                process.wait()
    sys.exit(0 if all(met) else 1)


def headers_of(name, url):
    headers = {"Accept-Encoding": "gzip"}
    if name == "304":
        headers["If-None-Match"] = get(url, **headers)[0]["ETag"]
    return headers


def compare(name, ours, theirs, started):
    process = {ours: started[0], theirs: started[1]}
    results, spent = {ours: [], theirs: []}, {ours: [], theirs: []}
    for round in range(ROUNDS + 1):
        for url in (ours, theirs) if round % 2 else (theirs, ours):
            before = processor_time(process[url])
            run = wrk(url, headers_of(name, url))
            if round:  # the first is to warm up
                results[url].append(run)
                spent[url].append((processor_time(process[url]) - before) / (run[0] * SECONDS) * 1e6)
    rate = {url: statistics.median(r for r, _ in runs) for url, runs in results.items()}
    p99 = {url: statistics.median(p for _, p in runs) for url, runs in results.items()}
    pairs = [mine / other for (mine, _), (other, _) in zip(results[ours], results[theirs])]
    ratio = statistics.median(pairs)
    met = ratio >= GOAL and p99[ours] <= p99[theirs]
    ours_us, theirs_us = statistics.median(spent[ours]), statistics.median(spent[theirs])
    print(f"{name}: processor time of one answer: dongtin {ours_us:.1f} us, nginx {theirs_us:.1f} us")
    print(f"{name}: dongtin {rate[ours]:.0f}/s p99 {p99[ours]:.2f} ms, nginx {rate[theirs]:.0f}/s "
          f"p99 {p99[theirs]:.2f} ms, ratio {ratio:.2f} ({min(pairs):.2f} to {max(pairs):.2f}), "
          f"{'met' if met else 'MISSED'}", flush=True)
    return met


main()
