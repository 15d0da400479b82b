/**
 * What every generated set of React hooks shares: whoever opens the connection, rows as components
 * read them, calls with their state, and who is signed in. Made for React 19.
 */
import {
  type Context,
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import {
  type AckCode,
  type ConnectAuth,
  type Connection,
  type ConnectionStatus,
  type ConnectOptions,
  type Identified,
  type LiveList,
  RowcastError,
  RowcastRefusedError,
  type Unsubscribe,
} from "./rowcast.js";

// What every platform has; written out, as projects differ in the types that they know.
type Timer = unknown;
declare function setTimeout(run: () => void): Timer;
declare function clearTimeout(timer: Timer): void;

// ------------------------------------------------------------------------------------- provider

interface AnyClient {
  readonly connection: Connection;
}

/** Who is signed in, or null; kept where it was told to be, and in step with other tabs. */
export interface IdentityStore<Session> {
  readonly getSnapshot: () => Session | null;
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** Takes note of a sign-in, or with null of a sign-out. */
  readonly set: (session: Session | null) => void;
  /** Takes note that the session is over, though it was not signed out here, and why. */
  readonly end: (reason: string) => void;
  /** What {@link IdentityStore.end} was given since the last sign-in or sign-out; null if nothing. */
  readonly ended: () => string | null;
}

/** What a provider's children find. */
interface Provided<Client> {
  readonly client: Client;
  readonly identity: IdentityStore<unknown>;
}

/** The context by which hooks find their client. */
export type ClientContext<Client> = Context<Provided<Client> | null>;

/** What a provider is told. */
export interface ClientProviderProps<Client> {
  /**
   * Where the server is. The connection is opened when the provider is on the page, and closed when
   * it has left it. Another url, or `key`, opens another one.
   */
  readonly url?: string;
  /**
   * How to connect. The token of the identity is sent beside what `auth` gives; a function is that of the
   * latest rendering. Other options count when the connection is opened.
   */
  readonly options?: ConnectOptions;
  /** A client that was connected elsewhere, in place of `url`; whoever made it closes it. */
  readonly client?: Client;
  /** Under which name the browser keeps who is signed in; if none is said, a reload signs out. */
  readonly identityKey?: string;
  /** Shown until the connection is opened: on a server, and for the first moment in a browser. */
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
}

/** Makes the context of a client. */
export function createClientContext<Client extends AnyClient>(): ClientContext<Client> {
  return createContext<Provided<Client> | null>(null);
}

/** The client that the provider above has opened. */
export function useClient<Client>(context: ClientContext<Client>, provider: string): Client {
  return useProvided(context, provider).client;
}

function useProvided<Client>(context: ClientContext<Client>, provider: string): Provided<Client> {
  const provided = useContext(context);
  if (provided === null) {
    throw new RowcastError(`This hook needs a <${provider}> around the component that calls it.`);
  }
  return provided;
}

/** Gives its children a client; opens it, if it is not given one. */
export function useClientProvider<Client extends AnyClient>(
  context: ClientContext<Client>,
  connect: (url: string, options?: ConnectOptions) => Client,
  props: ClientProviderProps<Client>,
): ReactNode {
  const { url, options, identityKey, fallback = null, children } = props;
  const identity = useMemo(() => createIdentity<unknown>(identityKey), [identityKey]);
  const isGiven = props.client !== undefined;
  const given: Given = useRef(undefined);
  const opened = useOpened(connect, isGiven ? undefined : url, options ?? {}, identity, given);
  const client = props.client ?? opened;
  const value = useMemo(() => client && { client, identity }, [client, identity]);
  useEffect(() => {
    if (!client) return;
    const { connection } = client;
    if (isGiven) {
      given.current = connection.credentials?.["token"];
      connection.authenticate(() => giveToken(identity, given));
    }
    return followIdentity(connection, identity, given);
  }, [client, identity, isGiven]);
  return value ? createElement(context.Provider, { value }, children) : fallback;
}

interface Opened<Client> {
  readonly client: Client;
  readonly url: string;
  closing: Timer;
}

/**
 * A client for as long as the component is on the page. It is opened in an effect, as a rendering
 * may be thrown away; and closed a moment after the effect ends, since StrictMode and hot reload
 * end effects only to begin them again. No layout effect: Suspense ends those of what it hides.
 */
function useOpened<Client extends AnyClient>(
  connect: (url: string, options?: ConnectOptions) => Client,
  url: string | undefined,
  options: ConnectOptions,
  identity: IdentityStore<unknown>,
  given: Given,
): Client | null {
  const held = useRef<Opened<Client> | null>(null);
  const latest = useRef({ options, identity });
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    latest.current = { options, identity };
  });
  useEffect(() => {
    if (url === undefined) return;
    clearTimeout(held.current?.closing);
    if (held.current?.url !== url) {
      held.current?.client.connection.close();
      const auth = async (): Promise<ConnectAuth> => {
        const { auth, socket } = latest.current.options;
        giveToken(latest.current.identity, given);
        const source = auth ?? socket?.auth;
        const own = await (typeof source === "function" ? source() : source);
        // The session may have changed meanwhile.
        return { ...giveToken(latest.current.identity, given), ...own };
      };
      const opened = connect(url, { ...latest.current.options, auth });
      held.current = { client: opened, url, closing: undefined };
      setClient(held.current.client);
    }
    return () => {
      const opened = held.current;
      if (opened === null) return;
      opened.closing = setTimeout(() => {
        opened.client.connection.close();
        if (held.current === opened) held.current = null;
      });
    };
  }, [connect, url, given]);
  return url === undefined ? null : client;
}

// ----------------------------------------------------------------------------------------- rows

/** The rows of a list, as components read them. */
export interface LiveRows<Row> {
  /** All rows in the order of their ids. */
  readonly rows: readonly Row[];
  readonly status: ConnectionStatus;
  /** False until the list is there for the first time: then `rows` says nothing yet. */
  readonly isReady: boolean;
}

/** Reads a list; the component renders again when its rows or its status change. */
export function useRows<Row extends Identified>(list: LiveList<Row>): LiveRows<Row>;
/**
 * Reads what `select` makes of the rows; the component renders again only when that has changed.
 * It is compared by identity, field by field if it is a plain object or an array; another `isEqual`
 * compares in another way.
 */
export function useRows<Row extends Identified, Selected>(
  list: LiveList<Row>,
  select: Select<Row, Selected> | undefined,
  isEqual?: IsEqual<Selected>,
): Selected;
export function useRows<Row extends Identified>(
  list: LiveList<Row>,
  select: Select<Row, unknown> = allOf,
  isEqual: IsEqual<unknown> = isShallowEqual,
): unknown {
  const chosen = useRef<{ readonly value: unknown } | null>(null);
  const getSnapshot = useMemo(() => {
    let read: readonly unknown[] | null = null;
    let selected: unknown = chosen.current?.value;
    return (): unknown => {
      const now = [list.rows, list.status, list.isReady];
      if (read !== null && isShallowEqual(read, now)) return selected;
      const next = select(list.rows, list);
      const isKept = (read !== null || chosen.current !== null) && isEqual(selected, next);
      read = now;
      if (!isKept) selected = next;
      return selected;
    };
  }, [list, select, isEqual]);
  const selectNothing = useMemo(() => once(() => select(NOTHING.rows, NOTHING)), [select]);
  const value = useSyncExternalStore(list.subscribe, getSnapshot, selectNothing);
  useEffect(() => {
    chosen.current = { value };
  });
  return value;
}

/** A list as it is on a server; a page that takes over from one has to begin with the same. */
const NOTHING = { rows: [], status: "connecting", isReady: false, find: () => undefined } as const;

/** The result of the first call, for each call. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Makes something of the rows of a list, and of the list's status if that matters. */
export type Select<Row extends Identified, Selected> = (
  rows: readonly Row[],
  list: Pick<LiveList<Row>, "status" | "isReady" | "find">,
) => Selected;

/** Whether two values are the same to whoever shows them. */
export type IsEqual<Value> = (before: Value, after: Value) => boolean;

function allOf<Row extends Identified>(
  rows: readonly Row[],
  { status, isReady }: Pick<LiveList<Row>, "status" | "isReady">,
): LiveRows<Row> {
  return { rows, status, isReady };
}

/**
 * The row with this id: null if the list has none, undefined as long as the list is not there yet or no id is given. The
 * component renders again only when that row changes.
 */
export function useRow<Row extends Identified>(
  list: LiveList<Row>,
  id: Row["id"] | null | undefined,
): Row | null | undefined {
  const getSnapshot = (): Row | null | undefined => {
    if (!hasValue(id)) return undefined;
    return list.find(id) ?? (list.isReady ? null : undefined);
  };
  return useSyncExternalStore(list.subscribe, getSnapshot, none);
}

function none(): undefined {
  return undefined;
}

function hasValue<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

/** Whether two values are the same, or plain objects or arrays of the same fields. */
export function isShallowEqual(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true;
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.length === after.length && before.every((item, at) => Object.is(item, after[at]));
  }
  if (!isPlain(before) || !isPlain(after)) return false;
  const [left, right] = [Object.entries(before), new Map(Object.entries(after))];
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && Object.is(value, right.get(key)))
  );
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

// ----------------------------------------------------------------------------------- connection

/** The connection, as components read it. */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** Why the connection is not live, where a reason is known. */
  readonly error: Error | null;
  /** How many writes have no answer yet. */
  readonly pending: number;
}

/** Reads the connection; the component renders again when something of it changes. */
export function useConnectionState(connection: Connection): ConnectionState {
  const getSnapshot = useMemo(() => {
    let known: ConnectionState | null = null;
    return (): ConnectionState => {
      const { status, error, pending } = connection;
      const next = { status, error, pending };
      if (known === null || !isShallowEqual(known, next)) known = next;
      return known;
    };
  }, [connection]);
  return useSyncExternalStore(connection.subscribe, getSnapshot, notConnected);
}

const NOT_CONNECTED: ConnectionState = { status: "connecting", error: null, pending: 0 };

function notConnected(): ConnectionState {
  return NOT_CONNECTED;
}

/** Calls the listener of the latest rendering for each event, while the component is on the page. */
export function useListener<Event, Listener extends (payload: never) => void>(
  on: (event: Event, listener: Listener) => Unsubscribe,
  event: Event,
  listener: Listener,
): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(
    () => on(event, ((payload: never) => latest.current(payload)) as Listener),
    [on, event],
  );
}

// ---------------------------------------------------------------------------------------- calls

interface AnyAck {
  readonly ok: boolean;
  readonly code: AckCode | null;
  readonly errors: object;
}

/** A method of the client that makes a call. */
export type CallMethod = (...args: never[]) => Promise<AnyAck>;

type AckOf<Method extends CallMethod> = Awaited<ReturnType<Method>>;

/** A call, and what is known of the last time that it was made. */
export interface CallState<Method extends CallMethod> {
  /**
   * Makes the call. Never rejects: gives the answer, or null if there is none, and `error` says why.
   */
  readonly call: (...args: Parameters<Method>) => Promise<AckOf<Method> | null>;
  /** Whether an answer is still to come. */
  readonly pending: boolean;
  /** The last answer; null before it, and after {@link CallState.reset}. */
  readonly ack: AckOf<Method> | null;
  /** The messages of a refusal, by field; what concerns no field stands under `_`. */
  readonly errors: Extract<AckOf<Method>, { readonly ok: false }>["errors"];
  /** Why there was no answer: no connection, no time, an answer that can't be read. */
  readonly error: RowcastError | null;
  /** Forgets the last answer. */
  readonly reset: () => void;
}

interface Progress {
  readonly pending: number;
  readonly ack: AnyAck | null;
  readonly error: RowcastError | null;
}

const NO_ERRORS: object = {};
const AT_REST: Progress = { pending: 0, ack: null, error: null };

type Step =
  | { readonly type: "begin" }
  | { readonly type: "reset" }
  | { readonly type: "end"; readonly isLast: boolean; readonly outcome: Omit<Progress, "pending"> };

function advance(progress: Progress, step: Step): Progress {
  if (step.type === "begin") return { ...progress, pending: progress.pending + 1 };
  if (step.type === "reset") return { ...progress, ack: null, error: null };
  const known = step.isLast ? step.outcome : progress;
  return { ack: known.ack, error: known.error, pending: progress.pending - 1 };
}

/** Makes calls, and keeps what is known of the last of them. */
export function useCall<Method extends CallMethod>(method: Method): CallState<Method> {
  const [{ pending, ack, error }, dispatch] = useReducer(advance, AT_REST);
  const last = useRef<object | null>(null);
  const call = useCallback(
    async (...args: Parameters<Method>): Promise<AckOf<Method> | null> => {
      const current = {};
      last.current = current;
      dispatch({ type: "begin" });
      const answer = await attempt(() => method(...args));
      const outcome =
        answer instanceof RowcastError
          ? { ack: null, error: answer }
          : { ack: answer, error: null };
      dispatch({ type: "end", isLast: last.current === current, outcome });
      return outcome.ack as AckOf<Method> | null;
    },
    [method],
  );
  const reset = useCallback(() => {
    last.current = null;
    dispatch({ type: "reset" });
  }, []);
  const known = ack as AckOf<Method> | null;
  const errors = (ack?.errors ?? NO_ERRORS) as CallState<Method>["errors"];
  return { call, pending: pending > 0, ack: known, errors, error, reset };
}

/** The answer, or why there is none; a method may throw before it calls. */
async function attempt(call: () => Promise<AnyAck>): Promise<AnyAck | RowcastError> {
  try {
    return await call();
  } catch (error) {
    return error instanceof RowcastError ? error : new RowcastError(String(error), error);
  }
}

/**
 * The messages of a refusal as form libraries want them: one text a field, by a path with dots
 * (`moves.1.id`). What concerns no field, or none that the form has, is for the form as a whole.
 */
export function formErrors(errors: object): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [path, messages] of Object.entries<readonly string[]>({ ...errors })) {
    if (path !== "_") texts[path.replace(/\[(\d+)\]/g, ".$1")] = messages.join(", ");
  }
  return texts;
}

// ------------------------------------------------------------------------------------- identity

/** Who is signed in, as components read it. */
export interface Identity<Session> {
  /** What the server answered to the sign-in; null without one. */
  readonly session: Session | null;
  /** Why the session is over, if it was not ended by `clear`: it has expired, or was ended elsewhere. */
  readonly ended: string | null;
  /** Takes note of the answer to a sign-in, and connects anew: its `token` is sent from then on. */
  readonly set: (session: Session) => void;
  /**
   * Takes note of a sign-out, and connects anew without the token. The session itself is ended by a
   * command.
   */
  readonly clear: () => void;
}

/** Reads who is signed in. */
export function useIdentityOf<Client, Session>(
  context: ClientContext<Client>,
  provider: string,
): Identity<Session> {
  const store = useProvided(context, provider).identity as IdentityStore<Session>;
  const session = useSyncExternalStore(store.subscribe, store.getSnapshot, nobody);
  const ended = useSyncExternalStore(store.subscribe, store.ended, nobody);
  return useMemo(
    () => ({ session, ended, set: store.set, clear: () => store.set(null) }),
    [session, ended, store],
  );
}

/** A session of which only the token is known: no command answers with one, or several do. */
export interface AnySession {
  readonly token: string;
}

function nobody(): null {
  return null;
}

function tokenOf(session: unknown): { readonly token?: unknown } {
  const isKnown = typeof session === "object" && session !== null && "token" in session;
  return isKnown ? { token: session.token } : {};
}

/** The token that a connection has sent, or is going to send. */
interface Given {
  current: unknown;
}

/** What a connection sends of the session. */
function giveToken(identity: IdentityStore<unknown>, given: Given): ConnectAuth {
  const sent = tokenOf(identity.getSnapshot());
  given.current = sent.token;
  return { ...sent };
}

/**
 * Keeps the identity and a connection in step: after a sign-in or sign-out, here or in another tab, it is made anew; and a
 * session that the server does not accept any more is over. Without one, visitors may still read.
 */
function followIdentity(
  connection: Connection,
  identity: IdentityStore<unknown>,
  given: Given,
): Unsubscribe {
  const token = (): unknown => tokenOf(identity.getSnapshot()).token;
  function follow(): void {
    if (token() === given.current) return;
    given.current = token();
    connection.reconnect();
  }
  function watch(): void {
    const { error } = connection;
    const isRefused = error instanceof RowcastRefusedError && error.code === "unauthenticated";
    // What was refused may be what was sent before the last sign-in.
    if (!isRefused || token() === undefined || error.auth["token"] !== token()) return;
    identity.end(error.message);
  }
  const stops = [identity.subscribe(follow), connection.subscribe(watch)];
  // The session may have changed before the subscription.
  follow();
  watch();
  return () => {
    for (const stop of stops) stop();
  };
}

interface StorageChange {
  readonly key: string | null;
}

interface Storage {
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, text: string) => void;
  readonly removeItem: (key: string) => void;
}

type Listen = (type: "storage", listener: (event: StorageChange) => void) => void;

/** What a browser has. */
interface Page {
  readonly localStorage?: Storage;
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

const page = globalThis as Page;

/** Keeps the session; in the browser's storage under `key`, if there is one. */
export function createIdentity<Session>(key?: string): IdentityStore<Session> {
  const listeners = new Set<() => void>();
  let text: string | null = readStored(key);
  let session: Session | null = parse<Session>(text);
  let ended: string | null = null;

  function take(next: string | null, reason: string | null = null): void {
    if (next === text && reason === ended) return;
    text = next;
    session = parse<Session>(next);
    ended = reason;
    for (const listener of [...listeners]) listener();
  }

  function hear({ key: changed }: StorageChange): void {
    if (changed !== key && changed !== null) return;
    const next = readStored(key, text);
    if (next !== text) take(next);
  }

  function put(next: Session | null, reason: string | null): void {
    const written = next === null ? null : JSON.stringify(next);
    keep(key, written);
    take(written, reason);
  }

  return {
    getSnapshot: () => session,
    ended: () => ended,
    subscribe: (listener) => {
      listeners.add(listener);
      // Without listeners, other tabs are not heard: so nothing is left behind.
      if (listeners.size === 1 && key !== undefined) {
        page.addEventListener?.("storage", hear);
        hear({ key });
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) page.removeEventListener?.("storage", hear);
      };
    },
    set: (next) => put(next, null),
    end: (reason) => {
      const stored = readStored(key, text);
      // Another tab may have signed in meanwhile.
      if (stored === text) put(null, reason);
      else take(stored);
    },
  };
}

/** What is stored. Browsers may forbid storage: then what is known lasts as long as the page. */
function readStored(key: string | undefined, known: string | null = null): string | null {
  try {
    const { localStorage } = page;
    return key === undefined || !localStorage ? known : localStorage.getItem(key);
  } catch {
    return known;
  }
}

function keep(key: string | undefined, text: string | null): void {
  if (key === undefined) return;
  try {
    if (text === null) page.localStorage?.removeItem(key);
    else page.localStorage?.setItem(key, text);
  } catch {
    // See readStored.
  }
}

function parse<Session>(text: string | null): Session | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Session;
  } catch {
    return null;
  }
}
