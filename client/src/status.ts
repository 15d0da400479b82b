/** The status of a connection, and why there is none. */
import { RowcastError, RowcastOutdatedError, RowcastRefusedError } from "./errors.js";
import type { AckCode, ConnectAuth } from "./wire.js";

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

/** The connection itself, whether lists are up to date or not. */
export type Link = "connecting" | "up" | "offline" | "unauthenticated" | "outdated";

/** What the connection is after an error. */
export function linkAfter(reason: Error): Link {
  if (reason instanceof RowcastOutdatedError) return "outdated";
  const isUnauthenticated =
    reason instanceof RowcastRefusedError && reason.code === "unauthenticated";
  return isUnauthenticated ? "unauthenticated" : "offline";
}

/** Why there is no connection: the server has refused it, or there is none. */
export function connectError(reason: Error, auth: ConnectAuth, url: string): RowcastError {
  if (reason.message === "outdated") return new RowcastOutdatedError();
  const refusal = /^(unauthenticated|forbidden|busy|internal): ([\s\S]*)$/.exec(reason.message);
  if (refusal === null) {
    return new RowcastError(`no connection to ${url}: ${reason.message}`, reason);
  }
  return new RowcastRefusedError(refusal[1] as AckCode, refusal[2] ?? "", auth);
}
