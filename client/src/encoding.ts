/** Values that travel in another form than the client has them: the types of both, and the codecs between them. */

/** Bytes in the text of a packet: so they arrive where one packet has many. */
export interface Base64 {
  readonly base64: string;
}

/**
 * What plain sockets get and send where a type says what the generated client makes of it: the digits of a `bigint`, and
 * what the platform has for bytes.
 */
export type OnWire<Value> = Value extends bigint
  ? string
  : Value extends Uint8Array
    ? Uint8Array | ArrayBuffer | Base64
    : Value extends string | number | boolean | null | undefined
      ? Value
      : Value extends (...args: infer Arguments) => void
        ? (...args: OnWire<Arguments>) => void
        : Value extends object
          ? { [Key in keyof Value]: OnWire<Value[Key]> }
          : Value;

/** Makes of what arrives what the types say. May change the value itself. */
export type Decode = (value: unknown) => unknown;

/** Makes of what has this name what the types say. */
export type NamedDecode = (name: string, value: unknown) => unknown;

/** What travels in another form than the types say. */
export interface Codecs {
  /** Makes of a payload what travels. */
  readonly encode: (payload: unknown) => unknown;
  /** The rows of lists. */
  readonly rows: NamedDecode;
  /** The data of answers, by event. */
  readonly answers: NamedDecode;
  /** The payloads of server events. */
  readonly events: NamedDecode;
}
