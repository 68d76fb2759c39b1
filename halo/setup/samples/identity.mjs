// Sign a Halo identity token. Needs nothing but Node.js 18 or newer.
import { createHmac } from "node:crypto";
import { pathToFileURL } from "node:url";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// A token that proves to Halo who this signed-in user is, for 24 hours.
export function haloIdentityToken(userId, claims = {}) {
  const secret = process.env.HALO_IDENTITY_SECRET;
  if (!secret) throw new Error("HALO_IDENTITY_SECRET is not set");
  const issued = Math.floor(Date.now() / 1000);
  const header = encode({ alg: "HS256", typ: "JWT" });
  const payload = encode({ ...claims, user_id: String(userId), iat: issued, exp: issued + 24 * 60 * 60 });
  const signature = createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url");
  return `${header}.${payload}.${signature}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(haloIdentityToken(process.argv[2]));
}
