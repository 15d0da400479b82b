/** The types of what is wrong with the fields of an input: messages, and codes for programs that translate them. */

/**
 * A path into an input, as the server names it: `name`, `coach.id`, `moves[1].id`. Types of errors take an input or its paths:
 * generated code has these as unions, which compilers need not find out.
 */
export type FieldPath<Input> = [Input] extends [string] ? Input : PathInto<Input, [0, 0, 0, 0]>;

type PathInto<Input, Depth extends readonly unknown[]> = Depth extends [unknown, ...infer Deeper]
  ? Input extends object
    ? // Below a map all names are possible, and it may have itself inside.
      string extends keyof Input
      ? string
      : {
          [Key in keyof Input & string]-?:
            | Key
            | `${Key}${PathBelow<NonNullable<Input[Key]>, Deeper>}`;
        }[keyof Input & string]
    : never
  : string;

type PathBelow<Value, Depth extends readonly unknown[]> = Value extends Uint8Array
  ? never
  : Value extends readonly (infer Item)[]
    ? Depth extends [unknown, ...infer Deeper]
      ? `[${number}]${"" | PathBelow<NonNullable<Item>, Deeper>}`
      : string
    : Value extends object
      ? `.${PathInto<Value, Depth>}`
      : never;

/** The messages of a refusal, by field. What concerns no field stands under `_`. */
export type FieldErrors<Input = never> = {
  readonly [Path in FieldPath<Input> | "_"]?: readonly string[];
};

/**
 * What is wrong with a field, for programs that translate it: a name, and the parameters of its text. `custom` is what the
 * application has found, with the name that it has given it, if any.
 */
export type FieldCode =
  | {
      readonly code:
        | "required"
        | "not_zero"
        | "blank"
        | "pattern"
        | "email"
        | "url"
        | "ascii"
        | "alphanumeric"
        | "credit_card"
        | "phone_number"
        | "in_use"
        | "forbidden"
        | "invalid";
    }
  | { readonly code: "type"; readonly expected: ExpectedType }
  | { readonly code: "integer"; readonly min?: number | string; readonly max?: number | string }
  | { readonly code: "choice"; readonly options: readonly string[] }
  | { readonly code: "format"; readonly format: TextFormat }
  | { readonly code: "length_min"; readonly min: number }
  | { readonly code: "length_max"; readonly max: number }
  | { readonly code: "range_min"; readonly min: number | string }
  | { readonly code: "range_max"; readonly max: number | string }
  | { readonly code: "contains" | "prefix" | "suffix"; readonly text: string }
  | { readonly code: "same"; readonly field: string }
  | { readonly code: "taken"; readonly with?: readonly string[] }
  | { readonly code: "no_such_row"; readonly what: string }
  | { readonly code: "too_many_attempts"; readonly seconds: number }
  | { readonly code: "custom"; readonly name?: string };

/** The types that a value can be missing. */
export type ExpectedType =
  | "text"
  | "digits"
  | "character"
  | "number"
  | "boolean"
  | "list"
  | "tuple"
  | "object"
  | "binary";

/** The formats that a text can be missing. */
export type TextFormat =
  | "date_time"
  | "local_date_time"
  | "date"
  | "time"
  | "uuid"
  | "uri"
  | "ip"
  | "ipv4"
  | "ipv6"
  | "decimal"
  | "base64";

/** The codes of a refusal, by field, in the order of its messages. */
export type FieldCodes<Input = never> = {
  readonly [Path in FieldPath<Input> | "_"]?: readonly FieldCode[];
};
