/** A real Socket.IO server on a free port, for the tests of what speaks to one. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { io } from "socket.io-client";
import { Server } from "socket.io";
import { Connection } from "@/realtime/connection";

type Answer = (payload: never) => unknown;

export interface TestServer {
  /** What each event is acknowledged with; one that is missing is never acknowledged. */
  answers: Record<string, Answer>;
  /** All events that came in, in order. */
  received: [event: string, payload: unknown][];
  /** Refuses new connections with this, while it is set. */
  refuseWith: string | null;
  push: (event: string, payload: unknown) => void;
  /** Ends every connection as the server's doing. */
  dropAll: () => void;
  connect: () => Connection;
  close: () => Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const http = createServer();
  const server = new Server(http);
  const connections: Connection[] = [];
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;

  const test: TestServer = {
    answers: {},
    received: [],
    refuseWith: null,
    push: (event, payload) => server.emit(event, payload),
    dropAll: () => {
      server.disconnectSockets();
    },
    connect: () => {
      const socket = io(`http://127.0.0.1:${port}`, {
        autoConnect: false,
        forceNew: true,
        transports: ["websocket"],
        reconnectionDelay: 20,
        reconnectionDelayMax: 50,
      });
      const connection = new Connection(socket);
      connections.push(connection);
      return connection;
    },
    close: async () => {
      for (const connection of connections) connection.stop();
      await server.close();
    },
  };
  server.use((_socket, next) => {
    next(test.refuseWith === null ? undefined : new Error(test.refuseWith));
  });
  server.on("connection", (socket) => {
    socket.onAny((event: string, payload: unknown, acknowledge?: (answer: unknown) => void) => {
      test.received.push([event, payload]);
      const answer = test.answers[event];
      if (answer) acknowledge?.(answer(payload as never));
    });
  });
  return test;
}
