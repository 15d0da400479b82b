/** Adds a workout plan, or changes one. */
import { Autocomplete } from "@mantine/core";
import type { ReactNode } from "react";
import { checkBy } from "../forms/check.js";
import { Editor, Theirs } from "../forms/editor.js";
import { orEmpty, orNull, TextField } from "../forms/fields.js";
import { useRowForm } from "../forms/row-form.js";
import { sendRow } from "../forms/send.js";
import type { NewWorkoutPlan, WorkoutPlan } from "../generated/index.js";
import { useCreateWorkoutPlan, useUpdateWorkoutPlan, useWorkoutPlan } from "../generated/react.js";
import { newWorkoutPlanSchema } from "../generated/zod.js";
import { MovesField } from "./moves-field.js";

export type PlanValues = {
  name: string;
  difficulty: string;
  description: string;
  /** The ids of the moves, in order. */
  exercise_moves: readonly number[];
};

const EMPTY: PlanValues = { name: "", difficulty: "", description: "", exercise_moves: [] };

function valuesOf(plan: WorkoutPlan | null | undefined): PlanValues | null {
  if (!plan) return null;
  const { name, difficulty, description } = plan;
  const exercise_moves = plan.exercise_moves.map(({ id }) => id);
  return { name, difficulty, description: orEmpty(description), exercise_moves };
}

function inputOf({ name, difficulty, description, exercise_moves }: PlanValues): NewWorkoutPlan {
  return {
    name,
    difficulty,
    description: orNull(description),
    exercise_moves: exercise_moves.map((id) => ({ id })),
  };
}

interface PlanFormProps {
  readonly id: number | "new";
  readonly own: (id: number) => void;
  readonly close: () => void;
}

export function PlanForm({ id, own, close }: PlanFormProps): ReactNode {
  const plan = useWorkoutPlan(id === "new" ? null : id);
  const create = useCreateWorkoutPlan();
  const update = useUpdateWorkoutPlan();
  const row = useRowForm<PlanValues>({
    current: id === "new" ? undefined : valuesOf(plan),
    initial: EMPTY,
    check: (values) => checkBy(newWorkoutPlanSchema, inputOf(values)),
    send: (values, changed) =>
      sendRow(id, inputOf(values), changed, { create: create.call, update: update.call, own }),
  });
  return (
    <Editor
      title={id === "new" ? "Add a plan" : "Edit a plan"}
      row={row}
      pending={create.pending || update.pending}
      close={close}
    >
      <TextField row={row} name="name" label="Name" isFirst input={{ required: true }} />
      <Autocomplete
        label="Difficulty"
        required
        data={["Beginner", "Medium", "Hard"]}
        {...row.form.getInputProps("difficulty")}
      />
      <Theirs row={row} field="difficulty" />
      <TextField row={row} name="description" label="Description" isLong />
      <MovesField row={row} />
    </Editor>
  );
}
