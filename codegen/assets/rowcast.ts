/**
 * What every generated Rowcast client shares: the types of the wire, calls that are always
 * answered or rejected, and live lists that follow the server's. Needs only `socket.io-client`.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

// ------------------------------------------------------------------------------------- the wire

/** What identifies a row in its list. */
export type Id = number | string;

/** A row of a live list. */
export interface Identified {
  readonly id: Id;
}

/** The payload of calls that only name a row. */
export type ById<Row extends Identified> = Pick<Row, "id">;

/** Why a call was refused. */
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
    ? {
        [Key in keyof Input & string]-?:
          | Key
          | `${Key}${PathBelow<NonNullable<Input[Key]>, Deeper>}`;
      }[keyof Input & string]
    : never
  : string;

type PathBelow<Value, Depth extends readonly unknown[]> = Value extends Uint8Array
  ? never
  : Value extends readonly (infer Item)[]
    ? `[${number}]${"" | PathBelow<NonNullable<Item>, Depth>}`
    : Value extends object
      ? `.${FieldPath<Value, Depth>}`
      : never;

/** The messages of a refusal, by field. What concerns no field stands under `_`. */
export type FieldErrors<Input = never> = {
  readonly [Path in FieldPath<Input> | "_"]?: readonly string[];
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

/** Which part of a list is wanted: at most `limit` rows, those after the id `after`. */
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
}

/** Asks for what a client missed: each list with the position last seen, null for none. */
export type SyncRequest<Lists> = { readonly [Name in keyof Lists]?: Position | null };

/** Brings the asked lists up to date. */
export type SyncData<Lists> = { readonly [Name in keyof Lists]?: Changes<Lists[Name]> };

/** What the server says once a socket is connected. */
export interface Connected {
  readonly data: string;
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

/** What travels in another form than the types say. */
export interface Codecs {
  /** Makes of a payload what travels. */
  readonly encode: (payload: unknown) => unknown;
  /** The rows of lists, by their names. */
  readonly rows: Readonly<Record<string, Decode>>;
  /** The data of answers, by event. */
  readonly answers: Readonly<Record<string, Decode>>;
  /** The payloads of server events. */
  readonly events: Readonly<Record<string, Decode>>;
}

// --------------------------------------------------------------------------------------- errors

/** The root of all errors of a client: catch it to catch them all. */
export class RowcastError extends Error {
  override readonly name: string = "RowcastError";
}

/** A call that was not answered in time. */
export class RowcastTimeoutError extends RowcastError {
  override readonly name: string = "RowcastTimeoutError";
  readonly event: string;
  /** False: the call never left, so nothing happened and it may be made again. */
  readonly sent: boolean;

  constructor(event: string, reason: string, sent: boolean, cause: Error | null = null) {
    const outcome = sent ? UNKNOWN_OUTCOME : NOT_SENT;
    super(`\`${event}\` gave up ${reason}. ${outcome}`, cause ? { cause } : {});
    this.event = event;
    this.sent = sent;
  }
}

/** A call that was cut off because the connection was lost or closed. */
export class RowcastDisconnectedError extends RowcastError {
  override readonly name: string = "RowcastDisconnectedError";
  readonly event: string;
  /** False: the call never left, so nothing happened and it may be made again. */
  readonly sent: boolean;

  constructor(event: string, reason: string, sent: boolean) {
    super(`\`${event}\` was cut off: ${reason}. ${sent ? UNKNOWN_OUTCOME : NOT_SENT}`);
    this.event = event;
    this.sent = sent;
  }
}

/** A write that was not taken on, as too many wait for their answers already. */
export class RowcastBacklogError extends RowcastError {
  override readonly name: string = "RowcastBacklogError";
  readonly event: string;

  constructor(event: string, limit: number) {
    super(
      `\`${event}\` was not taken on: ${limit} writes wait for answers. ${NOT_SENT} ` +
        "Raise `maxPendingWrites`, or wait.",
    );
    this.event = event;
  }
}

/** The server does not let this client connect: it must sign in first, or may not at all. */
export class RowcastRefusedError extends RowcastError {
  override readonly name: string = "RowcastRefusedError";
  readonly code: AckCode;

  constructor(code: AckCode, message: string) {
    super(message);
    this.code = code;
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
export class RowcastProtocolError extends RowcastError {
  override readonly name: string = "RowcastProtocolError";
  readonly event: string;

  constructor(event: string, found: string) {
    super(
      `The answer to \`${event}\` cannot be read: ${found}. Client and server were probably ` +
        "generated from different schemas: regenerate and reload.",
    );
    this.event = event;
  }
}

const UNKNOWN_OUTCOME =
  "If it writes, it may or may not have been carried out: look before you send it again.";
const NOT_SENT = "It was not sent, so it may safely be made again.";

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

function givenId(input: unknown): Id | null {
  return isIdentified(input) ? input.id : null;
}

function isPosition(value: unknown): value is Position {
  if (!isObject(value)) return false;
  const { epoch, at } = trusted<Partial<Position>>(value);
  return typeof epoch === "string" && typeof at === "number";
}

function isChanges(value: unknown): value is Changes<Identified> {
  if (!isObject(value)) return false;
  const { epoch, from, to, put, dropped } = trusted<Partial<Changes<unknown>>>(value);
  if (typeof epoch !== "string" || typeof to !== "number") return false;
  if (from !== null && typeof from !== "number") return false;
  return isListOf(put, isIdentified) && isListOf(dropped, isId);
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

/** What is to be made of the values of this name, if that differs from them. */
function decoderOf(
  decoders: Readonly<Record<string, Decode>> | undefined,
  name: string,
): Decode | undefined {
  return decoders && Object.hasOwn(decoders, name) ? decoders[name] : undefined;
}

/** Says what keeps an answer from being an ack; null if it is one. */
function findAckFault(answer: unknown, key: string): string | null {
  if (!isObject(answer)) return "it is no object";
  const known = trusted<Partial<Refused>>(answer);
  if (typeof known.ok !== "boolean" || !isObject(known.errors)) return "it is no ack";
  return key in answer ? null : `it has no \`${key}\``;
}

/** The position of an accepted write, which the server adds for sockets that follow lists. */
function positionOf(ack: object): Position | null {
  return "position" in ack && isPosition(ack.position) ? ack.position : null;
}

/** The positions of all lists that a write changed, which the server adds where it has no row to tell. */
function positionsOf(ack: object): ReadonlyMap<string, Position> {
  const positions = "positions" in ack && isObject(ack.positions) ? ack.positions : {};
  return new Map(
    Object.entries(positions).filter((entry): entry is [string, Position] => isPosition(entry[1])),
  );
}

// ----------------------------------------------------------------- the state of a list, no socket

/** One's own write that the list's position has not reached yet; without a row, a deletion. */
interface OwnWrite<Row> {
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
 * below. What is shown lies in three layers: what the server told, one's own writes that it has
 * carried out, and guesses about those that it has not answered. A lower layer may change at any
 * time; those above are laid over it anew.
 */
export interface ListState<Row extends Identified> {
  /** The position that `fed` has reached; null before the first whole list. */
  readonly position: Position | null;
  /** The list as the server's changes made it, by id. */
  readonly fed: readonly Row[];
  /** Own writes that `fed` does not contain yet. */
  readonly own: ReadonlyMap<Id, OwnWrite<Row>>;
  /** What writes without an answer are expected to do, in the order in which they were made. */
  readonly guesses: readonly Guess<Row>[];
  /** Changes that came before those that lead to them. */
  readonly early: readonly Changes<Row>[];
  /** `fed` with `own` and `guesses` over it: the same array until a row of it changes. */
  readonly rows: readonly Row[];
}

/** How many early changes are kept; with fewer, a busy list might never catch up. */
const MAX_EARLY = 100;

/** Makes the state of a list of which nothing is known yet. */
export function createListState<Row extends Identified>(): ListState<Row> {
  return { position: null, fed: [], own: new Map(), guesses: [], early: [], rows: [] };
}

/**
 * Applies changes, in whatever order they come: repeats are dropped, and what follows a gap waits
 * until {@link wantsSync} has been answered.
 */
export function applyChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  return withRows(state, takeInTurn(state, changes));
}

/**
 * Applies the answer to a sync; `asked` is the state as it was when the sync was sent. An answer
 * that ends before what was known then comes of a server whose history went back (a backup was
 * restored): what came of the lost part is given up.
 */
export function applySync<Row extends Identified>(
  state: ListState<Row>,
  asked: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  const wentBack = changes.to < newestHeard(asked, changes.epoch);
  const known = wentBack ? forgetHeard(state, asked, changes) : state;
  return withRows(state, takeInTurn(known, changes));
}

/**
 * Shows an acknowledged write (a row, or null for a deletion) at once, and keeps older changes
 * from undoing it until the list's own position has reached the write's.
 */
export function applyOwnWrite<Row extends Identified>(
  state: ListState<Row>,
  id: Row["id"],
  write: OwnWrite<Row>,
): ListState<Row> {
  return withRows(state, takeOwnWrite(state, id, write));
}

/** Shows what a write is expected to do, until {@link settleGuess} ends it. Fails as `change` does. */
export function applyGuess<Row extends Identified>(
  state: ListState<Row>,
  guess: Guess<Row>,
): ListState<Row> {
  const row = guess.change(findRow(state.rows, guess.id));
  if (row !== undefined && row.id !== guess.id) {
    throw new RowcastError("An optimistic row must keep its id.");
  }
  return withRows(state, { ...state, guesses: [...state.guesses, guess] });
}

/**
 * Ends a guess in one step with what came of it, so that nothing else is seen in between: the
 * acknowledged write, or null if there is none, which leaves the row as if nothing had been guessed.
 */
export function settleGuess<Row extends Identified>(
  state: ListState<Row>,
  guess: Guess<Row>,
  write: OwnWrite<Row> | null,
): ListState<Row> {
  const guesses = state.guesses.filter((other) => other !== guess);
  const next = guesses.length === state.guesses.length ? state : { ...state, guesses };
  return withRows(state, write ? takeOwnWrite(next, guess.id, write) : next);
}

/** Whether the list lacks changes that only a sync can bring. */
export function wantsSync<Row extends Identified>(state: ListState<Row>): boolean {
  return state.early.length > 0 || syncPosition(state) === null;
}

/** The position to sync from; null if all of the list is needed. */
export function syncPosition<Row extends Identified>(state: ListState<Row>): Position | null {
  const epoch = state.position?.epoch;
  const foreignChanges = state.early.some((changes) => changes.epoch !== epoch);
  const foreignWrites = [...state.own.values()].some((write) => write.position.epoch !== epoch);
  return foreignChanges || foreignWrites ? null : state.position;
}

/** The last position of this epoch that the server has told of, in whatever way. */
function newestHeard<Row extends Identified>(state: ListState<Row>, epoch: string): number {
  const own = [...state.own.values()].map((write) => write.position);
  const early = state.early.map((changes) => ({ epoch: changes.epoch, at: changes.to }));
  const heard = [...own, ...early, ...(state.position ? [state.position] : [])];
  return Math.max(-1, ...heard.filter((position) => position.epoch === epoch).map(({ at }) => at));
}

/** Gives up what had been heard when a sync was sent; a whole list makes up for it. */
function forgetHeard<Row extends Identified>(
  state: ListState<Row>,
  asked: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  const own = new Map([...state.own].filter(([id, write]) => asked.own.get(id) !== write));
  const early = state.early.filter((changes) => !asked.early.includes(changes));
  return { ...state, position: changes.from === null ? null : state.position, own, early };
}

/** Takes changes, and after them those that waited for them. */
function takeInTurn<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  let next = takeChanges(state, changes);
  if (next.position !== state.position) {
    const waiting = [...next.early].sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
    next = { ...next, early: [] };
    for (const changes of waiting) next = takeChanges(next, changes);
  }
  return next;
}

function takeChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  const end = { epoch: changes.epoch, at: changes.to };
  const isKnown = state.position !== null && isReached(end, state.position);
  if (changes.from === null) {
    return isKnown ? forgetOtherEpochs(state, end.epoch) : replaceAll(state, changes, end);
  }
  if (isKnown) return state;
  const start = { epoch: changes.epoch, at: changes.from };
  if (state.position && isReached(start, state.position)) return advance(state, changes, end);
  return { ...state, early: [...state.early, changes].slice(-MAX_EARLY) };
}

function replaceAll<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  position: Position,
): ListState<Row> {
  const fed = placeRows([], new Map(changes.put.map((row) => [row.id, reuseRow(state, row)])));
  const own = filterMap(state.own, (write) => isBefore(position, write.position));
  return forgetOtherEpochs({ ...state, position, fed, own }, position.epoch);
}

/** A whole list tells which epoch counts: what came of others will never fit. */
function forgetOtherEpochs<Row extends Identified>(
  state: ListState<Row>,
  epoch: string,
): ListState<Row> {
  const own = filterMap(state.own, (write) => write.position.epoch === epoch);
  const early = state.early.filter((changes) => changes.epoch === epoch);
  const isSame = own === state.own && early.length === state.early.length;
  return isSame ? state : { ...state, own, early };
}

function advance<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  position: Position,
): ListState<Row> {
  const own = filterMap(state.own, (write) => !isReached(write.position, position));
  return { ...state, position, fed: changedRows(state, changes), own };
}

function changedRows<Row extends Identified>(
  state: ListState<Row>,
  { put, dropped }: Changes<Row>,
): readonly Row[] {
  const changed = new Map<Id, Row | undefined>(dropped.map((id) => [id, undefined]));
  for (const row of put) changed.set(row.id, reuseRow(state, row));
  return placeRows(state.fed, changed);
}

function takeOwnWrite<Row extends Identified>(
  state: ListState<Row>,
  id: Row["id"],
  write: OwnWrite<Row>,
): ListState<Row> {
  const earlier = state.own.get(id);
  if (state.position && isReached(write.position, state.position)) return state;
  if (earlier && isBefore(write.position, earlier.position)) return state;
  const row = write.row && reuseRow(state, write.row);
  return { ...state, own: new Map(state.own).set(id, { row, position: write.position }) };
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
  return { ...next, rows: isSame ? before.rows : rows };
}

/** What own writes and guesses make of rows; undefined for those that are not to be seen. */
function overlay<Row extends Identified>(state: ListState<Row>): ReadonlyMap<Id, Row | undefined> {
  const changed = new Map<Id, Row | undefined>();
  for (const [id, { row }] of state.own) changed.set(id, row ?? undefined);
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
    const guessed = guess.change(row);
    return guessed === undefined || guessed.id === guess.id ? guessed : row;
  } catch (error) {
    throwLater(error);
    return row;
  }
}

/** The object known for a row already, if nothing in it differs: views compare by identity. */
function reuseRow<Row extends Identified>(state: ListState<Row>, row: Row): Row {
  const { own, fed, rows } = state;
  const known = [own.get(row.id)?.row, findRow(fed, row.id), findRow(rows, row.id)];
  return known.find((other) => other && isEqual(other, row)) ?? row;
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

/** How many rows are put into their places one by one; more are sorted with all others. */
const MAX_PLACED = 100;

/** Rows by id with some of them replaced, or dropped; the same array if there are none. */
function placeRows<Row extends Identified>(
  rows: readonly Row[],
  changed: ReadonlyMap<Id, Row | undefined>,
): readonly Row[] {
  if (changed.size === 0) return rows;
  if (changed.size > MAX_PLACED) {
    const kept = rows.filter(({ id }) => !changed.has(id));
    const given = [...changed.values()].filter((row) => row !== undefined);
    return [...kept, ...given].sort((a, b) => compareIds(a.id, b.id));
  }
  const next = [...rows];
  for (const [id, row] of changed) {
    const index = placeOf(next, id);
    next.splice(index, next[index]?.id === id ? 1 : 0, ...(row ? [row] : []));
  }
  return next;
}

function isReached(goal: Position, position: Position): boolean {
  return goal.epoch === position.epoch && goal.at <= position.at;
}

function isBefore(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.at < b.at;
}

function filterMap<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  keep: (value: Value) => boolean,
): ReadonlyMap<Key, Value> {
  const kept = [...map].filter(([, value]) => keep(value));
  return kept.length === map.size ? map : new Map(kept);
}

/** Compares two values that came from the wire. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  }
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = Object.entries(b);
  if (left.size !== right.length) return false;
  return right.every(([key, value]) => left.has(key) && isEqual(left.get(key), value));
}

/** Orders ids as the server does: numbers by value, text by code point. */
function compareIds(a: Id, b: Id): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  return typeof b === "number" ? 1 : compareText(a, b);
}

function compareText(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const difference = rankUnit(a.charCodeAt(i)) - rankUnit(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come last, though their code units are not the highest. */
function rankUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

// -------------------------------------------------------------- the order of calls, no socket

/**
 * `write`: has a key, so it can be sent again until it is answered. `call`: is sent once. `sync`:
 * like a call, but ahead of all others.
 */
export type CallKind = "write" | "call" | "sync";

interface QueuedCall<Call> {
  readonly call: Call;
  /** How often it was sent. */
  readonly sends: number;
  /** Whether it was sent on this connection and may still be answered there. */
  readonly isOut: boolean;
}

/**
 * The calls without an answer, in the order in which they are to take effect: plain data, never
 * changed, only replaced by the functions below. They tell what to send; who uses them sends it.
 *
 * A server carries out the calls of one connection in order. What can break the order are writes
 * that were cut off: they are sent again on the next connection while the earlier copy may still
 * be waiting in the server. So they go one at a time, each after the answer to the one before it,
 * and before all others. Only a write that is refused as busy loses its place to those behind it:
 * at once if the client hears of it, else when it is sent again.
 */
export interface CallQueue<Call> {
  readonly calls: readonly QueuedCall<Call>[];
  readonly isUp: boolean;
  /** Whether writes are held back for a while, as the server has no time for them. */
  readonly isHeld: boolean;
}

/** How many writes are on their way at once: enough to keep a server busy, few to be sent again. */
const MAX_OUT = 32;

/** Refusals of this call that say nothing of an earlier copy of it. */
const PASSING_REFUSALS: ReadonlySet<unknown> = new Set<AckCode>([
  "busy",
  "unauthenticated",
  "forbidden",
]);

interface Queueable {
  readonly kind: CallKind;
}

/** Makes a queue that has no connection yet. */
export function createCallQueue<Call extends Queueable>(): CallQueue<Call> {
  return { calls: [], isUp: false, isHeld: false };
}

/** Puts a call into its place. */
export function addCall<Call extends Queueable>(
  queue: CallQueue<Call>,
  call: Call,
): CallQueue<Call> {
  const added = { call, sends: 0, isOut: false };
  const calls = call.kind === "sync" ? [added, ...queue.calls] : [...queue.calls, added];
  return { ...queue, calls };
}

/** Takes out a call that was given up or answered. */
export function dropCall<Call extends Queueable>(
  queue: CallQueue<Call>,
  call: Call,
): CallQueue<Call> {
  return { ...queue, calls: queue.calls.filter((queued) => queued.call !== call) };
}

/** The calls to send now, in this order. */
export function dueCalls<Call extends Queueable>(queue: CallQueue<Call>): readonly Call[] {
  if (!queue.isUp) return [];
  const writes = queue.calls.filter(isWrite);
  const [first] = writes;
  const isRepeating = first !== undefined && first.sends > (first.isOut ? 1 : 0);
  const allowed = new Set(queue.isHeld ? [] : writes.slice(0, isRepeating ? 1 : MAX_OUT));
  // A call that follows writes sees what they did. Only those that are held up can't keep it
  // waiting: it may be the sign-in that they need.
  const next = isRepeating || queue.isHeld ? undefined : writes[MAX_OUT];
  const end = next ? queue.calls.indexOf(next) : queue.calls.length;
  return queue.calls
    .slice(0, end)
    .filter((queued) => !queued.isOut && (!isWrite(queued) || allowed.has(queued)))
    .map(({ call }) => call);
}

/** Takes note that a call was sent. */
export function markSent<Call extends Queueable>(
  queue: CallQueue<Call>,
  call: Call,
): CallQueue<Call> {
  const send = (queued: QueuedCall<Call>): QueuedCall<Call> =>
    queued.call === call ? { call, sends: queued.sends + 1, isOut: true } : queued;
  return { ...queue, calls: queue.calls.map(send) };
}

/**
 * Takes an answer, with the code of the refusal if it is one. The call is out of the queue then,
 * unless the answer does not tell what became of it: that is so if the server refused to look at a
 * write of which it has had an earlier copy. Then writes are held until {@link releaseCalls}.
 */
export function answerCall<Call extends Queueable>(
  queue: CallQueue<Call>,
  call: Call,
  code: unknown,
): CallQueue<Call> {
  const queued = findCall(queue, call);
  const isOpen = queued && isWrite(queued) && queued.sends > 1 && PASSING_REFUSALS.has(code);
  if (!isOpen) return dropCall(queue, call);
  const back = (other: QueuedCall<Call>): QueuedCall<Call> =>
    other === queued ? { ...queued, isOut: false } : other;
  return { ...queue, isHeld: true, calls: queue.calls.map(back) };
}

/** Lets writes go again. */
export function releaseCalls<Call extends Queueable>(queue: CallQueue<Call>): CallQueue<Call> {
  return { ...queue, isHeld: false };
}

/** The connection is there. */
export function connectCalls<Call extends Queueable>(queue: CallQueue<Call>): CallQueue<Call> {
  return { ...queue, isUp: true };
}

/** The connection is gone, and with it the calls on their way that can't be sent again. */
export function cutCalls<Call extends Queueable>(queue: CallQueue<Call>): CallQueue<Call> {
  const calls = queue.calls
    .filter((queued) => !queued.isOut || isWrite(queued))
    .map((queued) => ({ ...queued, isOut: false }));
  return { calls, isUp: false, isHeld: false };
}

function isWrite(queued: QueuedCall<Queueable>): boolean {
  return queued.call.kind === "write";
}

function findCall<Call extends Queueable>(
  queue: CallQueue<Call>,
  call: Call,
): QueuedCall<Call> | undefined {
  return queue.calls.find((queued) => queued.call === call);
}

// ---------------------------------------------------------------------------------------- calls

/** What is to be asked of the server. */
interface Request {
  readonly kind: CallKind;
  readonly event: string;
  readonly args: readonly unknown[];
  /** After how many milliseconds it is given up. */
  readonly limit: number;
}

interface PendingCall extends Request {
  /** By the clock: timers stand still while a computer sleeps. */
  readonly deadline: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: RowcastError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

interface Calls {
  readonly request: (request: Request) => Promise<unknown>;
  readonly pendingWrites: () => number;
  /** The connection is there; nothing is sent before {@link Calls.send}. */
  readonly connect: () => void;
  readonly send: () => void;
  readonly cutOff: (reason: string) => void;
  readonly end: (reason: string) => void;
}

interface CallsOptions {
  readonly maxWrites: number;
  /** Why there is no connection. */
  readonly lastError: () => Error | null;
  /** Called when another number of writes is pending. */
  readonly pendingChanged: () => void;
}

/** Keeps account of the calls that are under way or wait for a connection. */
function trackCalls(socket: Socket, options: CallsOptions): Calls {
  let queue = createCallQueue<PendingCall>();
  let ended: string | null = null;
  let pending = 0;
  let holds = 0;
  let hold: ReturnType<typeof setTimeout> | undefined;

  function countWrites(): number {
    return queue.calls.filter(isWrite).length;
  }

  function update(next: CallQueue<PendingCall>): void {
    queue = next;
    if (countWrites() === pending) return;
    pending = countWrites();
    options.pendingChanged();
  }

  function send(): void {
    const now = Date.now();
    // A server forgets keys after a while: what has slept too long must not be sent again.
    for (const { call } of queue.calls) if (call.deadline <= now) giveUp(call);
    for (const call of dueCalls(queue)) {
      queue = markSent(queue, call);
      socket.emit(call.event, ...call.args, (answer: unknown) => receive(call, answer));
    }
  }

  function receive(call: PendingCall, answer: unknown): void {
    const code = isObject(answer) && "code" in answer ? answer.code : null;
    const next = answerCall(queue, call, code);
    if (findCall(next, call)) {
      holdWrites();
    } else {
      if (call.kind === "write") holds = 0;
      clearTimeout(call.timer);
      call.resolve(answer);
    }
    // It may have been the sign-in that held writes need.
    update(call.kind === "call" && code === null ? releaseCalls(next) : next);
    send();
  }

  function holdWrites(): void {
    clearTimeout(hold);
    hold = setTimeout(() => {
      update(releaseCalls(queue));
      send();
    }, backoff(holds));
    holds += 1;
  }

  function fail(call: PendingCall, error: RowcastError): void {
    clearTimeout(call.timer);
    call.reject(error);
    update(dropCall(queue, call));
  }

  function giveUp(call: PendingCall): void {
    const sends = findCall(queue, call)?.sends ?? 0;
    const cause = queue.isUp ? null : options.lastError();
    const why = explainSilence(sends, queue.isUp) + (cause ? ` (${cause.message})` : "");
    const reason = `after ${call.limit} ms: ${why}`;
    fail(call, new RowcastTimeoutError(call.event, reason, sends > 0, cause));
  }

  function disconnect(call: PendingCall, reason: string): void {
    const isSent = (findCall(queue, call)?.sends ?? 0) > 0;
    fail(call, new RowcastDisconnectedError(call.event, reason, isSent));
  }

  function take(
    request: Request,
    resolve: PendingCall["resolve"],
    reject: PendingCall["reject"],
  ): void {
    const { event, kind, limit } = request;
    if (ended !== null) {
      reject(new RowcastDisconnectedError(event, ended, false));
      return;
    }
    if (kind === "write" && pending >= options.maxWrites) {
      reject(new RowcastBacklogError(event, options.maxWrites));
      return;
    }
    const timer = setTimeout(() => {
      giveUp(call);
      send();
    }, limit);
    const call = { ...request, deadline: Date.now() + limit, resolve, reject, timer };
    update(addCall(queue, call));
    send();
  }

  return {
    request: (request) => new Promise((resolve, reject) => take(request, resolve, reject)),
    pendingWrites: () => pending,
    connect: () => {
      queue = connectCalls(queue);
    },
    send,
    cutOff: (reason) => {
      clearTimeout(hold);
      holds = 0;
      const lost = queue.calls.filter((queued) => queued.isOut && !isWrite(queued));
      for (const { call } of lost) disconnect(call, reason);
      queue = cutCalls(queue);
    },
    end: (reason) => {
      ended = reason;
      for (const { call } of queue.calls) disconnect(call, reason);
    },
  };
}

function explainSilence(sends: number, isUp: boolean): string {
  if (sends === 0 && isUp) return "earlier writes are not answered yet";
  if (sends === 0) return "there was no connection";
  return sends > 1 ? "it was sent again, but not answered" : "the server did not answer";
}

/**
 * A name for a write that no other has, by which the server knows it again: the time, and 80 random
 * bits. Names that follow each other lie side by side in the server's index, which writes less.
 */
function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return Date.now().toString(16).padStart(12, "0") + random;
}

/** A payload as it is now: what is sent again must be the same, whatever becomes of the object. */
function snapshot(value: unknown): unknown {
  if (!isObject(value)) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return value.toJSON();
  if (Array.isArray(value)) return value.map(snapshot);
  if (value instanceof Uint8Array) return value.slice();
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, snapshot(item)]));
}

// --------------------------------------------------------------------------- keeping lists synced

/** What keeping a list up to date needs of it. */
interface Feed {
  readonly name: string;
  readonly wantsSync: () => boolean;
  /** Whether the list contains what was written up to a position. */
  readonly contains: (position: Position) => boolean;
  /** Says from where to sync, and takes the answer. */
  readonly startSync: () => FeedSync;
  /** Takes what the server pushes. */
  readonly apply: (changes: Changes<Identified>) => void;
  readonly statusChanged: () => void;
  readonly end: (error: RowcastError) => void;
}

interface FeedSync {
  readonly position: Position | null;
  readonly apply: (changes: Changes<Identified>) => void;
}

interface FollowedFeed {
  readonly feed: Feed;
  status: ConnectionStatus;
  /** Not synced yet since the connection is up. */
  stale: boolean;
  syncing: boolean;
  /** Failed syncs in a row, and the timer of the next attempt. */
  failures: number;
  retry: ReturnType<typeof setTimeout> | undefined;
}

interface Syncs {
  readonly follow: (feed: Feed) => FollowedFeed;
  readonly receive: (followed: FollowedFeed, payload: unknown) => void;
  readonly start: () => void;
  readonly stop: () => void;
  readonly catchUp: () => void;
  /** Syncs though nothing seems to be missed; calls back if there is no answer in time. */
  readonly check: (limit: number, silent: () => void) => void;
  /** Waits until the named lists contain what was written up to the positions, or for so long. */
  readonly reach: (positions: ReadonlyMap<string, Position>, limit: number) => Promise<void>;
  readonly all: readonly FollowedFeed[];
}

type RequestSync = (
  request: SyncRequest<Record<string, unknown>>,
  limit?: number,
) => Promise<object>;

function isSettled(followed: FollowedFeed): boolean {
  return !followed.stale && !followed.feed.wantsSync();
}

/** Syncs all lists when the connection comes up, single ones on a gap, and again what failed. */
function syncFeeds(request: RequestSync, report: (error: Error | null) => void): Syncs {
  const all: FollowedFeed[] = [];
  const advanced = createListeners();
  let session = 0;
  let isUp = false;
  let isChecking = false;

  /** Syncs these lists; gives the error if that fails, unless the connection was lost meanwhile. */
  async function sync(late: readonly FollowedFeed[], limit?: number): Promise<Error | null> {
    const current = session;
    const asked = new Map(late.map((followed) => [followed, followed.feed.startSync()]));
    for (const followed of late) followed.syncing = true;
    const positions = [...asked].map(([{ feed }, { position }]) => [feed.name, position] as const);
    const answer = await request(Object.fromEntries(positions), limit).catch(toError);
    if (current !== session) return null;
    const error = answer instanceof Error ? answer : takeAnswer(asked, answer);
    finish(late, error);
    return error;
  }

  function catchUp(): void {
    const late = isUp ? all.filter((followed) => isFree(followed) && !isSettled(followed)) : [];
    if (late.length > 0) void sync(late);
  }

  function finish(late: readonly FollowedFeed[], error: Error | null): void {
    const failed = late.filter((followed) => !isSettled(followed));
    const failures = Math.max(0, ...failed.map((followed) => followed.failures));
    const retry = failed.length > 0 ? setTimeout(tryAgain, backoff(failures), failed) : undefined;
    for (const followed of late) {
      followed.syncing = false;
      followed.failures = failed.includes(followed) ? failures + 1 : 0;
      followed.retry = failed.includes(followed) ? retry : undefined;
    }
    report(error);
    advanced.notify();
  }

  function tryAgain(failed: readonly FollowedFeed[]): void {
    for (const followed of failed) followed.retry = undefined;
    catchUp();
  }

  return {
    follow: (feed) => {
      const followed = createFollowedFeed(feed);
      all.push(followed);
      catchUp();
      return followed;
    },
    receive: (followed, payload) => {
      if (isChanges(payload)) followed.feed.apply(payload);
      else followed.stale = true;
      catchUp();
      report(null);
      advanced.notify();
    },
    start: () => {
      isUp = true;
      for (const followed of all) followed.stale = true;
      catchUp();
    },
    stop: () => {
      isUp = false;
      isChecking = false;
      session += 1;
      for (const followed of all) {
        clearTimeout(followed.retry);
        Object.assign(followed, { syncing: false, failures: 0, retry: undefined });
      }
    },
    catchUp,
    check: (limit, silent) => {
      if (!isUp || isChecking) return;
      const current = session;
      isChecking = true;
      void sync(all.filter(isFree), limit).then((error) => {
        if (current !== session) return;
        isChecking = false;
        if (error instanceof RowcastTimeoutError) silent();
      });
    },
    reach: (positions, limit) => {
      const isReached = (): boolean =>
        all.every(({ feed }) => {
          const position = positions.get(feed.name);
          return position === undefined || feed.contains(position);
        });
      if (isReached()) return Promise.resolve();
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          stop();
          resolve();
        };
        const timer = setTimeout(end, limit);
        const stop = advanced.subscribe(() => {
          if (isReached()) end();
        });
      });
    },
    all,
  };
}

function createFollowedFeed(feed: Feed): FollowedFeed {
  const retry = undefined;
  return { feed, status: "connecting", stale: true, syncing: false, failures: 0, retry };
}

/** Whether no sync of this list is under way or put off. */
function isFree(followed: FollowedFeed): boolean {
  return !followed.syncing && followed.retry === undefined;
}

/** Hands each list its part of the answer to a sync; gives the error if one is missing. */
function takeAnswer(asked: ReadonlyMap<FollowedFeed, FeedSync>, data: object): Error | null {
  const parts = new Map<string, unknown>(Object.entries(data));
  let error: Error | null = null;
  for (const [followed, { apply }] of asked) {
    const changes = parts.get(followed.feed.name);
    if (isChanges(changes)) {
      followed.stale = false;
      apply(changes);
    } else {
      error = new RowcastProtocolError("sync", `it has no changes of \`${followed.feed.name}\``);
    }
  }
  return error;
}

/** Waits longer each time, up to ten seconds, and never as long as all the others. */
function backoff(failures: number): number {
  return Math.min(250 * 2 ** failures, 10_000) * (0.5 + Math.random() / 2);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new RowcastError(String(error));
}

// ------------------------------------------------------------------------- the page, if there is one

type Listen = (type: string, listener: (event: Partial<PageTransition>) => void) => void;

/** What can be listened to in a browser. Written out, as not every platform's types have it. */
interface EventSource {
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

interface PageTransition {
  readonly persisted: boolean;
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
  const stops = [
    listenTo(page, "online", wake),
    // Pages that are shown anew come from the back-forward cache; others have just been loaded.
    listenTo(page, "pageshow", ({ persisted }) => {
      if (persisted) wake();
    }),
    listenTo(page.document, "visibilitychange", () => {
      if (page.document?.visibilityState === "visible") wake();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function listenTo(
  source: EventSource | undefined,
  type: string,
  listener: Parameters<Listen>[1],
): Unsubscribe {
  source?.addEventListener?.(type, listener);
  return () => source?.removeEventListener?.(type, listener);
}

// ----------------------------------------------------------------------------------- connection

/**
 * `connecting`: not connected yet. `live`: every list is up to date as far as is known.
 * `catching_up`: connected, but changes were missed and are being fetched. `offline`: the
 * connection failed, was lost or closed; unless closed, it is tried again. `outdated`: the server
 * does not serve clients of this contract any more, so the page should be loaded anew; in case the
 * server is the one that is behind, it is tried again too.
 */
export type ConnectionStatus = "connecting" | "live" | "catching_up" | "offline" | "outdated";

/** Ends a subscription. */
export type Unsubscribe = () => void;

/** What the server may know of this client when it connects. */
export type ConnectAuth = Record<string, unknown>;

/** How to connect. */
export interface ConnectOptions {
  /**
   * Sent with every connect; a function is asked anew each time. Unless it has a `client` of its own,
   * a random one is added: to the server, a write belongs to it that is made without an account.
   */
  readonly auth?: ConnectAuth | (() => ConnectAuth);
  /** After how many milliseconds a call without an answer is given up; 10,000 if not said. */
  readonly timeout?: number;
  /**
   * The same for calls that create, update or delete, counted from when they are made: that long
   * they wait for a connection, and are sent again when it was lost before they were answered.
   * 60,000 if not said; at most twelve hours, as servers know for a day what they have carried out.
   */
  readonly writeTimeout?: number;
  /** How many writes may wait for their answers; beyond that they are rejected. 1,000 if not said. */
  readonly maxPendingWrites?: number;
  /** The transports to try, in this order. */
  readonly transports?: ("polling" | "websocket" | "webtransport")[];
  /** Any other option of `socket.io-client`. */
  readonly socket?: Partial<ManagerOptions & SocketOptions>;
}

/** The connection of a client, to show and to close. */
export interface Connection {
  readonly status: ConnectionStatus;
  /** Why the connection is not live, where a reason is known. */
  readonly error: Error | null;
  /** How many writes have no answer yet. */
  readonly pending: number;
  /** Calls the listener after every change of the status or of `pending`. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** Connects anew, with what `auth` gives now: for who has signed in or out elsewhere. */
  readonly reconnect: () => void;
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
  readonly follow: (feed: Feed) => FollowedList;
}

/** Makes a call with a payload; the data of its answer has this name (`data` if not said). */
type MakeCall = <Answer extends object>(
  event: string,
  payload?: unknown,
  dataKey?: string,
) => Promise<Answer>;

interface FollowedList {
  readonly status: () => ConnectionStatus;
  readonly catchUp: () => void;
}

/** Far below the day for which servers keep the answers of writes. */
const MAX_WRITE_TIMEOUT = 43_200_000;

/** How long a connection that may be dead is given to answer. */
const CHECK_TIMEOUT = 3000;

/** Browsers tell in several ways at once that a page is there again. */
const WAKE_PAUSE = 1000;

/** Opens the one connection of a client. */
export function openConnection(
  url: string,
  options: ConnectOptions = {},
  contract?: string,
  codecs?: Codecs,
): OpenConnection {
  const socket = io(url, socketOptions(options, contract));
  const listeners = createListeners();
  const timeout = options.timeout ?? 10_000;
  const writeTimeout = Math.min(options.writeTimeout ?? 60_000, MAX_WRITE_TIMEOUT);
  const calls = trackCalls(socket, {
    maxWrites: options.maxPendingWrites ?? 1000,
    lastError: () => error,
    pendingChanged: listeners.notify,
  });
  const syncs = syncFeeds(requestSync, report);
  const stopWatching = watchPage(wake);
  let link: "connecting" | "up" | "offline" | "outdated" = "connecting";
  let error: Error | null = null;
  let status: ConnectionStatus = "connecting";
  let isClosed = false;
  let refusals = 0;
  let revival: ReturnType<typeof setTimeout> | undefined;
  let wokenAt = 0;

  function encode(payload: unknown): unknown {
    return codecs ? codecs.encode(payload) : payload;
  }

  async function request<Answer extends object>(asked: Request, dataKey: string): Promise<Answer> {
    const answer = await calls.request(asked);
    const fault = findAckFault(answer, dataKey);
    if (fault !== null) throw new RowcastProtocolError(asked.event, fault);
    const decode = decoderOf(codecs?.answers, asked.event);
    if (decode === undefined) return trusted<Answer>(answer);
    const ack = trusted<Ack<unknown, never, string>>(answer);
    return trusted<Answer>(ack.ok ? { ...ack, [dataKey]: decode(ack[dataKey]) } : ack);
  }

  async function call<Answer extends object>(
    event: string,
    payload?: unknown,
    dataKey = "data",
  ): Promise<Answer> {
    const args = payload === undefined ? [] : [encode(payload)];
    return request<Answer>({ kind: "call", event, args, limit: timeout }, dataKey);
  }

  async function write<Answer extends object>(
    event: string,
    payload?: unknown,
    dataKey = "data",
  ): Promise<Answer> {
    const args = [snapshot(encode(payload)) ?? null, { key: createKey() }];
    const asked: Request = { kind: "write", event, args, limit: writeTimeout };
    const answer = await request<Answer>(asked, dataKey);
    const positions = positionsOf(answer);
    // A list that can't follow must not keep the answer from whoever waits for it.
    if (positions.size > 0) await syncs.reach(positions, CHECK_TIMEOUT);
    return answer;
  }

  async function requestSync(
    positions: SyncRequest<Record<string, unknown>>,
    limit = timeout,
  ): Promise<object> {
    const args = [positions];
    const ack = await request<Ack<object>>({ kind: "sync", event: "sync", args, limit }, "data");
    if (ack.ok) return ack.data;
    throw new RowcastError(`\`sync\` was refused (${ack.code}): ${ack.errors._?.join(" ") ?? ""}`);
  }

  function statusOf(feeds: readonly FollowedFeed[]): ConnectionStatus {
    if (link !== "up") return link;
    return feeds.every(isSettled) ? "live" : "catching_up";
  }

  /** Takes note of an error, or that there is none, and tells whose status changed. */
  function report(found: Error | null): void {
    const changed = syncs.all.filter((followed) => followed.status !== statusOf([followed]));
    for (const followed of changed) followed.status = statusOf([followed]);
    const before = status;
    status = statusOf(syncs.all);
    if (found || status === "live") error = found;
    for (const { feed } of changed) feed.statusChanged();
    if (status !== before) listeners.notify();
  }

  function goOffline(reason: Error): void {
    link = reason instanceof RowcastOutdatedError ? "outdated" : "offline";
    syncs.stop();
    calls.cutOff(reason.message);
    report(reason);
  }

  /** Connects again where Socket.IO does not: when refused, or sent away by the server. */
  function revive(): void {
    if (isClosed || socket.active) return;
    revival = setTimeout(() => socket.connect(), backoff(refusals));
    refusals += 1;
  }

  /** Connects at once, whatever was being waited for. */
  function reconnect(): void {
    clearTimeout(revival);
    socket.disconnect();
    socket.connect();
  }

  function renew(reason: string): void {
    goOffline(new RowcastError(reason));
    reconnect();
  }

  /** Makes sure of the connection when the page or its network is there again. */
  function wake(): void {
    if (link === "up") {
      syncs.check(Math.min(timeout, CHECK_TIMEOUT), () =>
        renew("the server did not answer any more"),
      );
    } else if (Date.now() - wokenAt > WAKE_PAUSE) {
      wokenAt = Date.now();
      reconnect();
    }
  }

  socket.on("connect", () => {
    link = "up";
    error = null;
    refusals = 0;
    // First the sync: only sockets that have synced are told the positions of their writes.
    calls.connect();
    syncs.start();
    calls.send();
    report(null);
  });
  socket.on("disconnect", (reason) => {
    // Whoever disconnects here says so.
    if (reason === "io client disconnect") return;
    goOffline(new RowcastError(`the connection was lost (${reason})`));
    revive();
  });
  socket.on("connect_error", (reason) => {
    if (!isClosed) goOffline(connectError(reason));
    revive();
  });

  return {
    get status() {
      return status;
    },
    get error() {
      return error;
    },
    get pending() {
      return calls.pendingWrites();
    },
    subscribe: listeners.subscribe,
    reconnect: () => {
      if (!isClosed) renew("it is made anew");
    },
    close: () => {
      isClosed = true;
      clearTimeout(revival);
      stopWatching();
      calls.end("the connection was closed");
      goOffline(new RowcastError("the connection was closed"));
      for (const { feed } of syncs.all) {
        feed.end(new RowcastError(`\`${feed.name}\` was closed before it was there`));
      }
      socket.disconnect();
    },
    write,
    call,
    on: (event, listener) => {
      const decode = decoderOf(codecs?.events, event);
      const relay = (payload: unknown): void =>
        listener(trusted<never>(decode ? decode(payload) : payload));
      socket.on(event, relay);
      return () => socket.off(event, relay);
    },
    follow: (feed) => {
      const decode = decoderOf(codecs?.rows, feed.name);
      const followed = syncs.follow(decode ? decodedFeed(feed, decode) : feed);
      socket.on(`${feed.name}:changes`, (payload: unknown) => syncs.receive(followed, payload));
      return { status: () => followed.status, catchUp: syncs.catchUp };
    },
  };
}

/** Why the server refused the connection, where that is the reason. */
function connectError(reason: Error): Error {
  if (reason.message === "outdated") return new RowcastOutdatedError();
  const refusal = /^(unauthenticated|forbidden|busy|internal): (.*)$/s.exec(reason.message);
  return refusal ? new RowcastRefusedError(trusted(refusal[1]), refusal[2] ?? "") : reason;
}

/** A feed whose rows are decoded before it applies them. */
function decodedFeed(feed: Feed, decode: Decode): Feed {
  const row = (given: Identified): Identified => trusted<Identified>(decode(given));
  const decoded = (changes: Changes<Identified>): Changes<Identified> => {
    return { ...changes, put: changes.put.map(row) };
  };
  return {
    ...feed,
    startSync: () => {
      const { position, apply } = feed.startSync();
      return { position, apply: (changes) => apply(decoded(changes)) };
    },
    apply: (changes) => feed.apply(decoded(changes)),
  };
}

function socketOptions(
  options: ConnectOptions,
  contract: string | undefined,
): Partial<ManagerOptions & SocketOptions> {
  const { auth, transports, socket } = options;
  // Whose the keys of writes are that are made before somebody has signed in.
  const client = createKey();
  // Without `sync`, the server would take this for a client that wants whole lists.
  const known = { sync: true, ...(contract !== undefined && { contract }) };
  return {
    auth: (send: (data: object) => void) =>
      send({ client, ...(typeof auth === "function" ? auth() : auth), ...known }),
    ...socket,
    ...(transports && { transports }),
  };
}

interface Listeners {
  readonly subscribe: (listener: () => void) => Unsubscribe;
  readonly notify: () => void;
}

function createListeners(): Listeners {
  const listeners = new Set<{ readonly call: () => void }>();
  return {
    subscribe: (listener) => {
      const entry = { call: listener };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    notify: () => {
      for (const entry of [...listeners]) callSafely(entry.call);
    },
  };
}

/** A listener that throws must not keep the others, or the list, from going on. */
function callSafely(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    throwLater(error);
  }
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
  /** Settles when the list is there for the first time; rejects if closed before. */
  readonly ready: Promise<void>;
  /** Whether the list is there already: before, `rows` is empty and says nothing. */
  readonly isReady: boolean;
  /** Whether the list is up to date, as far as is known. */
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
  readonly write: OpenConnection["write"];
  /** Shows what a write is expected to do; gives what ends that. */
  readonly guess: (guess: Guess<Row>) => ShownGuess<Row>;
  /** Shows an acknowledged write: a row, or null for a deletion. */
  readonly merge: (id: Row["id"], row: Row | null, ack: object) => void;
}

interface ShownGuess<Row> {
  /** Shows the acknowledged write in its place. */
  readonly confirm: (row: Row | null, ack: object) => void;
  /** Shows the row without it, unless it was confirmed. */
  readonly takeBack: () => void;
}

/** Opens the live list of this name. */
export function openList<Row extends Identified>(
  connection: OpenConnection,
  name: string,
): OpenList<Row> {
  let state = createListState<Row>();
  const epochs = new Set<string>();
  const listeners = createListeners();
  const ready = createReady();
  const followed = connection.follow({
    name,
    wantsSync: () => wantsSync(state),
    contains: ({ epoch, at }) =>
      // What was written in an earlier epoch of the list is in the list that was fetched since.
      state.position?.epoch === epoch ? state.position.at >= at : epochs.has(epoch),
    startSync: () => {
      const asked = state;
      return {
        position: syncPosition(asked),
        apply: (changes) => update(applySync(state, asked, trusted<Changes<Row>>(changes))),
      };
    },
    apply: (changes) => update(applyChanges(state, trusted<Changes<Row>>(changes))),
    statusChanged: listeners.notify,
    end: ready.reject,
  });

  function update(next: ListState<Row>): void {
    const before = state;
    state = next;
    if (next.position) {
      epochs.add(next.position.epoch);
      ready.resolve();
    }
    const isThere = next.position !== null && before.position === null;
    if (next.rows !== before.rows || isThere) listeners.notify();
  }

  return {
    live: {
      get rows() {
        return state.rows;
      },
      get isReady() {
        return state.position !== null;
      },
      get status() {
        return followed.status();
      },
      ready: ready.promise,
      find: (id) => findRow(state.rows, id),
      getSnapshot: () => state.rows,
      subscribe: listeners.subscribe,
    },
    call: connection.call,
    write: connection.write,
    guess: (guess) => {
      update(applyGuess(state, guess));
      return {
        confirm: (row, ack) => {
          const position = positionOf(ack);
          update(settleGuess(state, guess, position && { row, position }));
          followed.catchUp();
        },
        takeBack: () => update(settleGuess(state, guess, null)),
      };
    },
    merge: (id, row, ack) => {
      const position = positionOf(ack);
      if (position) update(applyOwnWrite(state, id, { row, position }));
      followed.catchUp();
    },
  };
}

interface Ready {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function createReady(): Ready {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  // Whoever does not wait for a list has nothing to handle when it is closed.
  promise.catch(() => {});
  return { promise, resolve, reject };
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
    const id = givenId(input);
    if (optimistic === undefined || id === null) return writeRow(list, event, input);
    return writeRow(list, event, input, { id, change: () => optimistic(id) });
  };
}

/** Makes the function that updates rows; the new state is in the list when it resolves. */
export function updateVerb<Row extends Identified, Patch extends Identified>(
  list: OpenList<Row>,
  event: string,
): (patch: Patch, options?: UpdateOptions<Row>) => Promise<Ack<Row, Patch>> {
  return (patch, { optimistic } = {}) => {
    if (optimistic === undefined) return writeRow(list, event, patch);
    const change = (row: Row | undefined): Row | undefined => row && optimistic(row);
    return writeRow(list, event, patch, { id: patch.id, change });
  };
}

/** Makes the function that deletes rows; the row is gone from the list when it resolves. */
export function deleteVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (id: Row["id"], options?: DeleteOptions) => Promise<DeleteAck<Row>> {
  return async (id, { optimistic = false } = {}) => {
    const guess = optimistic ? list.guess({ id, change: () => undefined }) : null;
    try {
      const ack = await list.write<DeleteAck<Row>>(event, { id });
      if (ack.ok && guess) guess.confirm(null, ack);
      else if (ack.ok) list.merge(id, null, ack);
      return ack;
    } finally {
      guess?.takeBack();
    }
  };
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

async function writeRow<Row extends Identified, Input>(
  list: OpenList<Row>,
  event: string,
  input: Input,
  guess?: Guess<Row>,
): Promise<Ack<Row, Input>> {
  const shown = guess && list.guess(guess);
  try {
    const ack = await list.write<Ack<Row, Input>>(event, input);
    if (!ack.ok) return ack;
    if (!isIdentified(ack.data)) throw new RowcastProtocolError(event, "its data is no row");
    if (shown && ack.data.id === guess.id) shown.confirm(ack.data, ack);
    else list.merge(ack.data.id, ack.data, ack);
    return ack;
  } finally {
    shown?.takeBack();
  }
}
