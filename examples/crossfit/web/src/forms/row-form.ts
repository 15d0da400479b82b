/** A form for one row that stays true while others change the row. */
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useCallback, useEffect, useRef, useState } from "react";
import { formErrors, type RowcastFailure } from "../live/answers.js";
import { type Conflicts, changedFields, isSame, takeTheirs } from "./merge.js";

/** How a form is filled and sent. */
export interface RowFormOptions<Values extends Record<string, unknown>> {
  /** What the row is now, as the form has it; null once it was deleted, undefined for a new row. */
  readonly current: Values | null | undefined;
  /** What a new row begins with. */
  readonly initial: Values;
  /** The messages by field; none if all is well. */
  readonly check: (values: Values) => Record<string, string>;
  /** Sends the row: all of it, or the fields that were changed. Gives why that failed, or null. */
  readonly send: (
    values: Values,
    changed: readonly (keyof Values)[],
  ) => Promise<RowcastFailure | null>;
}

/** A form, and what stands against sending it. */
export interface RowForm<Values extends Record<string, unknown>> {
  readonly form: UseFormReturnType<Values>;
  /** What others have made of fields that were changed here. */
  readonly conflicts: Conflicts<Values>;
  /** Takes what others have made of a field. */
  readonly acceptTheirs: (field: keyof Values) => void;
  readonly isGone: boolean;
  readonly isDirty: boolean;
  /** What concerns no field. */
  readonly failure: string | null;
  /** Checks and sends; tells whether that is done. */
  readonly submit: () => Promise<boolean>;
}

export function useRowForm<Values extends Record<string, unknown>>(
  options: RowFormOptions<Values>,
): RowForm<Values> {
  const { current, initial, check, send } = options;
  const form = useForm<Values>({ initialValues: current ?? initial, validate: check });
  const base = useRef<Values>(current ?? initial);
  const [conflicts, setConflicts] = useState<Conflicts<Values>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const latest = useRef({ form, conflicts });
  useEffect(() => {
    latest.current = { form, conflicts };
  });

  useEffect(() => {
    if (!current || isSame(current, base.current)) return;
    const { form, conflicts } = latest.current;
    const before = { base: base.current, mine: form.getValues(), conflicts };
    const draft = takeTheirs(before, current);
    base.current = draft.base;
    form.setValues(draft.mine);
    setConflicts(draft.conflicts);
  }, [current]);

  const acceptTheirs = useCallback(
    (field: keyof Values) => {
      const { [field]: theirs, ...others } = conflicts;
      form.setValues({ [field]: theirs } as Partial<Values>);
      setConflicts(others as Conflicts<Values>);
    },
    [conflicts, form],
  );

  const isDirty = changedFields(base.current, form.getValues()).length > 0;

  async function submit(): Promise<boolean> {
    setFailure(null);
    if (form.validate().hasErrors) return false;
    const values = form.getValues();
    const failed = await send(values, changedFields(base.current, values));
    if (failed === null) return true;
    const errors = formErrors(failed.errors);
    const known = Object.entries(errors).filter(([field]) => rootOf(field) in values);
    form.setErrors(Object.fromEntries(known.map(([field, text]) => [rootOf(field), text])));
    const others = Object.entries(errors).filter(([field]) => !(rootOf(field) in values));
    const texts = [failed.message, ...others.map(([field, text]) => `${field}: ${text}`)];
    setFailure(texts.filter((text) => text !== null).join("; ") || null);
    return false;
  }

  return { form, conflicts, acceptTheirs, isGone: current === null, isDirty, failure, submit };
}

/** The field that a path begins with: forms here show the errors of a whole field below it. */
function rootOf(path: string): string {
  return path.split(".", 1)[0] ?? path;
}
