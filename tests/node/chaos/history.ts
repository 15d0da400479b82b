/** What clients asked for, and what they know of its outcome. */

/** `open`: not answered yet. `unknown`: given up; it may have been carried out or not. */
export type Outcome = "open" | "accepted" | "refused" | "unknown";

interface Asked {
  /** Which client, and which of its writes: the writes of a client have an order. */
  readonly client: number;
  readonly number: number;
  outcome: Outcome;
}

/** Adds a row that can be told by its mark. */
export interface Creation extends Asked {
  readonly kind: "create";
  readonly list: "coaches" | "exercise_moves" | "schedules";
  readonly mark: string;
  /** Whether the input breaks a rule, so that it must be refused. */
  readonly isInvalid?: boolean;
  /** The id of the row, once that is known. */
  createdId?: number;
}

/** Sets a field of a row to a value that it never had. */
export interface Update extends Asked {
  readonly kind: "update";
  readonly id: number;
  readonly field: "name" | "picture";
  readonly value: string;
}

/** Deletes a class. */
export interface Deletion extends Asked {
  readonly kind: "delete";
  readonly id: number;
}

export type Write = Creation | Update | Deletion;

/** A row of any list, as it stands in the database. */
export type Row = { readonly id: number } & Readonly<Record<string, unknown>>;

export type Lists = Readonly<Record<string, readonly Row[]>>;
