/** Browsers that sleep, that are far from the server, or that several people use. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connect } from "../../../examples/crossfit/web/src/generated/index.js";
import {
  field,
  openPage,
  openWindow,
  signIn,
  startBrowser,
  untilStatus,
} from "../support/browser.js";
import { type Link, type LinkOptions, openLink } from "../support/link.js";
import { type Planner, startPlanner } from "../support/planner.js";

let browser: Browser;
const planners: Planner[] = [];
const links: Link[] = [];

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.close();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const link of links.splice(0)) await link.stop();
  for (const planner of planners.splice(0)) await planner.remove();
});

async function start(...args: readonly string[]): Promise<Planner> {
  const planner = await startPlanner({ args: ["--require-login", ...args] });
  planners.push(planner);
  return planner;
}

async function linkTo(planner: Planner, options?: LinkOptions): Promise<Link> {
  const link = await openLink(planner.port, options);
  links.push(link);
  return link;
}

test("a laptop that sleeps past its session's end wakes up signed out, and loses no input", async () => {
  const planner = await start();
  const link = await linkTo(planner);
  const page = await openPage(await openWindow(browser), `${link.url}/coaches`);
  await signIn(page, "danbaily");
  await untilStatus(page, "live");
  link.stall();
  const token = await page.evaluate(
    () => JSON.parse(localStorage.getItem("planner") ?? "{}").token as string,
  );
  const other = connect(planner.url, { auth: { token } });
  expect(await other.logout()).toMatchObject({ ok: true });
  other.connection.close();
  link.renew();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.getByText(/session/).waitFor();
  await untilStatus(page, "live");
  expect(await page.evaluate(() => localStorage.getItem("planner"))).toBeNull();
  await signIn(page, "danbaily");
  await untilStatus(page, "live");
  await page.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(page, "Age").fill("47");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("47 years").waitFor();
});

test("a list of 5 MB arrives over 50 kB/s, on one connection, and follows changes meanwhile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moves-"));
  const planner = await start("--import-from", folder);
  const description = "To be done slowly. ".repeat(26);
  const moves = Array.from({ length: 9500 }, (_, index) => {
    return { name: `Move ${index}`, focus: "patience", description };
  });
  const text = JSON.stringify(moves);
  expect(text.length).toBeGreaterThan(5_000_000);
  writeFileSync(join(folder, "all.json"), text);
  const near = connect(planner.url);
  await near.exerciseMoves.ready;
  await expect.poll(() => near.exerciseMoves.rows.length, { timeout: 60_000 }).toBe(9506);

  const link = await linkTo(planner, { rate: 50_000 });
  const window = await openWindow(browser);
  window.setDefaultTimeout(240_000);
  const page = await window.newPage();
  // The page itself does not come over the slow link.
  await page.route(/^(?!.*socket\.io)/, async (route) => {
    const url = route.request().url().replace(link.url, planner.url);
    // Without the origin, which would be a foreign one there.
    const { accept = "*/*" } = route.request().headers();
    await route.fulfill({ response: await route.fetch({ url, headers: { accept } }) });
  });
  await page.goto(`${link.url}/coaches`);
  await page.getByText("Dan Baily").first().waitFor();
  await untilStatus(page, "catching_up");
  await near.login({ username: "rosesmith", password: "rosesmith_password" });
  await near.coaches.update({ id: 3, age: 48 });
  await page.getByText("48 years").waitFor();
  await untilStatus(page, "live");
  expect(link.begun()).toBe(1);
  near.connection.close();
}, 300_000);

test("what one account could not send is not sent as the one that signs in in another tab", async () => {
  const planner = await start();
  const window = await openWindow(browser);
  const rose = await window.newPage();
  let isCut = false;
  const cuts: (() => void)[] = [];
  await rose.routeWebSocket(/socket\.io/, (socket) => {
    if (isCut) {
      void socket.close();
      return;
    }
    socket.connectToServer();
    cuts.push(() => void socket.close());
  });
  await rose.route(/socket\.io/, (route) => (isCut ? route.abort() : route.continue()));
  await rose.goto(`${planner.url}/coaches`);
  await untilStatus(rose, "live");
  await signIn(rose, "rosesmith");
  await untilStatus(rose, "live");
  await rose.getByRole("button", { name: "Edit Felipe Serrano" }).click();
  await field(rose, "Age").fill("77");
  isCut = true;
  for (const cut of cuts) cut();
  await untilStatus(rose, "offline");
  await rose.getByRole("button", { name: "Save" }).click();

  const dan = await openPage(window, `${planner.url}/coaches`);
  await dan.getByRole("button", { name: "Sign out" }).click();
  await dan.getByRole("button", { name: "Sign in" }).waitFor();
  await signIn(dan, "danbaily");
  isCut = false;
  await rose.getByText(/There was no answer/).waitFor();
  expect(await field(rose, "Age").inputValue()).toBe("77");
  await untilStatus(rose, "live");
  expect(await dan.getByText("77 years").count()).toBe(0);
});
