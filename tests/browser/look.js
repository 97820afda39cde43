// Looks at the pages in a real browser: node look.js http://127.0.0.1:8080 FOLDER
// Takes pictures of them, runs axe on each; ends with 1 if axe finds anything, a script runs, or a picture does not load.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [base, folder] = process.argv.slice(2);
const problems = [];
const LIGHT = { locale: "vi-VN", viewport: { width: 1280, height: 900 }, colorScheme: "light" };
const DARK = { ...LIGHT, colorScheme: "dark" };
const PHONE = { ...LIGHT, viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

async function main() {
  fs.mkdirSync(folder, { recursive: true });
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "look-"));
  const browser = await chromium.launch({
    executablePath: process.env.DONGTIN_TEST_CHROMIUM || "/usr/bin/chromium",
    args: FLAGS, env: { ...process.env, HOME: home },
  });
  try {
    for (const [name, address, view, status] of await pages()) await look(browser, name, address, view, status);
  } finally {
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true });
  }
  for (const problem of problems) console.log(problem);
  console.log(`${problems.length} problems`);
  process.exitCode = problems.length ? 1 : 0;
}

// The pages worth a look: found in the feed and the list of changes, so that they work on any site.
async function pages() {
  const json = async (address) => (await fetch(base + address)).json();
  // The demonstration corrects one article and withdraws another once its partner has copied them.
  let events = [];
  for (let tries = 0; tries < 240 && !events.some((event) => event.type === "withdrawn"); tries++) {
    if (tries) await new Promise((resolve) => setTimeout(resolve, 500));
    events = (await json("/api/v1/changes?after=0")).changes;
  }
  const items = (await json("/feeds/all.json")).items;
  const eventsOf = (type) => events.filter((event) => event.type === type);
  const key = (event) => event && `/a/${event.key}`;
  const pictured = items.find((item) => item.image);
  const shows = async (event, part) => (await (await fetch(base + key(event))).text()).includes(part);
  let repaired;
  for (const event of eventsOf("put")) if (await shows(event, 'id="repairs"')) { repaired = event; break; }
  const revised = eventsOf("put").find((event) => event.revision > 1);
  const withdrawn = eventsOf("withdrawn")[0];
  return [
    ["front-light", "/", LIGHT, 200], ["front-dark", "/", DARK, 200], ["front-phone", "/", PHONE, 200],
    ["front-english", "/?lang=en", LIGHT, 200],
    ["feed", "/feeds/all", LIGHT, 200], ["feed-phone", "/feeds/all", PHONE, 200],
    ["status", "/status", LIGHT, 200], ["status-dark", "/status", DARK, 200],
    ["article-picture", pictured && new URL(pictured.url).pathname, LIGHT, 200],
    ["article-picture-phone", pictured && new URL(pictured.url).pathname, PHONE, 200],
    ["article-repaired", key(repaired), LIGHT, 200], ["article-repaired-dark", key(repaired), DARK, 200],
    ["article-revised", key(revised), LIGHT, 200], ["withdrawn", key(withdrawn), LIGHT, 410],
    ["not-found", "/a/nothing-here", LIGHT, 404], ["not-found-phone", "/khong-co", PHONE, 404],
  ].filter(([name, address]) => address || problems.push(`${name}: no such article on this site`) === 0);
}

async function look(browser, name, address, view, status) {
  const page = await browser.newPage(view);
  const say = (text) => problems.push(`${name} (${address}): ${text}`);
  page.on("request", (request) => {
    if (request.resourceType() === "script") say(`asks for a script: ${request.url()}`);
    if (!request.url().startsWith(base)) say(`asks another host: ${request.url()}`);
  });
  page.on("requestfailed", (request) => say(`does not load: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (r) => { if (r.status() >= 400 && !r.request().isNavigationRequest()) say(`${r.status()} for ${r.url()}`); });
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4(04|10)/.test(message.text())) say(`the browser says: ${message.text()}`);
  });
  const response = await page.goto(base + address, { waitUntil: "load" });
  if (response.status() !== status) say(`answers ${response.status()}, not ${status}`);
  const policy = response.headers()["content-security-policy"] ?? "";
  if (!/default-src 'none'/.test(policy) || /script-src (?!'none')/.test(policy)) say(`lets scripts run: ${policy}`);
  await acts(page, say);
  await loadPictures(page, say);
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  await audit(page, say);
  await page.close();
}

// Anything on the page that could run, and whether the page is wider than its window.
async function acts(page, say) {
  const found = await page.evaluate(() => ({
    scripts: [...document.scripts].filter((s) => s.type !== "application/ld+json").length,
    handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
    links: [...document.querySelectorAll("[href],[src]")].filter((e) => /^\s*(javascript|data|vbscript):/i.test(e.getAttribute("href") ?? e.getAttribute("src"))).length,
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  for (const [what, count] of Object.entries(found)) if (count > 0) say(`${what}: ${count}`);
}

async function loadPictures(page, say) {
  const broken = await page.evaluate(async () => {
    for (const image of document.images) { image.loading = "eager"; await image.decode().catch(() => {}); }
    return [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src);
  });
  for (const address of broken) say(`picture does not show: ${address}`);
}

// The page allows no script, so axe is put in past its policy, by the debugger.
async function audit(page, say) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document));
  for (const violation of found.violations) {
    const where = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
    say(`axe ${violation.id} (${violation.impact}): ${violation.help}: ${where}`);
  }
}

main().catch((error) => { console.error(error); process.exitCode = 2; });
