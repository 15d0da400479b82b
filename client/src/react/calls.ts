"use client";

/** Calls, and what is known of the last of them. */
import { useCallback, useReducer, useRef } from "react";
import { RowcastError } from "../errors.js";
import type { AckCode } from "../wire.js";

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

/** The hook of a call: see {@link useCall}. */
export type UseCall<Method extends CallMethod> = () => CallState<Method>;

/** Makes the hook of a call of a list of the client. */
/* @__NO_SIDE_EFFECTS__ */
export function callHook<Name extends string, Verb extends string, Method extends CallMethod>(
  useClient: () => { readonly [Key in Name]: { readonly [Key in Verb]: Method } },
  name: Name,
  verb: Verb,
): UseCall<Method> {
  return () => useCall(useClient()[name][verb]);
}

/** The answer, or why there is none; a method may throw before it calls. */
async function attempt(call: () => Promise<AnyAck>): Promise<AnyAck | RowcastError> {
  try {
    return await call();
  } catch (error) {
    return error instanceof RowcastError ? error : new RowcastError(String(error), error);
  }
}
