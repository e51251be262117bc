"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import { authClient } from "@/lib/auth-client";

type Mode = "sign-in" | "sign-up";

export function CredentialsForm({ mode }: { mode: Mode }) {
  const router = useRouter();
  const [message, setMessage] = useState("");

  async function submit(form: FormData) {
    const email = String(form.get("email"));
    const password = String(form.get("password"));
    const { error } =
      mode === "sign-in"
        ? await authClient.signIn.email({ email, password })
        : await authClient.signUp.email({ email, password, name: email });
    if (error) {
      setMessage(error.message ?? "That did not work.");
    } else {
      router.push("/projects");
    }
  }

  return (
    <form action={submit}>
      <input name="email" type="email" autoComplete="email" aria-label="E-mail address" required />
      <input name="password" type="password" minLength={12} aria-label="Password" required />
      <button type="submit">{mode === "sign-in" ? "Sign in" : "Sign up"}</button>
      <p role="status">{message}</p>
    </form>
  );
}
