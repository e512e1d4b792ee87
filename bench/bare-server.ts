/** The yardstick: node:http alone, which reads the body and answers with the bytes of a refund that Refundry once gave. */
import { createServer } from "node:http";

export type BareAnswer = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

process.once("message", ({ headers, body }: BareAnswer) => {
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      Buffer.concat(parts).toString("utf8");
      answer.writeHead(200, headers);
      answer.end(body);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.(typeof address === "object" && address !== null ? address.port : 0);
  });
});
