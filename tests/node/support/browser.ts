/** Windows of a real browser that show the planner. */
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { foundChromium } from "./chromium.js";

/** The browser itself must not look for anything outside. */
const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  "--no-sandbox",
];

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: foundChromium(), args: ARGUMENTS });
}

/** How a window is. */
export interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** A window of its own, as of another person: it shares nothing with the others. */
export async function openWindow(
  browser: Browser,
  options: WindowOptions = {},
): Promise<BrowserContext> {
  const { width = 1280, height = 900, colorScheme = "light" } = options;
  const window = await browser.newContext({ viewport: { width, height }, colorScheme });
  window.setDefaultTimeout(45_000);
  return window;
}

/** Opens a page of the planner, and waits until it is live. */
export async function openPage(window: BrowserContext, url: string): Promise<Page> {
  const page = await window.newPage();
  await page.goto(url);
  await untilStatus(page, "live");
  return page;
}

/** Waits until the planner's light shows a status. */
export async function untilStatus(page: Page, status: string): Promise<void> {
  await page.waitForSelector(`[data-status="${status}"]`);
}

/** Signs a coach in: one of the sample's, whose passwords are their user names and `_password`. */
export async function signIn(page: Page, username: string): Promise<void> {
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(`${username}_password`);
  await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** What is typed into, in the window that is open: by the beginning of its label. */
export function field(page: Page, label: string): Locator {
  const inputs = page.locator("input, textarea");
  return page
    .getByRole("dialog")
    .getByLabel(new RegExp(`^${label}`))
    .and(inputs);
}
