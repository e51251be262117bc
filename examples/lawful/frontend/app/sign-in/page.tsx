import { CredentialsForm } from "@/components/credentials-form";

export default function SignIn() {
  return (
    <main>
      <h1>Sign in</h1>
      <CredentialsForm mode="sign-in" />
    </main>
  );
}
