/** The order in which calls are sent. Plain data, no socket. */
import type { ConnectAuth } from "./wire.js";

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

/** Whether a call has a key, so that it can be sent again. */
export function isWrite(call: QueuedCall): boolean {
  return call.kind === "write";
}
