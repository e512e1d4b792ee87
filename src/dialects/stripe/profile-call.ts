/** Runs a command on a customer or a payment method, and answers with what it is now. */
import type { ProfileId } from "../../domain/id.ts";
import type { Profile } from "../../domain/profile.ts";
import type { ProfileCommand } from "../../domain/profile-command.ts";
import { profilesOf } from "../../engine/needs.ts";
import type { WireReply } from "../../engine/wire.ts";
import { answered, objectReply, problemReply, wordConflict, type Call } from "./call.ts";
import { leadsToProfiles } from "./expand.ts";
import type { Look } from "./objects/encode.ts";
import { wordProfileRefusal, type Naming } from "./profile-errors.ts";

export type ProfileWrite = {
  readonly command: ProfileCommand;
  readonly naming: Naming;
  readonly encode: (profile: Profile, look: Look) => object;
};

export async function writeProfile(call: Call, { command, naming, encode }: ProfileWrite): Promise<WireReply> {
  const now = call.desk.now();
  const follows = leadsToProfiles(call.look.expand);
  if (follows) await call.desk.read.profiles(call.merchant, profilesOf(command));
  const answer = await call.desk.execute({
    merchant: call.merchant,
    requestId: call.requestId,
    profile: command,
    claims: call.key === null ? [] : [call.key],
    reply(result) {
      if ("conflict" in result) return problemReply(wordConflict(result), call, now);
      if ("refusal" in result) return problemReply(wordProfileRefusal(result.refusal, naming), call, now);
      const { profile, around } = result.done;
      const fresh: [ProfileId, Profile][] = [profile, ...around].map((one) => [one.id, one]);
      const profiles = follows ? new Map([...call.look.profiles, ...fresh]) : call.look.profiles;
      return objectReply(encode(profile, { ...call.look, profiles }));
    },
  });
  return answered(answer, call);
}
