/** What to tell people of calls that were refused or got no answer. */
import { notifications } from "@mantine/notifications";
import type { AckCode } from "../generated/index.js";

export { formErrors } from "../generated/react.js";

/** Why a call failed: messages by field, and one for the whole. */
export interface RowcastFailure {
  readonly errors: object;
  readonly message: string | null;
}

interface AnyAck {
  readonly ok: boolean;
  readonly code: AckCode | null;
  readonly errors: object;
}

/** The answer to a call that writes a row, with the row. */
export type RowAnswer =
  | (AnyAck & { readonly ok: true; readonly data: { readonly id: number } })
  | (AnyAck & { readonly ok: false })
  | null;

const MESSAGES: Readonly<Partial<Record<AckCode, string>>> = {
  unauthenticated: "Please sign in first: only coaches can change the planner.",
  forbidden: "You may not do that.",
  busy: "The server is busy. Please try again in a moment.",
  not_found: "It is not there any more.",
  internal: "The server failed. Nothing was changed; please try again.",
};

/** Why a call failed, or null if it was carried out; null as an answer means that there is none. */
export function failureOf(ack: AnyAck | null): RowcastFailure | null {
  if (ack === null) {
    const message = "There was no answer. Look whether it was done before you try again.";
    return { errors: {}, message };
  }
  if (ack.ok) return null;
  const own: unknown = "_" in ack.errors ? ack.errors._ : null;
  const general = Array.isArray(own) ? own.join(" ") : null;
  const message = (ack.code && MESSAGES[ack.code]) ?? general;
  return { errors: ack.errors, message };
}

/** Says in a corner of the page that a call failed. */
export function reportFailure(title: string, failure: RowcastFailure): void {
  const fields = Object.values(failure.errors).flat().join(" ");
  notifications.show({ title, message: failure.message ?? fields, color: "red" });
}
