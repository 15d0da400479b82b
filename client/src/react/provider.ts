"use client";

/** The component that opens the connection, and closes it. */
import { createElement, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { ConnectOptions } from "../options.js";
import type { ConnectAuth } from "../wire.js";
import type { AnyClient, ClientContext } from "./context.js";
import { createIdentity, type IdentityStore } from "./identity-store.js";
import { followIdentity, type Given, giveToken } from "./session-token.js";

// What every platform has; written out, as projects differ in the types that they know.
type Timer = unknown;
declare function setTimeout(run: () => void): Timer;
declare function clearTimeout(timer: Timer): void;

/** The properties of a provider. */
export interface ClientProviderProps<Client> {
  /**
   * Where the server is. The connection is opened when the provider is on the page, and closed when
   * it has left it. Another url, or `key`, opens another one.
   */
  readonly url?: string;
  /**
   * How to connect. The token of the identity is sent beside what `auth` gives; a function is that of the
   * latest rendering. Other options count when the connection is opened.
   */
  readonly options?: ConnectOptions;
  /** A client that was connected elsewhere, in place of `url`; the code that made it closes it. */
  readonly client?: Client;
  /** Under which name the browser keeps who is signed in; if none is said, a reload signs out. */
  readonly identityKey?: string;
  /** Shown until the connection is opened: on a server, and for the first moment in a browser. */
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
}

/** Gives its children a client; opens it, if it is not given one. */
export function useClientProvider<Client extends AnyClient>(
  context: ClientContext<Client>,
  connect: (url: string, options?: ConnectOptions) => Client,
  props: ClientProviderProps<Client>,
): ReactNode {
  const { url, options, identityKey, fallback = null, children } = props;
  const identity = useMemo(() => createIdentity<unknown>(identityKey), [identityKey]);
  const isGiven = props.client !== undefined;
  const given: Given = useRef(undefined);
  const opened = useOpened(connect, isGiven ? undefined : url, options ?? {}, identity, given);
  const client = props.client ?? opened;
  const value = useMemo(() => client && { client, identity }, [client, identity]);
  useEffect(() => {
    if (!client) return;
    const { connection } = client;
    if (isGiven) {
      given.current = connection.credentials?.["token"];
      connection.authenticate(() => giveToken(identity, given));
    }
    return followIdentity(connection, identity, given);
  }, [client, identity, isGiven]);
  return value ? createElement(context.Provider, { value }, children) : fallback;
}

interface Opened<Client> {
  readonly client: Client;
  readonly url: string;
  closing: Timer;
}

/**
 * A client for as long as the component is on the page. It is opened in an effect, as a rendering
 * may be thrown away; and closed a moment after the effect ends, since StrictMode and hot reload
 * end effects only to begin them again. No layout effect: Suspense ends those of what it hides.
 */
function useOpened<Client extends AnyClient>(
  connect: (url: string, options?: ConnectOptions) => Client,
  url: string | undefined,
  options: ConnectOptions,
  identity: IdentityStore<unknown>,
  given: Given,
): Client | null {
  const held = useRef<Opened<Client> | null>(null);
  const latest = useRef({ options, identity });
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    latest.current = { options, identity };
  });
  useEffect(() => {
    if (url === undefined) return;
    clearTimeout(held.current?.closing);
    if (held.current?.url !== url) {
      held.current?.client.connection.close();
      const auth = async (): Promise<ConnectAuth> => {
        const { auth, socket } = latest.current.options;
        giveToken(latest.current.identity, given);
        const source = auth ?? socket?.auth;
        const own = await (typeof source === "function" ? source() : source);
        // The session may have changed meanwhile.
        return { ...giveToken(latest.current.identity, given), ...own };
      };
      const opened = connect(url, { ...latest.current.options, auth });
      held.current = { client: opened, url, closing: undefined };
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
  }, [connect, url, given]);
  return url === undefined ? null : client;
}
