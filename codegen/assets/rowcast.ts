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

  constructor(event: string, timeout: number, sent: boolean, cause: Error | null = null) {
    const why = sent
      ? `the server did not answer. ${UNKNOWN_OUTCOME}`
      : `there was no connection${cause ? ` (${cause.message})` : ""}. ${NOT_SENT}`;
    super(`\`${event}\` gave up after ${timeout} ms: ${why}`, cause ? { cause } : {});
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

/** The server does not serve clients of this contract any more. */
export class RowcastOutdatedError extends RowcastError {
  override readonly name: string = "RowcastOutdatedError";

  constructor() {
    super("the server has changed since this client was made: reload the page");
  }
}

/** An answer that is not what this client was generated for. */
export class RowcastProtocolError extends RowcastError {
  override readonly name: string = "RowcastProtocolError";
  readonly event: string;

  constructor(event: string, found: string) {
    super(
      `The answer to \`${event}\` cannot be read: ${found}. Client and server were probably ` +
        "generated from different schemas: generate the client again and reload.",
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

function isPosition(value: unknown): value is Position {
  if (!isObject(value) || !("epoch" in value && "at" in value)) return false;
  return typeof value.epoch === "string" && typeof value.at === "number";
}

function isChanges(value: unknown): value is Changes<Identified> {
  if (!isObject(value) || !("epoch" in value && "from" in value && "to" in value)) return false;
  if (typeof value.epoch !== "string" || typeof value.to !== "number") return false;
  if (value.from !== null && typeof value.from !== "number") return false;
  if (!("put" in value && Array.isArray(value.put) && value.put.every(isIdentified))) return false;
  return "dropped" in value && Array.isArray(value.dropped) && value.dropped.every(isId);
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
  if (!("ok" in answer && typeof answer.ok === "boolean")) return "it has no `ok`";
  if (!("errors" in answer && isObject(answer.errors))) return "it has no `errors`";
  if (!("code" in answer)) return "it has no `code`";
  return key in answer ? null : `it has no \`${key}\``;
}

/** The position of an accepted write, which the server adds for sockets that follow lists. */
function positionOf(ack: object): Position | null {
  return "position" in ack && isPosition(ack.position) ? ack.position : null;
}

// ----------------------------------------------------------------- the state of a list, no socket

/** One's own write that the list's position has not reached yet; without a row, a deletion. */
interface OwnWrite<Row> {
  readonly row: Row | null;
  readonly position: Position;
}

/**
 * A list as far as this client knows it: plain data, never changed, only replaced by
 * {@link applyChanges} and {@link applyOwnWrite}.
 */
export interface ListState<Row extends Identified> {
  /** The position that `fed` has reached; null before the first whole list. */
  readonly position: Position | null;
  /** The list as the server's changes made it. */
  readonly fed: ReadonlyMap<Id, Row>;
  /** Own writes that `fed` does not contain yet. */
  readonly own: ReadonlyMap<Id, OwnWrite<Row>>;
  /** Changes that came before those that lead to them. */
  readonly early: readonly Changes<Row>[];
  /** `fed` with `own` over it. */
  readonly shown: ReadonlyMap<Id, Row>;
  /** The rows of `shown` by id; the same array until one of them changes. */
  readonly rows: readonly Row[];
}

/** How many early changes are kept; with fewer, a busy list might never catch up. */
const MAX_EARLY = 100;

/** Makes the state of a list of which nothing is known yet. */
export function createListState<Row extends Identified>(): ListState<Row> {
  const none = new Map<Id, never>();
  return { position: null, fed: none, own: none, early: [], shown: none, rows: [] };
}

/**
 * Applies changes, in whatever order they come: repeats are dropped, and what follows a gap waits
 * until {@link wantsSync} has been answered.
 */
export function applyChanges<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
): ListState<Row> {
  let next = takeChanges(state, changes);
  if (next.position !== state.position) {
    const waiting = [...next.early].sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
    next = { ...next, early: [] };
    for (const changes of waiting) next = takeChanges(next, changes);
  }
  return next === state ? state : withRows(next);
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
  const earlier = state.own.get(id);
  if (state.position && isReached(write.position, state.position)) return state;
  if (earlier && isBefore(write.position, earlier.position)) return state;
  const row = write.row && reuseRow(state, write.row);
  const own = new Map(state.own).set(id, { row, position: write.position });
  return withRows({ ...state, own });
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
  const fed = new Map<Id, Row>(changes.put.map((row) => [row.id, reuseRow(state, row)]));
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
  const isSame = own.size === state.own.size && early.length === state.early.length;
  return isSame ? state : { ...state, own, early };
}

function advance<Row extends Identified>(
  state: ListState<Row>,
  changes: Changes<Row>,
  position: Position,
): ListState<Row> {
  const fed = new Map(state.fed);
  for (const id of changes.dropped) fed.delete(id);
  for (const row of changes.put) fed.set(row.id, reuseRow(state, row));
  const own = filterMap(state.own, (write) => !isReached(write.position, position));
  return { ...state, position, fed, own };
}

/** Brings `shown` and `rows` in line with the rest of the state. */
function withRows<Row extends Identified>(state: ListState<Row>): ListState<Row> {
  const shown = overlay(state.fed, state.own);
  const rows = [...shown.values()].sort((a, b) => compareIds(a.id, b.id));
  const same = rows.length === state.rows.length && rows.every((row, i) => row === state.rows[i]);
  return { ...state, shown, rows: same ? state.rows : rows };
}

function overlay<Row>(
  fed: ReadonlyMap<Id, Row>,
  own: ReadonlyMap<Id, OwnWrite<Row>>,
): ReadonlyMap<Id, Row> {
  if (own.size === 0) return fed;
  const shown = new Map(fed);
  for (const [id, { row }] of own) {
    if (row === null) shown.delete(id);
    else shown.set(id, row);
  }
  return shown;
}

/** The object already shown for a row, if nothing in it differs: views compare by identity. */
function reuseRow<Row extends Identified>(state: ListState<Row>, row: Row): Row {
  const shown = state.shown.get(row.id);
  return shown !== undefined && isEqual(shown, row) ? shown : row;
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
  return map.size === 0 ? map : new Map([...map].filter(([, value]) => keep(value)));
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

// ---------------------------------------------------------------------------------------- calls

interface PendingCall {
  readonly event: string;
  readonly args: readonly unknown[];
  readonly answer: (answer: unknown) => void;
  readonly fail: (error: RowcastError) => void;
  sent: boolean;
}

interface Calls {
  readonly request: (event: string, payload: unknown) => Promise<unknown>;
  readonly open: () => void;
  readonly sendWaiting: () => void;
  readonly cutOff: (reason: string) => void;
  readonly end: (reason: string) => void;
}

/** Keeps account of the calls that are under way or wait for a connection. */
function trackCalls(socket: Socket, timeout: number, lastError: () => Error | null): Calls {
  const pending = new Set<PendingCall>();
  let isOpen = false;
  let ended: string | null = null;

  function send(call: PendingCall): void {
    call.sent = true;
    socket.emit(call.event, ...call.args, call.answer);
  }

  function fail(calls: readonly PendingCall[], reason: string): void {
    for (const call of calls) {
      call.fail(new RowcastDisconnectedError(call.event, reason, call.sent));
    }
  }

  return {
    request: (event, payload) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          clearTimeout(timer);
          pending.delete(call);
        };
        const call: PendingCall = {
          event,
          args: payload === undefined ? [] : [payload],
          answer: (answer) => {
            settle();
            resolve(answer);
          },
          fail: (error) => {
            settle();
            reject(error);
          },
          sent: false,
        };
        const timer = setTimeout(() => {
          const cause = call.sent ? null : lastError();
          call.fail(new RowcastTimeoutError(event, timeout, call.sent, cause));
        }, timeout);
        pending.add(call);
        if (ended !== null) fail([call], ended);
        else if (isOpen) send(call);
      }),
    open: () => {
      isOpen = true;
    },
    sendWaiting: () => {
      for (const call of pending) if (!call.sent) send(call);
    },
    cutOff: (reason) => {
      isOpen = false;
      fail(
        [...pending].filter((call) => call.sent),
        reason,
      );
    },
    end: (reason) => {
      ended = reason;
      fail([...pending], reason);
    },
  };
}

// --------------------------------------------------------------------------- keeping lists synced

/** What keeping a list up to date needs of it. */
interface Feed {
  readonly name: string;
  readonly wantsSync: () => boolean;
  readonly syncPosition: () => Position | null;
  readonly apply: (changes: Changes<Identified>) => void;
  readonly statusChanged: () => void;
  readonly end: (error: RowcastError) => void;
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
  readonly all: readonly FollowedFeed[];
}

function isSettled(followed: FollowedFeed): boolean {
  return !followed.stale && !followed.feed.wantsSync();
}

/** Syncs all lists when the connection comes up, single ones on a gap, and again what failed. */
function syncFeeds(
  request: (request: SyncRequest<Record<string, unknown>>) => Promise<object>,
  report: (error: Error | null) => void,
): Syncs {
  const all: FollowedFeed[] = [];
  let session = 0;
  let isUp = false;

  function catchUp(): void {
    const late = isUp ? all.filter(isDue) : [];
    if (late.length === 0) return;
    const current = session;
    for (const followed of late) followed.syncing = true;
    request(Object.fromEntries(late.map(({ feed }) => [feed.name, feed.syncPosition()]))).then(
      (data) => {
        if (current === session) finish(late, takeAnswer(late, data));
      },
      (error: unknown) => {
        if (current === session) finish(late, toError(error));
      },
    );
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
    },
    start: () => {
      isUp = true;
      for (const followed of all) followed.stale = true;
      catchUp();
    },
    stop: () => {
      isUp = false;
      session += 1;
      for (const followed of all) {
        clearTimeout(followed.retry);
        Object.assign(followed, { syncing: false, failures: 0, retry: undefined });
      }
    },
    catchUp,
    all,
  };
}

function createFollowedFeed(feed: Feed): FollowedFeed {
  const retry = undefined;
  return { feed, status: "connecting", stale: true, syncing: false, failures: 0, retry };
}

/** Whether a list needs a sync that is neither under way nor put off. */
function isDue(followed: FollowedFeed): boolean {
  return !followed.syncing && followed.retry === undefined && !isSettled(followed);
}

/** Hands each list its part of the answer to a sync; gives the error if one is missing. */
function takeAnswer(late: readonly FollowedFeed[], data: object): Error | null {
  const parts = new Map<string, unknown>(Object.entries(data));
  let error: Error | null = null;
  for (const followed of late) {
    const changes = parts.get(followed.feed.name);
    if (isChanges(changes)) {
      followed.stale = false;
      followed.feed.apply(changes);
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
  /** Sent with every connect; a function is asked anew each time. */
  readonly auth?: ConnectAuth | (() => ConnectAuth);
  /** After how many milliseconds a call without an answer is given up; 10,000 if not said. */
  readonly timeout?: number;
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
  /** Calls the listener after every change of the status. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** Closes for good: calls under way are rejected, lists stay as they are. */
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
  readonly call: <Answer extends object>(
    event: string,
    payload?: unknown,
    key?: string,
  ) => Promise<Answer>;
  /** Listens to a server event. */
  readonly on: (event: string, listener: (payload: never) => void) => Unsubscribe;
  /** Keeps a list up to date. */
  readonly follow: (feed: Feed) => FollowedList;
}

interface FollowedList {
  readonly status: () => ConnectionStatus;
  readonly catchUp: () => void;
}

/** Opens the one connection of a client. */
export function openConnection(
  url: string,
  options: ConnectOptions = {},
  contract?: string,
  codecs?: Codecs,
): OpenConnection {
  const socket = io(url, socketOptions(options, contract));
  const listeners = createListeners();
  const calls = trackCalls(socket, options.timeout ?? 10_000, () => error);
  const syncs = syncFeeds(requestSync, report);
  let link: "connecting" | "up" | "offline" | "outdated" = "connecting";
  let error: Error | null = null;
  let status: ConnectionStatus = "connecting";
  let isClosed = false;
  let refusals = 0;
  let revival: ReturnType<typeof setTimeout> | undefined;

  async function call<Answer extends object>(
    event: string,
    payload?: unknown,
    key = "data",
  ): Promise<Answer> {
    const answer = await calls.request(event, codecs ? codecs.encode(payload) : payload);
    const fault = findAckFault(answer, key);
    if (fault !== null) throw new RowcastProtocolError(event, fault);
    const decode = decoderOf(codecs?.answers, event);
    if (decode === undefined) return trusted<Answer>(answer);
    const ack = trusted<Ack<unknown, never, string>>(answer);
    return trusted<Answer>(ack.ok ? { ...ack, [key]: decode(ack[key]) } : ack);
  }

  async function requestSync(request: SyncRequest<Record<string, unknown>>): Promise<object> {
    const ack = await call<Ack<object>>("sync", request);
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

  socket.on("connect", () => {
    link = "up";
    error = null;
    refusals = 0;
    // First the sync: only sockets that have synced are told the positions of their writes.
    calls.open();
    syncs.start();
    calls.sendWaiting();
    report(null);
  });
  socket.on("disconnect", (reason) => {
    if (!isClosed) goOffline(new RowcastError(`the connection was lost (${reason})`));
    revive();
  });
  socket.on("connect_error", (reason) => {
    if (!isClosed) goOffline(reason.message === "outdated" ? new RowcastOutdatedError() : reason);
    revive();
  });

  return {
    get status() {
      return status;
    },
    get error() {
      return error;
    },
    subscribe: listeners.subscribe,
    close: () => {
      isClosed = true;
      clearTimeout(revival);
      calls.end("the connection was closed");
      goOffline(new RowcastError("the connection was closed"));
      for (const { feed } of syncs.all) {
        feed.end(new RowcastError(`\`${feed.name}\` was closed before it was there`));
      }
      socket.disconnect();
    },
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

/** A feed whose rows are decoded before it applies them. */
function decodedFeed(feed: Feed, decode: Decode): Feed {
  const row = (given: Identified): Identified => trusted<Identified>(decode(given));
  return {
    ...feed,
    apply: (changes) => feed.apply({ ...changes, put: changes.put.map(row) }),
  };
}

function socketOptions(
  options: ConnectOptions,
  contract: string | undefined,
): Partial<ManagerOptions & SocketOptions> {
  const { auth, transports, socket } = options;
  const known = contract === undefined ? {} : { contract };
  return {
    auth: (send: (data: object) => void) =>
      send({ ...(typeof auth === "function" ? auth() : auth), ...known }),
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
    queueMicrotask(() => {
      throw error;
    });
  }
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
  /** Shows an acknowledged write: a row, or null for a deletion. */
  readonly merge: (id: Row["id"], row: Row | null, ack: object) => void;
}

/** Opens the live list of this name. */
export function openList<Row extends Identified>(
  connection: OpenConnection,
  name: string,
): OpenList<Row> {
  let state = createListState<Row>();
  const listeners = createListeners();
  const ready = createReady();
  const followed = connection.follow({
    name,
    wantsSync: () => wantsSync(state),
    syncPosition: () => syncPosition(state),
    apply: (changes) => update(applyChanges(state, trusted<Changes<Row>>(changes))),
    statusChanged: listeners.notify,
    end: ready.reject,
  });

  function update(next: ListState<Row>): void {
    const { rows } = state;
    state = next;
    if (next.position) ready.resolve();
    if (next.rows !== rows) listeners.notify();
  }

  return {
    live: {
      get rows() {
        return state.rows;
      },
      get status() {
        return followed.status();
      },
      ready: ready.promise,
      find: (id) => state.shown.get(id),
      getSnapshot: () => state.rows,
      subscribe: listeners.subscribe,
    },
    call: connection.call,
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

/** Makes the function that creates rows; the new row is in the list when it resolves. */
export function createVerb<Row extends Identified, New>(
  list: OpenList<Row>,
  event: string,
): (input: New) => Promise<Ack<Row, New>> {
  return (input) => writeRow(list, event, input);
}

/** Makes the function that updates rows; the new state is in the list when it resolves. */
export function updateVerb<Row extends Identified, Patch extends Identified>(
  list: OpenList<Row>,
  event: string,
): (patch: Patch) => Promise<Ack<Row, Patch>> {
  return (patch) => writeRow(list, event, patch);
}

/** Makes the function that deletes rows; the row is gone from the list when it resolves. */
export function deleteVerb<Row extends Identified>(
  list: OpenList<Row>,
  event: string,
): (id: Row["id"]) => Promise<DeleteAck<Row>> {
  return async (id) => {
    const ack = await list.call<DeleteAck<Row>>(event, { id });
    if (ack.ok) list.merge(id, null, ack);
    return ack;
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
): Promise<Ack<Row, Input>> {
  const ack = await list.call<Ack<Row, Input>>(event, input);
  if (!ack.ok) return ack;
  if (!isIdentified(ack.data)) throw new RowcastProtocolError(event, "its data is no row");
  list.merge(ack.data.id, ack.data, ack);
  return ack;
}
