/** The version of this runtime, and which generated clients it serves. */
import { RowcastError } from "./errors.js";

/** The version of this runtime. */
export const VERSION: string = "0.1.0";

/**
 * Fails if a client was generated for another major version. Clients name no more of a version than that: `1`, and
 * `0.1` before 1.0, where minor versions may change anything.
 */
export function checkVersion(wanted: string): void {
  if (`${VERSION}.`.startsWith(`${wanted}.`)) return;
  throw new RowcastError(
    `this client is for @rowcast/client ${wanted}, not ${VERSION}. Regenerate the client.`,
  );
}
