/** The yardstick of delivery: the same HTTP client in a loop that does nothing else, with the same bytes and as many under way at once. */
import { Agent } from "undici";

export type BarePosts = { readonly url: string; readonly body: string; readonly places: number; readonly seconds: number };

process.once("message", (asked: BarePosts) => void post(asked));

async function post({ url, body, places, seconds }: BarePosts): Promise<void> {
  const agent = new Agent({ pipelining: 1 });
  const { origin, pathname } = new URL(url);
  const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "bare" };
  const end = performance.now() + seconds * 1_000;
  let posts = 0;
  const loop = async () => {
    while (performance.now() < end) {
      const response = await agent.request({ origin, path: pathname, method: "POST", headers, body });
      await response.body.dump();
      posts += 1;
    }
  };
  await Promise.all(Array.from({ length: places }, loop));
  await agent.close();
  process.send?.(posts / seconds);
}
