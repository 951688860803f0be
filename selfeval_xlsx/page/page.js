// The page: files in, one request each to the program, what it answers shown as text, files out.
"use strict";

(function () {
  if (window.selfevalMissing) {
    return;
  }
  const byId = (id) => document.getElementById(id);
  const LABELS = {
    report: "保存 Word 报告", marked: "保存核对标注副本", draft: "保存草稿", proof: "保存核对底稿", next: "保存下年填报表", bundle: "保存 zip", blank: "下载空白填报表",
  };
  const LIMIT = 50 * 1024 * 1024;
  const books = []; // every workbook dropped so far: name and content, to verify reports with
  let ready = false;
  let blank = null;
  let kept = []; // what is offered now, for the zip

  // --- the program: in a worker, or in the page itself where none can be made ---

  const parts = {};
  async function unpack(id) {
    const place = byId(id);
    const text = atob(place.textContent.trim());
    place.remove();
    const packed = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) {
      packed[at] = text.charCodeAt(at);
    }
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  let program = null; // the address of the program's script, a blob
  let lock = null;
  let worker = null;
  let inPage = null;
  let number = 0;
  const waiting = new Map();

  async function start() {
    const names = ["wasm", "stdlib", "program", "module", "loader", "engine"];
    const unpacked = await Promise.all(names.map((name) => unpack("part-" + name)));
    names.forEach((name, at) => { parts[name] = unpacked[at]; });
    lock = JSON.parse(byId("part-lock").textContent);
    const scripts = [parts.module, "\nself._createPyodideModule = _createPyodideModule;\n", parts.loader, "\n", parts.engine];
    program = URL.createObjectURL(new Blob(scripts, { type: "text/javascript" }));
    ["module", "loader", "engine"].forEach((name) => delete parts[name]);
    return ask({ ask: "about" }, []);
  }

  const needed = () => ({ wasm: parts.wasm, stdlib: parts.stdlib, program: parts.program });

  function begin() {
    if (window.selfevalWithoutWorker) {
      return false;
    }
    try {
      worker = new Worker(program);
    } catch (blocked) {
      return false;
    }
    worker.onmessage = (event) => {
      const { number: of, shown, contents, fault } = event.data;
      const { done, failed } = waiting.get(of);
      waiting.delete(of);
      if (fault) {
        stop(fault);
        failed(new Error(fault));
      } else {
        done({ shown, contents });
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      stop(event.message);
    };
    return true;
  }

  function stop(reason) {
    if (worker) {
      worker.terminate();
      worker = null;
    }
    waiting.forEach(({ failed }) => failed(new Error(reason)));
    waiting.clear();
  }

  function inThisPage() {
    inPage = inPage || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = program;
      script.onload = () => self.selfevalEngine(needed(), lock).then(done, failed);
      script.onerror = () => failed(new Error("script"));
      document.head.append(script);
    });
    return inPage;
  }

  // One request at a time; a worker that dies is started anew for the next one.
  let queue = Promise.resolve();
  function ask(request, contents) {
    const next = queue.then(() => send(request, contents));
    queue = next.catch(() => undefined);
    return next;
  }

  async function send(request, contents) {
    const fresh = worker === null && inPage === null && begin();
    if (worker === null) {
      const engine = await inThisPage();
      await new Promise((done) => setTimeout(done, 0)); // let the page draw
      return engine(request, contents);
    }
    number += 1;
    const message = { number, request, contents };
    if (fresh) {
      Object.assign(message, { parts: needed(), lock });
    }
    return new Promise((done, failed) => {
      waiting.set(message.number, { done, failed });
      worker.postMessage(message);
    });
  }

  // --- what is shown: always as text ---

  function element(tag, text, kind) {
    const made = document.createElement(tag);
    if (text) {
      made.textContent = text;
    }
    if (kind) {
      made.className = kind;
    }
    return made;
  }

  function save(name, content) {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([content]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function button(label, action, kind) {
    const made = element("button", label, kind);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  function offer(place, shown, contents, name) {
    shown.files.forEach((file, at) => {
      const content = contents[at];
      kept.push({ name: file.name, content });
      const main = file.kind === "report" || file.kind === "marked";
      const made = button(LABELS[file.kind] || "保存", () => save(file.name, content), main ? "main" : "");
      made.title = file.name;
      made.setAttribute("aria-label", `${LABELS[file.kind] || "保存"}：${file.name}`);
      place.append(made);
    });
    byId("together").hidden = kept.length === 0 && !byId("results").children.length;
    return name;
  }

  function say(text) {
    byId("status").textContent = text;
  }

  function finding(each) {
    const line = element("li", "", each.severity);
    line.append(element("span", each.word, "mark"));
    if (each.place) {
      line.append(element("span", `${each.place} `, "place"));
    }
    if (each.label) {
      line.append(element("span", `${each.label}：`, "place"));
    }
    line.append(element("span", `${each.message}。`));
    if (each.cause) {
      line.append(element("span", `${each.cause}。`, "cause"));
    }
    if (each.hint) {
      line.append(element("span", `${each.hint}。`, "hint"));
    }
    line.append(element("span", ` ${each.code}`, "small"));
    return line;
  }

  function trouble(card, shown) {
    card.className = "blocked";
    card.append(element("p", shown.error, "trouble"));
    offerLog(card, shown);
  }

  function offerLog(card, shown) {
    if (shown.log) {
      const log = new TextEncoder().encode(shown.log);
      card.append(button("保存故障记录", () => save("故障记录.txt", log)));
    }
  }

  function lost(card) {
    trouble(card, { error: "处理这份文件时浏览器内存不足或被中断，程序已重新启动。请关闭其他网页，再放进来一次；其他文件不受影响。" });
  }

  const chosen = () => [...document.querySelectorAll("#attachments input:checked")].map((box) => box.value);

  function extra(place, label, request, book, then) {
    const made = button(label, async () => {
      made.disabled = true;
      try {
        const { shown, contents } = await ask(
          { names: [book.name], attachments: chosen(), ...request }, [book.content]);
        if (shown.error) {
          place.append(element("p", shown.error, "trouble"));
        } else {
          then(shown, contents);
        }
      } catch (fault) {
        place.append(element("p", "没有能完成，请再试一次。", "trouble"));
      }
      made.disabled = false;
    });
    place.append(made);
  }

  function saveFirst(shown, contents) {
    save(shown.files[0].name, contents[0]);
  }

  function showMail(place) {
    return (shown) => {
      const old = place.querySelector("pre");
      if (old) {
        old.remove();
      }
      const text = element("pre", shown.mail);
      text.tabIndex = 0;
      place.append(text);
      if (navigator.clipboard) {
        navigator.clipboard.writeText(shown.mail).then(() => say("邮件文字已复制，可以粘贴到邮件里。"), () => undefined);
      }
      const range = document.createRange();
      range.selectNodeContents(text);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say("邮件文字已选中，按 Ctrl+C 复制，再附上报告。");
    };
  }

  function showWorkbook(card, book, shown, contents) {
    const warned = shown.findings.some((each) => each.severity === "warning");
    card.className = shown.blocked || shown.undone.length ? "blocked" : warned ? "warned" : "";
    const title = [shown.unit, shown.year ? `${shown.year}年度` : ""].filter(Boolean).join("　");
    card.querySelector("h2").textContent = title || book.name;
    card.append(element("p", book.name, "small"));
    card.append(element("span", `核对结果：${shown.verdict}`, "verdict"));
    if (shown.figures) {
      card.append(element("p", shown.figures));
    }
    shown.undone.forEach((each) => card.append(element("p", each, "trouble")));
    offerLog(card, shown);
    [shown.unchecked, shown.texts].filter(Boolean).forEach((each) => card.append(element("p", each, "small")));
    const row = element("p");
    card.append(row);
    offer(row, shown, contents, book.name);
    const report = shown.files.find((file) => file.kind === "report");
    if (shown.blocked && !shown.draft) {
      extra(row, "仍要一份草稿", { ask: "workbook", draft: true }, book, (more, files) => {
        const at = more.files.findIndex((file) => file.kind === "draft");
        if (at < 0) {
          more.undone.forEach((each) => card.append(element("p", each, "trouble")));
        } else {
          save(more.files[at].name, files[at]);
        }
      });
    }
    if (report) {
      extra(row, "核对底稿", { ask: "proof" }, book, saveFirst);
      extra(row, "复制邮件文字", { ask: "mail", report: report.name }, book, showMail(card));
    }
    extra(row, "下年填报表", { ask: "next" }, book, saveFirst);
    shown.suspects.forEach((suspect) => card.append(element("p", suspect, "cause")));
    const list = element("ul", "", "findings");
    shown.findings.forEach((each) => list.append(finding(each)));
    if (shown.findings.length) {
      card.append(list);
    }
  }

  function showVerification(card, name, shown) {
    card.className = shown.figures_differ ? "blocked" : "";
    card.querySelector("h2").textContent = `核验：${name}`;
    card.append(element("p", `对照 ${shown.book}。${shown.provenance}。`, "small"));
    card.append(element("span", shown.figures_differ ? `数字不一致：${shown.verdict}` : `数字一致：${shown.verdict}`, "verdict"));
    shown.remarks.forEach((remark) => card.append(element("p", `${remark}。`)));
    const list = element("ul", "", "findings");
    shown.differences.forEach((each) => {
      const line = element("li", each.text, each.severity);
      list.append(line);
    });
    card.append(list);
  }

  function showPlaced(card, shown) {
    const old = card.querySelector("details");
    if (old) {
      old.remove();
    }
    const box = element("details");
    box.open = true;
    box.append(element("summary", `填入 ${shown.findings.filter((each) => each.place).length} 格，每格都有批注写明出处，请逐格核对`));
    const list = element("ul", "", "findings");
    shown.findings.forEach((each) => list.append(finding(each)));
    box.append(list);
    card.append(box);
  }

  // --- files in ---

  async function handle(file) {
    const card = element("article");
    card.append(element("h2", file.name));
    byId("results").prepend(card);
    try {
      if (file.size > LIMIT) {
        trouble(card, { error: "文件太大（超过 50 MB），不会是填报表。请另存一份，删去图片等内容再试。" });
        return;
      }
      const content = new Uint8Array(await file.arrayBuffer());
      const isReport = /\.docx$/i.test(file.name);
      const request = isReport
        ? { ask: "verify", names: [file.name, ...books.map((book) => book.name)] }
        : { ask: "workbook", names: [file.name], attachments: chosen() };
      const contents = isReport ? [content, ...books.map((book) => book.content)] : [content];
      const { shown, contents: files } = await ask(request, contents);
      if (isReport) {
        const row = element("p");
        card.append(row);
        extra(row, "由它生成下年填报表", { ask: "from_report" }, { name: file.name, content }, (more, made) => {
          saveFirst(more, made);
          showPlaced(card, more);
        });
      }
      if (shown.error) {
        trouble(card, shown);
      } else if (isReport) {
        showVerification(card, file.name, shown);
      } else {
        const book = { name: file.name, content };
        books.push(book);
        showWorkbook(card, book, shown, files);
      }
    } catch (fault) {
      lost(card);
    }
  }

  async function handleAll(files) {
    if (!ready || !files.length) {
      return;
    }
    const sorted = [...files].sort((one, other) => /\.docx$/i.test(one.name) - /\.docx$/i.test(other.name));
    const bar = byId("progress");
    bar.hidden = sorted.length < 2;
    for (let at = 0; at < sorted.length; at += 1) {
      say(`正在处理第 ${at + 1} 份，共 ${sorted.length} 份：${sorted[at].name}`);
      bar.value = at / sorted.length;
      await handle(sorted[at]);
    }
    bar.hidden = true;
    const blocked = document.querySelectorAll("article.blocked").length;
    const done = byId("results").children.length - blocked;
    say(`处理完毕：共 ${done + blocked} 份，可以使用 ${done} 份，要处理 ${blocked} 份。`);
    byId("together").hidden = false;
  }

  // --- the page comes alive ---

  const drop = byId("drop");
  addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", () => drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    handleAll(event.dataTransfer.files);
  });
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("files").addEventListener("change", (event) => {
    handleAll([...event.target.files]);
    event.target.value = "";
  });
  byId("blank").addEventListener("click", () => save(blank.name, blank.content));
  byId("print").addEventListener("click", () => print());
  byId("clear").addEventListener("click", () => {
    byId("results").textContent = "";
    kept = [];
    books.length = 0;
    byId("together").hidden = true;
    say("可以放入填报表了。");
  });
  byId("all").addEventListener("click", async () => {
    const { shown, contents } = await ask({ ask: "bundle", names: kept.map((each) => each.name) }, kept.map((each) => each.content));
    saveFirst(shown, contents);
  });

  function alive({ shown, contents }) {
    if (shown.error) {
      throw new Error(shown.log || shown.error);
    }
    ready = true;
    window.selfevalReady = true;
    blank = { name: shown.files[0].name, content: contents[0] };
    byId("blank").disabled = false;
    byId("choose").disabled = false;
    byId("about").textContent = `版本 ${shown.version}；口径：${shown.rules}；模板：${shown.template}。`;
    shown.attachments.forEach(({ key, title }) => {
      const label = element("label");
      const box = element("input");
      box.type = "checkbox";
      box.value = key;
      box.checked = true;
      label.append(box, ` ${title}`);
      byId("attachments").append(label);
    });
    byId("options").hidden = !shown.attachments.length;
    say("可以放入填报表了。");
  }

  start().then(alive).catch((fault) => {
    const place = byId("trouble");
    place.hidden = false;
    place.textContent = "程序没有能在这个浏览器里启动，可能内存不足，或被安全软件拦截。请关闭其他网页再打开一次，或换用较新的 Edge、Chrome、360、奇安信浏览器，或用双击脚本。";
    place.dataset.fault = String((fault && fault.stack) || fault);
    say("");
  });
})();
