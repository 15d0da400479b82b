/** What axe finds wrong for those who see little, hear the page, or use keys: nothing serious. */
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPage, openWindow, signIn, startBrowser } from "../support/browser.js";
import { type Planner, startPlanner } from "../support/planner.js";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let planner: Planner;
let browser: Browser;

beforeAll(async () => {
  planner = await startPlanner({ args: ["--require-login"] });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.close();
  await planner.remove();
});

/** What is seriously wrong, in words. */
async function faults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const { violations, passes } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  expect(passes.length).toBeGreaterThan(10);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 100)}`));
}

const looks = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 390 },
] as const;

test.each(looks)("axe finds nothing serious: $colorScheme, $width wide", async (look) => {
  const window = await openWindow(browser, look);
  const page = await openPage(window, planner.url);
  const found: string[] = [];
  for (const isSignedIn of [false, true]) {
    if (isSignedIn) await signIn(page, "rosesmith");
    for (const path of ["", "workout-plans", "exercise-moves", "coaches", "nowhere"]) {
      await page.goto(`${planner.url}/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (path !== "nowhere")
        await page
          .getByTestId(/^(class|plan|move|coach)$/)
          .first()
          .waitFor();
      found.push(...(await faults(page)).map((fault) => `/${path}: ${fault}`));
    }
  }
  for (const path of ["", "workout-plans", "exercise-moves", "coaches"]) {
    await page.goto(`${planner.url}/${path}`);
    await page.getByRole("button", { name: /^Edit/ }).first().click();
    await page.getByRole("button", { name: "Save" }).waitFor();
    // The window fades in: until then its colours are not its own.
    await page.waitForTimeout(500);
    found.push(...(await faults(page)).map((fault) => `form at /${path}: ${fault}`));
  }
  await page.goto(planner.url);
  await page.getByRole("button", { name: /^Edit/ }).first().click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.waitForTimeout(500);
  found.push(...(await faults(page)).map((fault) => `the question: ${fault}`));
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await page.waitForTimeout(500);
  found.push(...(await faults(page)).map((fault) => `refused sign-in: ${fault}`));
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const isScrolledSideways = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  expect(isScrolledSideways).toBe(false);
  expect(found.slice(0, 10)).toEqual([]);
  await window.close();
});
