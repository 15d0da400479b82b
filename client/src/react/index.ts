"use client";

/** What generated hooks and applications use of the React part of the runtime. */
export { type CallMethod, type CallState, callHook, type UseCall, useCall } from "./calls.js";
export { type ConnectionState, useConnectionState, useListener } from "./connection.js";
export { type ClientContext, createClientContext, useClient } from "./context.js";
export { type FormErrors, formErrors } from "./form-errors.js";
export { type AnySession, type Identity, useIdentityOf } from "./identity.js";
export { createIdentity, type IdentityStore } from "./identity-store.js";
export { type ClientProviderProps, useClientProvider } from "./provider.js";
export {
  type IsEqual,
  type LiveRows,
  rowHook,
  rowsHook,
  type Select,
  type UseRow,
  type UseRows,
  useRow,
  useRows,
} from "./rows.js";
export { isShallowEqual } from "./shallow-equal.js";
