import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect, type PlannerClient } from "./generated";
import { fieldErrors, newCoachSchema } from "./generated/zod";

let planner: PlannerClient;

beforeAll(async () => {
  planner = connect(process.env["PLANNER_URL"] ?? "");
  await planner.coaches.ready;
});

afterAll(() => planner.connection.close());

test("the list has the sample coaches", () => {
  const names = planner.coaches.rows.map((coach) => coach.name);
  expect(names).toEqual(expect.arrayContaining(["Rose Smith", "Dan Baily"]));
});

test("a form finds what the server would reject", () => {
  const checked = newCoachSchema.safeParse({ name: "" });
  expect(checked.error && Object.keys(fieldErrors(checked.error))).toEqual(["name"]);
});
