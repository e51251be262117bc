import Link from "next/link";

export default function Home() {
  return (
    <main>
      <h1>Taskboard</h1>
      <p>
        <Link href="/sign-in">Sign in</Link> or <Link href="/sign-up">sign up</Link>.
      </p>
    </main>
  );
}
