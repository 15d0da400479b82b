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

// ------------------------------------------------------------------------------------- provider

interface AnyClient {
  readonly connection: Connection;
}

/** Who is signed in, or null; kept where it was told to be, and in step with other tabs. */
export interface IdentityStore<Session> {
  readonly getSnapshot: () => Session | null;
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** Takes note of who has signed in, or with null that nobody is signed in any more. */
  readonly set: (session: Session | null) => void;
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
  /** How to connect. If it has no `auth`, the token of who is signed in is sent. */
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
  const current = useRef<Client | null>(null);
  const identity = useMemo(() => {
    // The server knows this connection as that of who was signed in when it was made.
    const renew = (): void => current.current?.connection.reconnect();
    return createIdentity<unknown>(identityKey, renew);
  }, [identityKey]);
  const auth = options?.auth ?? ((): ConnectAuth => tokenOf(identity.getSnapshot()));
  const opened = useOpened(connect, props.client === undefined ? url : undefined, {
    ...options,
    auth,
  });
  const client = props.client ?? opened;
  const value = useMemo(() => client && { client, identity }, [client, identity]);
  useEffect(() => {
    current.current = client;
    return client ? followIdentity(client.connection, identity) : undefined;
  }, [client, identity]);
  return value ? createElement(context.Provider, { value }, children) : fallback;
}

interface Opened<Client> {
  readonly client: Client;
  readonly url: string;
  closing: ReturnType<typeof setTimeout> | undefined;
}

/**
 * A client for as long as the component is on the page. It is opened in an effect, as a rendering
 * may be thrown away; and closed a moment after the effect ends, since StrictMode and hot reload
 * end effects only to begin them again.
 */
function useOpened<Client extends AnyClient>(
  connect: (url: string, options?: ConnectOptions) => Client,
  url: string | undefined,
  options: ConnectOptions,
): Client | null {
  const held = useRef<Opened<Client> | null>(null);
  const latest = useRef(options);
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    if (url === undefined) return;
    clearTimeout(held.current?.closing);
    if (held.current?.url !== url) {
      held.current?.client.connection.close();
      held.current = { client: connect(url, latest.current), url, closing: undefined };
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
  }, [connect, url]);
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
  const value = useSyncExternalStore(list.subscribe, getSnapshot, getSnapshot);
  useEffect(() => {
    chosen.current = { value };
  });
  return value;
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

/** The row with this id, or undefined; the component renders again only when that row changes. */
export function useRow<Row extends Identified>(
  list: LiveList<Row>,
  id: Row["id"] | null | undefined,
): Row | undefined {
  const getSnapshot = (): Row | undefined => (hasValue(id) ? list.find(id) : undefined);
  return useSyncExternalStore(list.subscribe, getSnapshot, getSnapshot);
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
  return useSyncExternalStore(connection.subscribe, getSnapshot, getSnapshot);
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
      const answer = await method(...args).catch(rowcastError);
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

function rowcastError(error: unknown): RowcastError {
  if (error instanceof RowcastError) return error;
  return new RowcastError(String(error), { cause: error });
}

/**
 * The messages of a refusal as form libraries want them: one text a field, by a path with dots
 * (`moves.1.id`). What concerns no field, or none that the form has, is for the form as a whole.
 */
export function formErrors(errors: object): Record<string, string> {
  const texts = Object.entries(errors).filter(([path]) => path !== "_");
  return Object.fromEntries(
    texts.map(([path, messages]: [string, readonly string[]]) => [
      path.replaceAll(/\[(\d+)\]/g, ".$1"),
      messages.join(", "),
    ]),
  );
}

// ------------------------------------------------------------------------------------- identity

/** Who is signed in, as components read it. */
export interface Identity<Session> {
  /** What the server answered when they signed in; null if nobody is. */
  readonly session: Session | null;
  /** Takes note of the answer to a sign-in; its `token` is sent with every connect from then on. */
  readonly set: (session: Session) => void;
  /** Takes note that nobody is signed in any more. The server is told by the command for that. */
  readonly clear: () => void;
}

/** Reads who is signed in. */
export function useIdentityOf<Client, Session>(
  context: ClientContext<Client>,
  provider: string,
): Identity<Session> {
  const store = useProvided(context, provider).identity as IdentityStore<Session>;
  const session = useSyncExternalStore(store.subscribe, store.getSnapshot, nobody);
  return useMemo(
    () => ({ session, set: store.set, clear: () => store.set(null) }),
    [session, store],
  );
}

/** A session of which only the token is known: no command answers with one, or several do. */
export interface AnySession {
  readonly token: string;
}

function nobody(): null {
  return null;
}

function tokenOf(session: unknown): ConnectAuth {
  const isKnown = typeof session === "object" && session !== null && "token" in session;
  return isKnown ? { token: session.token } : {};
}

/**
 * Keeps who is signed in true for a connection: other tabs are listened to, and a session that the
 * server does not know any more is over. Without it, visitors may still read.
 */
function followIdentity(connection: Connection, identity: IdentityStore<unknown>): Unsubscribe {
  const stopHearing = identity.subscribe(() => {});
  const stop = connection.subscribe(() => {
    const { error } = connection;
    const isRefused = error instanceof RowcastRefusedError && error.code === "unauthenticated";
    if (isRefused) identity.set(null);
  });
  return () => {
    stop();
    stopHearing();
  };
}

/**
 * Keeps who is signed in; in the browser's storage under `key`, if there is one. Calls back when
 * they signed in or out in another tab.
 */
export function createIdentity<Session>(
  key?: string,
  changedElsewhere: () => void = () => {},
): IdentityStore<Session> {
  const listeners = new Set<() => void>();
  let text: string | null = readStored(key);
  let session: Session | null = parse<Session>(text);

  function take(next: string | null): void {
    if (next === text) return;
    text = next;
    session = parse<Session>(next);
    for (const listener of [...listeners]) listener();
  }

  function hear(event: StorageEvent): void {
    if (event.key !== key && event.key !== null) return;
    const before = text;
    take(readStored(key, text));
    if (text !== before) changedElsewhere();
  }

  return {
    getSnapshot: () => session,
    subscribe: (listener) => {
      // As long as nobody listens, nobody hears of other tabs: so nothing is left behind.
      if (listeners.size === 0 && key !== undefined) {
        globalThis.addEventListener?.("storage", hear);
        take(readStored(key, text));
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) globalThis.removeEventListener?.("storage", hear);
      };
    },
    set: (next) => {
      const written = next === null ? null : JSON.stringify(next);
      keep(key, written);
      take(written);
    },
  };
}

/** What is stored. Browsers may forbid storage: then what is known lasts as long as the page. */
function readStored(key: string | undefined, known: string | null = null): string | null {
  try {
    return key === undefined ? known : globalThis.localStorage.getItem(key);
  } catch {
    return known;
  }
}

function keep(key: string | undefined, text: string | null): void {
  if (key === undefined) return;
  try {
    if (text === null) globalThis.localStorage.removeItem(key);
    else globalThis.localStorage.setItem(key, text);
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
