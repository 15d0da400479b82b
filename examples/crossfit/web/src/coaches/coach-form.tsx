/** Adds a coach, or changes one. */
import type { ReactNode } from "react";
import { checkBy } from "../forms/check.js";
import { Editor } from "../forms/editor.js";
import { orEmpty, orNull, TextField } from "../forms/fields.js";
import { useRowForm } from "../forms/row-form.js";
import { sendRow } from "../forms/send.js";
import type { Coach, NewCoach } from "../generated/index.js";
import { useCoach, useCreateCoach, useUpdateCoach } from "../generated/react.js";
import { newCoachSchema } from "../generated/zod.js";

type Values = { name: string; age: string; picture: string; username: string };

const EMPTY: Values = { name: "", age: "", picture: "", username: "" };

function valuesOf(coach: Coach | null | undefined): Values | null {
  if (!coach) return null;
  const { name, age, picture, username } = coach;
  return { name, age: orEmpty(age), picture: orEmpty(picture), username: orEmpty(username) };
}

/** What is no number becomes none here, which the schema refuses. */
function inputOf({ name, age, picture, username }: Values): NewCoach {
  const known = orNull(age);
  const years = known === null ? null : Number(known);
  return { name, age: years, picture: orNull(picture), username: orNull(username) };
}

interface CoachFormProps {
  readonly id: number | "new";
  readonly own: (id: number) => void;
  readonly close: () => void;
}

export function CoachForm({ id, own, close }: CoachFormProps): ReactNode {
  const coach = useCoach(id === "new" ? null : id);
  const create = useCreateCoach();
  const update = useUpdateCoach();
  const row = useRowForm<Values>({
    current: id === "new" ? undefined : valuesOf(coach),
    initial: EMPTY,
    check: (values) => checkBy(newCoachSchema, inputOf(values)),
    send: (values, changed) =>
      sendRow(id, inputOf(values), changed, { create: create.call, update: update.call, own }),
  });
  return (
    <Editor
      title={id === "new" ? "Add a coach" : "Edit a coach"}
      row={row}
      pending={create.pending || update.pending}
      close={close}
    >
      <TextField row={row} name="name" label="Name" isFirst input={{ required: true }} />
      <TextField row={row} name="age" label="Age in years" input={{ inputMode: "numeric" }} />
      <TextField row={row} name="picture" label="Picture (its address)" input={{ type: "url" }} />
      <TextField row={row} name="username" label="User name" input={{ autoComplete: "off" }} />
    </Editor>
  );
}
