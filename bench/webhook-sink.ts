/** Receives webhooks, answers each at once, and says how many came when it is asked. */
import { createServer } from "node:http";

let count = 0;
const server = createServer((request, answer) => {
  request.resume();
  request.on("end", () => {
    count += 1;
    answer.writeHead(200).end();
  });
});
server.keepAliveTimeout = 60_000;
process.on("message", () => process.send?.(count));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" && address !== null ? address.port : 0);
});
