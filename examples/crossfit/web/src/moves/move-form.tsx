/** Adds an exercise move, or changes one. */
import type { ReactNode } from "react";
import { checkBy } from "../forms/check.js";
import { Editor } from "../forms/editor.js";
import { orEmpty, orNull, TextField } from "../forms/fields.js";
import { useRowForm } from "../forms/row-form.js";
import { sendRow } from "../forms/send.js";
import type { ExerciseMove, NewExerciseMove } from "../generated/index.js";
import {
  useCreateExerciseMove,
  useExerciseMove,
  useUpdateExerciseMove,
} from "../generated/react.js";
import { newExerciseMoveSchema } from "../generated/zod.js";

type Values = { name: string; focus: string; description: string; video_link: string };

const EMPTY: Values = { name: "", focus: "", description: "", video_link: "" };

function valuesOf(move: ExerciseMove | null | undefined): Values | null {
  if (!move) return null;
  const { name, focus, description, video_link } = move;
  return { name, focus, description: orEmpty(description), video_link: orEmpty(video_link) };
}

function inputOf({ name, focus, description, video_link }: Values): NewExerciseMove {
  return { name, focus, description: orNull(description), video_link: orNull(video_link) };
}

interface MoveFormProps {
  readonly id: number | "new";
  readonly own: (id: number) => void;
  readonly close: () => void;
}

export function MoveForm({ id, own, close }: MoveFormProps): ReactNode {
  const move = useExerciseMove(id === "new" ? null : id);
  const create = useCreateExerciseMove();
  const update = useUpdateExerciseMove();
  const row = useRowForm<Values>({
    current: id === "new" ? undefined : valuesOf(move),
    initial: EMPTY,
    check: (values) => checkBy(newExerciseMoveSchema, inputOf(values)),
    send: (values, changed) =>
      sendRow(id, inputOf(values), changed, { create: create.call, update: update.call, own }),
  });
  return (
    <Editor
      title={id === "new" ? "Add a move" : "Edit a move"}
      row={row}
      pending={create.pending || update.pending}
      close={close}
    >
      <TextField row={row} name="name" label="Name" isFirst input={{ required: true }} />
      <TextField row={row} name="focus" label="Focus" input={{ required: true }} />
      <TextField row={row} name="description" label="Description" isLong />
      <TextField row={row} name="video_link" label="Video (its address)" input={{ type: "url" }} />
    </Editor>
  );
}
