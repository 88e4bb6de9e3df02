// What `functions/console/standing.js` says of rows: the folder of the console as argument, lists of rows as JSON on
// stdin, their standings as JSON on stdout. The files are copied to where they are modules for Node, too.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "standing-"));
try {
  for (const name of ["standing", "words"]) cpSync(join(process.argv[2], `${name}.js`), join(folder, `${name}.js`));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  const { standings } = await import(join(folder, "standing.js"));
  process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(standings)));
} finally {
  rmSync(folder, { recursive: true });
}
