// What the fan-out is compared with: a Socket.IO server that does nothing but send what it is given to everyone in the room, in a
// message of the same fields and size as ours, and acknowledge it. Prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
const author = { id: "0".repeat(24), username: "member0" };
let seq = 0;

io.on("connection", (socket) => {
  socket.on("join_chat_room", ({ room_id }, acknowledge) => {
    socket.join(room_id);
    acknowledge({ ok: true });
  });
  socket.on("send_message", ({ room_id, body, client_id }, acknowledge) => {
    const message = {
      id: "0".repeat(24), room_id, seq: ++seq, author, nickname: "member0", kind: "text", body, client_id, reply_to: null,
      attachments: [], reactions: {}, mentions: [], created_at: new Date().toISOString(), edited_at: null, deleted: false,
    };
    io.to(room_id).emit("new_message", { message });
    acknowledge({ ok: true, message });
  });
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
