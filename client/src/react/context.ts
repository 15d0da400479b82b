"use client";

/** The context by which hooks find their client. */
import { type Context, createContext, useContext } from "react";
import type { Connection } from "../connection.js";
import { RowcastError } from "../errors.js";
import type { IdentityStore } from "./identity-store.js";

/** A client, as far as its provider must know it. */
export interface AnyClient {
  readonly connection: Connection;
}

/** What a provider's children find. */
interface Provided<Client> {
  readonly client: Client;
  readonly identity: IdentityStore<unknown>;
}

/** The context by which hooks find their client. */
export type ClientContext<Client> = Context<Provided<Client> | null>;

/** Makes the context of a client. */
export function createClientContext<Client extends AnyClient>(): ClientContext<Client> {
  return createContext<Provided<Client> | null>(null);
}

/** The client that the provider above has opened. */
export function useClient<Client>(context: ClientContext<Client>, provider: string): Client {
  return useProvided(context, provider).client;
}

/** What the provider above gives. */
export function useProvided<Client>(
  context: ClientContext<Client>,
  provider: string,
): Provided<Client> {
  const provided = useContext(context);
  if (provided === null) {
    throw new RowcastError(`This hook needs a <${provider}> around the component that calls it.`);
  }
  return provided;
}
