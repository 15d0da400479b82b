/** Sends a row: all of a new one, of others only what was changed here. */
import { failureOf, type RowAnswer, type RowcastFailure } from "../live/answers.js";
import { pick } from "./check.js";

/** How a row is sent. */
export interface RowCalls<Input> {
  readonly create: (input: Input) => Promise<RowAnswer>;
  readonly update: (patch: Partial<Input> & { id: number }) => Promise<RowAnswer>;
  /** Told which row is written here; see `useOthers`. */
  readonly own: (id: number) => void;
}

/** Sends a row; gives why that failed, or null. */
export async function sendRow<Input extends object>(
  id: number | "new",
  input: Input,
  changed: readonly PropertyKey[],
  { create, update, own }: RowCalls<Input>,
): Promise<RowcastFailure | null> {
  if (id === "new") {
    const ack = await create(input);
    if (ack?.ok) own(ack.data.id);
    return failureOf(ack);
  }
  if (changed.length === 0) return null;
  own(id);
  return failureOf(await update({ ...pick(input, changed), id }));
}
