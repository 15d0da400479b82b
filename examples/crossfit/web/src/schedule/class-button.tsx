/** A class, as a button for those who may change it. */
import { Badge, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import type { Day, Schedule } from "../generated/index.js";
import type { EditedClass } from "./class-form.js";
import { showHour } from "./week.js";

/** What a view of the week is told. */
export interface WeekProps {
  readonly schedules: readonly Schedule[];
  /** The id of the coach who is signed in. */
  readonly me: number | null;
  readonly marked: ReadonlySet<number>;
  readonly edit: ((edited: EditedClass) => void) | undefined;
}

interface ClassProps extends Omit<WeekProps, "schedules"> {
  readonly schedule: Schedule;
  /** Shown in front of the name, where the place does not tell it. */
  readonly hour?: string;
}

export function ClassButton(props: ClassProps): ReactNode {
  const { schedule, me, marked, edit } = props;
  const isMine = schedule.coach.id === me;
  const look = {
    className: `class ${marked.has(schedule.id) ? "changed" : ""}`,
    "data-mine": isMine,
    "data-testid": "class",
  };
  const content = <ClassContent {...props} isMine={isMine} />;
  if (!edit) return <div {...look}>{content}</div>;
  return (
    <UnstyledButton {...look} onClick={() => edit({ id: schedule.id })}>
      <VisuallyHidden>Edit </VisuallyHidden>
      {content}
    </UnstyledButton>
  );
}

/** What is seen of a class; what is only heard makes a sentence of it. */
function ClassContent(props: ClassProps & { readonly isMine: boolean }): ReactNode {
  const { schedule, hour, isMine } = props;
  const { workout_plan, coach, day } = schedule;
  return (
    <>
      <Text component="span" size="sm" fw={600} display="block">
        {hour && `${hour} `}
        {workout_plan.name}
      </Text>
      <VisuallyHidden> with </VisuallyHidden>
      <Text component="span" size="xs">
        {coach.name}
      </Text>
      <VisuallyHidden>{` on ${day} ${showHour(schedule.hour)} `}</VisuallyHidden>
      {isMine && (
        <Badge size="xs" tt="none" ml={4} style={{ verticalAlign: "middle" }}>
          Mine
        </Badge>
      )}
    </>
  );
}

interface AddHereProps {
  readonly day: Day;
  readonly hour: string;
  readonly label: string;
  readonly edit: (edited: EditedClass) => void;
}

export function AddHere({ day, hour, label, edit }: AddHereProps): ReactNode {
  return (
    <UnstyledButton
      onClick={() => edit({ day, hour })}
      aria-label={label}
      w="100%"
      ta="center"
      c="dimmed"
    >
      +
    </UnstyledButton>
  );
}
