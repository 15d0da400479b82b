/** Two people at the same row: nothing that either of them entered is lost without a word. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connect, type PlannerClient } from "../../../examples/crossfit/web/src/generated/index.js";
import { field, openPage, openWindow, signIn, startBrowser } from "../support/browser.js";
import { type Planner, startPlanner } from "../support/planner.js";

let planner: Planner;
let browser: Browser;
let page: Page;
/** Somebody else, who writes without a page. */
let other: PlannerClient;

beforeAll(async () => {
  planner = await startPlanner();
  browser = await startBrowser();
  other = connect(planner.url);
});

afterAll(async () => {
  other.connection.close();
  await browser.close();
  await planner.remove();
});

beforeEach(async () => {
  page = await openPage(await openWindow(browser), planner.url);
  await signIn(page, "rosesmith");
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

test("a field that only the other has changed is brought up to date in the form", async () => {
  await page.getByRole("link", { name: "Coaches" }).click();
  await page.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(page, "Age").fill("31");
  await other.coaches.update({ id: 3, name: "Daniel Baily" });
  const name = field(page, "Name");
  await expect.poll(() => name.inputValue()).toBe("Daniel Baily");
  expect(await field(page, "Age").inputValue()).toBe("31");
  expect(await page.getByTestId(/^conflict/).count()).toBe(0);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await other.coaches.get(3).then(({ data }) => {
    expect(data).toMatchObject({ name: "Daniel Baily", age: 31 });
  });
});

test("a field that both have changed shows both, and the choice is one's own", async () => {
  await page.getByRole("link", { name: "Exercise moves" }).click();
  await page.getByRole("button", { name: "Edit Burpee" }).click();
  await field(page, "Focus").fill("Mine");
  await field(page, "Description").fill("My description");
  await other.exerciseMoves.update({ id: 3, focus: "Theirs", description: "Their description" });
  await page.getByTestId("conflict-focus").getByText("“Theirs”").waitFor();
  const theirs = page.getByTestId("conflict-description");
  await theirs.getByRole("button", { name: "Use theirs" }).click();
  expect(await field(page, "Description").inputValue()).toBe("Their description");
  expect(await theirs.count()).toBe(0);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const { data } = await other.exerciseMoves.get(3);
  expect(data).toMatchObject({ focus: "Mine", description: "Their description" });
});

test("what another deletes while it is edited can be saved as new", async () => {
  const label = /^Edit .* on Monday 09:00/;
  await page.getByRole("button", { name: label }).click();
  await page.getByRole("combobox", { name: "Day" }).click();
  await page.getByRole("option", { name: "Sunday" }).click();
  await other.schedules.delete(1);
  await page.getByText("Somebody has deleted this meanwhile").waitFor();
  await page.getByRole("button", { name: "Save as new" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByTestId("Sunday-900").getByTestId("class").waitFor();
  expect(await page.getByTestId("Monday-900").getByTestId("class").count()).toBe(0);
});

test("with the last class the page says that there are none", async () => {
  const visitor = await openPage(await openWindow(browser), planner.url);
  await other.schedules.ready;
  for (const { id } of other.schedules.rows) await other.schedules.delete(id);
  await visitor.getByText("There are no classes yet.").waitFor();
  await page.getByRole("button", { name: "Add a class, Monday 09:00" }).waitFor();
});
