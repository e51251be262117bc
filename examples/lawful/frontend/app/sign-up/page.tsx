import { CredentialsForm } from "@/components/credentials-form";

export default function SignUp() {
  return (
    <main>
      <h1>Sign up</h1>
      <CredentialsForm mode="sign-up" />
    </main>
  );
}
