/** Who may do what: visitors look, coaches write; and how a session begins and ends. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { field, openPage, openWindow, signIn, startBrowser } from "../support/browser.js";
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

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

test("visitors see everything and can change nothing", async () => {
  const page = await openPage(await openWindow(browser), planner.url);
  for (const label of ["Schedule", "Workout plans", "Exercise moves", "Coaches"]) {
    await page.getByRole("link", { name: label }).click();
    await page.getByRole("heading", { name: label, level: 1 }).waitFor();
    await page
      .getByTestId(/^(class|plan|move|coach)$/)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: /^(Add|Edit|Delete)/ }).count()).toBe(0);
  }
});

test("a wrong password is refused, at its field", async () => {
  const page = await openPage(await openWindow(browser), planner.url);
  await page.getByRole("button", { name: "Sign in" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  expect(await dialog.getByText("must not be blank").count()).toBe(2);
  await field(page, "User name").fill("rosesmith");
  await page.getByLabel("Password", { exact: true }).fill("wrong");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.getByText("username or password is wrong").first().waitFor();
  expect(await field(page, "User name").inputValue()).toBe("rosesmith");
});

test("a session lasts over a reload, is known in other tabs, and ends in all of them", async () => {
  const window = await openWindow(browser);
  const page = await openPage(window, planner.url);
  await signIn(page, "rosesmith");
  await page.reload();
  await page.getByRole("button", { name: "Add a class", exact: true }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  const tab = await openPage(window, `${planner.url}/coaches`);
  await tab.getByText("Rose Smith").first().waitFor();
  await tab.getByRole("button", { name: "Add a coach" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await tab.getByRole("button", { name: "Sign in" }).waitFor();
  expect(await tab.getByRole("button", { name: "Add a coach" }).count()).toBe(0);
});

test("a tab that was open before may write as soon as another one has signed in", async () => {
  const window = await openWindow(browser);
  const before = await openPage(window, `${planner.url}/coaches`);
  const page = await openPage(window, planner.url);
  await signIn(page, "rosesmith");
  await before.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(before, "Age").fill("61");
  await before.getByRole("button", { name: "Save" }).click();
  await before.getByText("61 years").waitFor();
});

test("a session that the server has forgotten leaves a page to look at", async () => {
  const window = await openWindow(browser);
  const session = { id: 4, name: "Rose Smith", username: "rosesmith", token: "forgotten" };
  await window.addInitScript((text) => {
    if (sessionStorage.getItem("seen")) return;
    sessionStorage.setItem("seen", "yes");
    localStorage.setItem("planner", text);
  }, JSON.stringify(session));
  const page = await openPage(window, planner.url);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.getByTestId("class").first().waitFor();
});

test("who is no longer signed in on the server is told so, and loses nothing", async () => {
  const window = await openWindow(browser);
  const page = await openPage(window, `${planner.url}/coaches`);
  await signIn(page, "danbaily");
  await page.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(page, "Age").fill("44");
  const token = await page.evaluate(
    () => JSON.parse(localStorage.getItem("planner") ?? "{}").token as string,
  );
  const { connect } = await import("../../../examples/crossfit/web/src/generated/index.js");
  const other = connect(planner.url, { auth: { token } });
  await other.logout();
  other.connection.close();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Please sign in first").waitFor();
  expect(await field(page, "Age").inputValue()).toBe("44");
});
