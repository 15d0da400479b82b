"use client";

/** The messages of a refusal, as form libraries want them. */

/**
 * The messages of a refusal as form libraries want them: one text a field, by a path with dots
 * (`moves.1.id`). What concerns no field, or none that the form has, is for the form as a whole.
 */
export function formErrors(errors: object): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [path, messages] of Object.entries<readonly string[]>({ ...errors })) {
    if (path !== "_") texts[path.replace(/\[(\d+)\]/g, ".$1")] = messages.join(", ");
  }
  return texts;
}
