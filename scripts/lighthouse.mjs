// Measures the shop with Lighthouse as a phone on a slow connection. Runs the release binary with the demonstration's
// films, because it compresses and caches as in production. Writes docs/lighthouse.md, and fails if a page misses a
// target.
//
// DVS_BIN names the binary, CHROME_PATH the browser, LIGHTHOUSE the program.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const RUNS = 5;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const LOWEST_SCORE = 95;
const LONGEST_LCP_MS = 1_800;
const LARGEST_CLS = 0.02;
const LARGEST_SCRIPTS_BYTES = 110_000;
const REPORT = "docs/lighthouse.md";
// Chromium needs these flags to run as root and in containers.
const CHROMIUM_FLAGS =
  "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage";

const folder = mkdtempSync(join(tmpdir(), "dvs-lighthouse-"));
const store = spawn(
  process.env.DVS_BIN,
  [
    "serve",
    "--data-dir",
    join(folder, "data"),
    "--listen",
    "127.0.0.1:0",
    "--rate-limit",
    "off",
  ],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);
try {
  const address = await opened(store);
  const pages = [];
  for (const [name, path] of await paths(address))
    pages.push(await measure(name, address + path));
  writeFileSync(REPORT, report(pages));
  const misses = pages.flatMap(missed);
  for (const miss of misses) console.error(miss);
  console.log(
    `${REPORT} is written: ${misses.length === 0 ? "every target is met" : `${misses.length} targets are missed`}.`,
  );
  process.exitCode = misses.length === 0 ? 0 : 1;
} finally {
  store.kill("SIGINT");
  await once(store, "exit");
  rmSync(folder, { recursive: true });
}

async function opened({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address) return address;
  }
  throw new Error("The store did not open.");
}

async function paths(address) {
  const answer = await fetch(
    `${address}/api/v1/titles?sort=popular&page_size=1`,
  );
  const [film] = (await answer.json()).titles;
  return [
    ["home", "/"],
    ["search", "/search"],
    ["title", `/titles/${film.id}`],
  ];
}

async function measure(name, url) {
  const runs = [];
  for (let run = 1; run <= RUNS; run += 1) {
    runs.push(lighthouse(url, join(folder, "run.json")));
    const { categories, audits } = runs.at(-1);
    const scores = CATEGORIES.map((id) =>
      Math.round(categories[id].score * 100),
    ).join(" ");
    console.log(
      `${name} ${run}: ${scores}, LCP ${Math.round(audits["largest-contentful-paint"].numericValue)} ms`,
    );
  }
  const value = (id) =>
    median(runs.map(({ audits }) => audits[id].numericValue));
  return {
    name,
    browser: runs[0].environment.hostUserAgent.match(/Chrome\/[\d.]+/)[0],
    version: runs[0].lighthouseVersion,
    scores: CATEGORIES.map((id) =>
      median(
        runs.map(({ categories }) => Math.round(categories[id].score * 100)),
      ),
    ),
    lcpMs: Math.round(value("largest-contentful-paint")),
    fcpMs: Math.round(value("first-contentful-paint")),
    blockedMs: Math.round(value("total-blocking-time")),
    cls: value("cumulative-layout-shift"),
    totalBytes: value("total-byte-weight"),
    scriptsBytes: await gzipped(
      runs[0].audits["network-requests"].details.items,
    ),
    faults: faults(runs[0]),
  };
}

function lighthouse(url, output) {
  const args = [
    url,
    "--quiet",
    "--output=json",
    `--output-path=${output}`,
    `--only-categories=${CATEGORIES}`,
    `--chrome-flags=${CHROMIUM_FLAGS}`,
  ];
  execFileSync(process.env.LIGHTHOUSE, args, {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return JSON.parse(readFileSync(output, "utf8"));
}

/** The bytes of the page's scripts in gzip, which the store sends to clients that accept no better encoding. */
async function gzipped(requests) {
  const urls = requests
    .filter(({ resourceType }) => resourceType === "Script")
    .map(({ url }) => url);
  const sizes = await Promise.all(urls.map(sizeOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(url) {
  const [response] = await once(
    // A new connection each time: the store may have closed an idle one.
    get(url, { agent: false, headers: { "Accept-Encoding": "gzip" } }),
    "response",
  );
  let size = 0;
  for await (const part of response) size += part.length;
  return size;
}

/** The titles of the audits outside of performance that failed, to print with a missed target. */
function faults({ categories, audits }) {
  const ids = CATEGORIES.slice(1).flatMap((id) => categories[id].auditRefs);
  const failed = ids.filter(
    ({ id, weight }) =>
      weight > 0 && audits[id].score !== null && audits[id].score < 1,
  );
  return failed.map(({ id }) => audits[id].title);
}

function median(values) {
  return values.toSorted((one, other) => one - other)[
    Math.floor(values.length / 2)
  ];
}

function missed({ name, scores, lcpMs, cls, scriptsBytes, faults: found }) {
  const misses = CATEGORIES.filter((_, at) => scores[at] < LOWEST_SCORE).map(
    (id) => `${name}: ${id} is under ${LOWEST_SCORE}`,
  );
  if (misses.length > 0)
    misses.push(...found.map((fault) => `${name}: ${fault}`));
  if (lcpMs > LONGEST_LCP_MS)
    misses.push(`${name}: LCP is ${lcpMs} ms, more than ${LONGEST_LCP_MS}`);
  if (cls > LARGEST_CLS)
    misses.push(`${name}: CLS is ${cls}, more than ${LARGEST_CLS}`);
  if (scriptsBytes > LARGEST_SCRIPTS_BYTES)
    misses.push(
      `${name}: ${scriptsBytes} bytes of JavaScript, more than ${LARGEST_SCRIPTS_BYTES}`,
    );
  return misses;
}

function report(pages) {
  const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
  const rows = pages.map(
    ({
      name,
      scores,
      lcpMs,
      fcpMs,
      blockedMs,
      cls,
      scriptsBytes,
      totalBytes,
    }) =>
      [
        name,
        ...scores,
        `${(lcpMs / 1000).toFixed(2)} s`,
        `${(fcpMs / 1000).toFixed(2)} s`,
        `${blockedMs} ms`,
        cls.toFixed(3),
        `${kilobytes(scriptsBytes)} kB`,
        `${kilobytes(totalBytes)} kB`,
      ].join(" | "),
  );
  return `# How the shop does in Lighthouse

\`make lighthouse\` wrote this: the median of ${RUNS} runs a page, with Lighthouse ${pages[0].version} on ${pages[0].browser.replace("/", " ")}, its mobile
settings and its simulated slow line, against the release binary with the demonstration's films.

| page | performance | accessibility | best practices | SEO | LCP | FCP | blocked | CLS | scripts, gzipped | all, as sent |
|---|---|---|---|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join("\n")}

It fails under ${LOWEST_SCORE} in any of the four, over ${LONGEST_LCP_MS / 1000} s of LCP, ${LARGEST_CLS} of CLS, or ${kilobytes(LARGEST_SCRIPTS_BYTES)} kB of scripts on a first load.
`;
}
