#!/usr/bin/env python3
"""wordpress.py PROGRAM FOLDER WORDPRESS: Debian's WordPress on MariaDB and PHP's own server copies a real dongtin, by
`dongtin mirror --exec` and by our plugin: articles, a correction, a removal, a withdrawal, a picture, a restore. FOLDER is
scratch."""
import base64, hashlib, http.cookiejar, json, os, pathlib, re, shutil, signal, socket, subprocess, sys, time
import urllib.error, urllib.parse, urllib.request
from publisher import Publisher

PLUGIN = pathlib.Path(__file__).parents[2] / "deploy/receivers/wordpress/dongtin-mirror"
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
PASSWORD = "mat-khau-thu-1234"
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:%s');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', ''); $table_prefix = 'wp_';
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c'); define('NONCE_KEY', 'd');
define('WP_DEBUG', true); define('WP_DEBUG_LOG', true); define('WP_DEBUG_DISPLAY', false); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_ACCESSIBLE_HOSTS', '127.0.0.1'); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/'); require_once ABSPATH . 'wp-settings.php';
"""


class Database:
    """MariaDB on a socket, with nobody's data."""

    def __init__(self, folder):
        data, self.socket = folder / "db", folder / "db.socket"
        install = ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
        server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        self.process = subprocess.Popen([server, "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={self.socket}", "--skip-networking"], stderr=subprocess.DEVNULL)
        wait("the database starts", lambda: self.query("SELECT 1"))
        self.query("CREATE DATABASE wordpress CHARACTER SET utf8mb4")

    def query(self, text):
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-N", "-e", text], capture_output=True, text=True)
        return done.returncode == 0 and (done.stdout or True)


class Site:
    def __init__(self, folder, source, database):
        self.root = folder / "site"
        shutil.copytree(source, self.root, symlinks=True, ignore=shutil.ignore_patterns(".htaccess"))
        (self.root / "wp-config.php").write_text(CONFIG % database.socket)
        shutil.copytree(PLUGIN, self.root / "wp-content/plugins/dongtin-mirror")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        log = open(folder / "php.log", "w")
        self.process = subprocess.Popen(["php", "-S", self.address[7:], "-t", str(self.root)], stdout=log, stderr=log, env={**os.environ, "PHP_CLI_SERVER_WORKERS": "3"}, start_new_session=True)
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        wait("the web server starts", lambda: self.get("/wp-admin/install.php"))
        form = {"weblog_title": "Trang tin", "user_name": "admin", "admin_password": PASSWORD, "admin_password2": PASSWORD, "pw_weak": "1", "admin_email": "a@example.vn", "blog_public": "0"}
        self.post("/wp-admin/install.php?step=2", form)
        self.post("/wp-login.php", {"log": "admin", "pwd": PASSWORD, "testcookie": "1"})

    def get(self, path):
        url = path if path.startswith("http") else self.address + path
        try:
            return self.browser.open(url, timeout=120).read()
        except OSError:
            return b""

    def post(self, path, form):
        return self.browser.open(self.address + path, urllib.parse.urlencode(form).encode(), timeout=120).read().decode()

    def activate(self):
        link = re.search(r'href="(plugins\.php\?action=activate&amp;plugin=dongtin[^"]+)"', self.get("/wp-admin/plugins.php").decode())
        self.get("/wp-admin/" + link.group(1).replace("&amp;", "&"))

    def send(self, action, **form):
        """Sends a form of the settings page, with what it hides."""
        page = self.get("/wp-admin/options-general.php?page=dongtin-mirror").decode()
        part = page.split(f'value="{action}"')[1]
        nonce = re.search(r'name="_wpnonce" value="([^"]+)"', part).group(1)
        return self.post("/wp-admin/admin-post.php", {"action": action, "_wpnonce": nonce, **form})

    def posts(self):
        return {post["title"]["rendered"]: post for post in json.loads(self.get("/?rest_route=/wp/v2/posts&per_page=100&_embed=1"))}


def wait(what, holds):
    for _ in range(600):
        found = holds()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"waited in vain until {what}")


def story(program, folder, source):
    publisher = Publisher(program, folder / "publisher")
    database = Database(folder)
    site = None
    try:
        site = Site(folder, source, database)
        check_exec(publisher, site, database, folder)
        check(publisher, site, database, folder)
    except BaseException:
        for log in [folder / "php.log", folder / "site/wp-content/debug.log"]:
            print(log.read_text()[-3000:] if log.exists() else "", file=sys.stderr)
        raise
    finally:
        if site:
            os.killpg(site.process.pid, signal.SIGTERM)  # its workers outlive it otherwise
        for process in [publisher.process, database.process]:
            process.terminate()
            process.wait()


def check_exec(publisher, site, database, folder):
    """The program for `dongtin mirror --exec`, before the plugin is active."""
    (publisher.folder / "tin/san-van-dong.png").write_bytes(PICTURE)
    picture = f"{publisher.address}/media/thu-muc/san-van-dong.png"
    take = f"php '{PLUGIN.parent / 'take.php'}' '{site.root}' {publisher.address}"

    def mirror():
        command = [publisher.program, "mirror", publisher.address, "--exec", take, "--exec-batch", "--category", "Thể thao", "--once"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return {title: post for title, post in site.posts().items() if title != "Hello world!"}

    publisher.put("e1", "Trận đầu", category="Thể thao", image=picture)
    publisher.put("e2", "Trận hai", category="Thể thao")
    publisher.put("e3", "Trận ba", category="Thể thao")
    publisher.put("e4", "Không lấy", category="Văn hóa")
    posts = mirror()
    assert set(posts) == {"Trận đầu", "Trận hai", "Trận ba"}, set(posts)
    assert "Nội dung của Trận đầu" in posts["Trận đầu"]["content"]["rendered"]
    assert posts["Trận đầu"]["author"] > 0
    shown = posts["Trận đầu"]["_embedded"]["wp:featuredmedia"][0]["source_url"]
    assert site.get(shown) == PICTURE, shown
    publisher.put("e1", "Trận đầu, đã sửa", category="Thể thao", image=picture)
    publisher.put("e2", "Trận hai", category="Văn hóa")
    publisher.withdraw("e3")
    after = mirror()
    assert set(after) == {"Trận đầu, đã sửa"}, set(after)
    assert after["Trận đầu, đã sửa"]["id"] == posts["Trận đầu"]["id"], "the same post"
    publisher.withdraw("e1")
    assert mirror() == {}
    assert site.get(shown) != PICTURE, "the picture of a withdrawn article is gone"
    print("WordPress: articles, a correction, a removal, a withdrawal and a picture came by dongtin mirror --exec")


def check(publisher, site, database, folder):
    (publisher.folder / "tin/anh.png").write_bytes(PICTURE)
    picture = f"{publisher.address}/media/thu-muc/anh.png"
    publisher.put("1", "Một", image=picture)
    publisher.put("2", "Hai")
    publisher.put("3", "Ba & bốn")
    publisher.put("4", "Khác", category="Văn hóa")
    site.activate()
    site.send("dongtin_save", address=publisher.address, category="Kinh tế", into="0", gone="trash")

    site.get("/wp-cron.php?doing_wp_cron")
    wait("WP-Cron has copied", lambda: len(site.posts()) >= 3)
    posts = site.posts()
    ours = {title for title in posts if title != "Hello world!"}
    assert ours == {"Một", "Hai", "Ba &amp; bốn"} or ours == {"Một", "Hai", "Ba &#038; bốn"}, ours
    assert "Nội dung của Một" in posts["Một"]["content"]["rendered"]
    assert posts["Một"]["date_gmt"] == "2026-06-12T13:30:21"
    assert all("alert" not in post["content"]["rendered"] for post in posts.values())
    shown = posts["Một"]["_embedded"]["wp:featuredmedia"][0]["source_url"]
    assert site.get(shown) == PICTURE, shown
    print("WordPress: three articles and a picture came by WP-Cron")

    before = {post["id"] for post in posts.values()}
    site.send("dongtin_now")
    assert {post["id"] for post in site.posts().values()} == before, "a second run makes no second post"
    publisher.run("backup", str(folder / "backup"))
    publisher.put("1", "Một, đã sửa", image=picture)
    publisher.put("2", "Hai", category="Văn hóa")
    publisher.withdraw("3")
    site.send("dongtin_now")
    posts = site.posts()
    assert set(posts) - {"Hello world!"} == {"Một, đã sửa"}, set(posts)
    assert posts["Một, đã sửa"]["id"] in before, "the same post"
    assert site.get(shown) == PICTURE, "the picture stays"
    trash = database.query("SELECT post_title FROM wordpress.wp_posts WHERE post_status = 'trash'")
    assert set(trash.split("\n")) >= {"Hai", "Ba &amp; bốn"} or "Hai" in trash, trash
    print("WordPress: a correction, a removal and a withdrawal came")

    publisher.stop()
    site.send("dongtin_now")
    page = site.get("/wp-admin/options-general.php?page=dongtin-mirror").decode()
    assert "refused" in page or "connect" in page.lower(), "the page says that nobody answers"
    shutil.rmtree(publisher.folder / "data")
    publisher.run("restore", str(folder / "backup"))
    publisher.start()
    publisher.put("5", "Năm", image=f"{publisher.address}/media/thu-muc/sau.png")
    site.send("dongtin_now")
    assert {"Một", "Hai", "Năm"} <= set(site.posts()), set(site.posts())
    assert site.posts()["Năm"]["featured_media"] == 0
    (publisher.folder / "tin/sau.png").write_bytes(PICTURE + b"\0")
    publisher.withdraw("1")
    site.send("dongtin_now")
    assert site.posts()["Năm"]["featured_media"] > 0, "a picture that came later"
    assert site.get(shown) != PICTURE, "the picture of a withdrawn article is gone"
    print("WordPress: a publisher that was restored is copied anew; a withdrawn article's picture is gone")

    # Who is no administrator changes nothing, and neither does a form without its nonce.
    try:
        site.post("/wp-admin/admin-post.php", {"action": "dongtin_save", "address": "http://evil.example"})
        raise SystemExit("a form without a nonce was taken")
    except urllib.error.HTTPError as error:
        assert error.code == 403, error.code
    try:
        urllib.request.urlopen(site.address + "/wp-admin/admin-post.php?action=dongtin_now")
        raise SystemExit("a stranger's form was taken")
    except urllib.error.HTTPError as error:
        assert error.code == 400, error.code
    assert publisher.address in site.get("/wp-admin/options-general.php?page=dongtin-mirror").decode()
    log = site.root / "wp-content/debug.log"
    said = [line for line in log.read_text().splitlines() if "dongtin" in line] if log.exists() else []
    assert not said, said
    print("WordPress: strangers change nothing; nothing of ours in the debug log")


if __name__ == "__main__":
    story(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]))
