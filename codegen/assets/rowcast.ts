/**
 * What every generated Rowcast client shares: the types of the wire, calls that are always
 * answered or rejected, and live lists that follow the server's. Needs only `socket.io-client`.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
type Timer = unknown;
declare function setTimeout(run: (nothing?: unknown) => void, milliseconds: number): Timer;
declare function clearTimeout(timer: Timer): void;
declare function queueMicrotask(run: () => void): void;
declare const process: { readonly env: { readonly NODE_ENV?: string } };

// ------------------------------------------------------------------------------------- the wire

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

/** A path into an input, as the server names it: `name`, `coach.id`, `moves[1].id`. */
export type FieldPath<Input, Depth extends readonly unknown[] = [0, 0, 0, 0]> = Depth extends [
  unknown,
  ...infer Deeper,
]
  ? Input extends object
    ? // Below a map all names are possible, and it may have itself inside.
      string extends keyof Input
      ? string
      : {
          [Key in keyof Input & string]-?:
            | Key
            | `${Key}${PathBelow<NonNullable<Input[Key]>, Deeper>}`;
        }[keyof Input & string]
    : never
  : string;

type PathBelow<Value, Depth extends readonly unknown[]> = Value extends Uint8Array
  ? never
  : Value extends readonly (infer Item)[]
    ? Depth extends [unknown, ...infer Deeper]
      ? `[${number}]${"" | PathBelow<NonNullable<Item>, Deeper>}`
      : string
    : Value extends object
      ? `.${FieldPath<Value, Depth>}`
      : never;

/** The messages of a refusal, by field. What concerns no field stands under `_`. */
export type FieldErrors<Input = never> = {
  readonly [Path in FieldPath<Input> | "_"]?: readonly string[];
};

/**
 * What is wrong with a field, for programs that translate it: a name, and the parameters of its text. `custom` is what the
 * application has found, with the name that it has given it, if any.
 */
export type FieldCode =
  | {
      readonly code:
        | "required"
        | "not_zero"
        | "blank"
        | "pattern"
        | "email"
        | "url"
        | "ascii"
        | "alphanumeric"
        | "credit_card"
        | "phone_number"
        | "in_use"
        | "forbidden"
        | "invalid";
    }
  | { readonly code: "type"; readonly expected: ExpectedType }
  | { readonly code: "integer"; readonly min?: number | string; readonly max?: number | string }
  | { readonly code: "choice"; readonly options: readonly string[] }
  | { readonly code: "format"; readonly format: TextFormat }
  | { readonly code: "length_min"; readonly min: number }
  | { readonly code: "length_max"; readonly max: number }
  | { readonly code: "range_min"; readonly min: number | string }
  | { readonly code: "range_max"; readonly max: number | string }
  | { readonly code: "contains" | "prefix" | "suffix"; readonly text: string }
  | { readonly code: "same"; readonly field: string }
  | { readonly code: "taken"; readonly with?: readonly string[] }
  | { readonly code: "no_such_row"; readonly what: string }
  | { readonly code: "too_many_attempts"; readonly seconds: number }
  | { readonly code: "custom"; readonly name?: string };

/** The types that a value can be missing. */
export type ExpectedType =
  | "text"
  | "digits"
  | "character"
  | "number"
  | "boolean"
  | "list"
  | "tuple"
  | "object"
  | "binary";

/** The formats that a text can be missing. */
export type TextFormat =
  | "date_time"
  | "local_date_time"
  | "date"
  | "time"
  | "uuid"
  | "uri"
  | "ip"
  | "ipv4"
  | "ipv6"
  | "decimal"
  | "base64";

/** The codes of a refusal, by field, in the order of its messages. */
export type FieldCodes<Input = never> = {
  readonly [Path in FieldPath<Input> | "_"]?: readonly FieldCode[];
};

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
 * The answer to a call; `ok` tells which.
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
export type GetAck<Row extends Identified> = Ack<Row, ById<Row>>;

/** The answer to a call that asks for a part of a list. */
export type PageAck<Row extends Identified> = Ack<Page<Row>, PageQuery<Row>>;

/** The answer to a call that deletes a row. */
export type DeleteAck<Row extends Identified> = Ack<null, ById<Row>>;

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

/** A client event with a payload, as `socket.io-client` wants its events declared. */
export type Call<Payload, Answer> = (payload: Payload, ack: (answer: Answer) => void) => void;

/** A client event that asks for one row. */
export type GetCall<Row extends Identified> = Call<ById<Row>, GetAck<Row>>;

/** A client event that asks for a part of a list. */
export type PageCall<Row extends Identified> = Call<PageQuery<Row>, PageAck<Row>>;

/** A client event that deletes a row. */
export type DeleteCall<Row extends Identified> = Call<ById<Row>, DeleteAck<Row>>;

/** A client event without a payload. */
export type BareCall<Answer> = (ack: (answer: Answer) => void) => void;

/** A server event. */
export type Push<Payload> = (payload: Payload) => void;

/** Bytes in the text of a packet: so they arrive where one packet has many. */
export interface Base64 {
  readonly base64: string;
}

/**
 * What plain sockets get and send where a type says what the generated client makes of it: the digits of a `bigint`, and
 * what the platform has for bytes.
 */
export type OnWire<Value> = Value extends bigint
  ? string
  : Value extends Uint8Array
    ? Uint8Array | ArrayBuffer | Base64
    : Value extends string | number | boolean | null | undefined
      ? Value
      : Value extends (...args: infer Arguments) => void
        ? (...args: OnWire<Arguments>) => void
        : Value extends object
          ? { [Key in keyof Value]: OnWire<Value[Key]> }
          : Value;

/** A {@link Call} of a plain socket. */
export type WireCall<Payload, Answer> = OnWire<Call<Payload, Answer>>;

/** A {@link GetCall} of a plain socket. */
export type WireGetCall<Row extends Identified> = OnWire<GetCall<Row>>;

/** A {@link PageCall} of a plain socket. */
export type WirePageCall<Row extends Identified> = OnWire<PageCall<Row>>;

/** A {@link BareCall} of a plain socket. */
export type WireBareCall<Answer> = OnWire<BareCall<Answer>>;

/** A {@link Push} as a plain socket gets it. */
export type WirePush<Payload> = OnWire<Push<Payload>>;

/** Makes of what arrives what the types say. May change the value itself. */
export type Decode = (value: unknown) => unknown;

/** Makes of what has this name what the types say. */
export type NamedDecode = (name: string, value: unknown) => unknown;

/** What travels in another form than the types say. */
export interface Codecs {
  /** Makes of a payload what travels. */
  readonly encode: (payload: unknown) => unknown;
  /** The rows of lists. */
  readonly rows: NamedDecode;
  /** The data of answers, by event. */
  readonly answers: NamedDecode;
  /** The payloads of server events. */
  readonly events: NamedDecode;
}

// --------------------------------------------------------------------------------------- errors

/** The root of all errors of a client: catch it to catch them all. */
export class RowcastError extends Error {
  override readonly name: string = "RowcastError";

  constructor(message: string, cause?: unknown) {
    super(message);
    if (cause) Object.assign(this, { cause });
  }
}

/** A call that has no answer. */
export class RowcastCallError extends RowcastError {
  override readonly name: string = "RowcastCallError";
  readonly event: string;
  /** False: the call never left, so nothing happened. */
  readonly sent: boolean;

  constructor(
    event: string,
    what: string,
    sent: boolean,
    cause?: unknown,
    outcome: string = sent ? UNKNOWN_OUTCOME : NOT_SENT,
  ) {
    super(`\`${event}\` ${what}.${outcome}`, cause);
    this.event = event;
    this.sent = sent;
  }
}

/** A call that was not answered in time. */
export class RowcastTimeoutError extends RowcastCallError {
  override readonly name: string = "RowcastTimeoutError";
}

/** A call that was cut off because the connection was lost or closed. */
export class RowcastDisconnectedError extends RowcastCallError {
  override readonly name: string = "RowcastDisconnectedError";
}

/** A write that was not taken on, as too many wait for their answers already. */
export class RowcastBacklogError extends RowcastCallError {
  override readonly name: string = "RowcastBacklogError";
}

/** A write that was not sent, as another account than the one that made it is signed in now. */
export class RowcastAccountError extends RowcastCallError {
  override readonly name: string = "RowcastAccountError";
}

/** A call whose payload cannot be sent. */
export class RowcastPayloadError extends RowcastCallError {
  override readonly name: string = "RowcastPayloadError";
}

/** The server does not let this client connect: it must sign in first, or may not at all; or its session has ended. */
export class RowcastRefusedError extends RowcastError {
  override readonly name: string = "RowcastRefusedError";
  readonly code: AckCode;
  /** What was sent as `auth` when it was refused. */
  readonly auth: ConnectAuth;

  constructor(code: AckCode, message: string, auth: ConnectAuth) {
    super(message);
    this.code = code;
    this.auth = auth;
  }
}

/** The server does not serve clients of this contract any more. */
export class RowcastOutdatedError extends RowcastError {
  override readonly name: string = "RowcastOutdatedError";

  constructor() {
    super("the server has changed: reload the page");
  }
}

/** An answer that is not what this client was generated for. */
export class RowcastProtocolError extends RowcastCallError {
  override readonly name: string = "RowcastProtocolError";

  constructor(event: string, found: string) {
    super(event, `gave ${found}`, true, null, OTHER_SCHEMA);
  }
}

const UNKNOWN_OUTCOME = " It may have been carried out.";
const NOT_SENT = " It was not sent.";
const OTHER_SCHEMA = " Regenerate the client.";

// ------------------------------------------------------------------------------ reading the wire

/**
 * Gives a value from the wire the type the schema promises. This is the only cast: callers check
 * what this file relies on; the rest of a row or payload the server made from the same schema.
 */
function trusted<T>(value: unknown): T {
  return value as T;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isId(value: unknown): value is Id {
  return typeof value === "number" || typeof value === "string";
}

function isIdentified(value: unknown): value is Identified {
  return isObject(value) && "id" in value && isId(value.id);
}

function isPosition(value: unknown): value is Position {
  if (!isObject(value)) return false;
  const { epoch, at } = trusted<Partial<Position>>(value);
  return typeof epoch === "string" && typeof at === "number";
}

function isChanges(value: unknown): value is Changes<Identified> {
  if (!isObject(value)) return false;
  const { epoch, from, to, put, dropped, more } = trusted<Partial<Changes<unknown>>>(value);
  if (!isPosition({ epoch, at: to })) return false;
  if (more !== undefined && !isId(more)) return false;
  if (from !== null && typeof from !== "number") return false;
  return (
    Array.isArray(put) && Array.isArray(dropped) && put.every(isIdentified) && dropped.every(isId)
  );
}

/** Whether an answer is an ack with its data under this name. */
function isAck(answer: unknown, key: string): boolean {
  if (!isObject(answer)) return false;
  const { ok, errors } = trusted<Partial<Refused>>(answer);
  return typeof ok === "boolean" && isObject(errors) && key in answer;
}

/** The position of an accepted write, which the server adds for sockets that follow lists. */
function positionOf(ack: object): Position | null {
  const { position } = trusted<{ position?: unknown }>(ack);
  return isPosition(position) ? position : null;
}

// ----------------------------------------------------------------- the state of a list, no socket

/** One's own write that the list's position has not reached yet; without a row, a deletion. */
interface OwnWrite<Row> {
  readonly id: Id;
  readonly row: Row | null;
  readonly position: Position;
}

/** What a write without an answer is expected to do to its row. */
export interface Guess<Row extends Identified> {
  readonly id: Row["id"];
  /** Makes of the row what to show; undefined where there is none, before and after. */
  readonly change: (row: Row | undefined) => Row | undefined;
}

/**
 * A list as far as this client knows it: plain data, never changed, only replaced by the functions
 * below. What is shown lies in three layers: the server's changes, own writes that it has
 * carried out, and guesses about those that it has not answered. A lower layer may change at any
 * time; those above are laid over it anew.
 */
export interface ListState<Row extends Identified> {
  /** The position that `fed` has reached; null before the first whole list. */
  readonly position: Position | null;
  /** The list as the server's changes made it, by id. */
  readonly fed: readonly Row[];
  /** Own writes that `fed` does not contain yet, one of each row. */
  readonly own: readonly OwnWrite<Row>[];
  /** What writes without an answer are expected to do, in the order in which they were made. */
  readonly guesses: readonly Guess<Row>[];
  /** Changes that came before those that lead to them. */
  readonly early: readonly Changes<Row>[];
  /** The list as far as it has been loaded, while its parts come; then it takes the place of `fed`. */
  readonly part: Part<Row> | null;
  /** `fed` with `own` and `guesses` over it: the same array until a row of it changes. */
  readonly rows: readonly Row[];
}

/** The beginning of a list at a position, up to the id `after`. */
interface Part<Row extends Identified> {
  readonly position: Position;
  readonly fed: readonly Row[];
  readonly after: Id;
}

/** How many early changes are kept; with fewer, a busy list might never catch up. */
const MAX_EARLY = 100;

/** Makes the state of a list of which nothing is known yet. */
export function createListState<Row extends Identified>(): ListState<Row> {
  return { position: null, fed: [], own: [], guesses: [], early: [], part: null, rows: [] };
}

/**
 * Applies changes, in whatever order they come: repeats are dropped, and what follows a gap waits
 * until {@link wantsSync} has been answered.
 *
 * To the answer to a sync belongs the state as it was when the sync was sent. An answer that ends before what was known then
 * comes of a server whose history went back (a backup was restored): what came of the lost part is given up.
 */
export function applyChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  asked: ListState<Row> = createListState(),
): ListState<Row> {
  const end = endOf(changes);
  const wentBack = heardPositions(asked).some((position) => isBefore(end, position));
  const known = wentBack ? forgetHeard(state, asked, changes) : state;
  // The answer to what was asked before another part came is as good as a push.
  const part = known.part === asked.part ? known.part : null;
  let next = takeChanges(known, changes, part);
  for (let before = known; next.position !== before.position; ) {
    before = next;
    next = { ...before, early: [] };
    for (const waiting of before.early) next = takeChanges(next, waiting, null);
  }
  return withRows(state, next);
}

/** Shows what a write is expected to do, until {@link settleWrite} ends it. Fails as `change` does. */
export function applyGuess<Row extends Identified>(
  state: ListState<Row>,
  guess: Guess<Row>,
): ListState<Row> {
  changeRow(guess, findRow(state.rows, guess.id));
  return withRows(state, { ...state, guesses: [...state.guesses, guess] });
}

/**
 * Ends a write: its guess, if there was one, and in the same step, so that nothing else is seen in between, shows what came of
 * it: a row, or null for a deletion. Older changes do not undo that until the list's own position has reached the write's.
 * Without a result, all is as if nothing had been guessed.
 */
export function settleWrite<Row extends Identified>(
  state: ListState<Row>,
  write: OwnWrite<Row> | null,
  guess?: Guess<Row>,
): ListState<Row> {
  const guesses = guess ? state.guesses.filter((other) => other !== guess) : state.guesses;
  return withRows(state, { ...state, guesses, own: write ? ownWith(state, write) : state.own });
}

/** The own writes with another one, unless something newer is known. */
function ownWith<Row extends Identified>(
  state: ListState<Row>,
  { id, row, position }: OwnWrite<Row>,
): readonly OwnWrite<Row>[] {
  const { own } = state;
  const earlier = ownWrite(state, id);
  if (state.position && isReachedBy(position, state.position)) return own;
  if (earlier && isBefore(position, earlier.position)) return own;
  const written = { id, row: row && reuseRow(state, row), position };
  return [...own.filter((other) => other !== earlier), written];
}

function ownWrite<Row extends Identified>(
  { own }: ListState<Row>,
  id: Id,
): OwnWrite<Row> | undefined {
  return own.find((write) => write.id === id);
}

/** Whether the list lacks changes that only a sync can bring. */
export function wantsSync<Row extends Identified>(state: ListState<Row>): boolean {
  return state.early.length > 0 || state.part !== null || syncPosition(state) === null;
}

/** What to say in a sync: the list is wanted in parts. */
export function syncKnown<Row extends Identified>(state: ListState<Row>): Known {
  return { ...syncPosition(state), after: syncPosition(state) && (state.part?.after ?? null) };
}

/** The position to sync from; null if all of the list is needed. */
export function syncPosition<Row extends Identified>(state: ListState<Row>): Position | null {
  const { position } = state.part ?? state;
  const epoch = position?.epoch;
  const foreignChanges = state.early.some((changes) => changes.epoch !== epoch);
  const foreignWrites = state.own.some((write) => write.position.epoch !== epoch);
  return foreignChanges || foreignWrites ? null : position;
}

/** All positions that this client has received, in changes and in answers. */
function heardPositions<Row extends Identified>(state: ListState<Row>): readonly Position[] {
  const own = state.own.map((write) => write.position);
  const lists = [state.position, state.part?.position].filter(isPosition);
  return [...own, ...state.early.map(endOf), ...lists];
}

function endOf({ epoch, to }: Changes<unknown>): Position {
  return { epoch, at: to };
}

/** Gives up what had been heard when a sync was sent; a whole list makes up for it. */
function forgetHeard<Row extends Identified>(
  state: ListState<Row>,
  asked: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  const own = state.own.filter((write) => !asked.own.includes(write));
  const early = state.early.filter((changes) => !asked.early.includes(changes));
  const position = changes.from === null ? null : state.position;
  return { ...state, position, own, early, part: null };
}

/** Takes changes, which may follow on a part of the list. */
function takeChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  part: Part<Row> | null,
): ListState<Row> {
  const { position } = state;
  const { epoch, from } = changes;
  if (position && isReachedBy(endOf(changes), position)) {
    return from === null || part ? completed(state, state.fed, position) : state;
  }
  if (from === null) return takeRows(state, [], changes);
  if (part) return takeRows(state, part.fed, changes);
  const follows = position && isReachedBy({ epoch, at: from }, position);
  if (follows) return takeRows(state, state.fed, changes);
  return { ...state, early: [...state.early, changes].slice(-MAX_EARLY) };
}

/** Takes all of a list, a part of it after those before, or what has changed in it. */
function takeRows<Row extends Identified>(
  state: ListState<Row>,
  before: readonly Row[],
  changes: Changes<Row>,
): ListState<Row> {
  const position = endOf(changes);
  const fed = changedRows(state, before, changes);
  if (changes.more === undefined) return completed(state, fed, position);
  // The list that is being loaded has the writes of earlier epochs. They are shown until it is there.
  const contained = (write: OwnWrite<Row>): OwnWrite<Row> =>
    write.position.epoch === position.epoch ? write : { ...write, position };
  const own = state.own.map(contained);
  const part = { position, fed, after: changes.more };
  return { ...state, own, early: ofEpoch(state.early, position.epoch), part };
}

/** The whole list is there. What came of other epochs will never fit. */
function completed<Row extends Identified>(
  state: ListState<Row>,
  fed: readonly Row[],
  position: Position,
): ListState<Row> {
  const own = state.own.filter((write) => isBefore(position, write.position));
  return { ...state, position, fed, own, early: ofEpoch(state.early, position.epoch), part: null };
}

function ofEpoch<Row>(early: readonly Changes<Row>[], epoch: string): readonly Changes<Row>[] {
  return early.filter((changes) => changes.epoch === epoch);
}

function changedRows<Row extends Identified>(
  state: ListState<Row>,
  rows: readonly Row[],
  { put, dropped }: Pick<Changes<Row>, "put" | "dropped">,
): readonly Row[] {
  const changed = new Map<Id, Row | undefined>(dropped.map((id) => [id, undefined]));
  for (const row of put) changed.set(row.id, reuseRow(state, row));
  return placeRows(rows, changed);
}

/** Brings `rows` of the next state in line with the layers that have changed. */
function withRows<Row extends Identified>(
  before: ListState<Row>,
  next: ListState<Row>,
): ListState<Row> {
  const { fed, own, guesses } = next;
  if (fed === before.fed && own === before.own && guesses === before.guesses) return next;
  const rows = placeRows(fed, overlay(next));
  const isSame =
    rows.length === before.rows.length && rows.every((row, index) => row === before.rows[index]);
  if (isSame) return { ...next, rows: before.rows };
  return { ...next, rows: frozen(rows) };
}

/** What own writes and guesses make of rows; undefined for those that are not to be seen. */
function overlay<Row extends Identified>(state: ListState<Row>): ReadonlyMap<Id, Row | undefined> {
  const changed = new Map<Id, Row | undefined>();
  for (const { id, row } of state.own) changed.set(id, row ?? undefined);
  for (const guess of state.guesses) {
    const { id } = guess;
    const row = changed.has(id) ? changed.get(id) : findRow(state.fed, id);
    changed.set(id, guessRow(guess, row));
  }
  // A guess makes its row anew each time: what is equal to the row from before stays that row.
  for (const [id, row] of changed) changed.set(id, row && reuseRow(state, row));
  return changed;
}

/** A guess that fails on what the row has become must not keep the list from going on. */
function guessRow<Row extends Identified>(
  guess: Guess<Row>,
  row: Row | undefined,
): Row | undefined {
  try {
    return changeRow(guess, row);
  } catch (error) {
    throwLater(error);
    return row;
  }
}

function changeRow<Row extends Identified>(
  { id, change }: Guess<Row>,
  row: Row | undefined,
): Row | undefined {
  const changed = change(row);
  if (changed && changed.id !== id) {
    throw new RowcastError("an optimistic row must keep its id");
  }
  return changed;
}

/** The object known for a row already, if nothing in it differs: views compare by identity. */
function reuseRow<Row extends Identified>(state: ListState<Row>, row: Row): Row {
  const lists = [state.fed, state.rows, state.part?.fed ?? []];
  const known = [ownWrite(state, row.id)?.row, ...lists.map((list) => findRow(list, row.id))];
  return known.find((other) => other && isEqual(other, row)) ?? frozen(row);
}

/** Freezes what is shown, at every level, so that code that changes it fails where it does so. */
function deepFreeze<Value>(value: Value): Value {
  if (isObject(value) && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner);
  }
  return value;
}

/** In development only. Found out once: in Node, each look at the environment is a call of the system. */
const frozen = /* @__PURE__ */ chooseFreeze();

/** Bundlers write in what `process.env.NODE_ENV` is, and drop what is not used then; a browser without one has no `process`. */
function chooseFreeze(): <Value>(value: Value) => Value {
  try {
    return process.env.NODE_ENV === "production" ? trusted : deepFreeze;
  } catch {
    return trusted;
  }
}

/** The row with this id, in rows by id. */
export function findRow<Row extends Identified>(rows: readonly Row[], id: Id): Row | undefined {
  const row = rows[placeOf(rows, id)];
  return row?.id === id ? row : undefined;
}

/** Where a row with this id is, or belongs. */
function placeOf(rows: readonly Identified[], id: Id): number {
  let [start, end] = [0, rows.length];
  while (start < end) {
    const middle = (start + end) >> 1;
    const row = rows[middle];
    if (row && compareIds(row.id, id) < 0) start = middle + 1;
    else end = middle;
  }
  return start;
}

/** Rows by id with some of them replaced, or dropped; the same array if there are none. */
function placeRows<Row extends Identified>(
  rows: readonly Row[],
  changed: ReadonlyMap<Id, Row | undefined>,
): readonly Row[] {
  if (changed.size === 0) return rows;
  const next = [...rows];
  for (const [id, row] of changed) {
    const index = placeOf(next, id);
    next.splice(index, next[index]?.id === id ? 1 : 0, ...(row ? [row] : []));
  }
  return next;
}

function isReachedBy(goal: Position, position: Position): boolean {
  return goal.epoch === position.epoch && goal.at <= position.at;
}

function isBefore(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.at < b.at;
}

/** Compares two values that came from the wire. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return String(a) === String(b);
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = Object.entries(b);
  if (left.size !== right.length) return false;
  return right.every(([key, value]) => left.has(key) && isEqual(left.get(key), value));
}

/** Orders ids as the server does: numbers by value, text by code point. */
function compareIds(a: Id, b: Id): number {
  return typeof a === "number" ? a - Number(b) : compareText(a, String(b));
}

/** By code point: the halves of characters beyond U+FFFF are not the highest code units. */
function compareText(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return (a.codePointAt(index) ?? -1) - (b.codePointAt(index) ?? -1);
}

// -------------------------------------------------------------- the order of calls, no socket

/**
 * `write`: has a key, so it can be sent again until it is answered. `call`: is sent once. `sync`:
 * like a call, but ahead of all others.
 */
export type CallKind = "write" | "call" | "sync";

/** The account that calls are made with; not known before the server has named it. */
export interface Owner {
  account?: string | null | undefined;
  /** The credentials with which the account was to be signed in, once they are known. */
  auth?: ConnectAuth;
}

/** What a queue keeps of a call. */
export interface QueuedCall {
  readonly kind: CallKind;
  readonly owner: Owner;
  /** How often it was sent. */
  sends: number;
  /** Whether it was sent on this connection and may still be answered there. */
  isOut: boolean;
}

/**
 * The calls without an answer, in the order in which they are to take effect: plain data, changed
 * only by the functions below. They decide what is sent next; the caller sends it.
 *
 * A server carries out the calls of one connection in order. What can break the order are writes
 * that were cut off: they are sent again on the next connection while the earlier copy may still
 * be waiting in the server. So they go one at a time, each after the answer to the one before it,
 * and before all others. Only a write that is refused as busy loses its place to those behind it:
 * at once if the client hears of it, else when it is sent again.
 */
export interface CallQueue<Call> {
  calls: readonly Call[];
  isUp: boolean;
  /** The owner of calls that are made now. */
  owner: Owner;
}

/** How many writes are on their way at once: enough to keep a server busy, few to be sent again. */
const MAX_OUT = 32;

/** Refusals of this call that say nothing of an earlier copy of it. */
const PASSING_REFUSALS: readonly unknown[] = ["busy", "unauthenticated", "forbidden"];

/** Makes a queue that has no connection yet. */
export function createCallQueue<Call extends QueuedCall>(): CallQueue<Call> {
  return { calls: [], isUp: false, owner: {} };
}

/** Puts a call into its place. */
export function addCall<Call extends QueuedCall>(queue: CallQueue<Call>, call: Call): void {
  queue.calls = call.kind === "sync" ? [call, ...queue.calls] : [...queue.calls, call];
}

/** Takes out a call that was given up or answered. */
export function dropCall<Call extends QueuedCall>(queue: CallQueue<Call>, call: Call): void {
  queue.calls = queue.calls.filter((queued) => queued !== call);
}

/** The calls to send now, in this order. */
export function dueCalls<Call extends QueuedCall>(queue: CallQueue<Call>): readonly Call[] {
  // What an account has written waits while it is signed out.
  const isSignedOut = ({ owner }: Call): boolean =>
    typeof owner.account === "string" && queue.owner.account === null;
  const writes = queue.calls.filter((call) => isWrite(call) && !isSignedOut(call));
  const [first] = writes;
  const isRepeating = first && first.sends > Number(first.isOut);
  const allowed = writes.slice(0, isRepeating ? 1 : MAX_OUT);
  // A call that follows writes sees what they did. Only those that are held up can't keep it
  // waiting: it may be the sign-in that they need.
  const next = isRepeating ? undefined : writes[MAX_OUT];
  const isDue = (call: Call): boolean => !call.isOut && (!isWrite(call) || allowed.includes(call));
  return queue.isUp ? queue.calls.slice(0, next && queue.calls.indexOf(next)).filter(isDue) : [];
}

/** Takes note that a call was sent. */
export function markSent(call: QueuedCall): void {
  call.sends += 1;
  call.isOut = true;
}

/**
 * Takes an answer, with the code of the refusal if it is one, and gives whether the call is out of
 * the queue. It is not if the answer does not tell what became of it: if the server refused to look
 * at a write of which it has had an earlier copy. That is to be sent again after a while, with
 * `isOut` reset; until then it keeps the other writes waiting.
 */
export function answerCall<Call extends QueuedCall>(
  queue: CallQueue<Call>,
  call: Call,
  code: unknown,
): boolean {
  const isAnswer = !isWrite(call) || call.sends < 2 || !PASSING_REFUSALS.includes(code);
  if (isAnswer) dropCall(queue, call);
  return isAnswer;
}

/** The connection is gone, and with it the calls on their way that can't be sent again. */
export function cutCalls<Call extends QueuedCall>(queue: CallQueue<Call>): void {
  queue.calls = queue.calls.filter((call) => !call.isOut || isWrite(call));
  for (const call of queue.calls) call.isOut = false;
  queue.isUp = false;
}

function isWrite(call: QueuedCall): boolean {
  return call.kind === "write";
}

// ---------------------------------------------------------------------------------------- calls

/** What is to be asked of the server. */
interface Request {
  readonly kind: CallKind;
  readonly event: string;
  readonly args: readonly unknown[];
  /** How many bytes the largest message has that it takes. */
  readonly size: number;
  /** After how many milliseconds it is given up. */
  readonly limit: number;
}

interface PendingCall extends Request, QueuedCall, Deferred<unknown> {
  /** By the clock: timers stand still while a computer sleeps. */
  readonly deadline: number;
  timer: Timer;
}

interface Calls {
  readonly request: (request: Request) => Promise<unknown>;
  readonly pendingWrites: () => number;
  /** The connection is there, with the account that it is signed in as. */
  readonly connect: (account: string | null | undefined) => void;
  /** Takes note of the account that is signed in: what another one wrote is given up. */
  readonly identify: (account: string | null | undefined) => void;
  /** The credentials with which to connect: as long as no account is known, what was made with others is given up. */
  readonly authenticate: (auth: ConnectAuth) => void;
  readonly cutOff: (reason: Error) => void;
  /**
   * Sends nothing more on this connection, and waits until what is under way is answered, or for a while. What is written
   * from now on belongs to the account of the next connection.
   */
  readonly drain: () => Promise<void>;
  /** Gives up all calls, and those to come; with null, they are taken on again. */
  readonly refuse: (reason: Error | null) => void;
}

/** What is known of the server and its connection. */
interface Server {
  /** The size of the largest message that it takes, if it says so. */
  maxPayload: number | undefined;
  /** When something came from it for the last time. */
  heardAt: number;
  /** Why there is no connection. */
  error: Error | null;
}

/** Keeps account of the calls that are under way or wait for a connection. */
function trackCalls(
  socket: Socket,
  server: Server,
  maxWrites: number,
  pendingChanged: () => void,
): Calls {
  const queue = createCallQueue<PendingCall>();
  let refused: Error | null = null;
  let pending = 0;
  /** Writes that are to be sent again after a while. */
  const held = new Set<PendingCall>();
  let holds = 0;
  let hold: Timer;

  function countWrites(): void {
    const before = pending;
    pending = queue.calls.filter(isWrite).length;
    if (pending !== before) pendingChanged();
  }

  function send(): void {
    const now = Date.now();
    // A server forgets keys after a while: what has slept too long must not be sent again.
    for (const call of queue.calls) if (call.kind !== "sync" && call.deadline <= now) giveUp(call);
    const current = queue.owner.account;
    disown(
      ({ kind, owner: { account } }) =>
        kind !== "sync" && !!account && !!current && account !== current,
    );
    // Listeners may add calls while this runs.
    for (let [call] = dueCalls(queue); call; [call] = dueCalls(queue)) emit(call);
  }

  function emit(call: PendingCall): void {
    const { event, args, size } = call;
    const { maxPayload = size } = server;
    if (size > maxPayload) {
      // It would end the connection.
      const what = `it has ${size} bytes, and the server takes ${maxPayload}`;
      fail(call, payloadError(event, new RowcastError(what)));
    } else {
      markSent(call);
      socket.emit(event, ...args, (answer: unknown) => receive(call, answer));
    }
  }

  function receive(call: PendingCall, answer: unknown): void {
    const { code } = trusted<{ code?: unknown }>(answer ?? {});
    if (!queue.calls.includes(call)) return;
    if (answerCall(queue, call, code)) {
      if (isWrite(call)) holds = 0;
      clearTimeout(call.timer);
      call.resolve(answer);
      countWrites();
    } else {
      held.add(call);
      if (held.size === 1) hold = setTimeout(release, backoff(holds));
      holds += 1;
    }
    send();
  }

  function release(): void {
    clearTimeout(hold);
    for (const call of held) call.isOut = false;
    held.clear();
    send();
  }

  function fail(call: PendingCall, error: RowcastError): void {
    clearTimeout(call.timer);
    call.reject(error);
    dropCall(queue, call);
    countWrites();
  }

  function giveUp(call: PendingCall): void {
    const { event, limit, sends } = call;
    const cause = queue.isUp ? null : server.error;
    const why = cause?.message ?? "the server did not answer";
    const what = `gave up after ${limit} ms: ${why}`;
    fail(call, new RowcastTimeoutError(event, what, sends > 0, cause));
  }

  /** Rejects waiting calls that were made before another sign-in. */
  function disown(isOther: (call: PendingCall) => boolean): void {
    for (const call of queue.calls) {
      if (call.isOut || !isOther(call)) continue;
      const what = "was made before another sign-in";
      fail(call, new RowcastAccountError(call.event, what, call.sends > 0));
    }
  }

  /** A timer has run out. While data arrives, what is to be loaded may still be on its way. */
  function expire(call: PendingCall): void {
    const left = call.kind === "sync" ? server.heardAt + call.limit - Date.now() : 0;
    if (left > 0) {
      call.timer = startTimer(() => expire(call), left);
    } else {
      giveUp(call);
      send();
    }
  }

  function identify(account: string | null | undefined): void {
    // During a drain, the next connection decides.
    if (!queue.isUp) return;
    for (const { owner } of [queue, ...queue.calls]) {
      if (owner.account === undefined) owner.account = account;
    }
    if (queue.owner.account !== account) queue.owner = { account };
    // It may be the sign-in that held writes need.
    release();
  }

  function refuseExcess(call: PendingCall): RowcastError | null {
    if (!isWrite(call) || pending < maxWrites) return null;
    const what = `was not taken on: ${pending} writes wait (\`maxPendingWrites\`)`;
    return new RowcastBacklogError(call.event, what, false);
  }

  function start(call: PendingCall): void {
    const refusal = refused ? disconnectedError(call, refused) : refuseExcess(call);
    if (refusal) {
      call.reject(refusal);
      return;
    }
    call.timer = startTimer(() => expire(call), call.limit);
    addCall(queue, call);
    countWrites();
    send();
  }

  return {
    request: (request) => {
      const deferred = defer<unknown>();
      const deadline = Date.now() + request.limit;
      const { owner } = queue;
      start({ ...request, ...deferred, deadline, owner, sends: 0, isOut: false, timer: 0 });
      return deferred.promise;
    },
    pendingWrites: () => pending,
    connect: (account) => {
      queue.isUp = true;
      identify(account);
    },
    identify,
    authenticate: (auth) => {
      const isOther = (owner: Owner): boolean => {
        owner.auth ??= auth;
        return owner.account === undefined && !isEqual(owner.auth, auth);
      };
      disown((call) => isWrite(call) && isOther(call.owner));
      if (isOther(queue.owner)) queue.owner = { auth };
    },
    refuse: (reason) => {
      refused = reason;
      if (reason) for (const call of queue.calls) fail(call, disconnectedError(call, reason));
    },
    drain: async () => {
      queue.isUp = false;
      // The account of waiting calls is not known and cannot be learned any more: these credentials equal no others.
      queue.owner.auth ??= { "": null };
      queue.owner = {};
      const out = queue.calls.filter(({ isOut, kind }) => isOut && kind !== "sync");
      if (out.length === 0) return;
      const { promise, resolve } = defer<unknown>();
      setTimeout(resolve, DRAIN_TIMEOUT);
      Promise.all(out.map((call) => call.promise)).then(resolve, resolve);
      await promise;
    },
    cutOff: (reason) => {
      clearTimeout(hold);
      held.clear();
      holds = 0;
      for (const call of queue.calls) {
        if (call.kind === "sync" || (call.isOut && !isWrite(call)))
          fail(call, disconnectedError(call, reason));
      }
      cutCalls(queue);
    },
  };
}

function disconnectedError({ event, sends }: PendingCall, reason: Error): RowcastError {
  const what = `was cut off: ${reason.message}`;
  return new RowcastDisconnectedError(event, what, sends > 0, reason);
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** A promise with what settles it. A rejection that nothing awaits is no unhandled one. */
function defer<Value>(): Deferred<Value> {
  const made: Partial<Record<keyof Deferred<Value>, unknown>> = {};
  const promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  promise.catch(() => {});
  return trusted({ ...made, promise });
}

/** How long answers are waited for before a connection is made anew on purpose. */
const DRAIN_TIMEOUT = 1000;

/**
 * A name for a write that no other has, by which the server knows it again: the time, and 96 random
 * bits. Names that follow each other lie side by side in the server's index, which writes less.
 */
function createKey(): string {
  const words = new Uint32Array(3).map(() => Math.random() * 2 ** 32);
  // React Native has none of its own: there, names are as unique, but rest on a weaker source.
  trusted<Randomness>(globalThis).crypto?.getRandomValues?.(words);
  return `${Date.now().toString(16)}-${words.join("-")}`;
}

interface Randomness {
  readonly crypto?: { readonly getRandomValues?: (words: Uint32Array) => Uint32Array };
}

/** A timer; those that are to take longer than 24 days would fire at once. */
function startTimer(run: () => void, milliseconds: number): Timer {
  return setTimeout(run, Math.min(milliseconds, 2 ** 31 - 1));
}

/** A payload as it is now: what is sent again must be the same, whatever becomes of the object. */
interface Snapshot {
  readonly payload: unknown;
  /** As in a {@link Request}. */
  readonly size: number;
}

/** Fails on what JSON does not have. Bytes travel beside the text; for them, it has a mark. */
function snapshot(event: string, payload: unknown): Snapshot {
  const mark = createKey();
  const binary: unknown[] = [];
  let size = 0;
  function replace(this: Record<string, unknown>, key: string, json: unknown): unknown {
    // Before `toJSON`, which Node's buffers have.
    const bytes = bytesOf(this[key]) ?? bytesOf(json);
    if (bytes === null) return json;
    size = Math.max(size, bytes.byteLength);
    return mark + (binary.push(bytes) - 1);
  }
  const text = JSON.stringify(payload ?? null, replace);
  const restore = (_: string, value: unknown): unknown =>
    typeof value === "string" && value.startsWith(mark)
      ? binary[Number(value.slice(mark.length))]
      : value;
  return {
    payload: JSON.parse(text, restore),
    // Beside the payload and the event: the key, and the kind of the packet.
    size: Math.max(size, 99 + encodeURI(event + text).replace(/%../g, "-").length),
  };
}

/** What travels as bytes, as it is now; null for anything else. */
function bytesOf(value: unknown): Uint8Array | ArrayBuffer | null {
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  return null;
}

function payloadError(event: string, error: unknown): RowcastPayloadError {
  const what = `cannot be sent: ${toError(error).message}`;
  return new RowcastPayloadError(event, what, false, error, "");
}

// --------------------------------------------------------------------------- keeping lists synced

/** A list that is kept up to date. */
interface Feed {
  readonly name: string;
  state: ListState<Identified>;
  status: ConnectionStatus;
  ready: Deferred<void>;
  /** Not synced yet since the connection is up. */
  isStale: boolean;
  /** Whether it is being synced, or that has failed and is put off. */
  isBusy: boolean;
  readonly update: (next: ListState<Identified>) => void;
  readonly notify: () => void;
}

interface Syncs {
  readonly all: Feed[];
  readonly receive: (feed: Feed, payload: unknown) => void;
  readonly start: () => void;
  readonly stop: () => void;
  readonly catchUp: () => void;
  /** Syncs though nothing seems to be missed; calls back if there is no answer in time. */
  readonly check: (limit: number, silent: () => void) => void;
  /** Waits until the named lists contain what was written up to the positions, or for so long. */
  readonly reach: (positions: Readonly<Record<string, unknown>>, limit: number) => Promise<void>;
}

type RequestSync = (
  request: SyncRequest<Record<string, unknown>>,
  limit?: number,
) => Promise<object>;

function isSettled(feed: Feed): boolean {
  return !feed.isStale && !wantsSync(feed.state);
}

/** Syncs all lists when the connection comes up, single ones on a gap, and after a while those that did not come on. */
function syncFeeds(
  request: RequestSync,
  report: (error: Error | null) => void,
  codecs: Codecs | undefined,
): Syncs {
  const all: Feed[] = [];
  const advanced = createListeners();
  let session = 0;
  let isUp = false;
  let failures = 0;

  /** Syncs these lists; gives the error if that fails, unless the connection was lost meanwhile. */
  async function sync(feeds: readonly Feed[], limit?: number): Promise<Error | null> {
    const current = session;
    const asked = new Map(feeds.map((feed) => [feed, feed.state]));
    const known: Record<string, Known> = {};
    for (const { name, state } of feeds) known[name] = syncKnown(state);
    for (const feed of feeds) feed.isBusy = true;
    const answer = await request(known, limit).catch(toError);
    if (current !== session) return null;
    const error = answer instanceof Error ? answer : takeAnswer(asked, answer);
    const failed = feeds.filter(
      (feed) => !isSettled(feed) && feed.state.part?.after === asked.get(feed)?.part?.after,
    );
    for (const feed of feeds) feed.isBusy = failed.includes(feed);
    if (failed.length > 0)
      setTimeout(() => current === session && again(failed), backoff(failures));
    // What all fail at is tried ever more rarely.
    failures = failed.length < feeds.length ? 0 : failures + 1;
    report(error);
    advanced.notify();
    catchUp();
    return error;
  }

  function again(feeds: readonly Feed[]): void {
    for (const feed of feeds) feed.isBusy = false;
    catchUp();
  }

  /** Hands each list its part of an answer; gives the error if one is missing. */
  function takeAnswer(
    asked: ReadonlyMap<Feed, ListState<Identified>>,
    answer: object,
  ): Error | null {
    let error: Error | null = null;
    for (const [feed, state] of asked) {
      const said = trusted<Record<string, unknown>>(answer ?? {})[feed.name];
      if (take(feed, said, state)) feed.isStale = false;
      else error = new RowcastProtocolError("sync", `no changes of \`${feed.name}\``);
    }
    return error;
  }

  /** Takes what is said of a list, and tells whether it could be read. */
  function take(feed: Feed, said: unknown, asked?: ListState<Identified>): boolean {
    try {
      const decode = (row: Identified): Identified => trusted(codecs?.rows(feed.name, row) ?? row);
      if (!isChanges(said)) return false;
      feed.update(applyChanges(feed.state, { ...said, put: said.put.map(decode) }, asked));
      return true;
    } catch {
      return false;
    }
  }

  function catchUp(): void {
    const late = all.filter((feed) => !feed.isBusy && !isSettled(feed));
    if (isUp && late.length > 0) void sync(late);
  }

  return {
    all,
    receive: (feed, payload) => {
      if (!take(feed, payload)) feed.isStale = true;
      catchUp();
      report(null);
      advanced.notify();
    },
    start: () => {
      isUp = true;
      for (const feed of all) feed.isStale = true;
      catchUp();
    },
    stop: () => {
      isUp = false;
      session += 1;
      failures = 0;
      for (const feed of all) feed.isBusy = false;
    },
    catchUp,
    check: (limit, silent) => {
      // What is being loaded takes its time, and an answer would wait behind it.
      if (!isUp || all.some((feed) => feed.isBusy)) return;
      void sync(all, limit).then((error) => {
        if (error instanceof RowcastTimeoutError) silent();
      });
    },
    reach: async (positions, limit) => {
      const { promise, resolve } = defer<unknown>();
      const isReached = ({ name, state }: Feed): boolean => {
        const goal = positions[name];
        return !isPosition(goal) || (!!state.position && isReachedBy(goal, state.position));
      };
      const check = (): void => {
        if (all.every(isReached)) resolve(null);
      };
      const timer = setTimeout(resolve, limit);
      const stop = advanced.subscribe(check);
      check();
      await promise;
      clearTimeout(timer);
      stop();
    },
  };
}

/** Waits longer each time, up to ten seconds, and never as long as all the others. */
function backoff(failures: number, first = 250, most = 10_000): number {
  return Math.min(first * 2 ** failures, most) * (0.5 + Math.random() / 2);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new RowcastError(String(error));
}

// ------------------------------------------------------------------------- the page, if there is one

/** What can be listened to in a browser. Written out, as not every platform's types have it. */
interface EventSource {
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

type Listen = (type: string, listener: (event: PageEvent) => void) => void;

interface PageEvent {
  /** Only of `pageshow`. */
  readonly persisted?: boolean;
}

interface BrowserPage extends EventSource {
  readonly document?: EventSource & { readonly visibilityState?: string };
}

/**
 * Calls back when a page that may have slept, or lost its network, is there again. Timers and
 * connections stood still meanwhile, and a dead connection is not noticed by itself for long.
 */
function watchPage(wake: () => void): Unsubscribe {
  const page = trusted<BrowserPage>(globalThis);
  const { document } = page;
  // Pages that are shown anew come from the back-forward cache; others have just been loaded.
  const listen = ({ persisted = document?.visibilityState !== "hidden" }: PageEvent): void => {
    if (persisted) wake();
  };
  const change = (how: "addEventListener" | "removeEventListener"): void => {
    page[how]?.("online", listen);
    page[how]?.("pageshow", listen);
    document?.[how]?.("visibilitychange", listen);
  };
  change("addEventListener");
  return () => change("removeEventListener");
}

// ----------------------------------------------------------------------------------- connection

/**
 * `connecting`: not connected yet. `live`: every list is up to date as far as is known.
 * `catching_up`: connected, but changes were missed and are being fetched. `offline`: the
 * connection failed, was lost or closed; unless closed, it is tried again. `outdated`: the server
 * does not serve clients of this contract any more, so the page should be loaded anew; in case the
 * server is the one that is behind, it is tried again too. `unauthenticated`: the session that this
 * client has sent or signed in with does not count any more; unless `auth` gives another one, that is
 * not tried again before {@link Connection.reconnect}.
 */
export type ConnectionStatus =
  | "connecting"
  | "live"
  | "catching_up"
  | "offline"
  | "unauthenticated"
  | "outdated";

/** Ends a subscription. */
export type Unsubscribe = () => void;

/** What the server may know of this client when it connects. */
export type ConnectAuth = Record<string, unknown>;

/** Gives what to send when connecting; asked anew each time. */
export type AuthSource = ConnectAuth | (() => ConnectAuth | Promise<ConnectAuth>);

/** How to connect. */
export interface ConnectOptions {
  /**
   * Sent with every connect; a function is asked anew each time, and may be asynchronous: while it
   * fails, the client is offline and {@link Connection.error} says why. Unless it has a `client` of its
   * own, a random one is added: to the server, a write belongs to it that is made without an account.
   */
  readonly auth?: AuthSource;
  /**
   * After how many milliseconds a call without an answer is given up; 10,000 if not said. Lists are
   * given up when nothing at all has come for three times as long.
   */
  readonly timeout?: number;
  /**
   * The same for calls that create, update or delete, counted from when they are made: that long
   * they wait for a connection, and are sent again when it was lost before they were answered.
   * 60,000 if not said; at most twelve hours, as servers know for a day what they have carried out.
   */
  readonly writeTimeout?: number;
  /** How many writes may wait for their answers; beyond that they are rejected. 1,000 if not said. */
  readonly maxPendingWrites?: number;
  /** Whether acks have the codes of errors beside their texts, to translate them: {@link FieldCode}. */
  readonly codes?: boolean;
  /** The transports to try, in this order. */
  readonly transports?: ("polling" | "websocket" | "webtransport")[];
  /**
   * Any other option of `socket.io-client`. Of those for reconnecting, `reconnection`,
   * `reconnectionDelay` and `reconnectionDelayMax` count.
   */
  readonly socket?: Partial<ManagerOptions & Omit<SocketOptions, "auth">> & {
    readonly auth?: AuthSource;
  };
}

/** The connection of a client, to show and to close. */
export interface Connection {
  readonly status: ConnectionStatus;
  /** Why the connection is not live, where a reason is known. */
  readonly error: Error | null;
  /** How many writes have no answer yet. */
  readonly pending: number;
  /** What was sent as `auth` at the last attempt to connect; null before the first one. */
  readonly credentials: ConnectAuth | null;
  /** Calls the listener after every change of the status, the error, or of `pending`. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** Connects anew, with what `auth` gives now: after a sign-in or sign-out elsewhere. */
  readonly reconnect: () => void;
  /** What is sent from the next connect on beside what `auth` gives, which goes first. */
  readonly authenticate: (auth: AuthSource) => void;
  /** Closes for good: calls without an answer are rejected, lists stay as they are. */
  readonly close: () => void;
}

/** A connection as generated code uses it. */
export interface OpenConnection extends Connection {
  /**
   * Makes a call; once connected, if that is still to come. `Answer` is what the schema says the
   * event answers, with its data under `key`.
   *
   * Rejects with {@link RowcastTimeoutError}, {@link RowcastDisconnectedError} or
   * {@link RowcastProtocolError}; a refusal by the server is an answer, not a rejection.
   */
  readonly call: MakeCall;
  /**
   * Makes a call that is carried out once, however often it is sent: it has a key, and when the
   * connection is lost it is sent again with it, in the order in which writes were made. While
   * connected it waits for its answer, which a server that hangs gives late or never: to send it
   * again would not make that faster.
   *
   * Rejects as {@link OpenConnection.call}, and with {@link RowcastBacklogError}.
   */
  readonly write: MakeCall;
  /** Listens to a server event. */
  readonly on: (event: string, listener: (payload: never) => void) => Unsubscribe;
  /** Keeps a list up to date. */
  readonly follow: (feed: Feed) => void;
  /** Fetches what lists are known to lack. */
  readonly catchUp: () => void;
}

/** Makes a call with a payload; the data of its answer has this name (`data` if not said). */
type MakeCall = <Answer extends object>(
  event: string,
  payload?: unknown,
  dataKey?: string,
) => Promise<Answer>;

/** Far below the day for which servers keep the answers of writes. */
const MAX_WRITE_TIMEOUT = 43_200_000;

/** How long a connection that may be dead is given to answer. */
const CHECK_TIMEOUT = 3000;

/** A part of a list has up to 256 kB: a slow connection needs longer for it than for the answer to a call. */
const LOADING_TIMEOUTS = 3;

/** Browsers tell in several ways at once that a page is there again. */
const WAKE_PAUSE = 1000;

/** A connection that has lasted so long was a good one: the next attempt follows soon. */
const STABLE_PERIOD = 5000;

/** Opens the one connection of a client. */
export function openConnection(
  url: string,
  options: ConnectOptions = {},
  contract?: string,
  codecs?: Codecs,
): OpenConnection {
  const place = serverPlace(url);
  const socket = io(place.url, socketOptions(options, place.path));
  // To which writes belong that are made without an account.
  const id = createKey();
  const listeners = createListeners();
  const timeout = options.timeout ?? 10_000;
  const writeTimeout = Math.min(options.writeTimeout ?? 60_000, MAX_WRITE_TIMEOUT);
  const server: Server = { maxPayload: undefined, heardAt: 0, error: null };
  const maxWrites = options.maxPendingWrites ?? 1000;
  const calls = trackCalls(socket, server, maxWrites, listeners.notify);
  const syncs = syncFeeds(requestSync, report, codecs);
  const stopWatching = watchPage(wake);
  let link: Link = "connecting";
  let status: ConnectionStatus = "connecting";
  let isClosed = false;
  let isEnded = false;
  /** Attempts in a row that led to no stable connection; and the number of the current one. */
  let failures = 0;
  let attempt = 0;
  let revival: Timer;
  /** Until lists that are waited for are given up. */
  let patience: Timer;
  let isHopeless = false;
  let wokenAt = 0;
  let upSince = 0;
  let extraAuth: AuthSource | undefined;
  let credentials: ConnectAuth | null = null;
  let refused: ConnectAuth | null = null;

  /** What is to be sent, as it is now. */
  function prepare(event: string, payload: unknown): Snapshot {
    try {
      return snapshot(event, codecs ? codecs.encode(payload) : payload);
    } catch (error) {
      throw payloadError(event, error);
    }
  }

  async function request<Answer extends object>(asked: Request, dataKey: string): Promise<Answer> {
    const answer = await calls.request(asked);
    if (!isAck(answer, dataKey)) {
      throw new RowcastProtocolError(asked.event, `no ack with \`${dataKey}\``);
    }
    const ack = trusted<Ack<unknown, never, string>>(answer);
    if (!ack.ok || !codecs) return trusted(answer);
    return trusted({ ...ack, [dataKey]: codecs.answers(asked.event, ack[dataKey]) });
  }

  async function make<Answer extends object>(
    kind: CallKind,
    event: string,
    given: unknown,
    dataKey = "data",
  ): Promise<Answer> {
    const { payload, size } = prepare(event, given);
    const isCall = kind === "call";
    const meta = isCall ? [] : [{ key: createKey() }];
    const args = isCall && given === undefined ? [] : [payload, ...meta];
    const limit = isCall ? timeout : writeTimeout;
    const answer = await request<Answer>({ kind, event, args, size, limit }, dataKey);
    // The positions of all lists that it has changed, which the server adds where it has no row to tell. A list that
    // can't follow must not delay the answer for long.
    const { positions } = trusted<{ positions?: Readonly<Record<string, unknown>> }>(answer);
    if (positions) await syncs.reach(positions, CHECK_TIMEOUT);
    return answer;
  }

  async function requestSync(
    positions: SyncRequest<Record<string, unknown>>,
    limit = timeout * LOADING_TIMEOUTS,
  ): Promise<object> {
    const asked: Request = { kind: "sync", event: "sync", args: [positions], size: 0, limit };
    const ack = await request<Ack<object>>(asked, "data");
    if (ack.ok) return ack.data;
    throw new RowcastError(`\`sync\` failed: ${ack.code}`);
  }

  function statusOf(feeds: readonly Feed[]): ConnectionStatus {
    if (link !== "up") return link;
    if (isEnded) return "unauthenticated";
    return feeds.every(isSettled) ? "live" : "catching_up";
  }

  /** Takes note of an error, or that there is none, and notifies where something has changed. */
  function report(found: Error | null): void {
    const changed = syncs.all.filter((followed) => followed.status !== statusOf([followed]));
    for (const followed of changed) followed.status = statusOf([followed]);
    const before = [status, server.error];
    status = statusOf(syncs.all);
    server.error = status === "live" ? null : (found ?? server.error);
    for (const feed of changed) feed.notify();
    if (status !== before[0] || server.error !== before[1]) listeners.notify();
  }

  function goOffline(reason: Error, then = linkAfter(reason)): void {
    if (link === "up" && Date.now() - upSince >= STABLE_PERIOD) failures = 0;
    link = then;
    syncs.stop();
    calls.cutOff(reason);
    calls.refuse(link === "outdated" ? reason : null);
    report(reason);
    if (reason instanceof RowcastRefusedError || link === "outdated") despair(reason);
    else losePatience();
  }

  /** The connection is gone: Socket.IO says so, or this client ends it. */
  function lose(why: string, then?: Link): void {
    goOffline(new RowcastError(`the connection was lost (${why})`), then);
  }

  /** Lists that are waited for are given up if there is no connection for a while. */
  function losePatience(): void {
    patience ??= startTimer(
      () => despair(server.error ?? new RowcastError("no connection")),
      timeout,
    );
  }

  /** Lists that are waited for do not come for now. */
  function despair(reason: Error): void {
    isHopeless = true;
    for (const { ready } of syncs.all) ready.reject(reason);
  }

  async function findCredentials(): Promise<ConnectAuth> {
    const sources = [extraAuth, options.auth ?? options.socket?.auth];
    const found = sources.map((source) => (typeof source === "function" ? source() : source));
    return Object.assign({}, ...(await Promise.all(found)));
  }

  /** Connects, unless the server has refused just these credentials. */
  async function begin(): Promise<void> {
    clearTimeout(revival);
    attempt += 1;
    const current = attempt;
    const found = await findCredentials().catch(
      (error) => new RowcastError(`\`auth\` failed: ${toError(error).message}`, error),
    );
    if (current !== attempt) return;
    if (found instanceof RowcastError) {
      goOffline(found);
      revive();
    } else if (refused !== null && isEqual(refused, found)) {
      revive();
    } else {
      credentials = found;
      calls.authenticate(found);
      // Without `sync`, the server would take this for a client that wants whole lists.
      socket.auth = { client: id, ...found, sync: true, contract, codes: options.codes };
      socket.connect();
      // What lies below Socket.IO; each attempt has its own.
      const { engine } = socket.io;
      engine.on("handshake", ({ maxPayload }) => {
        server.maxPayload = maxPayload;
      });
      engine.on("packet", ({ type }) => {
        if (type !== "ping") server.heardAt = Date.now();
      });
    }
  }

  /** Connects again after a while. Socket.IO would begin anew each time that a server accepts, and not at all if refused. */
  function revive(): void {
    const { reconnection, reconnectionDelay = 500, reconnectionDelayMax } = options.socket ?? {};
    clearTimeout(revival);
    if (isClosed || reconnection === false) return;
    revival = setTimeout(begin, backoff(failures, reconnectionDelay, reconnectionDelayMax));
    failures += 1;
  }

  /** Connects at once, whatever was being waited for. */
  function reconnect(): void {
    socket.disconnect();
    void begin();
  }

  /** Makes sure of the connection when the page or its network is there again. */
  function wake(): void {
    if (link === "up") {
      syncs.check(Math.min(timeout, CHECK_TIMEOUT), () => {
        lose("the server did not answer");
        reconnect();
      });
    } else if (attempt > 0 && Date.now() - wokenAt > WAKE_PAUSE) {
      wokenAt = Date.now();
      reconnect();
    }
  }

  /** The first thing that the server says on a connection. */
  function greet({ account }: Partial<Connected> = {}): void {
    if (link === "up") return;
    link = "up";
    server.error = refused = null;
    isEnded = false;
    upSince = Date.now();
    clearTimeout(patience);
    patience = undefined;
    // What was given up is waited for anew.
    if (isHopeless)
      for (const feed of syncs.all) if (!feed.state.position) feed.ready = defer<void>();
    isHopeless = false;
    calls.refuse(null);
    // The sync goes first: only sockets that have synced get the positions of their writes.
    syncs.start();
    calls.connect(account);
    report(null);
  }

  function changeSession({ account, ended, message = "" }: Partial<SessionChanged> = {}): void {
    isEnded = !!ended;
    server.error = null;
    calls.identify(account);
    report(ended ? new RowcastRefusedError("unauthenticated", message, credentials ?? {}) : null);
  }

  socket.on("connected", greet);
  socket.on("session", changeSession);
  socket.on("disconnect", (reason) => {
    // What disconnects here gives its own reason.
    if (reason === "io client disconnect") return;
    lose(reason);
    revive();
  });
  socket.on("connect_error", (reason) => {
    const found = connectError(reason, credentials ?? {}, url);
    goOffline(found);
    // Without credentials it may be a cookie that counts, or the server's mind.
    if (link === "unauthenticated" && !isEqual(credentials, {})) refused = credentials;
    revive();
  });
  losePatience();
  if (options.socket?.autoConnect !== false) void begin();

  return {
    get status() {
      return status;
    },
    get error() {
      return server.error;
    },
    get pending() {
      return calls.pendingWrites();
    },
    get credentials() {
      return credentials;
    },
    subscribe: listeners.subscribe,
    reconnect: async () => {
      if (isClosed) return;
      refused = null;
      attempt += 1;
      const current = attempt;
      await calls.drain();
      if (current !== attempt) return;
      lose("made anew", "connecting");
      reconnect();
    },
    authenticate: (auth) => {
      extraAuth = auth;
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      attempt += 1;
      clearTimeout(revival);
      stopWatching();
      const closed = new RowcastError("the connection was closed");
      goOffline(closed);
      calls.refuse(closed);
      clearTimeout(patience);
      despair(closed);
      socket.disconnect();
    },
    write: (event, payload, dataKey) => make("write", event, payload, dataKey),
    call: (event, payload, dataKey) => make("call", event, payload, dataKey),
    on: (event, listener) => {
      const relay = (payload: unknown): void =>
        listener(trusted<never>(codecs ? codecs.events(event, payload) : payload));
      socket.on(event, relay);
      return () => socket.off(event, relay);
    },
    follow: (feed) => {
      syncs.all.push(feed);
      socket.on(`${feed.name}:changes`, (payload: unknown) => syncs.receive(feed, payload));
    },
    catchUp: syncs.catchUp,
  };
}

/** Why there is no connection: the server has refused it, or there is none. */
function connectError(reason: Error, auth: ConnectAuth, url: string): RowcastError {
  if (reason.message === "outdated") return new RowcastOutdatedError();
  const refusal = /^(unauthenticated|forbidden|busy|internal): ([\s\S]*)$/.exec(reason.message);
  if (refusal === null) {
    return new RowcastError(`no connection to ${url}: ${reason.message}`, reason);
  }
  return new RowcastRefusedError(trusted(refusal[1]), refusal[2] ?? "", auth);
}

type Link = "connecting" | "up" | "offline" | "unauthenticated" | "outdated";

function linkAfter(reason: Error): Link {
  if (reason instanceof RowcastOutdatedError) return "outdated";
  const { code } = trusted<{ code?: unknown }>(reason);
  return code === "unauthenticated" ? code : "offline";
}

/** Where the server is: the path of a url is not a namespace, but what the server's paths begin with. */
function serverPlace(url: string): { readonly url: string; readonly path: string | undefined } {
  let path: string | undefined;
  const root = url.replace(
    /^((?:\w*:?\/\/)?[^/?#]*)\/([^/?#][^?#]*?)\/*(?=[?#]|$)/,
    (_, host, prefix) => {
      path = `/${prefix}/socket.io`;
      return `${host}/`;
    },
  );
  return { url: root, path };
}

function socketOptions(
  { transports, socket }: ConnectOptions,
  path: string | undefined,
): Partial<ManagerOptions & SocketOptions> {
  return {
    // Each client has a connection of its own, of which nothing is kept when it is closed.
    forceNew: true,
    ...(path && { path }),
    ...socket,
    ...(transports && { transports }),
    autoConnect: false,
    reconnection: false,
  };
}

interface Listeners {
  readonly subscribe: (listener: () => void) => Unsubscribe;
  readonly notify: () => void;
}

function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    subscribe: (listener) => {
      // What throws must not keep the others, or the list, from going on.
      const entry = (): void => {
        try {
          listener();
        } catch (error) {
          throwLater(error);
        }
      };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    notify: () => {
      for (const entry of [...listeners]) entry();
    },
  };
}

/** Shows an error of the user's code where uncaught ones are shown. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

// ----------------------------------------------------------------------------------- live lists

/**
 * A list that follows the server's.
 *
 * @example
 * function show(list: LiveList<{ id: number; name: string }>): Unsubscribe {
 *   return list.subscribe(() => console.log(list.rows.map((row) => row.name)));
 * }
 */
export interface LiveList<Row extends Identified> {
  /** All rows in the order of their ids; never changed, replaced when a row changes. */
  readonly rows: readonly Row[];
  /**
   * Resolves when the list is there for the first time. Rejects if the server refuses the connection,
   * or there has been none for the `timeout` of calls, or it is closed; once there is a connection
   * again, this is another promise.
   */
  readonly ready: Promise<void>;
  /** Whether the list is there already: before, `rows` is empty and says nothing. */
  readonly isReady: boolean;
  /** As of the connection, but for this list alone: `live` if it is up to date, as far as is known. */
  readonly status: ConnectionStatus;
  /** The row with this id, if it is in the list. */
  readonly find: (id: Row["id"]) => Row | undefined;
  /** The same as `rows`, as `useSyncExternalStore` wants it. */
  readonly getSnapshot: () => readonly Row[];
  /** Calls the listener after every change of the rows or of the status. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
}

/** A live list as generated code uses it. */
export interface OpenList<Row extends Identified> {
  readonly live: LiveList<Row>;
  readonly call: OpenConnection["call"];
  /**
   * Writes a row, or deletes it, and shows that when it is answered: in place of the guess, which is shown until then, and
   * gone if the write is refused or fails.
   */
  readonly write: <Answer extends Ack<unknown>>(
    event: string,
    payload: unknown,
    guess?: Guess<Row>,
    isDeletion?: boolean,
  ) => Promise<Answer>;
}

/** Opens the live list of this name. */
export function openList<Row extends Identified>(
  connection: OpenConnection,
  name: string,
): OpenList<Row> {
  const { subscribe, notify } = createListeners();
  const state = trusted<ListState<Identified>>(createListState<Row>());
  const ready = defer<void>();
  const feed: Feed = {
    name,
    state,
    status: "connecting",
    ready,
    isStale: true,
    isBusy: false,
    update,
    notify,
  };
  connection.follow(feed);

  function update(next: ListState<Identified>): void {
    const before = feed.state;
    feed.state = next;
    if (next.position) feed.ready.resolve();
    if (next.rows !== before.rows || (next.position && !before.position)) notify();
  }

  async function write<Answer extends Ack<unknown>>(
    event: string,
    payload: unknown,
    guess?: Guess<Row>,
    isDeletion = false,
  ): Promise<Answer> {
    const shown = trusted<Guess<Identified> | undefined>(guess);
    if (shown) update(applyGuess(feed.state, shown));
    let write: OwnWrite<Identified> | null = null;
    try {
      const ack = await connection.write<Answer>(event, payload);
      if (ack.ok) {
        const row = isDeletion ? payload : ack.data;
        if (!isIdentified(row)) throw new RowcastProtocolError(event, "no row");
        const position = positionOf(ack);
        write = position && { id: row.id, row: isDeletion ? null : row, position };
      }
      return ack;
    } finally {
      update(settleWrite(feed.state, write, shown));
      connection.catchUp();
    }
  }

  return {
    live: {
      get rows() {
        return trusted<readonly Row[]>(feed.state.rows);
      },
      get isReady() {
        return feed.state.position !== null;
      },
      get status() {
        return feed.status;
      },
      get ready() {
        return feed.ready.promise;
      },
      find: (id) => trusted(findRow(feed.state.rows, id)),
      getSnapshot: () => trusted(feed.state.rows),
      subscribe,
    },
    call: connection.call,
    write,
  };
}

// ---------------------------------------------------------------------------------------- verbs

/** How to create a row whose id the client gives. */
export interface CreateOptions<Row extends Identified> {
  /**
   * The row as it is expected to be, from the id of the input. It is in the list at once; the
   * server's row takes its place, and it is gone again if the call is refused or fails. Without an
   * id in the input, nothing is shown before the answer.
   */
  readonly optimistic?: (id: Row["id"]) => Row;
}

/**
 * How to update a row.
 *
 * @example
 * async function rename(notes: NoteList, id: NoteId, title: string): Promise<boolean> {
 *   const ack = await notes.update({ id, title }, { optimistic: (row) => ({ ...row, title }) });
 *   return ack.ok;
 * }
 */
export interface UpdateOptions<Row extends Identified> {
  /**
   * Makes of the row what it is expected to become: a new object, shown at once. The server's row
   * takes its place, and what was there before comes back if the call is refused or fails.
   *
   * Set values, do not count on: it is called again for each change to the row that comes before
   * the answer, which may be the update itself.
   */
  readonly optimistic?: (row: Row) => Row;
}

/** How to delete a row. */
export interface DeleteOptions {
  /** Whether the row goes at once, and comes back if the call is refused or fails. */
  readonly optimistic?: boolean;
}

/** Makes the function that creates rows; the new row is in the list when it resolves. */
export function createVerb<Row extends Identified, New>(
  list: OpenList<Row>,
  event: string,
): (input: New, options?: CreateOptions<Row>) => Promise<Ack<Row, New>> {
  return (input, { optimistic } = {}) => {
    if (!optimistic || !isIdentified(input)) return list.write(event, input);
    const { id } = input;
    return list.write(event, input, { id, change: () => optimistic(id) });
  };
}

/** Makes the function that updates rows; the new state is in the list when it resolves. */
export function updateVerb<Row extends Identified, Patch extends Identified>(
  list: OpenList<Row>,
  event: string,
): (patch: Patch, options?: UpdateOptions<Row>) => Promise<Ack<Row, Patch>> {
  return (patch, { optimistic } = {}) =>
    list.write(
      event,
      patch,
      optimistic && { id: patch.id, change: (row) => row && optimistic(row) },
    );
}

/** Makes the function that deletes rows; the row is gone from the list when it resolves. */
export function deleteVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (id: Row["id"], options?: DeleteOptions) => Promise<DeleteAck<Row>> {
  return (id, { optimistic = false } = {}) =>
    list.write(event, { id }, optimistic ? { id, change: () => undefined } : undefined, true);
}

/** Makes the function that asks the server for one row. */
export function getVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (id: Row["id"]) => Promise<GetAck<Row>> {
  return (id) => list.call(event, { id });
}

/** Makes the function that asks the server for a part of the list. */
export function listVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (query?: PageQuery<Row>) => Promise<PageAck<Row>> {
  return (query = {}) => list.call(event, query);
}
