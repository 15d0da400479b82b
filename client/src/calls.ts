/** The calls that are under way or wait for a connection. */
import type { Socket } from "socket.io-client";
import {
  addCall,
  answerCall,
  type CallKind,
  createCallQueue,
  cutCalls,
  dropCall,
  dueCalls,
  isWrite,
  markSent,
  type Owner,
  type QueuedCall,
} from "./call-queue.js";
import { type Deferred, defer } from "./deferred.js";
import {
  RowcastAccountError,
  RowcastBacklogError,
  RowcastDisconnectedError,
  type RowcastError,
  RowcastTimeoutError,
} from "./errors.js";
import { payloadError } from "./payload.js";
import { backoff, startTimer, type Timer } from "./timers.js";
import { isEqual, isObject } from "./values.js";
import type { ConnectAuth } from "./wire.js";

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
declare function setTimeout(run: (nothing?: unknown) => void, milliseconds: number): Timer;
declare function clearTimeout(timer: Timer): void;

/** What is to be asked of the server. */
export interface Request {
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
  timer?: Timer;
}

/** What a connection does with calls. */
export interface Calls {
  readonly request: (request: Request) => Promise<unknown>;
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

/** What is known of the server. */
export interface Server {
  /** The size of the largest message that it takes, if it says so. */
  maxPayload?: number;
  /** When something came from it for the last time. */
  receivedAt: number;
}

/** How long answers are waited for before a connection is made anew on purpose. */
const DRAIN_TIMEOUT = 1000;

/**
 * Keeps account of the calls that are under way or wait for a connection.
 *
 * Long, since it is a module of short functions around the state that they share.
 */
export function trackCalls(
  socket: Socket,
  server: Server,
  maxWrites: number,
  pendingChanged: (writes: number) => void,
): Calls {
  const queue = createCallQueue<PendingCall>();
  let refusalReason: Error | null = null;
  /** Why there is no connection. */
  let disconnectReason: Error | null = null;
  let pending = 0;
  /** Writes that are sent again after a while. */
  let postponed: readonly PendingCall[] = [];
  let postponements = 0;
  let postponeTimer: Timer;

  function countWrites(): void {
    const before = pending;
    pending = queue.calls.filter(isWrite).length;
    if (pending !== before) pendingChanged(pending);
  }

  function send(): void {
    const now = Date.now();
    // A server forgets keys after a while: what has slept too long must not be sent again.
    for (const call of queue.calls) if (call.kind !== "sync" && call.deadline <= now) timeOut(call);
    const current = queue.owner.account;
    rejectOwned(
      ({ kind, owner: { account } }) =>
        kind !== "sync" && account && current && account !== current,
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
      fail(call, payloadError(event, what));
    } else {
      markSent(call);
      socket.emit(event, ...args, (answer: unknown) => receive(call, answer));
    }
  }

  function receive(call: PendingCall, answer: unknown): void {
    const code = isObject(answer) ? answer["code"] : null;
    if (!queue.calls.includes(call)) return;
    if (answerCall(queue, call, code)) {
      if (isWrite(call)) postponements = 0;
      clearTimeout(call.timer);
      call.resolve(answer);
      countWrites();
    } else {
      if (postponed.length === 0) postponeTimer = setTimeout(release, backoff(postponements));
      postponed = [...postponed, call];
      postponements += 1;
    }
    send();
  }

  function release(): void {
    clearTimeout(postponeTimer);
    for (const call of postponed) call.isOut = false;
    postponed = [];
    send();
  }

  function fail(call: PendingCall, error: RowcastError): void {
    clearTimeout(call.timer);
    call.reject(error);
    dropCall(queue, call);
    countWrites();
  }

  function timeOut(call: PendingCall): void {
    const { event, limit, sends } = call;
    const why = disconnectReason?.message ?? "the server did not answer";
    const what = `gave up after ${limit} ms: ${why}`;
    fail(call, new RowcastTimeoutError(event, what, sends > 0, disconnectReason));
  }

  /** Rejects waiting calls that were made before another sign-in. */
  function rejectOwned(isOther: (call: PendingCall) => unknown): void {
    for (const call of queue.calls) {
      if (call.isOut || !isOther(call)) continue;
      const what = "was made before another sign-in";
      fail(call, new RowcastAccountError(call.event, what, call.sends > 0));
    }
  }

  /** A timer has run out. While data arrives, what is to be loaded may still be on its way. */
  function expire(call: PendingCall): void {
    const left = call.kind === "sync" ? server.receivedAt + call.limit - Date.now() : 0;
    if (left > 0) {
      call.timer = startTimer(() => expire(call), left);
    } else {
      timeOut(call);
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
    // It may be the sign-in that postponed writes need.
    release();
  }

  function refuseExcess(call: PendingCall): RowcastError | false {
    const what = `was not taken on: ${pending} writes wait (\`maxPendingWrites\`)`;
    return (
      isWrite(call) && pending >= maxWrites && new RowcastBacklogError(call.event, what, false)
    );
  }

  function start(call: PendingCall): void {
    const refusal = refusalReason ? disconnectedError(call, refusalReason) : refuseExcess(call);
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
      start({ ...request, ...deferred, deadline, owner, sends: 0, isOut: false });
      return deferred.promise;
    },
    connect: (account) => {
      queue.isUp = true;
      disconnectReason = null;
      identify(account);
    },
    identify,
    authenticate: (auth) => {
      const isOther = (owner: Owner): boolean => {
        owner.auth ??= auth;
        return owner.account === undefined && !isEqual(owner.auth, auth);
      };
      rejectOwned((call) => isWrite(call) && isOther(call.owner));
      if (isOther(queue.owner)) queue.owner = { auth };
    },
    refuse: (reason) => {
      refusalReason = reason;
      if (reason) for (const call of queue.calls) fail(call, disconnectedError(call, reason));
    },
    drain: async () => {
      queue.isUp = false;
      // The account of waiting calls is not known and cannot be learned any more: these credentials equal no others.
      queue.owner.auth ??= { "": null };
      queue.owner = {};
      const out = queue.calls.filter(({ isOut, kind }) => isOut && kind !== "sync");
      if (out.length === 0) return;
      const answers = Promise.all(out.map((call) => call.promise)).catch(() => {});
      await Promise.race([answers, new Promise((resolve) => setTimeout(resolve, DRAIN_TIMEOUT))]);
    },
    cutOff: (reason) => {
      disconnectReason = reason;
      clearTimeout(postponeTimer);
      postponed = [];
      postponements = 0;
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
