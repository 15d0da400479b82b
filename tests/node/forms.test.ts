// @vitest-environment happy-dom
/** Forms by a library people use, checked by the generated schemas; a refusal lands on its fields. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { formErrors } from "@rowcast/client/react";
import { act, createElement, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { type Path, useForm } from "react-hook-form";
import { afterEach, expect, test } from "vitest";
import { connect, type NewCoach } from "../../examples/crossfit/web/src/generated/index.js";
import {
  PlannerProvider,
  useCreateCoach,
} from "../../examples/crossfit/web/src/generated/react.js";
import { newCoachSchema } from "../../examples/crossfit/web/src/generated/zod.js";
import { refuse, startServer } from "./support/server.js";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function CoachForm(): ReactNode {
  const create = useCreateCoach();
  const { register, handleSubmit, setError, formState } = useForm<NewCoach>({
    resolver: standardSchemaResolver(newCoachSchema),
  });
  const submit = handleSubmit(async (input) => {
    const ack = await create.call(input);
    if (!ack || ack.ok) return;
    for (const [field, message] of Object.entries(formErrors(ack.errors))) {
      setError(field as Path<NewCoach>, { message });
    }
  });
  const { errors } = formState;
  return createElement(
    "form",
    { onSubmit: submit },
    createElement("input", register("name")),
    createElement("input", register("age")),
    createElement("output", null, `name ${errors.name?.message}; age ${errors.age?.message}`),
  );
}

test("react-hook-form shows what the schema and what the server say of a field", async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const server = await startServer();
  const client = connect(server.url, { transports: ["websocket"] });
  const page = document.createElement("main");
  document.body.append(page);
  const root = createRoot(page);
  ends.push(
    () => server.stop(),
    () => client.connection.close(),
    () => act(async () => root.unmount()),
  );
  await act(async () => {
    root.render(createElement(PlannerProvider, { client }, createElement(CoachForm)));
  });
  const [name, age] = page.querySelectorAll("input");
  const submit = (): Promise<void> =>
    act(async () => {
      page.querySelector("form")?.requestSubmit();
      await new Promise((done) => setTimeout(done, 100));
    });
  const type = (input: HTMLInputElement | undefined, text: string): void => {
    // React does not take note of a value that is set by the property it watches itself.
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value") ?? {};
    set?.call(input, text);
    input?.dispatchEvent(new Event("input", { bubbles: true }));
  };

  type(name, " ");
  type(age, "seven");
  await submit();
  expect(page.textContent).toBe(
    "name must not be blank; age must be a whole number from 18 to 120",
  );
  expect(server.received.filter(([event]) => event === "new_coach")).toEqual([]);

  type(name, "Rose");
  type(age, "41");
  server.answers.set("new_coach", refuse({ name: ["is taken"] }));
  await submit();
  expect(page.textContent).toBe("name is taken; age undefined");
  const sent = server.received.find(([event]) => event === "new_coach");
  expect(sent?.[1]).toEqual({ name: "Rose", age: 41 });
});

test("paths into lists are those of forms, and what concerns no field is left out", () => {
  const errors = { "exercise_moves[1].id": ["is unknown"], name: ["a", "b"], _: ["no"] };
  expect(formErrors(errors)).toEqual({ "exercise_moves.1.id": "is unknown", name: "a, b" });
});
