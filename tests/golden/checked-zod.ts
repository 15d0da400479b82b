/**
 * The functions of emitted schemas, with the types that a compiler infers from the parts of a schema. The published functions
 * have simpler ones, as inferring takes long; with these, a schema that does not fit its declared type fails to compile.
 */

import type * as z from "zod";
import type {
  Fields,
  ObjectType,
  OptionalPart,
  Part,
  Rule,
  Type,
} from "../../client/src/zod/index.js";

export {
  alphanumeric,
  anything,
  ascii,
  atLeast,
  atMost,
  base64,
  bigint,
  binary,
  boolean,
  bytes,
  character,
  characters,
  choice,
  contains,
  date,
  dateTime,
  decimal,
  decimalNumber,
  decimalOrNumber,
  digits,
  email,
  entries,
  fieldCodes,
  fieldErrors,
  graphemes,
  integer,
  ip,
  ipv4,
  ipv6,
  items,
  keyLike,
  keyOf,
  literal,
  localDateTime,
  natural,
  notBlank,
  nothing,
  notZero,
  number,
  pattern,
  prefix,
  same,
  single,
  suffix,
  text,
  textLength,
  time,
  url,
  utf16,
  uuid,
  webAddress,
} from "../../client/src/zod/index.js";
export type { Fields, ObjectType, Part, Rule, Type };

export declare function checked<Schema extends Type<unknown>>(
  value: Schema,
  ...rules: readonly Rule<z.output<Schema>>[]
): Schema;
export declare function either<const Options extends readonly Part<unknown>[]>(
  options: Options,
): Type<z.output<Options[number]>>;
export declare function both<Left, Right>(left: Part<Left>, right: Part<Right>): Type<Left & Right>;
export declare function optional<Value>(value: Part<Value>): OptionalPart<Value>;
export declare function nullable<Value>(value: Part<Value>): Type<Value | null>;
export declare function lazy<Value>(value: () => Part<Value>): Type<Value>;
export declare function present<Value>(value: Part<Value>): Type<Value>;
export declare function branded<Id extends string | number>(value: Type<Unmarked<Id>>): Type<Id>;
type Unmarked<Id> = Id extends string ? string : number;
export declare function form<Value extends number | bigint | string>(
  value: Type<Value>,
): Type<Value>;
export declare function input<Value>(fields: Fields<Value>): ObjectType<Value>;
export declare function objectOf<Value>(fields: Fields<Value>): ObjectType<Value>;
export declare function object<Shape extends z.core.$ZodLooseShape>(
  fields: Shape,
): z.ZodObject<Shape>;
export declare function closed<Shape extends z.core.$ZodLooseShape>(
  fields: Shape,
): Type<z.output<z.ZodObject<Shape>>>;
export declare function entriesOf<const Names extends readonly string[], Value>(
  names: Names,
  value: Part<Value>,
): Type<{ [Name in Names[number]]?: Value }>;
export declare function open<Shape extends z.core.$ZodLooseShape, Rest>(
  fields: Shape,
  rest: Part<Rest>,
): Type<z.output<z.ZodObject<Shape>> & Record<string, Rest>>;
export declare function map<Value>(
  value: Part<Value>,
  key?: Part<string>,
): Type<Record<string, Value>>;
export declare function list<Item>(item: Part<Item>): Type<Item[]>;
export declare function tuple<const Places extends readonly [Part<unknown>, ...Part<unknown>[]]>(
  places: Places,
): Type<{ -readonly [Index in keyof Places]: z.output<Places[Index]> }>;
