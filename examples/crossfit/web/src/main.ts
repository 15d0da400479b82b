import { connectForm } from "./form.js";
import {
  type Coach,
  type ConnectionStatus,
  connect,
  type Day,
  type LiveList,
  type Schedule,
} from "./generated/index.js";

const DAYS: readonly Day[] = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
];

const STATUS_TEXT: Record<ConnectionStatus, string> = {
  connecting: "Connecting…",
  live: "Live",
  catching_up: "Catching up…",
  offline: "Offline, trying again…",
  outdated: "The planner has changed: please reload the page",
};

const gym = connect(location.origin);

gym.connection.subscribe(showStatus);
gym.schedules.subscribe(showSchedules);
gym.coaches.subscribe(showCoaches);
showStatus();

connectForm(find("add-coach", HTMLFormElement), (fields) => {
  const age = textOf(fields, "age");
  return gym.coaches.create({
    name: textOf(fields, "name"),
    ...(age !== "" && { age: Number(age) }),
  });
});

connectForm(find("rename-coach", HTMLFormElement), (fields) => {
  return gym.coaches.update({ id: Number(fields.get("id")), name: textOf(fields, "name") });
});

function showStatus(): void {
  const place = find("status", HTMLElement);
  place.setAttribute("data-status", gym.connection.status);
  place.textContent = STATUS_TEXT[gym.connection.status];
}

function showSchedules(): void {
  const schedules = [...gym.schedules.rows].sort(compareTimes);
  find("schedules", HTMLElement).replaceChildren(...schedules.map(scheduleRow));
  find("no-schedules", HTMLElement).hidden = !isKnownEmpty(gym.schedules);
}

function compareTimes(a: Schedule, b: Schedule): number {
  return DAYS.indexOf(a.day) - DAYS.indexOf(b.day) || Number(a.hour) - Number(b.hour);
}

function scheduleRow({ day, hour, workout_plan, coach }: Schedule): HTMLElement {
  const plan = `${workout_plan.name} (${workout_plan.difficulty})`;
  const row = document.createElement("tr");
  row.append(...[day, clock(hour), plan, coach.name].map((text) => element("td", text)));
  return row;
}

/** Writes `900` as `9:00`. */
function clock(hour: string): string {
  return `${hour.slice(0, -2)}:${hour.slice(-2)}`;
}

function showCoaches(): void {
  const coaches = gym.coaches.rows;
  find("coaches", HTMLElement).replaceChildren(...coaches.map(coachItem));
  find("no-coaches", HTMLElement).hidden = !isKnownEmpty(gym.coaches);
  showChoices(find("rename-id", HTMLSelectElement), coaches);
}

function coachItem({ name, age }: Coach): HTMLElement {
  return element("li", age === null ? name : `${name}, ${age}`);
}

/** Shows the coaches to choose from, and keeps what is chosen. */
function showChoices(select: HTMLSelectElement, coaches: readonly Coach[]): void {
  const chosen = select.value;
  select.replaceChildren(...coaches.map(({ id, name }) => new Option(name, String(id))));
  if (coaches.some(({ id }) => String(id) === chosen)) select.value = chosen;
}

function isKnownEmpty(list: LiveList<Coach | Schedule>): boolean {
  return list.status === "live" && list.rows.length === 0;
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value.trim() : "";
}

function find<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} "${id}"`);
}
