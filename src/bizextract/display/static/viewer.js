"use strict";
// The viewer. Documents stand in the page as JSON; only the one that is looked at is laid out.
// All that comes from documents goes through text nodes and attributes, never through HTML.
(() => {
  const $ = (id) => document.getElementById(id);
  const filters = $("filters"), list = $("list"), text = $("text"), cards = $("records");
  const label = (type) => type.replaceAll("_", " ");
  const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  // Not scrollIntoView, from whose node Tab would go on.
  function reveal(pane, node, inTheMiddle = false) {
    const behavior = calm.matches || pane === list ? "auto" : "smooth";
    const [outer, inner] = [pane.getBoundingClientRect(), node.getBoundingClientRect()];
    const [above, below] = [inner.top - outer.top, inner.bottom - outer.bottom];
    const near = above < 0 ? above : Math.max(below, 0);
    pane.scrollBy({ top: inTheMiddle ? (above + below) / 2 : near, behavior });
  }

  // On a narrow screen the panes stand below each other, and the page itself scrolls.
  function bringIntoView(node) {
    const { top, bottom } = node.getBoundingClientRect();
    const behavior = calm.matches ? "auto" : "smooth";
    if (top < 0 || bottom > innerHeight) scrollBy({ top: top - 12, behavior });
  }

  function make(tag, { className, ...attributes } = {}, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // --- the documents, with names for what JSON has by place --------------------------------

  const documents = JSON.parse($("data").textContent).map((doc, number) => ({
    ...doc,
    number,
    pieces: doc.pieces.map(([text, marks, begins]) => ({ text, marks, begins })),
    marks: doc.marks.map(([record, role, tip]) => ({ record, role, tip })),
    records: doc.records.map(([type, color, status, confidence, roles, companies]) => ({
      type, color, status, confidence, roles, companies: companies.join("\n").toLowerCase(),
    })),
  }));

  let shown = [...documents]; // the documents that pass the filters
  let current = null; // the document that is looked at
  let selected = null; // the number of the record that is lit up
  let passage = 0; // which of its passages was scrolled to last
  let hits = []; // the words in it that were searched for, as ranges
  let pieces = []; // the text's nodes that have marks, each with its piece

  // --- filters -------------------------------------------------------------------------------

  function read() {
    const chosen = (name) =>
      new Set([...filters.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
    return {
      // Words, or "several words" in a row.
      words: [...$("search").value.toLowerCase().matchAll(/"([^"]+)"?|[^\s"]+/g)]
        .map(([word, phrase]) => phrase ?? word),
      types: chosen("type"),
      statuses: chosen("status"),
      company: $("company")?.value.trim().toLowerCase() ?? "",
      confidence: Number($("confidence")?.value ?? 0),
    };
  }

  let filter = read();

  const passes = (record) =>
    (!filter.types.size || filter.types.has(record.type)) &&
    (!filter.statuses.size || filter.statuses.has(record.status)) &&
    record.companies.includes(filter.company) &&
    (record.confidence ?? 0) >= filter.confidence;

  const asksForRecords = () =>
    Boolean(filter.types.size || filter.statuses.size || filter.company || filter.confidence);

  function holds(doc) {
    doc.haystack ??= [
      doc.title, doc.id,
      ...doc.pieces.map((piece) => piece.text),
      ...doc.records.flatMap((r) => [label(r.type), r.status, ...r.roles.flat(3)]),
    ].join("\n").toLowerCase();
    return filter.words.every((word) => doc.haystack.includes(word));
  }

  function update() {
    filter = read();
    const asks = asksForRecords();
    let records = 0;
    shown = documents.filter((doc) => {
      const passing = doc.records.filter(passes).length;
      const isShown = (!asks || passing > 0) && (!filter.words.length || holds(doc));
      if (isShown) records += passing;
      doc.option.hidden = !isShown;
      return isShown;
    });
    const part = shown.length < documents.length ? `${shown.length.toLocaleString("en")} of ` : "";
    $("count").textContent = shown.length
      ? `${part}${plural(documents.length, "document")}, ${plural(records, "record")}`
      : "No document passes the filters";
    $("clear").disabled = !asks && !filter.words.length;
    for (const output of filters.querySelectorAll("output")) {
      output.value = filter.confidence.toFixed(2);
    }
    open(shown.includes(current) ? current : shown[0] ?? null);
  }

  // --- the list --------------------------------------------------------------------------------

  function fillList() {
    const options = document.createDocumentFragment();
    for (const doc of documents) {
      const counts = new Map();
      for (const { color, type } of doc.records) {
        const count = counts.get(type) ?? { color, n: 0 };
        counts.set(type, { ...count, n: count.n + 1 });
      }
      const chips = [...counts].map(([type, { color, n }]) =>
        make("span", { className: `bx-chip bx-hue-${color}`, title: plural(n, label(type)) }, `${n}`));
      doc.option = make(
        "div",
        { role: "option", id: `document-${doc.number}`, "aria-selected": "false" },
        make("span", { className: "bx-name" }, doc.title),
        make("span", { className: "bx-meta" }, doc.date || (doc.id === doc.title ? "" : doc.id)),
        make("span", { className: "bx-chips" }, ...chips),
      );
      options.append(doc.option);
    }
    list.append(options);
  }

  function step(by) {
    const at = Math.min(Math.max(shown.indexOf(current) + by, 0), shown.length - 1);
    if (shown[at]) open(shown[at]);
  }

  // --- a document ------------------------------------------------------------------------------

  function open(doc) {
    const isNew = doc !== current;
    if (isNew) {
      current?.option.setAttribute("aria-selected", "false");
      [current, selected] = [doc, null];
      layOut();
    }
    if (doc) {
      doc.option.setAttribute("aria-selected", "true");
      list.setAttribute("aria-activedescendant", doc.option.id);
      if (isNew) reveal(list, doc.option);
    } else {
      list.removeAttribute("aria-activedescendant");
    }
    if (doc && selected !== null && !passes(doc.records[selected])) selected = null;
    paint();
    if (isNew) showHit();
  }

  function layOut() {
    const doc = current;
    $("document-title").textContent = doc?.title ?? "";
    const meta = doc ? [doc.id === doc.title ? "" : doc.id, doc.date, doc.link ? "" : doc.url] : [];
    $("document-meta").replaceChildren(...meta.filter(Boolean).map((words) => make("span", {}, words)));
    if (doc?.link) {
      const outside = { href: doc.link, target: "_blank", rel: "noopener noreferrer" };
      $("document-meta").append(make("a", outside, doc.link));
    }
    const notes = [...(doc?.notes ?? [])];
    if (doc && !doc.whole && doc.pieces.length) {
      notes.push("These results have no texts; the evidence alone is shown.");
    }
    $("notes").replaceChildren(...notes.map((note) => make("p", { className: "bx-note" }, note)));

    pieces = [];
    text.replaceChildren(...(doc?.pieces ?? []).map((piece) => {
      if (!piece.marks.length) return piece.text;
      const node = make("mark", {}, piece.text);
      pieces.push([node, piece]);
      return node;
    }));
    cards.replaceChildren(...(doc?.records ?? []).map(card));
    if (doc && !doc.records.length) {
      cards.append(make("p", { className: "bx-empty" }, "no records"));
    }
    text.hidden = !doc?.pieces.length;
    text.scrollTop = cards.scrollTop = 0;
  }

  function card(record, number) {
    const head = [
      make("span", { className: "bx-number" }, `${number + 1}`),
      make("span", { className: "bx-type" }, label(record.type)),
      make("span", { className: `bx-status bx-${record.status}` }, record.status),
    ];
    if (record.confidence !== null) {
      const meter = make("meter", { min: 0, max: 1, value: record.confidence, "aria-hidden": "true" });
      const value = record.confidence.toFixed(2);
      const about = { className: "bx-confidence", title: "confidence" };
      head.push(make("span", about, meter, value));
    }
    const roles = record.roles.flatMap(([role, values]) => [
      make("span", { className: "bx-role" }, role),
      make("span", {}, ...values.map(([value, detail]) =>
        make("span", { className: "bx-line" }, value, " ",
          make("span", { className: "bx-detail" }, detail)))),
    ]);
    return make(
      "div",
      { className: `bx-card bx-hue-${record.color}`, role: "listitem", "data-record": number },
      make("button", { type: "button", className: "bx-card-head" }, ...head),
      make("div", { className: "bx-roles" }, ...roles),
    );
  }

  // Colours the text and the cards by filters and selection.
  function paint() {
    const records = current?.records ?? [];
    const active = records.map(passes);
    for (const node of cards.querySelectorAll("[data-record]")) {
      const number = Number(node.dataset.record);
      node.hidden = !active[number];
      node.classList.toggle("bx-lit", number === selected);
      node.querySelector("button").setAttribute("aria-pressed", String(number === selected));
    }
    for (const [node, piece] of pieces) {
      const marks = piece.marks.map((n) => current.marks[n]).filter((mark) => active[mark.record]);
      const lit = marks.filter((mark) => mark.record === selected);
      const leading = lit.length ? lit : marks;
      const first = leading.find((mark) => mark.role) ?? leading[0];
      const begins = piece.begins.filter((number) => active[number]);
      node.className = first
        ? `bx-hue-${records[first.record].color}${first.role ? " bx-value" : ""}` +
          (selected === null ? "" : lit.length ? " bx-lit" : " bx-faint")
        : "bx-none";
      node.title = marks.map((mark) => mark.tip).join("\n\n");
      node.toggleAttribute("data-begins", begins.length > 0);
      if (begins.length) node.dataset.begins = begins.map((number) => number + 1).join(" ");
    }
    markHits();
  }

  // Words that were searched for are shown without touching the text's nodes.
  function markHits() {
    if (!window.CSS?.highlights) return;
    CSS.highlights.delete("hits");
    hits = [];
    if (!filter.words.length) return;
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const words = node.data.toLowerCase();
      if (words.length !== node.data.length) continue; // offsets would not fit
      for (const word of filter.words) {
        for (let at = words.indexOf(word); at >= 0; at = words.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          hits.push(range);
        }
      }
    }
    CSS.highlights.set("hits", new Highlight(...hits));
  }

  function showHit() {
    const hit = hits.find((range) => text.contains(range.startContainer));
    if (hit) reveal(text, hit);
  }

  // Lights a record up and scrolls to its evidence; once more, to its next passage.
  function select(number) {
    passage = number === selected ? passage + 1 : 0;
    selected = number;
    paint();
    if (number === null) return;
    const own = (piece) => piece.marks.map((n) => current.marks[n].record).includes(number);
    const starts = pieces.filter(([, piece]) => piece.begins.includes(number));
    const places = starts.length ? starts : pieces.filter(([, piece]) => own(piece));
    if (places.length) {
      reveal(text, places[passage % places.length][0], true);
      bringIntoView(text);
    }
  }

  // --- what a person does ----------------------------------------------------------------------

  let soon = 0;
  filters.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(update, 120);
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(update));

  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) open(documents[Number(option.id.split("-")[1])]);
  });
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / (current?.option.offsetHeight || 48)) - 1);
    const by = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
      Home: -documents.length, End: documents.length,
    }[event.key];
    if (by) step(by);
    else if (event.key === "Enter") (cards.querySelector("[data-record]:not([hidden]) button") ?? text).focus();
    else return;
    event.preventDefault();
  });

  cards.addEventListener("click", (event) => {
    const node = event.target.closest("[data-record]");
    if (!node || (getSelection().toString() && !event.target.closest("button"))) return;
    select(Number(node.dataset.record));
  });
  cards.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const buttons = [...cards.querySelectorAll("[data-record]:not([hidden]) button")];
    buttons[buttons.indexOf(document.activeElement) + by]?.focus();
    event.preventDefault();
  });
  text.addEventListener("click", (event) => {
    const found = pieces.find(([node]) => node === event.target.closest("mark"));
    if (!found || getSelection().toString()) return;
    const records = [...new Set(found[1].marks.map((n) => current.marks[n].record))]
      .filter((number) => passes(current.records[number]));
    if (!records.length) return;
    // Words of several records lead to each of them in turn.
    selected = records[(records.indexOf(selected) + 1) % records.length];
    paint();
    const node = cards.querySelector(`[data-record="${selected}"]`);
    reveal(cards, node);
    bringIntoView(node);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      $("search").focus();
      $("search").select();
      event.preventDefault();
    } else if (event.key === "ArrowDown" && event.target === $("search")) {
      list.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && event.target === $("search")) {
      if ($("search").value) $("search").value = "";
      else list.focus();
      update();
      event.preventDefault();
    } else if (event.key === "Escape" && !event.target.matches("input")) {
      if (selected !== null) select(null);
      else list.focus();
    }
  });

  fillList();
  update();
})();
