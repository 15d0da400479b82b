/** Days and hours. */
import type { Day, Schedule } from "../generated/index.js";

export const DAYS: readonly Day[] = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
];

/** How an hour of the wire, such as `900`, is shown: `09:00`. */
export function showHour(hour: string): string {
  return `${String(Math.floor(Number(hour) / 100)).padStart(2, "0")}:00`;
}

/** All hours at which a class may begin. */
export const HOURS: readonly string[] = Array.from({ length: 24 }, (_, hour) => `${hour}00`);

/** Hours are written with or without a zero in front: what they mean counts. */
function isAt(hour: string): (schedule: Schedule) => boolean {
  return (schedule) => Number(schedule.hour) === Number(hour);
}

/** The hours of the grid: those of a day's work, and whatever others there are classes at. */
export function shownHours(schedules: readonly Schedule[]): readonly string[] {
  const isUsual = (hour: string): boolean => Number(hour) >= 900 && Number(hour) <= 1700;
  return HOURS.filter((hour) => isUsual(hour) || schedules.some(isAt(hour)));
}

/** The classes of a day at an hour. */
export function classesAt(
  schedules: readonly Schedule[],
  day: Day,
  hour: string,
): readonly Schedule[] {
  return schedules.filter((schedule) => schedule.day === day).filter(isAt(hour));
}

/** The classes of a day, by hour. */
export function classesOf(schedules: readonly Schedule[], day: Day): readonly Schedule[] {
  return schedules
    .filter((schedule) => schedule.day === day)
    .sort((a, b) => Number(a.hour) - Number(b.hour));
}

/** A class in words. */
export function describeClass({ workout_plan, coach, day, hour }: Schedule): string {
  return `${workout_plan.name} with ${coach.name}, ${day} ${showHour(hour)}`;
}
