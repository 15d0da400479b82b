/** The week as a table: days across, hours down. */
import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { AddHere, ClassButton, type WeekProps } from "./class-button.js";
import { classesAt, DAYS, showHour, shownHours } from "./week.js";

export function WeekGrid(props: WeekProps): ReactNode {
  const { schedules, edit } = props;
  return (
    <table className="week">
      <caption>
        <VisuallyHidden>The classes of the week, by day and hour</VisuallyHidden>
      </caption>
      <thead>
        <tr>
          <th scope="col" style={{ width: "4rem" }}>
            Hour
          </th>
          {DAYS.map((day) => (
            <th key={day} scope="col">
              {day}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shownHours(schedules).map((hour) => (
          <tr key={hour}>
            <th scope="row">{showHour(hour)}</th>
            {DAYS.map((day) => (
              <td key={day} data-testid={`${day}-${hour}`}>
                {classesAt(schedules, day, hour).map((schedule) => (
                  <ClassButton key={schedule.id} {...props} schedule={schedule} />
                ))}
                {edit && classesAt(schedules, day, hour).length === 0 && (
                  <AddHere
                    day={day}
                    hour={hour}
                    edit={edit}
                    label={`Add a class, ${day} ${showHour(hour)}`}
                  />
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
