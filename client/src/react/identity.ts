"use client";

/** Who is signed in, as components read it. */
import { useMemo, useSyncExternalStore } from "react";
import { type ClientContext, useProvided } from "./context.js";
import type { IdentityStore } from "./identity-store.js";

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
  const session = useSyncExternalStore(store.subscribe, store.getSnapshot, noSession);
  const ended = useSyncExternalStore(store.subscribe, store.ended, noSession);
  return useMemo(
    () => ({ session, ended, set: store.set, clear: () => store.set(null) }),
    [session, ended, store],
  );
}

/** A session of which only the token is known: no command answers with one, or several do. */
export interface AnySession {
  readonly token: string;
}

function noSession(): null {
  return null;
}
