"use client";

/** The token of a session: what a connection sends of it, and what follows when it changes. */
import type { Connection } from "../connection.js";
import { RowcastRefusedError } from "../errors.js";
import type { Unsubscribe } from "../listeners.js";
import type { ConnectAuth } from "../wire.js";
import type { IdentityStore } from "./identity-store.js";

function tokenOf(session: unknown): { readonly token?: unknown } {
  const isKnown = typeof session === "object" && session !== null && "token" in session;
  return isKnown ? { token: session.token } : {};
}

/** The token that a connection has sent, or is going to send. */
export interface Given {
  current: unknown;
}

/** What a connection sends of the session. */
export function giveToken(identity: IdentityStore<unknown>, given: Given): ConnectAuth {
  const sent = tokenOf(identity.getSnapshot());
  given.current = sent.token;
  return { ...sent };
}

/**
 * Keeps the identity and a connection in step: after a sign-in or sign-out, here or in another tab, it is made anew; and a
 * session that the server does not accept any more is over. Without one, visitors may still read.
 */
export function followIdentity(
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
