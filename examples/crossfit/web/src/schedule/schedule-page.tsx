/** The classes of the week. */
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import { useIdentity, usePlannerClient, useSchedules } from "../generated/react.js";
import { useOthers } from "../live/changes.js";
import { LiveSection } from "../live/live-section.js";
import { describeChange } from "../live/news.js";
import { ClassForm, type EditedClass } from "./class-form.js";
import { DayList } from "./day-list.js";
import { describeClass } from "./week.js";
import { WeekGrid } from "./week-grid.js";

export function SchedulePage(): ReactNode {
  const { schedules } = usePlannerClient();
  const { rows, status, isReady } = useSchedules();
  const { session } = useIdentity();
  const { marked, last, own } = useOthers(schedules);
  const [edited, setEdited] = useState<EditedClass | null>(null);
  const isWide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false });
  const View = isWide ? WeekGrid : DayList;
  const add = (): void => setEdited({ day: "Monday", hour: "900" });
  return (
    <LiveSection
      title="Schedule"
      status={status}
      isReady={isReady}
      isEmpty={rows.length === 0 && !session}
      empty="There are no classes yet."
      news={describeChange(last, describeClass)}
      add={session ? { label: "Add a class", open: add } : undefined}
    >
      <View
        schedules={rows}
        me={session?.id ?? null}
        marked={marked}
        edit={session ? setEdited : undefined}
      />
      {edited !== null && <ClassForm edited={edited} own={own} close={() => setEdited(null)} />}
    </LiveSection>
  );
}
