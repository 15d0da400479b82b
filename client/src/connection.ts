/** The one connection of a client. */
import { io } from "socket.io-client";
import { type Server, trackCalls } from "./calls.js";
import type { Codecs } from "./encoding.js";
import { RowcastError, RowcastProtocolError, RowcastRefusedError, toError } from "./errors.js";
import { createKey } from "./keys.js";
import { createListeners, type Unsubscribe } from "./listeners.js";
import {
  type AuthSource,
  type ConnectOptions,
  DEFAULT_TIMEOUT,
  findCredentials,
  socketArguments,
} from "./options.js";
import { watchPage } from "./page.js";
import { createRequests, type MakeCall } from "./requests.js";
import { type ConnectionStatus, connectError, type Link, linkAfter } from "./status.js";
import { isSettled, type SyncedList, syncLists } from "./sync.js";
import { backoff, startTimer, type Timer } from "./timers.js";
import { isEqual } from "./values.js";
import { checkVersion } from "./version.js";
import type { ConnectAuth, Connected, SessionChanged } from "./wire.js";

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
declare function setTimeout(run: (nothing?: unknown) => void, milliseconds: number): Timer;
declare function clearTimeout(timer: Timer): void;

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
  readonly follow: (list: SyncedList) => void;
  /** Fetches what lists are known to lack. */
  readonly catchUp: () => void;
}

/** How long a connection that may be dead is given to answer. */
const CHECK_TIMEOUT = 3000;

/** Browsers tell in several ways at once that a page is there again. */
const WAKE_INTERVAL = 1000;

/** A connection that has lasted so long was a good one: the next attempt follows soon. */
const STABLE_PERIOD = 5000;

/** What a generated client says of itself. */
export interface Generated {
  /** The version of the runtime that it was generated for, as far as it must be the same: see {@link checkVersion}. */
  readonly runtime: string;
  /** Stands for all that the client relies on: by it, the server tells whether it serves the client. */
  readonly contract?: string;
  /** What travels in another form than the types say, if there is something. */
  readonly codecs?: Codecs;
}

/** The same with fields that can be set. */
type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/**
 * Opens the one connection of a client.
 *
 * Long, since it is a module of short functions around the state that they share.
 */
export function openConnection(
  url: string,
  options: ConnectOptions,
  { runtime, contract, codecs }: Generated,
): OpenConnection {
  checkVersion(runtime);
  const socket = io(...socketArguments(url, options));
  // To which writes belong that are made without an account.
  const id = createKey();
  const listeners = createListeners();
  const { timeout = DEFAULT_TIMEOUT, maxPendingWrites = 1000 } = options;
  const server: Server = { receivedAt: 0 };
  const calls = trackCalls(socket, server, maxPendingWrites, (writes) => {
    connection.pending = writes;
    listeners.notify();
  });
  const requests = createRequests(calls, options, codecs, (positions) => syncs.reach(positions));
  const syncs = syncLists(requests.sync, report, codecs);
  const stopWatching = watchPage(handleWake);
  let link: Link = "connecting";
  let isClosed = false;
  let hasSessionEnded = false;
  /** Attempts in a row without a stable connection. */
  let failures = 0;
  /** The number of the current attempt: what an earlier one finds out does not count. */
  let attempt = 0;
  let retryTimer: Timer;
  /** Runs while there is no connection, until `ready` of lists is rejected. */
  let readyTimer: Timer;
  let lastWakeAt = 0;
  let upSince = 0;
  let extraAuth: AuthSource | undefined;
  let refusedAuth: ConnectAuth | null = null;

  function statusOf(lists: readonly SyncedList[]): ConnectionStatus {
    if (link !== "up") return link;
    if (hasSessionEnded) return "unauthenticated";
    return lists.every(isSettled) ? "live" : "catching_up";
  }

  /** Takes note of an error, or that there is none, and notifies where something has changed. */
  function report(found: Error | null): void {
    const changed = syncs.all.filter((followed) => followed.status !== statusOf([followed]));
    for (const followed of changed) followed.status = statusOf([followed]);
    const { status, error } = connection;
    connection.status = statusOf(syncs.all);
    connection.error = connection.status === "live" ? null : (found ?? error);
    for (const list of changed) list.notify();
    if (status !== connection.status || error !== connection.error) listeners.notify();
  }

  function goOffline(reason: Error, then = linkAfter(reason)): void {
    if (link === "up" && Date.now() - upSince >= STABLE_PERIOD) failures = 0;
    link = then;
    syncs.stop();
    calls.cutOff(reason);
    calls.refuse(link === "outdated" ? reason : null);
    report(reason);
    if (reason instanceof RowcastRefusedError || link === "outdated") syncs.giveUp(reason);
    else startReadyTimeout();
  }

  /** The connection was lost: Socket.IO says so, or this client ends it. */
  function loseConnection(why: string, then?: Link): void {
    goOffline(new RowcastError(`the connection was lost (${why})`), then);
  }

  /** Rejects `ready` of lists if there is no connection in time. */
  function startReadyTimeout(): void {
    readyTimer ??= startTimer(
      () => syncs.giveUp(connection.error ?? new RowcastError("no connection")),
      timeout,
    );
  }

  /** Connects, unless the server has refused just these credentials. */
  async function connect(): Promise<void> {
    clearTimeout(retryTimer);
    const current = ++attempt;
    const found = await findCredentials(extraAuth, options.auth ?? options.socket?.auth).catch(
      (error) => new RowcastError(`\`auth\` failed: ${toError(error).message}`, error),
    );
    if (current !== attempt) return;
    if (found instanceof RowcastError) {
      goOffline(found);
      retry();
    } else if (refusedAuth !== null && isEqual(refusedAuth, found)) {
      retry();
    } else {
      connection.credentials = found;
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
        if (type !== "ping") server.receivedAt = Date.now();
      });
    }
  }

  /**
   * Connects again after a while. Socket.IO would start over with the shortest delay each time that a server accepts a
   * connection, and would not try again after a rejection.
   */
  function retry(): void {
    const { reconnection, reconnectionDelay = 500, reconnectionDelayMax } = options.socket ?? {};
    clearTimeout(retryTimer);
    if (isClosed || reconnection === false) return;
    retryTimer = setTimeout(connect, backoff(failures, reconnectionDelay, reconnectionDelayMax));
    failures += 1;
  }

  /** Connects at once, whatever was being waited for. */
  function reconnect(): void {
    socket.disconnect();
    void connect();
  }

  /** Checks the connection when the page or its network is there again. */
  function handleWake(): void {
    if (link === "up") {
      syncs.check(Math.min(timeout, CHECK_TIMEOUT), () => {
        loseConnection("the server did not answer");
        reconnect();
      });
    } else if (attempt > 0 && Date.now() - lastWakeAt > WAKE_INTERVAL) {
      lastWakeAt = Date.now();
      reconnect();
    }
  }

  /** The first event of a connection. */
  function handleConnected({ account }: Partial<Connected> = {}): void {
    if (link === "up") return;
    link = "up";
    connection.error = refusedAuth = null;
    hasSessionEnded = false;
    upSince = Date.now();
    clearTimeout(readyTimer);
    readyTimer = undefined;
    calls.refuse(null);
    // The sync goes first: only sockets that have synced get the positions of their writes.
    syncs.start();
    calls.connect(account);
    report(null);
  }

  function handleSession({ account, ended, message = "" }: Partial<SessionChanged> = {}): void {
    hasSessionEnded = !!ended;
    connection.error = null;
    calls.identify(account);
    report(
      ended
        ? new RowcastRefusedError("unauthenticated", message, connection.credentials ?? {})
        : null,
    );
  }

  const connection: Mutable<OpenConnection> = {
    status: "connecting",
    error: null,
    pending: 0,
    credentials: null,
    subscribe: listeners.subscribe,
    reconnect: async () => {
      if (isClosed) return;
      refusedAuth = null;
      const current = ++attempt;
      await calls.drain();
      if (current !== attempt) return;
      loseConnection("made anew", "connecting");
      reconnect();
    },
    authenticate: (auth) => {
      extraAuth = auth;
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      attempt += 1;
      clearTimeout(retryTimer);
      stopWatching();
      const closed = new RowcastError("the connection was closed");
      goOffline(closed);
      calls.refuse(closed);
      clearTimeout(readyTimer);
      syncs.giveUp(closed);
      socket.disconnect();
    },
    write: requests.write,
    call: requests.call,
    on: (event, listener) => {
      const relay = (payload: unknown): void =>
        listener((codecs ? codecs.events(event, payload) : payload) as never);
      socket.on(event, relay);
      return () => socket.off(event, relay);
    },
    follow: (list) => {
      syncs.all.push(list);
      socket.on(`${list.name}:changes`, (payload: unknown) => syncs.receive(list, payload));
    },
    catchUp: syncs.catchUp,
  };

  socket.on("connected", handleConnected);
  socket.on("session", handleSession);
  socket.on("disconnect", (reason) => {
    // What disconnects here gives its own reason.
    if (reason === "io client disconnect") return;
    loseConnection(reason);
    retry();
  });
  socket.on("connect_error", (reason) => {
    const found = connectError(reason, connection.credentials ?? {}, url);
    goOffline(found);
    // Without credentials, a cookie may be what was refused, or the server may decide in another way next time.
    if (link === "unauthenticated" && !isEqual(connection.credentials, {})) {
      refusedAuth = connection.credentials;
    }
    retry();
  });
  startReadyTimeout();
  if (options.socket?.autoConnect !== false) void connect();

  return connection;
}
