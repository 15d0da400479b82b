// web/src/main.ts
import { connect } from "./generated";

let token: string | undefined;
const gym = connect("http://localhost:5555", { auth: () => ({ token }) });
gym.coaches.subscribe(() => console.log(gym.coaches.rows)); // live, ordered by id

const session = await gym.signIn({ username: "rose", password: "change me" });
if (session.ok) token = session.data.token;

const ack = await gym.coaches.create({ name: "Dan Baily", age: 30, username: "dan" });
if (ack.ok) console.log(ack.data.id);
else console.log(ack.errors.name, ack.code); // a typo does not compile
