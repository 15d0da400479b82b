/** Pictures of every page, in both themes, wide and narrow: `npm run screenshots -w tests/node`. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openPage, openWindow, signIn, startBrowser } from "../support/browser.js";
import { startPlanner } from "../support/planner.js";

const PAGES = ["", "workout-plans", "exercise-moves", "coaches"];
const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));

test("pictures of every page", async () => {
  await mkdir(folder, { recursive: true });
  const planner = await startPlanner({ args: ["--require-login"] });
  const browser = await startBrowser();
  let pictures = 0;
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, width] of [["wide", 1280] as const, ["narrow", 390] as const]) {
      const window = await openWindow(browser, { width, height: 800, colorScheme });
      const page = await openPage(window, planner.url);
      await signIn(page, "rosesmith");
      for (const path of PAGES) {
        await page.goto(`${planner.url}/${path}`);
        await page.locator("[data-testid]").nth(2).waitFor();
        const name = `${path === "" ? "schedule" : path}-${size}-${colorScheme}.png`;
        await page.screenshot({ path: `${folder}${name}`, animations: "disabled" });
        pictures += 1;
      }
      await page.getByRole("button", { name: "Edit" }).first().click({ trial: true });
      await page.goto(`${planner.url}/workout-plans`);
      await page.getByRole("button", { name: "Edit Leg Burner" }).click();
      await page.getByLabel("Description").waitFor();
      await page.waitForTimeout(400);
      const form = `${folder}form-${size}-${colorScheme}.png`;
      await page.screenshot({ path: form, animations: "disabled" });
      pictures += 1;
      await window.close();
    }
  }
  await browser.close();
  await planner.remove();
  expect(pictures).toBe(20);
});
