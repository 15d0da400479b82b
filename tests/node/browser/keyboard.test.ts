/** The whole tour without a mouse: every page, every kind of form, only by keys. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPage, openWindow, startBrowser } from "../support/browser.js";
import { type Planner, startPlanner } from "../support/planner.js";

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

/** What has the focus: its name, as screen readers say it. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return "nothing";
    const label = element.id ? document.querySelector(`label[for="${element.id}"]`) : null;
    return (element.getAttribute("aria-label") ?? label?.textContent ?? element.textContent ?? "")
      .replace("*", "")
      .trim();
  });
}

/** Presses Tab until what has this name has the focus; Shift+Tab goes the other way. */
async function tabTo(page: Page, name: string | RegExp, key = "Tab"): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press(key);
    const found = await focused(page);
    seen.push(found);
    if (typeof name === "string" ? found === name : name.test(found)) return;
  }
  throw new Error(`no Tab leads to ${name}, but to ${seen.join(" | ")}`);
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

async function type(page: Page, name: string, text: string): Promise<void> {
  if ((await focused(page)) !== name) await tabTo(page, name);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

/** Waits until the window is gone, and the focus is where it belongs then. */
async function untilClosed(page: Page): Promise<void> {
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => focused(page)).not.toBe("nothing");
}

test("the whole tour with the keyboard only", async () => {
  const page = await openPage(await openWindow(browser), planner.url);
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Skip to the content");
  await page.keyboard.press("Enter");

  await page.reload();
  await page.getByTestId("class").first().waitFor();
  await press(page, "Sign in");
  await page.getByRole("dialog").waitFor();
  await expect.poll(() => focused(page)).toBe("User name");
  await page.keyboard.type("rosesmith");
  await type(page, "Password", "rosesmith_password");
  await page.keyboard.press("Enter");
  await untilClosed(page);
  await page.getByRole("button", { name: "Sign out" }).waitFor();

  await press(page, "Coaches");
  await page.getByRole("heading", { name: "Coaches" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
  await press(page, "Edit Dan Baily");
  await expect.poll(() => focused(page)).toBe("Name");
  await type(page, "Age in years", "77");
  await page.keyboard.press("Enter");
  await untilClosed(page);
  await page.getByText("77 years").waitFor();
  // Whoever closes a window is where they were before.
  await expect.poll(() => focused(page)).toBe("Edit Dan Baily");

  await page.keyboard.press("Home");
  await tabTo(page, "Exercise moves", "Shift+Tab");
  await page.keyboard.press("Enter");
  await press(page, "Add a move");
  await expect.poll(() => focused(page)).toBe("Name");
  await page.keyboard.type("Plank");
  await type(page, "Focus", "Core");
  await page.keyboard.press("Enter");
  await untilClosed(page);
  await page.getByRole("heading", { name: "Plank" }).waitFor();

  await tabTo(page, "Workout plans", "Shift+Tab");
  await page.keyboard.press("Enter");
  await press(page, "Edit Leg Burner");
  await expect.poll(() => focused(page)).toBe("Name");
  await press(page, "Move Dead Lift down, from place 1");
  await press(page, /^Take out Clean/);
  await tabTo(page, "Add a move");
  await page.keyboard.type("Plank");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await press(page, "Save");
  await untilClosed(page);
  const plan = page.getByTestId("plan").filter({ hasText: "Leg Burner" });
  expect(await plan.getByRole("listitem").allTextContents()).toEqual(["Run", "Dead Lift", "Plank"]);

  await tabTo(page, "Schedule", "Shift+Tab");
  await page.keyboard.press("Enter");
  await press(page, "Add a class, Sunday 09:00");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, "Workout plan");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await press(page, "Save");
  await untilClosed(page);
  const sunday = page.getByTestId("Sunday-900").getByTestId("class");
  await sunday.waitFor();

  await press(page, /^Edit .* Sunday 09:00 Mine$/);
  await page.getByRole("dialog").waitFor();
  await press(page, "Delete");
  await press(page, "Yes, delete it");
  await untilClosed(page);
  await sunday.waitFor({ state: "detached" });
  await tabTo(page, "Undo");
  await page.keyboard.press("Enter");
  await sunday.waitFor();

  await tabTo(page, "Sign out", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});
