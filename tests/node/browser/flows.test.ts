/** Every page and flow, in two windows side by side: what one does, the other shows within a second. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { field, openPage, openWindow, signIn, startBrowser } from "../support/browser.js";
import { type Planner, startPlanner } from "../support/planner.js";

let planner: Planner;
let browser: Browser;
/** A coach who is signed in, and somebody who only looks. */
let [coach, visitor]: Page[] = [];

beforeAll(async () => {
  planner = await startPlanner({ args: ["--require-login"] });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.close();
  await planner.remove();
});

beforeEach(async () => {
  coach = await openPage(await openWindow(browser), planner.url);
  visitor = await openPage(await openWindow(browser), planner.url);
  await signIn(coach, "rosesmith");
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

/** Both go to a page of the planner. */
async function bothGoTo(label: string): Promise<[Page, Page]> {
  for (const page of [coach, visitor]) await page?.getByRole("link", { name: label }).click();
  if (!(coach && visitor)) throw new Error("there are no windows");
  return [coach, visitor];
}

/** Saves, and waits until the window for that is gone. */
async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Chooses one of a list. */
async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

/** The other window shows what was done, and says so. */
async function sees(page: Page, testId: string, text: string): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: text }).first().waitFor({ timeout: 1000 });
  await page.getByTestId("news").filter({ hasText: text }).waitFor();
  const marked = page.locator(`.changed[data-testid="${testId}"]`).filter({ hasText: text });
  await marked.waitFor();
  await marked.waitFor({ state: "detached" });
}

test("coaches: one is added, with its picture, and changed", async () => {
  const [coach, visitor] = await bothGoTo("Coaches");
  await coach.getByRole("button", { name: "Add a coach" }).click();
  await field(coach, "Name").fill("Ada Byron");
  await field(coach, "Age").fill("36");
  const picture = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  await field(coach, "Picture").fill(picture);
  await save(coach);
  await sees(visitor, "coach", "Ada Byron");
  const card = visitor.getByTestId("coach").filter({ hasText: "Ada Byron" });
  expect(await card.locator("img").getAttribute("src")).toBe(picture);
  expect(await card.textContent()).toContain("36 years");

  await coach.getByRole("button", { name: "Edit Ada Byron" }).click();
  await field(coach, "Name").fill("Ada Lovelace");
  await save(coach);
  await sees(visitor, "coach", "Ada Lovelace");
});

test("exercise moves: one is added, with a link to its video, and changed", async () => {
  const [coach, visitor] = await bothGoTo("Exercise moves");
  await coach.getByRole("button", { name: "Add a move" }).click();
  await field(coach, "Name").fill("Plank");
  await field(coach, "Focus").fill("Core");
  await field(coach, "Video").fill("https://video.example.org/plank");
  // Whoever clicks twice has one move.
  await coach.getByRole("button", { name: "Save" }).dblclick();
  await coach.getByRole("dialog").waitFor({ state: "detached" });
  await sees(visitor, "move", "Plank");
  expect(await visitor.getByTestId("move").filter({ hasText: "Plank" }).count()).toBe(1);
  const link = visitor.getByRole("link", { name: "Watch how Plank is done" });
  expect(await link.getAttribute("href")).toBe("https://video.example.org/plank");

  await coach.getByRole("button", { name: "Edit Plank" }).click();
  await field(coach, "Video").fill("javascript:alert(1)");
  await field(coach, "Description").fill("Hold still.");
  await save(coach);
  await visitor.getByText("Hold still.").waitFor();
  expect(await link.count()).toBe(0);
});

test("workout plans: moves are added, put in order and taken out", async () => {
  const [coach, visitor] = await bothGoTo("Workout plans");
  await coach.getByRole("button", { name: "Add a plan" }).click();
  await field(coach, "Name").fill("Evening");
  await field(coach, "Difficulty").fill("Easy");
  await choose(coach, "Add a move", "Run");
  await choose(coach, "Add a move", "Clean");
  await choose(coach, "Add a move", "Snatch");
  await coach.getByRole("button", { name: "Move Snatch up, from place 3" }).click();
  await coach.getByRole("button", { name: "Take out Run, at place 1" }).click();
  await save(coach);
  await sees(visitor, "plan", "Evening");
  const plan = visitor.getByTestId("plan").filter({ hasText: "Evening" });
  expect(await plan.getByRole("listitem").allTextContents()).toEqual(["Snatch", "Clean"]);

  await coach.getByRole("button", { name: "Edit Evening" }).click();
  await choose(coach, "Add a move", "Burpee");
  await save(coach);
  await plan.getByText("Burpee").waitFor();
});

test("schedule: a class is added, moved, deleted after a question, and brought back", async () => {
  const [coach, visitor] = await bothGoTo("Schedule");
  const mine = coach.locator('[data-mine="true"]');
  const before = await mine.count();
  expect(before).toBeGreaterThan(0);
  expect(await visitor.locator('[data-mine="true"]').count()).toBe(0);

  await coach.getByRole("button", { name: "Add a class, Sunday 10:00" }).click();
  await choose(coach, "Workout plan", "Beginner Routine");
  await save(coach);
  const [sunday, moved] = ["Sunday-1000", "Sunday-1100"].map((id) => visitor.getByTestId(id));
  await sunday?.getByText("Beginner Routine").waitFor({ timeout: 1000 });
  expect(await mine.count()).toBe(before + 1);

  const edit = /^Edit Beginner Routine with Rose Smith on Sunday/;
  await coach.getByRole("button", { name: edit }).click();
  await choose(coach, "Hour", "11:00");
  await save(coach);
  await moved?.getByText("Beginner Routine").waitFor({ timeout: 1000 });
  expect(await sunday?.textContent()).toBe("");

  await coach.getByRole("button", { name: edit }).click();
  await coach.getByRole("button", { name: "Delete" }).click();
  await coach.getByRole("button", { name: "Keep it" }).click();
  expect(await moved?.textContent()).toContain("Rose Smith");
  await coach.getByRole("button", { name: "Delete" }).click();
  await coach.getByRole("button", { name: "Yes, delete it" }).click();
  await visitor.getByTestId("news").filter({ hasText: "was deleted" }).waitFor();
  expect(await moved?.textContent()).toBe("");

  await coach.getByRole("button", { name: "Undo" }).click();
  await moved?.getByText("Rose Smith").waitFor();
});

test("what is wrong is said at its field: by the page, and by the server", async () => {
  const [coach] = await bothGoTo("Coaches");
  await coach.getByRole("button", { name: "Add a coach" }).click();
  await field(coach, "Age").fill("seven");
  await coach.getByRole("button", { name: "Save" }).click();
  await coach.getByText("must not be blank").waitFor();
  await coach.getByText("must be a whole number").waitFor();
  const name = field(coach, "Name");
  expect(await name.getAttribute("aria-invalid")).toBe("true");
  await name.fill("Another Rose");
  await field(coach, "Age").fill("");
  await field(coach, "User name").fill("rosesmith");
  await coach.getByRole("button", { name: "Save" }).click();
  await coach.getByText("is already taken").waitFor();
  expect(await name.inputValue()).toBe("Another Rose");
});

test("who leaves a form with changes is asked", async () => {
  const [coach] = await bothGoTo("Coaches");
  await coach.getByRole("button", { name: "Edit Dan Baily" }).click();
  await field(coach, "Age").fill("31");
  await coach.keyboard.press("Escape");
  await coach.getByRole("button", { name: "Go on editing" }).click();
  expect(await field(coach, "Age").inputValue()).toBe("31");
  await coach.getByRole("button", { name: "Cancel" }).click();
  await coach.getByRole("button", { name: "Discard them" }).click();
  await coach.getByRole("dialog").waitFor({ state: "detached" });
  await coach.getByText("30 years").waitFor();
});

test("a page that is asked for by its address is there, and others say that they are not", async () => {
  const page = await openPage(await openWindow(browser), `${planner.url}/coaches`);
  await page.getByRole("heading", { name: "Coaches" }).waitFor();
  expect(await page.title()).toBe("Coaches · Crossfit planner");
  await page.goto(`${planner.url}/nowhere`);
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  expect((await fetch(`${planner.url}/assets/nothing.js`)).status).toBe(404);
  await page.goto(`${planner.url}/docs/`);
  await page.getByText("call.new_coach").first().waitFor({ state: "attached" });
});
