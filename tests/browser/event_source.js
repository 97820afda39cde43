// A page of another site listens to a dongtin by EventSource: node event_source.js PROGRAM FOLDER
// It sees an article, its correction, another's withdrawal; after a restart of the daemon it goes on by itself where it was.
const assert = require("node:assert");
const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [program, folder] = process.argv.slice(2);
const PAGE = `<!doctype html><meta charset="utf-8"><title>Trang đối tác</title><ul id="tin"></ul><script>
  const seen = window.seen = [];
  const source = new EventSource(new URLSearchParams(location.search).get("nguon") + "/api/v1/changes?after=0");
  for (const type of ["put", "removed", "withdrawn"]) source.addEventListener(type, (event) => {
    const step = JSON.parse(event.data);
    seen.push({ type, id: event.lastEventId, revision: step.revision, title: step.article && step.article.title });
    const old = document.getElementById(step.key);
    if (old) old.remove();
    if (type !== "put") return;
    const line = document.createElement("li");
    line.id = step.key;
    line.textContent = step.article.title;
    document.getElementById("tin").append(line);
  });
</script>`;

class Daemon {
  constructor() {
    this.config = path.join(folder, "dongtin.toml");
    this.write(0);
    this.token = execFileSync(program, ["--config", this.config, "token", "new", "cms"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).match(/dongtin_\S+/)[0];
  }
  write(port) {
    fs.writeFileSync(this.config, `[server]\nlisten = "127.0.0.1:${port}"\n[store]\nreserve = "1MiB"\n[[source]]\nid = "cms"\nkind = "push"\n`);
  }
  async start() {
    this.process = spawn(program, ["--config", this.config, "serve"], { stdio: ["ignore", "pipe", "ignore"] });
    let out = "";
    for await (const part of this.process.stdout) {
      out += part;
      const found = out.match(/http:\/\/127\.0\.0\.1:(\d+)/);
      if (!found) continue;
      this.base = found[0];
      this.write(found[1]); // the same address after a restart
      return;
    }
    throw new Error("the daemon did not start: " + out);
  }
  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }
  async send(method, id, title) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const body = title && JSON.stringify({ title });
    const answer = await fetch(`${this.base}/api/v1/sources/cms/articles/${id}`, { method, headers, body });
    assert(answer.ok, `${method} ${id}: ${answer.status}`);
  }
}

async function main() {
  const daemon = new Daemon();
  await daemon.start();
  const site = http.createServer((_, answer) => answer.end(PAGE)).listen(0, "127.0.0.1");
  await new Promise((resolve) => site.once("listening", resolve));
  const browser = await chromium.launch({
    executablePath: process.env.DONGTIN_TEST_CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    env: { ...process.env, HOME: folder },
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${site.address().port}/?nguon=${daemon.base}`);
    const shown = async (titles) => {
      await page.waitForFunction((wanted) => [...document.querySelectorAll("#tin li")].map((line) => line.textContent).join("|") === wanted, titles.join("|"), { timeout: 60000 });
    };
    await daemon.send("PUT", "1", "Tin đầu");
    await daemon.send("PUT", "2", "Tin hai");
    await shown(["Tin đầu", "Tin hai"]);
    await daemon.send("PUT", "1", "Tin đầu, đã sửa");
    await shown(["Tin hai", "Tin đầu, đã sửa"]);
    await daemon.send("DELETE", "2");
    await shown(["Tin đầu, đã sửa"]);
    await daemon.stop();
    await daemon.start();
    await daemon.send("PUT", "3", "Tin ba");
    await shown(["Tin đầu, đã sửa", "Tin ba"]);
    const seen = await page.evaluate(() => window.seen);
    assert.deepStrictEqual(seen.map((step) => [step.type, step.revision, step.title]), [
      ["put", 1, "Tin đầu"], ["put", 1, "Tin hai"], ["put", 2, "Tin đầu, đã sửa"], ["withdrawn", 2, undefined], ["put", 1, "Tin ba"],
    ], "each step once, also over the restart: the browser sends Last-Event-ID");
    assert.deepStrictEqual(seen.map((step) => Number(step.id)), seen.map((_, place) => place + 1));
  } finally {
    await browser.close();
    site.close();
    await daemon.stop();
  }
  console.log("a page saw an article, a correction and a withdrawal, and went on after a restart");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
