/** The server's limits, for fields to stop at. */
export const MAX_CAPACITY = 100_000;
export const MAX_ROOM_NAME = 80;
export const MAX_TOPIC = 250;
export const MAX_NICKNAME = 40;
