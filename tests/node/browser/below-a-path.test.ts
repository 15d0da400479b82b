/** The planner behind a path of a host that has other things, too. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../examples/crossfit/web/src/generated/index.js";
import { field, openPage, openWindow, signIn, startBrowser } from "../support/browser.js";
import { type Planner, startPlanner } from "../support/planner.js";

const web = fileURLToPath(new URL("../../../examples/crossfit/web/", import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), "pages-"));

let browser: Browser;
let planner: Planner;
let proxy: PreviewServer;

/** The pages as they are built for the path, and a proxy that takes it off before it asks the server. */
beforeAll(async () => {
  browser = await startBrowser();
  planner = await startPlanner();
  const rolldownOptions = { input: join(web, "index.html") };
  const settings = { root: web, base: "/gym/", logLevel: "warn" } as const;
  await build({ ...settings, build: { outDir, emptyOutDir: true, rolldownOptions } });
  const rewrite = (path: string): string => path.slice("/gym".length);
  const server = { target: planner.url, ws: true, rewrite };
  const options = { host: "127.0.0.1", port: 0, proxy: { "/gym/socket.io": server } };
  proxy = await preview({ ...settings, build: { outDir }, preview: options });
});

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await planner?.remove();
  rmSync(outDir, { recursive: true, force: true });
});

test("its pages, links and connections stay below the path", async () => {
  const url = proxy.resolvedUrls?.local[0] ?? "";
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/gym\/$/);
  const page = await openPage(await openWindow(browser), url);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => asked.push(new URL(socket.url()).pathname));
  await page.getByRole("link", { name: "Coaches" }).click();
  await page.waitForURL(`${url}coaches`);
  await page.reload();
  await signIn(page, "danbaily");
  await page.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(page, "Age").fill("47");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("47 years").waitFor();
  expect(asked.filter((path) => !path.startsWith("/gym/"))).toEqual([]);
  expect(asked).toContain("/gym/socket.io/");
  const direct = connect(planner.url);
  await direct.coaches.ready;
  expect(direct.coaches.rows.map(({ age }) => age)).toContain(47);
  direct.connection.close();
});
