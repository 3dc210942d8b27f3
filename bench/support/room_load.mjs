// A room full of official Socket.IO clients. Reads one JSON object from standard input: {url, cookies, room, messages, every_ms};
// writes one JSON object: {latencies_ms: [...]}, from each send to each delivery, all on this process's clock.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { io } = require("socket.io-client");
const { url, cookies, room, messages, every_ms } = JSON.parse(readFileSync(0, "utf8"));

const sentAt = new Map();
const latencies = [];
const expected = messages * cookies.length;
let finish;
const finished = new Promise((resolve) => (finish = resolve));

function joined(cookie) {
  return new Promise((resolve, reject) => {
    const socket = io(url, { transports: ["websocket"], extraHeaders: { Cookie: cookie }, reconnection: false });
    socket.on("connect_error", reject);
    socket.on("new_message", ({ message }) => {
      const at = sentAt.get(message.body);
      if (at === undefined) return;
      latencies.push(performance.now() - at);
      if (latencies.length === expected) finish();
    });
    socket.on("connect", () =>
      socket.emit("join_chat_room", { room_id: room }, (answer) =>
        answer.ok ? resolve(socket) : reject(new Error(JSON.stringify(answer))),
      ),
    );
  });
}

const sockets = await Promise.all(cookies.map(joined));
const run = Math.random().toString(36).slice(2);
for (let number = 0; number < messages; number++) {
  const body = `${run} ${number}`;
  sentAt.set(body, performance.now());
  sockets[number % sockets.length].emit("send_message", { room_id: room, body, client_id: body.replace(" ", "-") }, (answer) => {
    if (!answer.ok) throw new Error(JSON.stringify(answer));
  });
  await new Promise((resolve) => setTimeout(resolve, every_ms));
}
await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 10_000))]);
for (const socket of sockets) socket.disconnect();
console.log(JSON.stringify({ latencies_ms: latencies, lost: expected - latencies.length }));
