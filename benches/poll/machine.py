"""The origin, the daemon, and what /proc says of it."""
import glob, os, shutil, signal, socket, subprocess, sys, time, urllib.request
from collections import namedtuple

IDLE = 1.0  # seconds without CPU use that count as idle
TICK = os.sysconf("SC_CLK_TCK")
Memory = namedtuple("Memory", "rss workers")


class Cpu(namedtuple("Cpu", "own workers")):
    def __sub__(self, other):
        return Cpu(self.own - other.own, self.workers - other.workers)


def need(program, package):
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not path:
        subprocess.run(["apt-get", "install", "-y", "-q", package], check=True, stdout=subprocess.DEVNULL)
        path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    return path


def free_port(address):
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def folder_size(folder):
    return sum(os.path.getsize(path) for path in glob.glob(folder + "/**", recursive=True) if os.path.isfile(path))


class Nginx:
    """Serves a folder under every address of 127.0.0.0/8; counts the answers in its log."""

    def __init__(self, program, folder, port):
        self.program, self.folder, self.port, self.process = program, folder, port, None
        self.root, self.log = os.path.join(folder, "www"), os.path.join(folder, "access.log")
        os.makedirs(self.root)
        os.chmod(folder, 0o755)

    def configure(self, validators):
        without = "" if validators else "etag off; if_modified_since off; add_header Last-Modified '';"
        with open(f"{self.folder}/nginx.conf", "w") as file:
            file.write(f"""worker_processes 1; daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{ log_format short '$status'; access_log {self.log} short; types {{ application/rss+xml xml; }} {without}
  server {{ listen 0.0.0.0:{self.port}; root {self.root}; }} }}""")

    def start(self):
        self.configure(True)
        self.process = subprocess.Popen([self.program, "-c", f"{self.folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        wait(f"http://127.0.0.1:{self.port}/0.xml")

    def validators(self, there):
        self.configure(there)
        self.process.send_signal(signal.SIGHUP)
        time.sleep(1)

    def truncate(self):
        os.truncate(self.log, 0)

    def answers(self):
        with open(self.log, "rb") as file:
            return sum(1 for _ in file)

    def wait_for(self, count, daemon):
        """Waits until so many were answered; the most memory seen."""
        peak, deadline = daemon.memory(), time.monotonic() + 900
        while self.answers() < count:
            if time.monotonic() > deadline:
                sys.exit(f"only {self.answers()} of {count} sources were polled in 15 minutes")
            time.sleep(0.2)
            now = daemon.memory()
            peak = Memory(max(peak.rss, now.rss), max(peak.workers, now.workers))
        return peak

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def wait(url):
    for _ in range(300):
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing answers at {url}")


def stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


class Daemon:
    """A daemon of this program; perf records it where a file is named."""

    def __init__(self, binary, config, log, base):
        command = [binary, "--config", config, "serve"]
        self.base, self.perf, self.log = base, None, open(log, "w")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        wait(base + "/healthz")

    def record(self, file):
        """Has perf record this daemon and its workers until it stops."""
        command = ["perf", "record", "-q", "-F", "199", "--call-graph", "dwarf,8192", "--inherit", "-o", file, "-p"]
        self.perf = subprocess.Popen(command + [",".join([str(self.process.pid), *self.children()])])

    def children(self):
        pids = []
        for task in glob.glob(f"/proc/{self.process.pid}/task/*/children"):
            try:
                with open(task) as file:
                    pids += file.read().split()
            except FileNotFoundError:
                pass
        return pids

    def cpu(self):
        """Seconds used so far: by the daemon, and by its workers, those that ended included."""
        fields = stat(self.process.pid)
        own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        alive = 0
        for pid in self.children():
            try:
                alive += sum(map(int, stat(pid)[11:13]))
            except FileNotFoundError:
                pass
        return Cpu(own / TICK, (ended + alive) / TICK)

    def memory(self):
        return Memory(field(f"/proc/{self.process.pid}/status", "VmRSS:"),
                      sum(field(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in self.children()))

    def settle(self):
        """Waits until nothing more is done than reading a feed now and then."""
        while True:
            before = sum(self.cpu())
            time.sleep(IDLE)
            if sum(self.cpu()) - before < 0.1:
                return

    def stop(self):
        if self.perf:
            self.perf.send_signal(signal.SIGINT)
            self.perf.wait()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def field(path, name):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(name):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0
