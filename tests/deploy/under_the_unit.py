"""Runs the daemon under strace through a start, a push that a worker cleans, a reload, reading and a stop, and holds every
system call of it and its children against the unit: SystemCallFilter, MemoryDenyWriteExecute, RestrictAddressFamilies.

Usage: under_the_unit.py DONGTIN UNIT FOLDER
"""
import json, os, re, signal, subprocess, sys, time, urllib.request

binary, unit, folder = (os.path.abspath(path) for path in sys.argv[1:4])
settings = dict(line.split("=", 1) for line in open(unit) if re.match(r"^\w+=", line))


def allowed():
    """The calls of the sets that the unit names, as systemd itself lists them."""
    names, sets = set(), settings["SystemCallFilter"].split()
    while sets:
        listed = subprocess.run(["systemd-analyze", "syscall-filter", sets.pop()], capture_output=True, text=True, check=True)
        words = [line.strip() for line in listed.stdout.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
        sets += [word for word in words if word.startswith("@")]
        names |= {word for word in words if not word.startswith("@")}
    return names


def run():
    config = os.path.join(folder, "dongtin.toml")
    with open(config, "w") as f:
        f.write('[site]\nbase_url = "http://tin.example.vn"\n[server]\nlisten = "127.0.0.1:0"\n[store]\nreserve = "1MiB"\n'
                '[[source]]\nid = "a"\nkind = "push"\n[[source]]\nid = "b"\nkind = "folder"\npath = "in"\n'
                '[[source]]\nid = "c"\nkind = "feed"\naddress = "http://tin.invalid/rss"\n')
    os.makedirs(os.path.join(folder, "in"))
    with open(os.path.join(folder, "in", "tin.txt"), "w") as f:
        f.write("Tiêu đề\n\nNội dung.\n")
    token = subprocess.run([binary, "--config", config, "token", "new", "a"], capture_output=True, text=True, check=True)
    trace = os.path.join(folder, "trace")
    daemon = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, binary, "--config", config, "serve"],
                              stdout=subprocess.PIPE, stderr=open(os.path.join(folder, "log"), "w"), text=True)
    try:
        base = next(m.group(0) for m in (re.search(r"http://127[\d.:]+", line) for line in daemon.stdout) if m)
        body = json.dumps({"id": "1", "title": "T", "content_html": "<table><tr><td><b>x" * 50}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{base}/api/v1/sources/a/articles", body, {
            "Authorization": "Bearer " + token.stdout.split()[0], "Content-Type": "application/json"})).read()
        children = subprocess.run(["pgrep", "-P", str(daemon.pid)], capture_output=True, text=True).stdout.split()
        for path in ("/", "/feeds/all.rss", "/metrics", "/status"):
            urllib.request.urlopen(base + path).read()
        deadline = time.monotonic() + 60
        while b'"live":1' not in urllib.request.urlopen(base + "/status.json").read().split(b'"id":"b"')[1]:
            if time.monotonic() > deadline:
                sys.exit("the folder's article did not come")
        os.kill(int(children[0]), signal.SIGHUP)
        os.kill(int(children[0]), signal.SIGTERM)
        if daemon.wait(timeout=60) != 0:
            sys.exit("the daemon did not end well")
    finally:
        daemon.kill()
    return open(trace, errors="replace").read().splitlines()


lines = run()
calls = {}
for line in lines:
    found = re.match(r"\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", line)
    if found:
        calls.setdefault(found.group(1), line)
problems = [f"not in {settings['SystemCallFilter'].strip()}: {calls[name]}" for name in sorted(set(calls) - allowed())]
if settings.get("MemoryDenyWriteExecute", "").strip() == "yes":
    problems += [line for line in lines if re.search(r" mmap\(.*PROT_WRITE\|PROT_EXEC", line)
                 or re.search(r" (pkey_)?mprotect\(.*PROT_EXEC", line) or re.search(r" shmat\(.*SHM_EXEC", line)]
families = set(settings["RestrictAddressFamilies"].split())
made = {m.group(1): m.string for m in (re.search(r" socket(?:pair)?\((AF_\w+)", line) for line in lines) if m}
problems += [f"address family: {line}" for family, line in made.items() if family not in families]
if "execve" not in calls or not any("__worker" in line for line in lines):
    problems.append("no worker ran: this has looked at too little")
print(f"{len(calls)} kinds of system calls by the daemon and its workers, {len(problems)} problems")
print("\n".join(problems))
sys.exit(1 if problems else 0)
