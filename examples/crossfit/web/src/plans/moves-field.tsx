/** The moves of a plan: to add, to take out, and to put in order, all by buttons that keys reach. */
import { ActionIcon, Group, Input, Select, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import { type ReactNode, useRef } from "react";
import { Theirs } from "../forms/editor.js";
import { keepEnter } from "../forms/fields.js";
import type { RowForm } from "../forms/row-form.js";
import { useExerciseMoves } from "../generated/react.js";
import type { PlanValues } from "./plan-form.js";

export function MovesField({ row }: { readonly row: RowForm<PlanValues> }): ReactNode {
  const known = useExerciseMoves((moves) => moves);
  const { exercise_moves: chosen } = row.form.getValues();
  const nameOf = (id: number): string =>
    known.find((move) => move.id === id)?.name ?? "a move that is not there any more";
  const list = useRef<HTMLOListElement>(null);
  const adding = useRef<HTMLInputElement>(null);
  const set = (ids: readonly number[]): void => row.form.setFieldValue("exercise_moves", ids);
  const namesOf = (ids: unknown): string =>
    Array.isArray(ids) ? ids.map((id: number) => nameOf(id)).join(", ") : "";
  const { error } = row.form.getInputProps("exercise_moves");
  return (
    <Input.Wrapper label="Moves" labelElement="div" error={error}>
      <ol className="planned-moves" aria-label="Moves of the plan" ref={list}>
        {chosen.map((id, place) => (
          <PlannedMove
            // A move may stand here more than once, so places tell them apart.
            key={`${id}-${place.toString()}`}
            name={nameOf(id)}
            place={place}
            count={chosen.length}
            shift={(to) => {
              set(moved(chosen, place, to));
              focusOn(() => list.current?.children[to]?.querySelector("button:enabled"));
            }}
            drop={() => {
              set(chosen.filter((_, other) => other !== place));
              focusOn(
                () =>
                  list.current?.children[place]?.querySelector("button:last-child") ??
                  adding.current,
              );
            }}
          />
        ))}
        {chosen.length === 0 && (
          <Text component="li" size="sm" c="dimmed" style={{ listStyle: "none" }}>
            No moves yet.
          </Text>
        )}
      </ol>
      <Theirs row={row} field="exercise_moves" show={namesOf} />
      <Select
        mt="xs"
        label="Add a move"
        placeholder="Choose a move"
        searchable
        selectFirstOptionOnChange
        onKeyDown={keepEnter}
        ref={adding}
        value={null}
        data={known.map(({ id, name }) => ({ value: String(id), label: name }))}
        onChange={(id) => id !== null && set([...chosen, Number(id)])}
      />
    </Input.Wrapper>
  );
}

/** Keeps the focus with what was moved, or where something was taken out: its button is gone. */
function focusOn(find: () => Element | null | undefined): void {
  setTimeout(() => {
    const found = find();
    if (found instanceof HTMLElement) found.focus();
  });
}

/** The list with what is at one place put to another. */
export function moved<Item>(items: readonly Item[], from: number, to: number): readonly Item[] {
  const others = items.filter((_, place) => place !== from);
  return [...others.slice(0, to), ...items.slice(from, from + 1), ...others.slice(to)];
}

interface PlannedMoveProps {
  readonly name: string;
  readonly place: number;
  readonly count: number;
  readonly shift: (to: number) => void;
  readonly drop: () => void;
}

function PlannedMove({ name, place, count, shift, drop }: PlannedMoveProps): ReactNode {
  return (
    <Group component="li" gap="xs" wrap="nowrap" style={{ listStyle: "none" }}>
      <Text size="sm" style={{ flex: 1 }}>
        {place + 1}. {name}
      </Text>
      <ActionIcon
        variant="default"
        disabled={place === 0}
        aria-label={`Move ${name} up, from place ${place + 1}`}
        onClick={() => shift(place - 1)}
      >
        <IconArrowUp size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="default"
        disabled={place === count - 1}
        aria-label={`Move ${name} down, from place ${place + 1}`}
        onClick={() => shift(place + 1)}
      >
        <IconArrowDown size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="default"
        aria-label={`Take out ${name}, at place ${place + 1}`}
        onClick={drop}
      >
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}
