/** The types of events, as `socket.io-client` wants them declared. */
import type { OnWire } from "./encoding.js";
import type { ById, DeleteAck, GetAck, Identified, PageAck, PageQuery } from "./wire.js";

/** A client event with a payload, as `socket.io-client` wants its events declared. */
export type Call<Payload, Answer> = (payload: Payload, ack: (answer: Answer) => void) => void;

/** A client event that asks for one row. */
export type GetCall<Row extends Identified> = Call<ById<Row>, GetAck<Row>>;

/** A client event that asks for a part of a list. */
export type PageCall<Row extends Identified> = Call<PageQuery<Row>, PageAck<Row>>;

/** A client event that deletes a row. */
export type DeleteCall<Row extends Identified> = Call<ById<Row>, DeleteAck<Row>>;

/** A client event without a payload. */
export type BareCall<Answer> = (ack: (answer: Answer) => void) => void;

/** A server event. */
export type Push<Payload> = (payload: Payload) => void;

/** A {@link Call} of a plain socket. */
export type WireCall<Payload, Answer> = OnWire<Call<Payload, Answer>>;

/** A {@link GetCall} of a plain socket. */
export type WireGetCall<Row extends Identified> = OnWire<GetCall<Row>>;

/** A {@link PageCall} of a plain socket. */
export type WirePageCall<Row extends Identified> = OnWire<PageCall<Row>>;

/** A {@link BareCall} of a plain socket. */
export type WireBareCall<Answer> = OnWire<BareCall<Answer>>;

/** A {@link Push} as a plain socket gets it. */
export type WirePush<Payload> = OnWire<Push<Payload>>;
