// Looks at hostile articles in a real browser: node hostile.js http://127.0.0.1:8080 SOURCE…
// Every article's page as we serve it, and every text of our feeds as a careless reader would show it: as a document of its own, with
// scripts allowed, everything in it clicked and touched. Ends with 1 if anything runs, loads or leads where it may not.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [base, ...sources] = process.argv.slice(2);
const problems = new Set();
// Texts that were looked at: the same markup comes out of every kind of feed.
const seen = new Set();
const say = (where, what) => problems.add(`${where}: ${what}`.slice(0, 400));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// What may stand in a published text. Written down here a second time on purpose: it is not the sanitizer's own list.
const TAGS = new Set(`a abbr acronym b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
 h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td
 tfoot th thead time tr tt u ul var`.split(/\s+/));
const ATTRIBUTES = new Set("href title rel src alt width height start colspan rowspan span datetime".split(" "));

async function main() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "hostile-"));
  const browser = await chromium.launch({
    executablePath: process.env.DONGTIN_TEST_CHROMIUM || "/usr/bin/chromium", args: FLAGS, env: { ...process.env, HOME: home },
  });
  let count = 0;
  try {
    for (const source of sources) count += await look(browser, source);
    for (const address of ["/", "/status", "/feeds/all", ...sources.map((s) => `/feeds/source-${s}`)]) await served(browser, address);
  } finally {
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true });
  }
  for (const problem of problems) console.log(problem);
  console.log(`${count} articles, ${problems.size} problems`);
  process.exitCode = problems.size || !count ? 1 : 0;
}

async function look(browser, source) {
  const text = async (address) => (await fetch(base + address)).text();
  const items = JSON.parse(await text(`/feeds/source-${source}.json`)).items;
  const bare = await watched(browser, () => `${source}`);
  const feeds = { rss: await text(`/feeds/source-${source}.rss`), atom: await text(`/feeds/source-${source}.atom`) };
  const texts = items.map((item) => [`${item.id} content`, item.content_html ?? ""]);
  for (const [name, feed] of Object.entries(feeds)) {
    const said = await bare.evaluate(parts, feed);
    if (said.error) say(`${source} ${name}`, said.error);
    for (const [where, html] of said.texts) texts.push([`${name} ${where}`, html]);
    for (const link of said.links) if (!/^(https?:|mailto:|tel:|tag:|urn:|$)/.test(link)) say(`${source} ${name}`, `link ${link}`);
  }
  for (const [where, html] of texts.filter(([, html]) => !seen.has(html) && seen.add(html))) {
    bare.where = `${source} ${where}`;
    await shown(bare, html);
  }
  await bare.close();
  for (const item of items) plain(source, item);
  const changes = JSON.parse(await text("/api/v1/changes?after=0&limit=1000")).changes;
  const own = changes.filter((change) => change.source === source);
  for (const change of own.filter((_, at) => source === sources[0] || at % 4 === 0)) await served(browser, `/a/${change.key}`);
  return items.length;
}

// The texts of a feed that readers show as HTML (runs in the browser): content, summaries, and RSS's titles, of which nobody says what they are.
function parts(feed) {
  const tree = new DOMParser().parseFromString(feed, "text/xml");
  const error = tree.querySelector("parsererror")?.textContent;
  const texts = [];
  for (const element of tree.querySelectorAll("*")) {
    const local = element.localName;
    const html = ["description", "encoded"].includes(local) || (element.getAttribute("type") ?? "") === "html";
    const rss = local === "title" && !element.namespaceURI;
    if (html || rss) texts.push([local, element.textContent]);
  }
  const links = [...tree.querySelectorAll("[href],[url]")].map((e) => e.getAttribute("href") ?? e.getAttribute("url"));
  for (const e of tree.querySelectorAll("link,uri,url,comments,image > url")) if (!e.children.length && e.textContent) links.push(e.textContent);
  return { error, texts, links };
}

// What is plain text by its format holds nothing that hides or turns text, and its addresses are of the web.
function plain(source, item) {
  const hidden = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad\u180e\u3164\ufffe\uffff\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
  for (const [name, value] of [["title", item.title], ["summary", item.summary], ...(item.authors ?? []).map((a) => ["author", a.name]),
    ...(item.tags ?? []).map((t) => ["tag", t])]) if (value && hidden.test(value)) say(source, `${name} hides something: ${JSON.stringify(value)}`);
  for (const address of [item.url, item.external_url, item.image, ...(item.attachments ?? []).map((a) => a.url), ...(item.authors ?? []).map((a) => a.url)])
    if (address && !/^https?:\/\/[\x21-\x7e]+$/.test(address)) say(source, `address ${address}`);
}

// A page that tells what runs, loads and leads away.
async function watched(browser) {
  const page = await browser.newPage();
  page.where = "";
  page.on("dialog", (dialog) => { say(page.where, `ran: ${dialog.message()}`); dialog.dismiss(); });
  page.on("popup", (popup) => { say(page.where, `opened ${popup.url()}`); popup.close(); });
  await page.route("**/*", (route) => {
    const request = route.request();
    const ours = request.url().startsWith(`${base}/`);
    const picture = request.resourceType() === "image" && /^https?:/.test(request.url());
    if (!ours && !picture) say(page.where, `asks for ${request.resourceType()} ${request.url()}`);
    return ours ? route.continue() : route.abort();
  });
  return page;
}

// A text as a document of its own, scripts allowed; then everything in it is touched.
async function shown(page, html) {
  await page.setContent(`<!DOCTYPE html><base href="http://base.invalid/"><article>${html}</article>`, { waitUntil: "domcontentloaded" });
  const found = await page.evaluate(([tags, attributes]) => {
    const odd = [];
    const article = document.querySelector("article");
    for (const element of document.querySelectorAll("*")) {
      if (["html", "head", "body", "article"].includes(element.localName)) continue;
      if (element.localName === "base" && element.href === "http://base.invalid/") continue;
      if (!article.contains(element) || !tags.includes(element.localName)) odd.push(`<${element.localName}>`);
      for (const { name, value } of element.attributes) {
        if (!attributes.includes(name)) odd.push(`<${element.localName} ${name}="${value}">`);
        if (["href", "src"].includes(name) && !/^(https?:\/\/|mailto:|tel:)[\x21-\x7e]+$/.test(value)) odd.push(`${name}="${value}"`);
      }
      const rel = (element.getAttribute("rel") ?? "").split(" ");
      if (element.localName === "a" && !["noopener", "noreferrer"].every((r) => rel.includes(r))) odd.push(`<a rel="${rel}">`);
    }
    document.addEventListener("click", (event) => event.preventDefault());
    for (const element of [...document.querySelectorAll("article *")].slice(0, 200)) {
      for (const name of ["mouseover", "pointerenter", "mousedown", "mouseup", "dblclick", "focus", "blur", "keydown", "error", "load", "toggle"])
        element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
      element.click?.();
    }
    return [...new Set(odd)].slice(0, 5);
  }, [[...TAGS], [...ATTRIBUTES]]);
  for (const odd of found) say(page.where, odd);
  if (html.length > 600 * 1024) say(page.where, `${html.length} letters`);
}

// A page as we serve it: nothing active but the data for search engines, and no address that is not of the web.
async function served(browser, address) {
  const page = await watched(browser);
  page.where = address;
  const response = await page.goto(base + address, { waitUntil: "domcontentloaded" });
  if (response.status() !== 200) say(address, `status ${response.status()}`);
  const found = await page.evaluate(() => {
    const odd = [];
    for (const element of document.querySelectorAll("*")) {
      const data = element.localName === "script" && element.type === "application/ld+json";
      if (data) try { JSON.parse(element.textContent); } catch { odd.push("broken JSON-LD"); }
      const active = ["script", "iframe", "object", "embed", "base", "math", "set", "animate", "textarea", "frame", "applet"];
      if (active.includes(element.localName) && !data) odd.push(`<${element.localName}>`);
      if (element.localName === "meta" && element.httpEquiv) odd.push(`<meta ${element.httpEquiv}>`);
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on") || name === "style" || name === "srcdoc" || name === "formaction") odd.push(`${name}="${value}"`);
        if (["href", "src", "action"].includes(name) && /^[^a-z/?#]*(?!(feed:)?https?:|mailto:|tel:)[a-z+.-]+:/i.test(value)) odd.push(`${name}="${value}"`);
      }
    }
    const turned = document.documentElement.outerHTML.match(/[\u202a-\u202e\u2066-\u2069]/);
    if (turned) odd.push("characters that turn text");
    return [...new Set(odd)].slice(0, 5);
  });
  for (const odd of found) say(address, odd);
  await page.close();
}

main().catch((error) => { console.error(error); process.exitCode = 2; });
