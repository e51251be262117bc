import { db } from "../lib/db";

export async function getServerSideProps() {
  return { props: { count: await db.project.count() } };
}

export default function About({ count }: { count: number }) {
  return <p>{count} projects</p>;
}
