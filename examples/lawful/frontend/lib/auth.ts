import { betterAuth } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { jwt } from "better-auth/plugins";
import { Pool } from "pg";

import { required } from "@/lib/environment";

export const auth = betterAuth({
  database: new Pool({ connectionString: required("DATABASE_URL", process.env.DATABASE_URL) }),
  secret: required("BETTER_AUTH_SECRET", process.env.BETTER_AUTH_SECRET),
  baseURL: required("BETTER_AUTH_URL", process.env.BETTER_AUTH_URL),
  emailAndPassword: { enabled: true, minPasswordLength: 12 },
  plugins: [jwt({ jwt: { expirationTime: "15m" } }), nextCookies()],
});
