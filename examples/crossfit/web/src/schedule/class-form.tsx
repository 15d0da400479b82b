/** Adds a class, changes one, or deletes it. */
import { Alert, Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type ReactNode, useState } from "react";
import { checkBy } from "../forms/check.js";
import { Editor } from "../forms/editor.js";
import { ChoiceField } from "../forms/fields.js";
import { useRowForm } from "../forms/row-form.js";
import { sendRow } from "../forms/send.js";
import type { Day, NewSchedule, Schedule } from "../generated/index.js";
import {
  useCoaches,
  useCreateSchedule,
  useDeleteSchedule,
  useIdentity,
  usePlannerClient,
  useSchedule,
  useUpdateSchedule,
  useWorkoutPlans,
} from "../generated/react.js";
import { newScheduleSchema } from "../generated/zod.js";
import { failureOf, type RowcastFailure, reportFailure } from "../live/answers.js";
import { DAYS, describeClass, HOURS, showHour } from "./week.js";

/** A class that is there, or where a new one is to be. */
export type EditedClass = { readonly id: number } | { readonly day: Day; readonly hour: string };

type Values = { day: string; hour: string; coach: string; workout_plan: string };

function valuesOf(schedule: Schedule | null | undefined): Values | null {
  if (!schedule) return null;
  const { day, hour, coach, workout_plan } = schedule;
  // The same hour may be written in two ways.
  const known = String(Number(hour) / 100);
  return {
    day,
    hour: `${known}00`,
    coach: String(coach.id),
    workout_plan: String(workout_plan.id),
  };
}

function inputOf({ day, hour, coach, workout_plan }: Values): NewSchedule {
  return {
    day: DAYS.find((known) => known === day) ?? "Monday",
    hour,
    coach: { id: Number(coach) },
    workout_plan: { id: Number(workout_plan) },
  };
}

interface ClassFormProps {
  readonly edited: EditedClass;
  readonly own: (id: number) => void;
  readonly close: () => void;
}

export function ClassForm({ edited, own, close }: ClassFormProps): ReactNode {
  const id = "id" in edited ? edited.id : null;
  const schedule = useSchedule(id);
  const { session } = useIdentity();
  const coaches = useCoaches((rows) => rows);
  const plans = useWorkoutPlans((rows) => rows);
  const create = useCreateSchedule();
  const update = useUpdateSchedule();
  const [first] = plans;
  const row = useRowForm<Values>({
    current: id === null ? undefined : valuesOf(schedule),
    initial: {
      day: "day" in edited ? edited.day : "Monday",
      hour: "hour" in edited ? edited.hour : "900",
      coach: session ? String(session.id) : "",
      workout_plan: first ? String(first.id) : "",
    },
    check: (values) => ({
      ...missing(values, ["coach", "workout_plan"]),
      ...checkBy(newScheduleSchema, inputOf(values)),
    }),
    send: (values, changed) => send(id ?? "new", values, changed),
  });

  function send(
    id: number | "new",
    values: Values,
    changed: readonly PropertyKey[],
  ): Promise<RowcastFailure | null> {
    const calls = { create: create.call, update: update.call, own };
    return sendRow(id, inputOf(values), changed, calls);
  }

  async function saveAsNew(): Promise<boolean> {
    const failure = await send("new", row.form.getValues(), []);
    if (failure) reportFailure("The class was not saved", failure);
    return failure === null;
  }

  return (
    <Editor
      title={id === null ? "Add a class" : "Edit a class"}
      row={row}
      pending={create.pending || update.pending}
      close={close}
      saveAsNew={saveAsNew}
      actions={schedule && <DeleteClass schedule={schedule} own={own} close={close} />}
    >
      <Group grow align="flex-start">
        <div>
          <ChoiceField row={row} name="day" label="Day" choices={DAYS.map(asChoice)} />
        </div>
        <div>
          <ChoiceField
            row={row}
            name="hour"
            label="Hour"
            choices={HOURS.map((hour) => ({ value: hour, label: showHour(hour) }))}
          />
        </div>
      </Group>
      <ChoiceField row={row} name="coach" label="Coach" choices={coaches.map(named)} />
      <ChoiceField row={row} name="workout_plan" label="Workout plan" choices={plans.map(named)} />
    </Editor>
  );
}

function asChoice(text: string): { value: string; label: string } {
  return { value: text, label: text };
}

function named(row: { id: number; name: string }): { value: string; label: string } {
  return { value: String(row.id), label: row.name };
}

function missing(values: Values, fields: readonly (keyof Values)[]): Record<string, string> {
  const empty = fields.filter((field) => values[field] === "");
  return Object.fromEntries(empty.map((field) => [field, "is required"]));
}

interface DeleteClassProps {
  readonly schedule: Schedule;
  readonly own: (id: number) => void;
  readonly close: () => void;
}

/** Asks before it deletes, and offers to undo it. */
function DeleteClass({ schedule, own, close }: DeleteClassProps): ReactNode {
  const { schedules } = usePlannerClient();
  const remove = useDeleteSchedule();
  const [isAsked, setAsked] = useState(false);

  async function bringBack(): Promise<void> {
    const { day, hour, coach, workout_plan } = schedule;
    const again = { day, hour, coach: { id: coach.id }, workout_plan: { id: workout_plan.id } };
    const ack = await schedules.create(again).catch(() => null);
    const failure = failureOf(ack);
    if (failure) reportFailure("The class was not brought back", failure);
  }

  async function confirm(): Promise<void> {
    own(schedule.id);
    const failure = failureOf(await remove.call(schedule.id));
    if (failure) {
      reportFailure("The class was not deleted", failure);
      return;
    }
    close();
    const shown = `deleted-${schedule.id}`;
    notifications.show({
      id: shown,
      title: "The class was deleted",
      message: (
        <Group justify="space-between" gap="xs">
          {describeClass(schedule)}
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              notifications.hide(shown);
              void bringBack();
            }}
          >
            Undo
          </Button>
        </Group>
      ),
    });
  }

  if (!isAsked) {
    return (
      <Button variant="default" onClick={() => setAsked(true)}>
        Delete
      </Button>
    );
  }
  return (
    <Alert color="red" role="alert" title="Delete this class?">
      <Group gap="xs">
        <Button size="xs" color="red.9" loading={remove.pending} onClick={confirm}>
          Yes, delete it
        </Button>
        <Button size="xs" variant="default" onClick={() => setAsked(false)}>
          Keep it
        </Button>
      </Group>
    </Alert>
  );
}
