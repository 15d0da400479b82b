/** Prints the planner's coaches, and creates another one. */
import { connect } from "./generated/index.js";

const url = process.env["PLANNER_URL"];
if (url === undefined) throw new Error("PLANNER_URL must say where the planner listens");

const planner = connect(url);
await planner.coaches.ready;
for (const coach of planner.coaches.rows) console.log(`${coach.id}: ${coach.name}`);

const ack = await planner.coaches.create({ name: "Norma Node", age: 42 });
if (!ack.ok) throw new Error(JSON.stringify(ack));
console.log(`created ${ack.data.id}: ${ack.data.name}`);
planner.connection.close();
