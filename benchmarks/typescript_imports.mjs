// Prints, for each file named on standard input, the modules that the TypeScript compiler's own scanner finds in it:
// one JSON line `{"file": …, "modules": […]}`. Run by typescript_imports.py with the folder of npm `typescript`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const ts = createRequire(`${process.argv[2]}/`)("typescript");

for await (const file of createInterface({ input: process.stdin })) {
  const text = readFileSync(file, "utf8");
  const found = ts.preProcessFile(text, true, true);
  console.log(JSON.stringify({ file, modules: found.importedFiles.map((one) => one.fileName) }));
}
