// Parses every module under static/js and resolves what it imports, without running any. Prints what is wrong and exits 1.
import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const IMPORT = /(?:^|[;\s}])(?:import|export)\s*(?:[\w*{][^'";()]*?\bfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

function* modules(folder) {
  if (!fs.existsSync(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* modules(file);
    else if (entry.name.endsWith(".js")) yield file;
  }
}

function* problems(file) {
  const text = fs.readFileSync(file, "utf8");
  try {
    new vm.SourceTextModule(text, { identifier: file });
  } catch (error) {
    yield `${error.message} (${(error.stack ?? "").split("\n")[0]})`;
    return;
  }
  for (const [, plain, dynamic] of text.matchAll(IMPORT)) {
    const wanted = plain ?? dynamic;
    if (wanted.startsWith("/static/")) {
      if (!fs.existsSync(path.join(root, wanted))) yield `imports ${wanted}, which is not there`;
    } else if (/^\.\.?\//.test(wanted)) {
      if (!fs.existsSync(path.resolve(path.dirname(file), wanted))) yield `imports ${wanted}, which is not there`;
    } else if (!wanted.startsWith("/")) {
      yield `imports ${wanted}: a browser finds only paths`;
    }
  }
}

let wrong = 0;
for (const file of modules(path.join(root, "static", "js"))) {
  for (const problem of problems(file)) {
    console.log(`${path.relative(root, file)}: ${problem}`);
    wrong += 1;
  }
}
process.exit(wrong ? 1 : 0);
