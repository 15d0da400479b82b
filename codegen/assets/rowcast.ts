/**
 * What every generated Rowcast client shares: the types of the wire, calls that are always
 * answered or rejected, and live lists that follow the server's. Needs only `socket.io-client`.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
type Timer = unknown;
declare function setTimeout(run: () => void, milliseconds: number): Timer;
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

  constructor(message: string, cause?: unknown) {
    super(message);
    // As the platform's errors have it; not all platforms' do.
    if (cause) Object.defineProperty(this, "cause", { value: cause, configurable: true });
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

  constructor(code: AckCode, message: string, auth: ConnectAuth = {}) {
    super(message);
    this.code = code;
    this.auth = auth;
  }
}

/** The server does not serve clients of this contract any more. */
export class RowcastOutdatedError extends RowcastError {
  override readonly name: string = "RowcastOutdatedError";

  constructor(call = "", sent = false) {
    super(`${call}the server has changed: reload the page${sent ? `.${UNKNOWN_OUTCOME}` : ""}`);
  }
}

/** An answer that is not what this client was generated for. */
export class RowcastProtocolError extends RowcastCallError {
  override readonly name: string = "RowcastProtocolError";

  constructor(event: string, found: string) {
    super(event, `was answered by what cannot be read: ${found}`, true, null, OTHER_SCHEMA);
  }
}

const UNKNOWN_OUTCOME =
  " If it writes, it may or may not have been carried out: look before you send it again.";
const NOT_SENT = " It was not sent, so it may safely be made again.";
const OTHER_SCHEMA =
  " Client and server were probably generated from different schemas: regenerate and reload.";

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
  const { epoch, from, to, put, dropped, more } = trusted<Partial<Changes<unknown>>>(value);
  if (typeof epoch !== "string" || typeof to !== "number") return false;
  if (more !== undefined && !isId(more)) return false;
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
  return decoders && Object.keys(decoders).includes(name) ? decoders[name] : undefined;
}

/** Says what keeps an answer from being an ack; null if it is one. */
function findAckFault(answer: unknown, key: string): string | null {
  if (!isObject(answer)) return "it is no object";
  const known = trusted<Partial<Refused>>(answer);
  if (typeof known.ok !== "boolean" || !isObject(known.errors)) return "it is no ack";
  return key in answer ? null : `it has no \`${key}\``;
}

/** An object of these entries; `__proto__` is a key like any other. */
export function fromEntries(
  entries: readonly (readonly [string, unknown])[],
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const given = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(made, key, given);
  }
  return made;
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
  /** The list as far as it has been loaded, while its parts come; then it takes the place of `fed`. */
  readonly part: Part<Row> | null;
  /** `fed` with `own` and `guesses` over it: the same array until a row of it changes. */
  readonly rows: readonly Row[];
}

/** The beginning of a list, up to the id `after`, and of later rows those that have changed meanwhile. */
interface Part<Row extends Identified> {
  readonly position: Position;
  readonly fed: readonly Row[];
  readonly after: Id;
  /** The rows of which something was pushed since the last part: an answer may be older than that. */
  readonly pushed: ReadonlySet<Id>;
  /** The own writes of other epochs that are known to count no more: they are shown until the list is whole. */
  readonly outdated: ReadonlySet<OwnWrite<Row>>;
}

/** How many early changes are kept; with fewer, a busy list might never catch up. */
const MAX_EARLY = 100;

/** Makes the state of a list of which nothing is known yet. */
export function createListState<Row extends Identified>(): ListState<Row> {
  return { position: null, fed: [], own: new Map(), guesses: [], early: [], part: null, rows: [] };
}

/**
 * Applies changes, in whatever order they come: repeats are dropped, and what follows a gap waits
 * until {@link wantsSync} has been answered.
 */
export function applyChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  return withRows(state, takeInTurn(state, changes, false));
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
  // An answer to what was asked before another part came is as good as a push.
  const isNextPart = asked.part !== null && known.part?.after === asked.part.after;
  return withRows(state, takeInTurn(known, changes, isNextPart));
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
  const foreignWrites = [...state.own.values()].some(
    (write) => write.position.epoch !== epoch && !state.part?.outdated.has(write),
  );
  return foreignChanges || foreignWrites ? null : position;
}

/** The last position of this epoch that the server has told of, in whatever way. */
function newestHeard<Row extends Identified>(state: ListState<Row>, epoch: string): number {
  const own = [...state.own.values()].map((write) => write.position);
  const early = state.early.map((changes) => ({ epoch: changes.epoch, at: changes.to }));
  let newest = -1;
  for (const position of [...own, ...early, state.position, state.part?.position]) {
    if (position?.epoch === epoch) newest = Math.max(newest, position.at);
  }
  return newest;
}

/** Gives up what had been heard when a sync was sent; a whole list makes up for it. */
function forgetHeard<Row extends Identified>(
  state: ListState<Row>,
  asked: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  const own = new Map([...state.own].filter(([id, write]) => asked.own.get(id) !== write));
  const early = state.early.filter((changes) => !asked.early.includes(changes));
  const position = changes.from === null ? null : state.position;
  return { ...state, position, own, early, part: null };
}

/** Takes changes, which may be the next part of the list, and after them those that waited for them. */
function takeInTurn<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  isNextPart: boolean,
): ListState<Row> {
  let next = takeChanges(state, changes, isNextPart);
  if (next.position !== state.position || next.part !== state.part) {
    const waiting = [...next.early].sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
    next = { ...next, early: [] };
    for (const changes of waiting) next = takeChanges(next, changes, false);
  }
  return next;
}

function takeChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  isNextPart: boolean,
): ListState<Row> {
  const end = { epoch: changes.epoch, at: changes.to };
  if (changes.from === null) return takeWhole(state, changes, end);
  const start = { epoch: changes.epoch, at: changes.from };
  if (state.part && isReached(start, state.part.position)) {
    const take = isNextPart ? takePart : pushPart;
    return take(state, state.part, changes, end);
  }
  if (state.position && isReached(end, state.position)) return state;
  if (state.position && isReached(start, state.position)) return advance(state, changes, end);
  return { ...state, early: [...state.early, changes].slice(-MAX_EARLY) };
}

/** Takes all of a list, or its first part. */
function takeWhole<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  end: Position,
): ListState<Row> {
  if (state.position && isReached(end, state.position)) {
    return forgetOtherEpochs(state.part ? { ...state, part: null } : state, end.epoch);
  }
  const fed = sortedRows(state, changes.put);
  if (changes.more === undefined) return completed(state, fed, end);
  const { epoch } = end;
  const early = state.early.filter((waiting) => waiting.epoch === epoch);
  const own = [...state.own.values()].filter((write) => write.position.epoch !== epoch);
  const sets = { pushed: new Set<Id>(), outdated: new Set(own) };
  return { ...state, early, part: { position: end, fed, after: changes.more, ...sets } };
}

/** Takes the next part of a list that is being loaded, and what has changed in the parts before it. */
function takePart<Row extends Identified>(
  state: ListState<Row>,
  part: Part<Row>,
  changes: Changes<Row>,
  end: Position,
): ListState<Row> {
  const isOvertaken = isBefore(end, part.position);
  const isNews = (id: Id): boolean => !isOvertaken || !part.pushed.has(id);
  const put = changes.put.filter((row) => isNews(row.id));
  const fed = changedRows(state, part.fed, { put, dropped: changes.dropped.filter(isNews) });
  const position = isOvertaken ? part.position : end;
  if (changes.more === undefined) return completed(state, fed, position);
  const pushed = isOvertaken ? part.pushed : new Set<Id>();
  return { ...state, part: { ...part, position, fed, after: changes.more, pushed } };
}

/** Takes what was pushed about a list that is being loaded. */
function pushPart<Row extends Identified>(
  state: ListState<Row>,
  part: Part<Row>,
  changes: Changes<Row>,
  end: Position,
): ListState<Row> {
  if (isReached(end, part.position)) return state;
  const pushed = new Set([...part.pushed, ...changes.dropped, ...changes.put.map(({ id }) => id)]);
  const fed = changedRows(state, part.fed, changes);
  return { ...state, part: { ...part, position: end, fed, pushed } };
}

function sortedRows<Row extends Identified>(
  state: ListState<Row>,
  rows: readonly Row[],
): readonly Row[] {
  return placeRows([], new Map(rows.map((row) => [row.id, reuseRow(state, row)])));
}

/** The whole list is there. */
function completed<Row extends Identified>(
  state: ListState<Row>,
  fed: readonly Row[],
  position: Position,
): ListState<Row> {
  const own = filterMap(state.own, (write) => isBefore(position, write.position));
  return forgetOtherEpochs({ ...state, position, fed, own, part: null }, position.epoch);
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
  return { ...state, position, fed: changedRows(state, state.fed, changes), own };
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
  if (isSame) return { ...next, rows: before.rows };
  // The rows themselves are frozen already.
  return { ...next, rows: IS_DEVELOPMENT ? Object.freeze(rows) : rows };
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
  const { own, fed, part, rows } = state;
  const lists = [fed, rows, part?.fed ?? []].map((list) => findRow(list, row.id));
  const known = [own.get(row.id)?.row, ...lists];
  return known.find((other) => other && isEqual(other, row)) ?? frozen(row);
}

/** Freezes what is shown, at every level, so that code that changes it fails where it does so; in development only. */
function frozen<Value>(value: Value): Value {
  if (!IS_DEVELOPMENT || !isObject(value) || ArrayBuffer.isView(value)) return value;
  if (!Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/** Found out once: in Node, each look at the environment is a call of the system. */
const IS_DEVELOPMENT = /* @__PURE__ */ isDevelopment();

/** Bundlers write in what `process.env.NODE_ENV` is; a browser without a bundler has no `process`. */
function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== "production";
  } catch {
    return false;
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
  /** The account that was signed in when it was made; undefined if that was not known. */
  readonly account: string | null | undefined;
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
  /** The account that is signed in; undefined as long as that is not known. */
  readonly account: string | null | undefined;
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
  return { calls: [], isUp: false, isHeld: false, account: undefined };
}

/** Puts a call into its place. */
export function addCall<Call extends Queueable>(
  queue: CallQueue<Call>,
  call: Call,
): CallQueue<Call> {
  const added = { call, sends: 0, isOut: false, account: queue.account };
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
  // What an account has written waits while it is signed out.
  const isOwn = ({ account }: QueuedCall<Call>): boolean =>
    typeof account !== "string" || queue.account !== null;
  const writes = queue.calls.filter((queued) => isWrite(queued) && isOwn(queued));
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
    queued.call === call ? { ...queued, sends: queued.sends + 1, isOut: true } : queued;
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
  return { ...queue, calls, isUp: false, isHeld: false };
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
  timer: Timer;
}

interface Calls {
  readonly request: (request: Request) => Promise<unknown>;
  readonly pendingWrites: () => number;
  /** The connection is there; nothing is sent before {@link Calls.send}. */
  readonly connect: () => void;
  readonly send: () => void;
  /** Takes note of the account that is signed in: what another one wrote is given up. */
  readonly identify: (account: string | null | undefined) => void;
  /** Other credentials are sent from now on: before the first connection, that gives up writes made with those before. */
  readonly changeCredentials: () => void;
  readonly cutOff: (reason: string) => void;
  /**
   * Sends nothing more on this connection, and calls back once what is under way is answered, or soon. What is written from
   * now on belongs to the account of the next connection.
   */
  readonly drain: (drained: () => void) => void;
  /** Gives up all calls, as the server does not serve this client any more. */
  readonly outdate: () => void;
  readonly end: (reason: string) => void;
}

interface CallsOptions {
  readonly maxWrites: number;
  readonly isOutdated: () => boolean;
  /** The size of the largest message that the server takes; null as long as that is not known. */
  readonly maxPayload: () => number | null;
  /** When something came from the server for the last time. */
  readonly heardAt: () => number;
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
  let hold: Timer;
  let isIdentified = false;
  let draining: (() => void) | null = null;
  let drainTimer: Timer;

  function endDrain(): void {
    clearTimeout(drainTimer);
    const drained = draining;
    draining = null;
    drained?.();
  }

  function isDrained(): boolean {
    return !queue.calls.some(({ call, isOut }) => isOut && call.kind !== "sync");
  }

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
    for (const { call } of queue.calls) {
      if (call.kind !== "sync" && call.deadline <= now) giveUp(call);
    }
    disown(isOther);
    for (const call of dueCalls(queue)) emit(call);
  }

  function emit(call: PendingCall): void {
    try {
      checkSize(call, options.maxPayload());
      queue = markSent(queue, call);
      socket.emit(call.event, ...call.args, (answer: unknown) => receive(call, answer));
    } catch (error) {
      // What cannot be sent must not keep other calls waiting.
      fail(call, payloadError(call.event, error));
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
    if (draining && isDrained()) endDrain();
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
    const what = `gave up after ${call.limit} ms: ${why}`;
    fail(call, new RowcastTimeoutError(call.event, what, sends > 0, cause));
  }

  function isSent(call: Request): boolean {
    return queue.calls.some((queued) => queued.call === call && queued.sends > 0);
  }

  function outdated(call: Request): RowcastOutdatedError {
    return new RowcastOutdatedError(`\`${call.event}\` was given up: `, isSent(call));
  }

  function disconnect(call: PendingCall, reason: string): void {
    fail(call, new RowcastDisconnectedError(call.event, `was cut off: ${reason}`, isSent(call)));
  }

  /** Gives up writes that wait, by the account that made them. */
  function disown(isStrange: (account: string | null | undefined) => boolean): void {
    for (const queued of queue.calls) {
      const { call, isOut, account } = queued;
      if (!isWrite(queued) || isOut || !isStrange(account)) continue;
      const what = "was made by another account than is signed in now";
      fail(call, new RowcastAccountError(call.event, what, isSent(call)));
    }
  }

  function isOther(account: string | null | undefined): boolean {
    return typeof account === "string" && !!queue.account && account !== queue.account;
  }

  function isUnknown(account: string | null | undefined): boolean {
    return account === undefined;
  }

  /** A timer has run out. While data arrives, what is to be loaded may still be on its way. */
  function expire(call: PendingCall): void {
    const left = call.kind === "sync" ? options.heardAt() + call.limit - Date.now() : 0;
    if (left > 0) {
      call.timer = startTimer(() => expire(call), left);
    } else {
      giveUp(call);
      send();
    }
  }

  function take(
    request: Request,
    resolve: PendingCall["resolve"],
    reject: PendingCall["reject"],
  ): void {
    const { event, kind, limit } = request;
    if (ended !== null) {
      reject(new RowcastDisconnectedError(event, `was cut off: ${ended}`, false));
      return;
    }
    if (options.isOutdated()) {
      reject(outdated(request));
      return;
    }
    if (kind === "write" && pending >= options.maxWrites) {
      const what = `was not taken on: ${options.maxWrites} writes wait for answers (\`maxPendingWrites\`)`;
      reject(new RowcastBacklogError(event, what, false));
      return;
    }
    const deadline = Date.now() + limit;
    const call: PendingCall = { ...request, deadline, resolve, reject, timer: undefined };
    call.timer = startTimer(() => expire(call), limit);
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
    identify: (account) => {
      isIdentified = true;
      queue = { ...queue, account };
      disown(isOther);
      if (queue.isUp) send();
    },
    changeCredentials: () => {
      if (!isIdentified) disown(isUnknown);
    },
    outdate: () => {
      for (const { call } of queue.calls) fail(call, outdated(call));
    },
    drain: (drained) => {
      // What was written since the last time is of neither the account before nor the one to come.
      if (isIdentified) disown(isUnknown);
      queue = { ...queue, isUp: false, account: undefined };
      clearTimeout(drainTimer);
      draining = drained;
      if (isDrained()) endDrain();
      else drainTimer = setTimeout(endDrain, DRAIN_TIMEOUT);
    },
    cutOff: (reason) => {
      clearTimeout(hold);
      clearTimeout(drainTimer);
      draining = null;
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

/** How long answers are waited for before a connection is made anew on purpose. */
const DRAIN_TIMEOUT = 1000;

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
  const bytes = randomBytes(10);
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return Date.now().toString(16).padStart(12, "0") + random;
}

interface Randomness {
  readonly crypto?: { readonly getRandomValues?: (bytes: Uint8Array) => Uint8Array };
}

/** React Native has no `crypto` of its own: there, names are as unique, but rest on a weaker source. */
function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const { crypto } = trusted<Randomness>(globalThis);
  return crypto?.getRandomValues?.(bytes) ?? bytes.map(() => Math.random() * 256);
}

/** A timer; those that are to take longer than 24 days would fire at once. */
function startTimer(run: () => void, milliseconds: number): Timer {
  return setTimeout(run, Math.min(milliseconds, 2 ** 31 - 1));
}

/**
 * A payload as it is now: what is sent again must be the same, whatever becomes of the object. Fails on what JSON does not
 * have, and says where it is.
 */
function snapshot(value: unknown, path = "it"): unknown {
  if (typeof value === "bigint") throw new RowcastError(`${path} is a bigint, which JSON lacks`);
  if (!isObject(value)) return value;
  if (value instanceof ArrayBuffer) return value.slice(0);
  // Before `toJSON`, which Node's buffers have.
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  }
  // Files of a browser: they do not change.
  if ("arrayBuffer" in value) return value;
  if ("toJSON" in value && typeof value.toJSON === "function")
    return snapshot(value.toJSON(), path);
  const inside = path === "it" ? "" : `${path}.`;
  if (Array.isArray(value)) return value.map((item, index) => snapshot(item, `${path}[${index}]`));
  return fromEntries(
    Object.entries(value).map(([key, item]) => [key, snapshot(item, inside + key)] as const),
  );
}

function payloadError(event: string, error: unknown): RowcastPayloadError {
  const what = `cannot be sent: ${toError(error).message}`;
  return new RowcastPayloadError(event, what, false, error, "");
}

/** Fails if a call exceeds what the server takes in one message: it would end the connection. */
function checkSize({ event, args }: Request, limit: number | null): void {
  if (limit === null) return;
  let largest = 0;
  const text = JSON.stringify([event, ...args], (_, value: unknown) => {
    if (!(value instanceof Uint8Array || value instanceof ArrayBuffer)) return value;
    largest = Math.max(largest, value.byteLength);
    return PLACEHOLDER;
  });
  // Most are so short that their bytes need not be counted: in UTF-8, after the kind of the packet and some numbers.
  const bytes =
    text.length * 3 + 16 > limit ? encodeURIComponent(text).replace(/%../g, "%").length : 0;
  largest = Math.max(largest, bytes + 16);
  if (largest <= limit) return;
  throw new RowcastError(`it has ${largest} bytes, and the server takes ${limit} in one message`);
}

/** What stands in a packet for bytes, which follow it. */
const PLACEHOLDER = { _placeholder: true, num: 10 };

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
  /** The list can't be had for now: gives up waiting for it. */
  readonly fail: (error: Error) => void;
  /** It may be had again. */
  readonly retry: () => void;
}

interface FeedSync {
  readonly known: Known;
  readonly apply: (changes: Changes<Identified>) => void;
  /** Whether a part of the list has come that others follow. */
  readonly hasMore: () => boolean;
}

interface FollowedFeed {
  readonly feed: Feed;
  status: ConnectionStatus;
  /** Not synced yet since the connection is up. */
  stale: boolean;
  syncing: boolean;
  /** Failed syncs in a row, and the timer of the next attempt. */
  failures: number;
  retry: Timer;
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
    const known = [...asked].map(([{ feed }, { known }]) => [feed.name, known] as const);
    const answer = await request(trusted(fromEntries(known)), limit).catch(toError);
    if (current !== session) return null;
    const error = answer instanceof Error ? answer : takeAnswer(asked, answer);
    finish(asked, error);
    return error;
  }

  function catchUp(): void {
    const late = isUp ? all.filter((followed) => isFree(followed) && !isSettled(followed)) : [];
    if (late.length > 0) void sync(late);
  }

  function finish(asked: ReadonlyMap<FollowedFeed, FeedSync>, error: Error | null): void {
    const late = [...asked.keys()];
    const isFailed = (followed: FollowedFeed): boolean =>
      !isSettled(followed) && !asked.get(followed)?.hasMore();
    const failed = late.filter(isFailed);
    const failures = Math.max(0, ...failed.map((followed) => followed.failures));
    const again = (): void => tryAgain(failed);
    const retry = failed.length > 0 ? setTimeout(again, backoff(failures)) : undefined;
    for (const followed of late) {
      followed.syncing = false;
      followed.failures = failed.includes(followed) ? failures + 1 : 0;
      followed.retry = failed.includes(followed) ? retry : undefined;
    }
    report(error);
    advanced.notify();
    if (failed.length < late.length) catchUp();
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
      // What is being loaded takes its time, and the answer waits behind it.
      const isLoading = !all.every(isFree);
      void sync(all.filter(isFree), isLoading ? undefined : limit).then((error) => {
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
        const timer: Timer = setTimeout(end, limit);
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
function backoff(failures: number, first = 250, most = 10_000): number {
  return Math.min(first * 2 ** failures, most) * (0.5 + Math.random() / 2);
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
  /** The transports to try, in this order. */
  readonly transports?: ("polling" | "websocket" | "webtransport")[];
  /**
   * Any other option of `socket.io-client`. Of those for reconnecting, `reconnection`,
   * `reconnectionDelay` and `reconnectionDelayMax` count.
   */
  readonly socket?: Partial<ManagerOptions & SocketOptions>;
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
  const own = { client: createKey() };
  // Without `sync`, the server would take this for a client that wants whole lists.
  const known = { sync: true, ...(contract !== undefined && { contract }) };
  const listeners = createListeners();
  const timeout = options.timeout ?? 10_000;
  const writeTimeout = Math.min(options.writeTimeout ?? 60_000, MAX_WRITE_TIMEOUT);
  const calls = trackCalls(socket, {
    maxWrites: options.maxPendingWrites ?? 1000,
    isOutdated: () => link === "outdated",
    maxPayload: () => maxPayload,
    heardAt: () => heardAt,
    lastError: () => error,
    pendingChanged: listeners.notify,
  });
  const syncs = syncFeeds(requestSync, report);
  const stopWatching = watchPage(wake);
  let link: Link = "connecting";
  let error: Error | null = null;
  let status: ConnectionStatus = "connecting";
  let isClosed = false;
  let isEnded = false;
  /** Attempts in a row that led to no stable connection; and the number of the current one. */
  let failures = 0;
  let attempt = 0;
  let revival: Timer;
  /** Until lists that are waited for are given up; and why they were. */
  let patience: Timer;
  let hopeless: Error | null = null;
  let wokenAt = 0;
  let upSince = 0;
  let heardAt = 0;
  let maxPayload: number | null = null;
  let extraAuth: AuthSource | undefined;
  let credentials: ConnectAuth | null = null;
  let refused: ConnectAuth | null = null;

  /** A payload as it is to be sent, as it is now. */
  function prepare(event: string, payload: unknown): unknown {
    try {
      return snapshot(codecs ? codecs.encode(payload) : payload);
    } catch (error) {
      const isEndless = error instanceof RangeError;
      throw payloadError(event, isEndless ? "it is part of itself, or too deep" : error);
    }
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
    const args = payload === undefined ? [] : [prepare(event, payload)];
    return request<Answer>({ kind: "call", event, args, limit: timeout }, dataKey);
  }

  async function write<Answer extends object>(
    event: string,
    payload?: unknown,
    dataKey = "data",
  ): Promise<Answer> {
    const args = [prepare(event, payload) ?? null, { key: createKey() }];
    const asked: Request = { kind: "write", event, args, limit: writeTimeout };
    const answer = await request<Answer>(asked, dataKey);
    const positions = positionsOf(answer);
    // A list that can't follow must not keep the answer from whoever waits for it.
    if (positions.size > 0) await syncs.reach(positions, CHECK_TIMEOUT);
    return answer;
  }

  async function requestSync(
    positions: SyncRequest<Record<string, unknown>>,
    limit = timeout * LOADING_TIMEOUTS,
  ): Promise<object> {
    const args = [positions];
    const ack = await request<Ack<object>>({ kind: "sync", event: "sync", args, limit }, "data");
    if (ack.ok) return ack.data;
    throw new RowcastError(`\`sync\` was refused (${ack.code}): ${ack.errors._?.join(" ") ?? ""}`);
  }

  function statusOf(feeds: readonly FollowedFeed[]): ConnectionStatus {
    if (link !== "up") return link;
    if (isEnded) return "unauthenticated";
    return feeds.every(isSettled) ? "live" : "catching_up";
  }

  /** Takes note of an error, or that there is none, and notifies where something has changed. */
  function report(found: Error | null): void {
    const changed = syncs.all.filter((followed) => followed.status !== statusOf([followed]));
    for (const followed of changed) followed.status = statusOf([followed]);
    const before = [status, error];
    status = statusOf(syncs.all);
    if (found || status === "live") error = found;
    for (const { feed } of changed) feed.statusChanged();
    if (status !== before[0] || error !== before[1]) listeners.notify();
  }

  function goOffline(reason: Error, then = linkAfter(reason)): void {
    link = then;
    syncs.stop();
    calls.cutOff(reason.message);
    if (link === "outdated") calls.outdate();
    report(reason);
    if (reason instanceof RowcastRefusedError || link === "outdated") despair(reason);
    else patience ??= startTimer(() => despair(error ?? reason), timeout);
  }

  /** Lists that are waited for do not come for now. */
  function despair(reason: Error): void {
    hopeless = reason;
    for (const { feed } of syncs.all) feed.fail(reason);
  }

  async function findCredentials(): Promise<ConnectAuth> {
    const sources = [extraAuth, options.auth ?? socketAuth(options.socket?.auth)];
    const found = sources.map((source) => (typeof source === "function" ? source() : source));
    return Object.assign({}, ...(await Promise.all(found)));
  }

  /** Connects, unless the server has refused just these credentials. */
  async function begin(): Promise<void> {
    clearTimeout(revival);
    attempt += 1;
    const current = attempt;
    const found = await findCredentials().catch(authError);
    if (current !== attempt || isClosed) return;
    if (found instanceof RowcastError) {
      goOffline(found);
      revive();
    } else if (refused !== null && isEqual(refused, found)) {
      revive();
    } else {
      if (credentials !== null && !isEqual(credentials, found)) calls.changeCredentials();
      credentials = found;
      socket.auth = { ...own, ...found, ...known };
      socket.connect();
      watchEngine();
    }
  }

  /** Listens to what lies below Socket.IO. */
  function watchEngine(): void {
    const { engine } = socket.io;
    engine.on("handshake", (handshake) => {
      maxPayload = handshake.maxPayload || null;
    });
    engine.on("packet", () => {
      heardAt = Date.now();
    });
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

  /** The first thing that the server says on a connection. */
  function greet({ account }: Connected): void {
    if (link === "up") return;
    link = "up";
    error = refused = hopeless = null;
    isEnded = false;
    upSince = Date.now();
    clearTimeout(patience);
    patience = undefined;
    for (const { feed } of syncs.all) feed.retry();
    calls.identify(account);
    // First the sync: only sockets that have synced are told the positions of their writes.
    calls.connect();
    syncs.start();
    calls.send();
    report(null);
  }

  function changeSession({ account, ended, message }: SessionChanged): void {
    isEnded = ended;
    error = null;
    calls.identify(account);
    report(ended ? new RowcastRefusedError("unauthenticated", message, credentials ?? {}) : null);
  }

  socket.on("connected", greet);
  socket.on("session", changeSession);
  socket.on("disconnect", (reason) => {
    // What disconnects here gives its own reason.
    if (reason === "io client disconnect") return;
    if (link === "up" && Date.now() - upSince >= STABLE_PERIOD) failures = 0;
    goOffline(new RowcastError(`the connection was lost (${reason})`));
    revive();
  });
  socket.on("connect_error", (reason) => {
    if (isClosed) return;
    const found = connectError(reason, credentials ?? {});
    goOffline(found);
    // Without credentials it may be a cookie that counts, or the server's mind.
    if (link === "unauthenticated" && !isEqual(credentials, {})) refused = credentials;
    revive();
  });
  patience = startTimer(
    () => despair(error ?? new RowcastError("there is no connection")),
    timeout,
  );
  if (options.socket?.autoConnect !== false) void begin();

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
    get credentials() {
      return credentials;
    },
    subscribe: listeners.subscribe,
    reconnect: () => {
      if (isClosed) return;
      refused = null;
      calls.drain(() => {
        goOffline(new RowcastError("the connection is made anew"), "connecting");
        reconnect();
      });
    },
    authenticate: (auth) => {
      extraAuth = auth;
    },
    close: () => {
      isClosed = true;
      clearTimeout(revival);
      stopWatching();
      const closed = new RowcastError("the connection was closed");
      calls.end(closed.message);
      goOffline(closed);
      clearTimeout(patience);
      despair(closed);
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
      if (hopeless) feed.fail(hopeless);
      return { status: () => followed.status, catchUp: syncs.catchUp };
    },
  };
}

/** Why the server refused the connection, where that is the reason. */
function connectError(reason: Error, auth: ConnectAuth): Error {
  if (reason.message === "outdated") return new RowcastOutdatedError();
  const refusal = /^(unauthenticated|forbidden|busy|internal): ([\s\S]*)$/.exec(reason.message);
  if (refusal === null) return reason;
  return new RowcastRefusedError(trusted(refusal[1]), refusal[2] ?? "", auth);
}

type Link = "connecting" | "up" | "offline" | "unauthenticated" | "outdated";

function linkAfter(reason: Error): Link {
  if (reason instanceof RowcastOutdatedError) return "outdated";
  const isUnauthenticated =
    reason instanceof RowcastRefusedError && reason.code === "unauthenticated";
  return isUnauthenticated ? "unauthenticated" : "offline";
}

function authError(error: unknown): RowcastError {
  return new RowcastError(`\`auth\` failed: ${toError(error).message}`, error);
}

/** What Socket.IO's own option gives. */
function socketAuth(auth: SocketOptions["auth"]): AuthSource | undefined {
  return typeof auth === "function"
    ? () => new Promise((send) => auth((data) => send(trusted(data))))
    : auth;
}

/** Where the server is: the path of a url is not a namespace, but what the server's paths begin with. */
function serverPlace(url: string): { readonly url: string; readonly path?: string } {
  const [, host, path = "", query] = /^((?:\w*:?\/\/)?[^/?#]*)([^?#]*)(.*)$/.exec(url) ?? [];
  const prefix = path.replace(/\/+$/, "");
  return prefix === "" ? { url } : { url: `${host}/${query}`, path: `${prefix}/socket.io` };
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
      const { apply, ...sync } = feed.startSync();
      return { ...sync, apply: (changes) => apply(decoded(changes)) };
    },
    apply: (changes) => feed.apply(decoded(changes)),
  };
}

function socketOptions(
  { transports, socket }: ConnectOptions,
  path: string | undefined,
): Partial<ManagerOptions & SocketOptions> {
  return {
    // Each client has a connection of its own, of which nothing is kept when it is closed.
    forceNew: true,
    ...(path !== undefined && { path }),
    ...socket,
    ...(transports && { transports }),
    autoConnect: false,
    reconnection: false,
    auth: {},
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
  /**
   * Resolves when the list is there for the first time. Rejects if the server refuses the connection,
   * or there has been none for the `timeout` of calls, or it is closed; once there is a connection
   * again, this is another promise.
   */
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
  let ready = createReady();
  let hasFailed = false;
  const followed = connection.follow({
    name,
    wantsSync: () => wantsSync(state),
    contains: ({ epoch, at }) =>
      // What was written in an earlier epoch of the list is in the list that was fetched since.
      state.position?.epoch === epoch ? state.position.at >= at : epochs.has(epoch),
    startSync: () => {
      const asked = state;
      return {
        known: syncKnown(asked),
        apply: (changes) => update(applySync(state, asked, trusted<Changes<Row>>(changes))),
        hasMore: () => state.part !== null && state.part !== asked.part,
      };
    },
    apply: (changes) => update(applyChanges(state, trusted<Changes<Row>>(changes))),
    statusChanged: listeners.notify,
    fail: (error) => {
      hasFailed = state.position === null;
      ready.reject(error);
    },
    retry: () => {
      if (hasFailed) ready = createReady();
      hasFailed = false;
    },
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
      get ready() {
        return ready.promise;
      },
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
