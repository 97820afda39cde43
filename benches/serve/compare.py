#!/usr/bin/env python3
"""dongtin beside Debian's nginx serving the same 50-entry feed: 200 gzip and 304, alternating runs of wrk.

Usage: benches/serve/compare.py [path to dongtin]   (default: target/release/dongtin)
Installs nginx-light and wrk by apt where they are missing. Everything lives in a temporary folder, on free ports.
"""
import gzip, json, os, re, shutil, socket, statistics, subprocess, sys, tempfile, time, urllib.request

ROUNDS, SECONDS = 6, 5


def need(program, package):
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not path:
        subprocess.run(["apt-get", "install", "-y", "-q", package], check=True, stdout=subprocess.DEVNULL)
        path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    return path


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
    if "Socket errors" in out:
        print("  ", re.search(r"Socket errors:.*", out).group(0))
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def dongtin(binary, folder, port):
    config = os.path.join(folder, "dongtin.toml")
    with open(config, "w") as f:
        f.write(f'[site]\ntitle = "Bench"\nbase_url = "http://127.0.0.1:{port}"\n'
                f'[server]\nlisten = "127.0.0.1:{port}"\nmax_connections_per_address = 200\n'
                f'[store]\ndirectory = "{folder}/data"\n'
                '[[source]]\nid = "bench"\ntitle = "Bench"\nkind = "push"\n')
    token = subprocess.run([binary, "--config", config, "token", "new", "bench"],
                           capture_output=True, text=True, check=True).stdout
    token = re.search(r"dongtin_[\w-]+", token).group(0)
    process = subprocess.Popen([binary, "--config", config, "serve"], stderr=subprocess.DEVNULL)
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


def nginx(program, folder, port, packed):
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
    process = subprocess.Popen([program, "-c", conf], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/all.rss"
    wait(url)
    return process, url


def main():
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/dongtin")
    need("wrk", "wrk")
    program = need("nginx", "nginx-light")
    with tempfile.TemporaryDirectory() as folder:
        started = []
        try:
            process, ours = dongtin(binary, folder, free_port())
            started.append(process)
            headers, packed = get(ours, **{"Accept-Encoding": "gzip"})
            process, theirs = nginx(program, folder, free_port(), packed)
            started.append(process)
            print(f"feed: {len(packed)} bytes gzip")
            for name in ("200 gzip", "304"):
                compare(name, ours, theirs)
        finally:
            for process in started:
                process.terminate()
                process.wait()


def compare(name, ours, theirs):
    results = {ours: [], theirs: []}
    for _ in range(ROUNDS):
        for url in (ours, theirs):
            headers = {"Accept-Encoding": "gzip"}
            if name == "304":
                headers["If-None-Match"] = get(url, **headers)[0]["ETag"]
            results[url].append(wrk(url, headers))
    rate = {url: statistics.median(r for r, _ in runs) for url, runs in results.items()}
    p99 = {url: statistics.median(p for _, p in runs) for url, runs in results.items()}
    print(f"{name}: dongtin {rate[ours]:.0f}/s p99 {p99[ours]:.2f} ms, nginx {rate[theirs]:.0f}/s "
          f"p99 {p99[theirs]:.2f} ms, ratio {rate[ours] / rate[theirs]:.2f}")


main()
