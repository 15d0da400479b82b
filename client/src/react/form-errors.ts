"use client";

/** The messages of a refusal, as form libraries want them. */

/** The path of a field with dots only: `moves[1].id` becomes `moves.1.id`. */
type DottedPath<Path> = Path extends `${infer Before}[${infer Index}]${infer After}`
  ? `${Before}.${Index}${DottedPath<After>}`
  : Path;

/** One text a field, by its path with dots; where the fields are not known, by any path. */
export type FormErrors<Errors> = string extends keyof Errors
  ? Record<string, string>
  : [keyof Errors] extends [never]
    ? Record<string, string>
    : { [Path in keyof Errors as Exclude<DottedPath<Path>, "_">]?: string };

/**
 * The messages of a refusal as form libraries want them: one text a field, by a path with dots
 * (`moves.1.id`). What concerns no field, or none that the form has, is for the form as a whole.
 */
export function formErrors<Errors extends object>(errors: Errors): FormErrors<Errors> {
  const texts: Record<string, string> = {};
  for (const [path, messages] of Object.entries<readonly string[]>({ ...(errors as object) })) {
    if (path !== "_") texts[path.replace(/\[(\d+)\]/g, ".$1")] = messages.join(", ");
  }
  return texts as FormErrors<Errors>;
}
