/** The errors of a client. */
import type { AckCode, ConnectAuth } from "./wire.js";

/** The root of all errors of a client: catch it to catch them all. */
export class RowcastError extends Error {
  override readonly name: string = "RowcastError";

  constructor(message: string, cause?: unknown) {
    super(message);
    if (cause) Object.assign(this, { cause });
  }
}

/** A call that has no answer. */
export class RowcastCallError extends RowcastError {
  readonly event: string;
  /** False: the call never left, so nothing happened. */
  readonly sent: boolean;

  constructor(
    event: string,
    what: string,
    sent: boolean,
    cause?: unknown,
    outcome: string = sent ? " It may have been carried out." : " It was not sent.",
  ) {
    super(`\`${event}\` ${what}.${outcome}`, cause);
    this.event = event;
    this.sent = sent;
  }
}

/** A call that was not answered in time. */
export class RowcastTimeoutError extends RowcastCallError {
  override readonly name: string = "RowcastTimeoutError";
}

/** A call that was cut off because the connection was lost or closed. */
export class RowcastDisconnectedError extends RowcastCallError {
  override readonly name: string = "RowcastDisconnectedError";
}

/** A write that was not taken on, as too many wait for their answers already. */
export class RowcastBacklogError extends RowcastCallError {
  override readonly name: string = "RowcastBacklogError";
}

/** A write that was not sent, as another account than the one that made it is signed in now. */
export class RowcastAccountError extends RowcastCallError {
  override readonly name: string = "RowcastAccountError";
}

/** A call whose payload cannot be sent. */
export class RowcastPayloadError extends RowcastCallError {
  override readonly name: string = "RowcastPayloadError";
}

/** The server does not let this client connect: it must sign in first, or may not at all; or its session has ended. */
export class RowcastRefusedError extends RowcastError {
  override readonly name: string = "RowcastRefusedError";
  readonly code: AckCode;
  /** What was sent as `auth` when it was refused. */
  readonly auth: ConnectAuth;

  constructor(code: AckCode, message: string, auth: ConnectAuth) {
    super(message);
    this.code = code;
    this.auth = auth;
  }
}

/** The server does not serve clients of this contract any more. */
export class RowcastOutdatedError extends RowcastError {
  override readonly name: string = "RowcastOutdatedError";

  constructor() {
    super("the server has changed: reload the page");
  }
}

/** An answer that is not what this client was generated for. */
export class RowcastProtocolError extends RowcastCallError {
  override readonly name: string = "RowcastProtocolError";

  constructor(event: string, found: string) {
    super(event, `gave ${found}`, true, null, " Regenerate the client.");
  }
}

/** What was thrown, as an error. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new RowcastError(String(error));
}
