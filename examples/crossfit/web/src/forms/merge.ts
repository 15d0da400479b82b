/** Brings a form in line with a row that somebody else has changed meanwhile; loses nothing. */

/** What a field has become elsewhere, while it was changed here too. */
export type Conflicts<Values> = { readonly [Field in keyof Values]?: Values[Field] };

/** A form and what its fields were before they were changed here. */
export interface Draft<Values> {
  readonly base: Values;
  readonly mine: Values;
  readonly conflicts: Conflicts<Values>;
}

/** Whether two values of a field are the same; lists are, if their items are. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Takes what a row has become: into the fields that were not changed here; for others it is a
 * conflict, unless both have made the same of it.
 */
export function takeTheirs<Values extends object>(
  { base, mine, conflicts }: Draft<Values>,
  theirs: Values,
): Draft<Values> {
  const values: Values = { ...mine };
  const open: { [Field in keyof Values]?: Values[Field] } = { ...conflicts };
  for (const field of fieldsOf(theirs)) {
    if (isSame(theirs[field], mine[field])) delete open[field];
    else if (isSame(mine[field], base[field])) values[field] = theirs[field];
    else if (!isSame(theirs[field], base[field])) open[field] = theirs[field];
  }
  return { base: theirs, mine: values, conflicts: open };
}

/** The fields that were changed here. */
export function changedFields<Values extends object>(
  base: Values,
  mine: Values,
): readonly (keyof Values)[] {
  return fieldsOf(mine).filter((field) => !isSame(base[field], mine[field]));
}

export function fieldsOf<Values extends object>(values: Values): (keyof Values)[] {
  return Object.keys(values) as (keyof Values)[];
}
