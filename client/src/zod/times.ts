/** Dates and times of day. */
import { formatted } from "./texts.js";
import type { Type } from "./types.js";

// The server's rules of dates and times are the same: docs/types.md has them.
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?$/;

/** The year of a date, if it is one. */
function yearOf(value: string): number | undefined {
  const [, sign = "", digits, month, day] =
    /^(?:([+-])(?=\d{4,6}-)|(?=\d{4}-))(\d+)-(\d\d)-(\d\d)$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const [year, monthNumber, dayNumber] = [Number(sign + digits), Number(month), Number(day)];
  // Leap years repeat after 400 years.
  const days = new Date(Date.UTC(2000 + (year % 400), monthNumber, 0)).getUTCDate();
  const isDay = monthNumber >= 1 && monthNumber <= 12 && dayNumber >= 1 && dayNumber <= days;
  return isDay && year >= FIRST_YEAR && year <= LAST_YEAR ? year : undefined;
}

const FIRST_YEAR = -262143;

const LAST_YEAR = 262142;

/** The year of a date with a time of day. */
function yearOfDateTime(value: string): number | undefined {
  const [date = "", time = "", ...rest] = value.split(/[Tt ]/);
  return rest.length === 0 && TIME.test(time) ? yearOf(date) : undefined;
}

/** A date: `2026-05-01`. */
/* @__NO_SIDE_EFFECTS__ */
export function date(): Type<string> {
  const is = (value: string) => yearOf(value) !== undefined;
  return formatted("date", is, "must be a date, such as 2026-05-01");
}

/** A time of day: `09:00`. */
/* @__NO_SIDE_EFFECTS__ */
export function time(): Type<string> {
  const is = (value: string) => TIME.test(value);
  return formatted("time", is, "must be a time of day, such as 09:00");
}

/** A date and a time of day: `2026-05-01T09:00`. */
/* @__NO_SIDE_EFFECTS__ */
export function localDateTime(): Type<string> {
  const is = (value: string) => yearOfDateTime(value) !== undefined;
  const message = "must be a date and a time, such as 2026-05-01T09:00";
  return formatted("local_date_time", is, message);
}

/** A moment: `2026-05-01T09:00:00Z`. */
/* @__NO_SIDE_EFFECTS__ */
export function dateTime(): Type<string> {
  const message = "must be a moment with its offset, such as 2026-05-01T09:00:00Z";
  return formatted("date_time", isMoment, message);
}

function isMoment(value: string): boolean {
  const offset = /(?:[Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/.exec(value)?.[0];
  if (offset === undefined) return false;
  const year = yearOfDateTime(value.slice(0, -offset.length));
  const isAtEdge = year === FIRST_YEAR || year === LAST_YEAR;
  return year !== undefined && (!isAtEdge || offset.length === 1);
}
