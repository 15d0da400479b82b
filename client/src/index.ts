/** What generated clients and applications use of the runtime. */
export {
  type Connection,
  type Generated,
  type OpenConnection,
  openConnection,
} from "./connection.js";
export type { Base64, Codecs, Decode, NamedDecode, OnWire } from "./encoding.js";
export {
  RowcastAccountError,
  RowcastBacklogError,
  RowcastCallError,
  RowcastDisconnectedError,
  RowcastError,
  RowcastOutdatedError,
  RowcastPayloadError,
  RowcastProtocolError,
  RowcastRefusedError,
  RowcastTimeoutError,
} from "./errors.js";
export type {
  ExpectedType,
  FieldCode,
  FieldCodes,
  FieldErrors,
  FieldPath,
  TextFormat,
} from "./field-errors.js";
export type { Unsubscribe } from "./listeners.js";
export { defineList, type LiveList } from "./live-list.js";
export type { AuthSource, ConnectOptions } from "./options.js";
export type {
  BareCall,
  Call,
  DeleteCall,
  GetCall,
  PageCall,
  Push,
  WireBareCall,
  WireCall,
  WireGetCall,
  WirePageCall,
  WirePush,
} from "./socket-events.js";
export type { ConnectionStatus } from "./status.js";
export type { CreateOptions, DeleteOptions, UpdateOptions } from "./verbs.js";
export { VERSION } from "./version.js";
export type {
  Accepted,
  Ack,
  AckCode,
  ById,
  Changes,
  ConnectAuth,
  Connected,
  DeleteAck,
  Disconnected,
  GetAck,
  Id,
  Identified,
  Known,
  Page,
  PageAck,
  PageQuery,
  Position,
  Refused,
  SessionChanged,
  SyncData,
  SyncRequest,
} from "./wire.js";
