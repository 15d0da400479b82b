/** The week on narrow screens: one day below the other. */
import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ClassButton, type WeekProps } from "./class-button.js";
import { classesOf, DAYS, showHour } from "./week.js";

export function DayList(props: WeekProps): ReactNode {
  return (
    <Stack gap="lg">
      {DAYS.map((day) => (
        <section key={day} aria-labelledby={`day-${day}`}>
          <Title order={2} size="h4" id={`day-${day}`} mb="xs">
            {day}
          </Title>
          {classesOf(props.schedules, day).map((schedule) => (
            <ClassButton
              key={schedule.id}
              {...props}
              schedule={schedule}
              hour={showHour(schedule.hour)}
            />
          ))}
          {classesOf(props.schedules, day).length === 0 && (
            <Text size="sm" c="dimmed">
              No classes.
            </Text>
          )}
        </section>
      ))}
    </Stack>
  );
}
