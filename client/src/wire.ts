/** The types of the wire: rows, acks, changes of lists, and what the server says of a session. */
import type { FieldCodes, FieldErrors, FieldPath } from "./field-errors.js";

/** What identifies a row in its list. */
export type Id = number | string;

/** A row of a live list. */
export interface Identified {
  readonly id: Id;
}

/** The payload of calls that only name a row. */
export type ById<Row extends Identified> = Pick<Row, "id">;

/**
 * Why a call was refused. `invalid`: the payload is against the rules, names a row that does not exist, or the password is
 * wrong; `errors` says which field. `not_found`: the row that is to be read, changed or deleted is not there. `conflict`: with
 * what is stored, such as a value that must be unique. `unauthenticated`: sign in first. `forbidden`: not for this account.
 * `busy`: try again later. `unknown_event`: the server has no such call. `internal`: the server has failed.
 */
export type AckCode =
  | "invalid"
  | "not_found"
  | "conflict"
  | "unauthenticated"
  | "forbidden"
  | "busy"
  | "unknown_event"
  | "internal";

/** The answer to a call that was carried out. */
export type Accepted<Data, Input = never, Key extends string = "data"> = {
  readonly ok: true;
  readonly errors: { readonly [Path in FieldPath<Input> | "_"]?: never };
  readonly code: null;
} & { readonly [Name in Key]: Data };

/** The answer to a call that was refused; nothing was changed. */
export type Refused<Input = never, Key extends string = "data"> = {
  readonly ok: false;
  readonly errors: FieldErrors<Input>;
  readonly code: AckCode;
  /** Only for clients that connect with {@link ConnectOptions.codes}. */
  readonly codes?: FieldCodes<Input>;
} & { readonly [Name in Key]: null };

/**
 * The answer to a call; `ok` tells which. `Input` is the type of the input, or the paths of its fields.
 *
 * @example
 * function describe(ack: Ack<{ id: number }, { name: string }>): string {
 *   return ack.ok ? `has id ${ack.data.id}` : (ack.errors.name?.[0] ?? ack.code);
 * }
 */
export type Ack<Data, Input = never, Key extends string = "data"> =
  | Accepted<Data, Input, Key>
  | Refused<Input, Key>;

/** Part of a list, in the order of the ids; `next` is where the following part begins. */
export interface Page<Row extends Identified> {
  readonly rows: readonly Row[];
  readonly next: Row["id"] | null;
}

/** Which part of a list is wanted: at most `limit` rows (1 to 1,000; 100 if not said), those after the id `after`. */
export interface PageQuery<Row extends Identified> {
  readonly after?: Row["id"] | null;
  readonly limit?: number | null;
}

/** The answer to a call that asks for one row. */
export type GetAck<Row extends Identified> = Ack<Row, "id">;

/** The answer to a call that asks for a part of a list. */
export type PageAck<Row extends Identified> = Ack<Page<Row>, keyof PageQuery<Row>>;

/** The answer to a call that deletes a row. */
export type DeleteAck<Row extends Identified> = Ack<null, keyof ById<Row>>;

/** How far a list has come: positions count its changes, within one epoch of the server. */
export interface Position {
  readonly epoch: string;
  readonly at: number;
}

/** What happened to a list after position `from` up to `to`; without `from`, all of the list. */
export interface Changes<Row> {
  readonly epoch: string;
  readonly from: number | null;
  readonly to: number;
  readonly put: readonly Row[];
  readonly dropped: readonly Id[];
  /** In an answer that ends before the list does: the id after which the next part begins. */
  readonly more?: Id;
}

/**
 * Where a client is with a list: the position last seen, none for the beginning. With `after`, null or an id, the list
 * comes in parts: that is the place which an earlier part has reached.
 */
export type Known = Partial<Position> & { readonly after?: Id | null };

/** Asks for what a client missed: each list with what is known of it, null for nothing. */
export type SyncRequest<Lists> = { readonly [Name in keyof Lists]?: Known | null };

/** Brings the asked lists up to date. */
export type SyncData<Lists> = { readonly [Name in keyof Lists]?: Changes<Lists[Name]> };

/** What the server says once a socket is connected. */
export interface Connected {
  readonly data: string;
  /** Stands for the account that the socket is signed in as: the same at each connect, and no other's. Null for none. */
  readonly account?: string | null;
}

/** What the server says when a socket has been signed in or out, or its session has ended. */
export interface SessionChanged {
  /** As in {@link Connected}. */
  readonly account: string | null;
  /** Whether the session has ended, so that the server does not take the socket for signed in any more. */
  readonly ended: boolean;
  /** A text for people; empty if there is nothing to say. */
  readonly message: string;
}

/** Why the server is about to end the connection: `unauthenticated`, `idle` or `busy`, and a text for people. */
export interface Disconnected {
  readonly code: string;
  readonly message: string;
}

/** What the server may know of this client when it connects. */
export type ConnectAuth = Record<string, unknown>;
