// A page reduced to its connection, on the official client. Follows a room and prints one line of JSON for whatever happens:
// {transport}, {joined: room}, {message}, {acknowledged}. Orders come as lines: {send, client_id}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { io } = require("socket.io-client");
const { url, cookie, room, after_seq, transports = ["websocket"] } = JSON.parse(process.argv[2]);

const say = (what) => console.log(JSON.stringify(what));
const socket = io(url, { transports, extraHeaders: { Cookie: cookie } });
let last = after_seq ?? 0;
const waiting = [];
let joined = false;

function keep(message) {
  if (message.seq <= last) return;
  last = message.seq;
  say({ message });
}

async function join() {
  let answer;
  do {
    answer = await socket.emitWithAck("join_chat_room", { room_id: room, ...(last ? { after_seq: last } : {}) });
    if (!answer.ok) throw new Error(JSON.stringify(answer));
    answer.messages.forEach(keep);
  } while (answer.more && after_seq !== undefined);
  joined = true;
  waiting.splice(0).forEach(keep);
  say({ joined: answer.room });
}

socket.io.on("open", () => {
  const { engine } = socket.io;
  say({ transport: engine.transport.name });
  engine.on("upgrade", (transport) => say({ transport: transport.name }));
});
socket.on("connect", () => void join());
socket.on("connect_error", (error) => say({ refused: error.message }));
socket.on("new_message", ({ message }) => (joined ? keep(message) : waiting.push(message)));

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { send, client_id } = JSON.parse(line);
  say({ acknowledged: await socket.emitWithAck("send_message", { room_id: room, body: send, client_id }) });
});
