/** Fields that show what stands against their values: messages, and what others have made of them. */
import { Select, Textarea, TextInput, type TextInputProps } from "@mantine/core";
import type { KeyboardEvent, ReactNode } from "react";
import { Theirs } from "./editor.js";
import type { RowForm } from "./row-form.js";

interface FieldProps<Values extends Record<string, unknown>> {
  readonly row: RowForm<Values>;
  readonly name: keyof Values & string;
  readonly label: string;
}

interface TextFieldProps<Values extends Record<string, unknown>> extends FieldProps<Values> {
  readonly input?: TextInputProps;
  readonly isLong?: boolean;
  /** Whether the window begins with it. */
  readonly isFirst?: boolean;
}

export function TextField<Values extends Record<string, unknown>>(
  props: TextFieldProps<Values>,
): ReactNode {
  const { row, name, label, input, isLong = false, isFirst } = props;
  const own = { label, "data-autofocus": isFirst, ...row.form.getInputProps(name) };
  return (
    <>
      {isLong ? <Textarea autosize minRows={2} {...own} /> : <TextInput {...own} {...input} />}
      <Theirs row={row} field={name} />
    </>
  );
}

/** Enter chooses from the list; it must not send the form too when it comes a moment early. */
export function keepEnter(event: KeyboardEvent): void {
  if (event.key === "Enter") event.preventDefault();
}

/** One of several. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface ChoiceFieldProps<Values extends Record<string, unknown>> extends FieldProps<Values> {
  readonly choices: readonly Choice[];
}

export function ChoiceField<Values extends Record<string, unknown>>(
  props: ChoiceFieldProps<Values>,
): ReactNode {
  const { row, name, label, choices } = props;
  const show = (value: unknown): string =>
    choices.find((choice) => choice.value === value)?.label ?? String(value);
  return (
    <>
      <Select
        label={label}
        data={[...choices]}
        searchable
        selectFirstOptionOnChange
        onKeyDown={keepEnter}
        allowDeselect={false}
        nothingFoundMessage="Nothing of that name"
        {...row.form.getInputProps(name)}
      />
      <Theirs row={row} field={name} show={show} />
    </>
  );
}

/** Text that may be missing, as inputs have it. */
export function orEmpty(text: string | number | null): string {
  return text === null ? "" : String(text);
}

/** What was entered, or null if that is nothing. */
export function orNull(text: string): string | null {
  return text.trim() === "" ? null : text;
}
