// The program inside the browser: Python, started from what the page holds, and asked one request at a time.
// Runs in a worker; without one, in the page itself.
"use strict";

self.selfevalEngine = async function (parts, lock) {
  const served = {
    "pyodide.asm.wasm": ["application/wasm", parts.wasm],
    "python_stdlib.zip": ["application/zip", parts.stdlib],
  };
  const network = self.fetch;
  // Only what the page holds is ever fetched; nothing is asked of any network.
  self.fetch = function (address) {
    const known = served[String(address && address.url ? address.url : address).split("/").pop()];
    return known
      ? Promise.resolve(new Response(known[1], { headers: { "Content-Type": known[0] } }))
      : Promise.reject(new TypeError("offline"));
  };
  let python;
  try {
    python = await self.loadPyodide({ indexURL: "memory://program/", lockFileContents: lock, stdout() {}, stderr() {} });
  } finally {
    self.fetch = network;
  }
  python.unpackArchive(parts.program, "zip", { extractDir: "/program" });
  python.runPython("import sys; sys.path.insert(0, '/program'); sys.dont_write_bytecode = True");
  const answers = python.pyimport("selfeval_xlsx.page.answers");
  return function (request, contents) {
    const answered = answers.answer(JSON.stringify(request), contents);
    try {
      const [text, files] = answered.toJs();
      return { shown: JSON.parse(text), contents: files };
    } finally {
      answered.destroy();
    }
  };
};

if (typeof document === "undefined") {
  let engine = null;
  self.onmessage = async function (event) {
    const { number, parts, lock, request, contents } = event.data;
    try {
      if (parts) {
        engine = await self.selfevalEngine(parts, lock);
      }
      const { shown, contents: files } = engine(request, contents);
      self.postMessage({ number, shown, contents: files }, files.map((file) => file.buffer));
    } catch (fault) {
      self.postMessage({ number, fault: String((fault && fault.stack) || fault) });
    }
  };
}
