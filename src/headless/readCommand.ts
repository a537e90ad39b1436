/**
 * `npm run read -- PATH` (`--help` lists the options): how a folder or archive is read, pictures decoded, without
 * training. With `--json`, the whole reading as one line of JSON, which is the last line printed; every file that is
 * left out is in it with its reason.
 */
import { runCommand } from './commandLine';
import { describe, readArguments, readReport } from './read';

async function main(): Promise<void> {
  const { path, json, reading } = readArguments(process.argv.slice(2));
  const { log } = console;
  // Decoders say things of their own; the answer stands alone.
  console.log = console.error;
  const report = await readReport(path, reading);
  const { sentence: _, ...line } = report;
  log(json ? JSON.stringify(line) : describe(report));
}

runCommand(main);
