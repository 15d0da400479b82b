/** Servers that are killed and networks that fail, while somebody is at work. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CONTRACT } from "../../../examples/crossfit/web/src/generated/contract.js";
import {
  field,
  openPage,
  openWindow,
  signIn,
  startBrowser,
  untilStatus,
} from "../support/browser.js";
import { openLink } from "../support/link.js";
import { type Planner, startPlanner } from "../support/planner.js";

const OLD_CONTRACT = "0123456789abcdef";

let browser: Browser;
const planners: Planner[] = [];

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.close();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const planner of planners.splice(0)) await planner.remove();
});

async function start(options: { folder?: string; port?: number } = {}): Promise<Planner> {
  const planner = await startPlanner({ ...options, args: ["--require-login"] });
  planners.push(planner);
  return planner;
}

/** A window in which a coach has begun to change another's age. */
async function editing(planner: Planner): Promise<Page> {
  const page = await openPage(await openWindow(browser), `${planner.url}/coaches`);
  await signIn(page, "rosesmith");
  await page.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(page, "Age").fill("55");
  return page;
}

test("the server is killed and started anew while a form is open: the input is still there, and saved", async () => {
  const first = await start();
  const page = await editing(first);
  await first.stop("SIGKILL");
  await untilStatus(page, "offline");
  await page.getByText("There is no connection at the moment").waitFor();
  expect(await field(page, "Age").inputValue()).toBe("55");
  await field(page, "Picture").fill("https://example.org/dan.png");
  const second = await start({ folder: first.folder, port: first.port });
  await untilStatus(page, "live");
  expect(await field(page, "Age").inputValue()).toBe("55");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const visitor = await openPage(await openWindow(browser), `${second.url}/coaches`);
  await visitor.getByText("55 years").waitFor();
});

test("what is saved without a network is carried out once it is back", async () => {
  const planner = await start();
  const page = await editing(planner);
  const visitor = await openPage(await openWindow(browser), `${planner.url}/coaches`);
  await planner.stop("SIGKILL");
  await untilStatus(page, "offline");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("It is saved as soon as the server can be reached.").waitFor();
  await page.getByText("One change waits to be saved.").waitFor({ state: "attached" });
  await start({ folder: planner.folder, port: planner.port });
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await visitor.getByText("55 years").waitFor();
});

test("a network that is cut and comes back: the page says so, and catches up", async () => {
  const planner = await start();
  const window = await openWindow(browser);
  const page = await openPage(window, `${planner.url}/coaches`);
  const coach = await editing(planner);
  await window.setOffline(true);
  await planner.stop("SIGKILL");
  await start({ folder: planner.folder, port: planner.port });
  await untilStatus(page, "offline");
  await page.getByText("The connection is lost").waitFor();
  await untilStatus(coach, "live");
  await coach.getByRole("button", { name: "Save" }).click();
  await coach.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.getByText("55 years").count()).toBe(0);
  await window.setOffline(false);
  await untilStatus(page, "live");
  await page.getByText("55 years").waitFor();
});

test("on a slow network a page shows that it loads, and that a call is under way", async () => {
  const planner = await start();
  const visitor = await openPage(await openWindow(browser), `${planner.url}/coaches`);
  const slow = await openLink(planner.port, { delay: 200 });
  const page = await (await openWindow(browser)).newPage();
  await page.goto(`${slow.url}/coaches`);
  await untilStatus(page, "connecting");
  await page.getByText("Loading…").waitFor({ state: "attached" });
  expect(await page.getByText("There are no coaches yet.").count()).toBe(0);
  await untilStatus(page, "live");
  await signIn(page, "rosesmith");
  await page.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(page, "Age").fill("56");
  const save = page.getByRole("button", { name: "Save" });
  await save.click();
  expect(await save.getAttribute("data-loading")).toBe("true");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await visitor.getByText("56 years").waitFor();
  await slow.stop();
});

test("a page that is older than its server says so, and can be loaded again", async () => {
  const planner = await start();
  const window = await openWindow(browser);
  await window.route("**/assets/*.js", async (route) => {
    const answer = await route.fetch();
    const script = await answer.text();
    const headers = { ...answer.headers(), "cache-control": "no-store" };
    const body = script.replaceAll(CONTRACT, OLD_CONTRACT);
    await route.fulfill({ response: answer, headers, body });
  });
  const page = await window.newPage();
  await page.goto(planner.url);
  await untilStatus(page, "outdated");
  await page.getByText("The planner was renewed").waitFor();
  await window.unroute("**/assets/*.js");
  await page.getByRole("button", { name: "Load again" }).click();
  await untilStatus(page, "live");
});
