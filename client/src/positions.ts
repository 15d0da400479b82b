/** Positions of lists: read from the wire, and compared. */
import { isObject } from "./values.js";
import type { Position } from "./wire.js";

/** Whether a value is a position. */
export function isPosition(value: unknown): value is Position {
  return isObject(value) && typeof value["epoch"] === "string" && typeof value["at"] === "number";
}

/** The position of an accepted write, which the server adds for sockets that follow lists. */
export function positionOf(ack: object): Position | null {
  return "position" in ack && isPosition(ack.position) ? ack.position : null;
}

/** Whether a list at `position` contains what was written at `goal`. */
export function isReachedBy(goal: Position, position: Position): boolean {
  return goal.epoch === position.epoch && goal.at <= position.at;
}

/** Whether one position comes before another; false if they are not of the same epoch. */
export function isBefore(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.at < b.at;
}
