// A JSON value as lines, with the nodes that findings point at (JSON pointers, RFC 6901); and the exact text of a member.

const unescaped = (part) => part.replace(/~1/g, "/").replace(/~0/g, "~");

// Findings by the deepest node that exists: one of a missing property is shown inside its parent.
export function placed(value, findings) {
  const byPointer = new Map();
  for (const finding of findings) {
    const parts = (finding.pointer ?? "").split("/").slice(1);
    let node = value, pointer = "", missing = null;
    for (const part of parts) {
      const name = unescaped(part);
      if (node !== null && typeof node === "object" && Object.hasOwn(node, name)) {
        node = node[name];
        pointer += `/${part}`;
      } else {
        missing = name;
        break;
      }
    }
    const here = byPointer.get(pointer) ?? [];
    byPointer.set(pointer, [...here, { ...finding, missing }]);
  }
  return byPointer;
}

// Lines: { depth, name, text, pointer, findings, ghost }.
export function lines(value, findings) {
  const byPointer = placed(value, findings);
  const out = [];
  const walk = (node, name, pointer, depth, comma) => {
    const all = byPointer.get(pointer) ?? [];
    const marks = all.filter((finding) => finding.missing === null);
    const ghosts = all.filter((finding) => finding.missing !== null);
    if (node === null || typeof node !== "object") {
      out.push({ depth, name, text: JSON.stringify(node) + comma, pointer, findings: [...marks, ...ghosts] });
      return;
    }
    const list = Array.isArray(node);
    const entries = list ? node.map((one, at) => [null, one, at]) : Object.entries(node).map(([key, one]) => [key, one, key]);
    const [open, close] = list ? ["[", "]"] : ["{", "}"];
    if (entries.length === 0 && ghosts.length === 0) {
      out.push({ depth, name, text: open + close + comma, pointer, findings: marks });
      return;
    }
    out.push({ depth, name, text: open, pointer, findings: marks });
    entries.forEach(([key, one, part], at) => {
      const below = `${pointer}/${String(part).replace(/~/g, "~0").replace(/\//g, "~1")}`;
      walk(one, key, below, depth + 1, at < entries.length - 1 ? "," : "");
    });
    for (const ghost of ghosts) {
      out.push({ depth: depth + 1, name: ghost.missing, text: "missing", pointer: ghost.pointer, findings: [ghost], ghost: true });
    }
    out.push({ depth, name: null, text: close + comma, pointer: null, findings: [] });
  };
  walk(value, null, "", 0, "");
  return out;
}

// The text of the member at `path` exactly as the service wrote it: numbers, order and repeated names as they were sent.
export function exactText(text, path) {
  const open = []; // objects and lists, each with the name or the place of its member that is being read
  let start = null;
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    const inside = open.at(-1);
    if (token === ":") continue;
    if (token === ",") {
      if (inside.isList) inside.step += 1;
      else inside.step = null;
      continue;
    }
    const closes = token === "}" || token === "]";
    if (closes) open.pop();
    else if (inside?.step === null) {
      inside.step = JSON.parse(token);
      continue;
    } else {
      if (open.length === path.length && open.every(({ step }, depth) => step === path[depth])) start ??= index;
      if (token === "{" || token === "[") {
        open.push(token === "[" ? { isList: true, step: 0 } : { step: null });
        continue;
      }
    }
    if (start !== null && open.length === path.length) return text.slice(start, index + token.length);
  }
  return null;
}
