/** What generated validation schemas are made of: the values of the wire, the rules of the server, and its texts. */
export { ip, ipv4, ipv6, url, uuid } from "./addresses.js";
export { checked } from "./checks.js";
export {
  anything,
  boolean,
  both,
  branded,
  choice,
  either,
  keyOf,
  lazy,
  literal,
  nothing,
  nullable,
  optional,
  present,
} from "./choices.js";
export { decimal, decimalNumber, decimalOrNumber } from "./decimals.js";
export { fieldCodes, fieldErrors } from "./errors.js";
export { bytes, characters, entries, graphemes, items, textLength, utf16 } from "./lengths.js";
export { bigint, digits, integer, natural, number, single } from "./numbers.js";
export {
  closed,
  entriesOf,
  input,
  keyLike,
  list,
  map,
  object,
  objectOf,
  open,
  tuple,
} from "./objects.js";
export { form } from "./preprocess.js";
export {
  alphanumeric,
  ascii,
  atLeast,
  atMost,
  contains,
  email,
  notBlank,
  notZero,
  pattern,
  prefix,
  same,
  suffix,
  webAddress,
} from "./rules.js";
export { base64, binary, character, text } from "./texts.js";
export { date, dateTime, localDateTime, time } from "./times.js";
export type { Fields, Limits, ObjectType, OptionalPart, Part, Rule, Type } from "./types.js";
