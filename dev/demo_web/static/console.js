// @ts-check
/**
 * The console of the demonstration: the timeline as server-sent events, in four places that people look at.
 *
 * @typedef {"plain" | "good" | "warning" | "bad"} Tone
 * @typedef {{
 *   id: number, at: number, kind: "call" | "answer" | "trigger" | "decision" | "message" | "row" | "scene",
 *   title: string, detail: string, technical: string, tone: Tone, call: string, milliseconds: number | null,
 *   facts: Record<string, any>
 * }} Entry As dev.demo_web.timeline says; times in seconds since the epoch.
 */

/** A call with all that belongs to it, and how many went like it. @typedef {{ element: HTMLElement, times: number }} Group */

const MOST_ENTRIES = 300; // in the timeline: beyond it the oldest go
const ANNOUNCE_MILLISECONDS = 1500;
const GESTURE_MILLISECONDS = 1000; // from a hand at the wheel to the last of its scrolling
const OPENED = Date.now() / 1000;

/** @type {<T extends HTMLElement = HTMLElement>(id: string) => T} */
const byId = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * @param {string} name
 * @param {string} className
 * @param {...(string | Node)} content
 */
function make(name, className, ...content) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** @param {string} name of a symbol in index.html */
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** @param {number | string} moment seconds since the epoch, or ISO 8601 */
function clock(moment) {
  const date = new Date(typeof moment === "number" ? moment * 1000 : moment);
  return date.toLocaleTimeString([], { timeStyle: "medium", hourCycle: "h23" });
}

// ---------------------------------------------------------------- What screen readers are told

/** Not every line, and not each by itself: what was asked, what came of it, and what arrived. */
const announced = {
  /** @type {string[]} */ waiting: [],
  timer: 0,
  /** @param {Entry} entry */
  add(entry) {
    if (entry.at < OPENED || !["call", "answer", "message", "scene"].includes(entry.kind)) return;
    this.waiting.push(entry.title);
    this.timer ||= window.setTimeout(() => {
      const said = this.waiting.splice(0);
      const left = said.length > 6 ? [`${said.length - 6} more steps.`] : [];
      byId("announcer").replaceChildren(...[...left, ...said.slice(-6)].map((each) => make("p", "", each)));
      this.timer = 0;
    }, ANNOUNCE_MILLISECONDS);
  },
};

// ---------------------------------------------------------------- The timeline

class Timeline {
  #scroller = byId("timeline");
  #entries = byId("entries");
  #newest = byId("newest");
  #following = true;
  #scrolling = false;
  #touchedAt = -Infinity;
  /** @type {Map<string, Group>} by call */
  #groups = new Map();
  /** Of the running scene: groups by what they say. @type {Map<string, Group> | null} */
  #alike = null;

  constructor() {
    // Entries that come and go scroll too: only a reader's own hand ends the following.
    for (const gesture of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      this.#scroller.addEventListener(gesture, () => (this.#touchedAt = performance.now()), { passive: true });
    }
    this.#scroller.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
      const isAtEnd = scrollTop + clientHeight >= scrollHeight - 24;
      if (!isAtEnd && performance.now() - this.#touchedAt > GESTURE_MILLISECONDS) return;
      this.#following = isAtEnd;
      this.#newest.hidden = isAtEnd;
    });
    this.#newest.addEventListener("click", () => {
      this.#following = true;
      this.#toTheEnd();
      this.#scroller.focus();
    });
    byId("clear").addEventListener("click", () => this.clear());
    this.clear();
  }

  clear() {
    this.#entries.replaceChildren();
    this.#groups.clear();
    this.#alike = null;
    this.#show(false);
  }

  /** @param {Entry} entry */
  add(entry) {
    this.#show(true);
    if (entry.kind === "scene") this.#scene(entry);
    else this.#line(entry);
    while (this.#entries.children.length > MOST_ENTRIES) this.#entries.firstElementChild?.remove();
    this.#toTheEnd();
  }

  /** @param {boolean} something */
  #show(something) {
    byId("timeline-empty").hidden = something;
    byId("clear").hidden = !something;
    this.#scroller.hidden = !something;
  }

  /** Follows what is new, unless the reader has scrolled up. */
  #toTheEnd() {
    if (!this.#following) {
      this.#newest.hidden = false;
      return;
    }
    if (this.#scrolling) return;
    this.#scrolling = true;
    requestAnimationFrame(() => {
      this.#scrolling = false;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    });
  }

  /** @param {Entry} entry */
  #scene(entry) {
    const state = String(entry.facts.state);
    const symbols = { begins: "scene", waits: "waits", ends: entry.tone };
    const line = written(entry, symbols[/** @type {keyof typeof symbols} */ (state)] ?? "plain");
    line.classList.add(state.replace(" ", "-"));
    if (state === "waits") countDown(line, entry.facts.until);
    if (state === "begins") prefix(line, "Scene: ");
    if (state === "ends") prefix(line, "Result: ");
    this.#entries.append(make("li", "", line));
    this.#alike = state === "ends" ? null : new Map();
  }

  /** @param {Entry} entry */
  #line(entry) {
    const symbol = entry.kind === "decision" ? entry.tone : entry.kind;
    const line = written(entry, symbol);
    if (entry.kind === "message") line.classList.add("message-line");
    const group = this.#groups.get(entry.call);
    if (!group) {
      const list = make("div", "group", line);
      this.#entries.append(make("li", "", list));
      if (entry.call) this.#groups.set(entry.call, { element: list, times: 1 });
      return;
    }
    const same = entry.kind === "decision" && decisions(group).find((each) => each.dataset.title === entry.title);
    if (same) {
      count(same, Number(same.dataset.times ?? 1) + 1);
      return;
    }
    // Delivery's log is known a moment after its message has arrived.
    const late = entry.technical.startsWith("delivery ");
    const message = late ? group.element.querySelector(".message-line") : null;
    group.element.insertBefore(line, message);
    if (entry.kind === "answer") this.#fold(entry.call, group);
  }

  /**
   * Calls of a running scene that went alike are shown once, and counted.
   * @param {string} call
   * @param {Group} group
   */
  #fold(call, group) {
    if (!this.#alike) return;
    const lines = /** @type {HTMLElement[]} */ ([...group.element.children]);
    const said = lines.map((each) => each.dataset.title).join("\n");
    const first = this.#alike.get(said);
    if (!first) {
      this.#alike.set(said, group);
      return;
    }
    first.times += 1;
    group.element.closest("li")?.remove();
    this.#groups.set(call, first);
    count(/** @type {HTMLElement} */ (first.element.firstElementChild), first.times);
  }
}

/** @param {Group} group */
function decisions(group) {
  return /** @type {HTMLElement[]} */ ([...group.element.querySelectorAll(".decision")]);
}

/**
 * @param {HTMLElement} line
 * @param {number} times that it happened
 */
function count(line, times) {
  line.dataset.times = String(times);
  line.querySelector(".times")?.remove();
  line.querySelector(".title")?.append(make("span", "times", `${times} times`));
}

/**
 * @param {Entry} entry
 * @param {string} symbol
 */
function written(entry, symbol) {
  const said = make("div", "said", make("span", "title", entry.title));
  const technical = entry.technical ? [make("span", "technical", entry.technical)] : [];
  const detail = entry.detail ? [make("span", "detail", entry.detail)] : [];
  // An answer's own words are long: they stand last.
  said.append(...(entry.kind === "answer" ? [...detail, ...technical] : [...technical, ...detail]));
  const took = entry.milliseconds === null ? "" : `${Math.round(entry.milliseconds)} ms`;
  const time = make("span", "time", entry.kind === "call" || entry.kind === "scene" ? clock(entry.at) : took);
  const line = make("div", `line ${entry.kind} ${entry.tone}`, icon(symbol), said, time);
  line.dataset.title = entry.title;
  return line;
}

/**
 * @param {HTMLElement} line
 * @param {string} text
 */
function prefix(line, text) {
  line.querySelector(".title")?.prepend(text);
}

/**
 * @param {HTMLElement} line
 * @param {number} until seconds since the epoch
 */
function countDown(line, until) {
  const shown = make("span", "times", "");
  line.querySelector(".title")?.append(shown);
  const tick = () => {
    const left = Math.ceil(until - Date.now() / 1000);
    shown.textContent = left > 0 ? `${left} s` : "over";
    if (left > 0) window.setTimeout(tick, 250);
  };
  tick();
}

// ---------------------------------------------------------------- Phone and mailbox

class Inboxes {
  #tabs = [byId("tab-sms"), byId("tab-email")];

  constructor() {
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => this.#open(tab));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        const other = this.#tabs.find((each) => each !== tab);
        if (other) this.#open(other).focus();
      });
    }
    const tell = () => {
      const now = new Date().toLocaleTimeString([], { timeStyle: "short", hourCycle: "h23" });
      for (const shown of document.querySelectorAll(".clock")) shown.textContent = now;
    };
    tell();
    window.setInterval(tell, 5000);
    this.clear();
  }

  clear() {
    for (const list of document.querySelectorAll(".messages")) list.replaceChildren();
    for (const count of document.querySelectorAll(".tabs .count")) count.textContent = "";
    for (const empty of document.querySelectorAll("[role=tabpanel] .empty")) empty.removeAttribute("hidden");
  }

  /** @param {Entry} entry */
  add(entry) {
    const { channel, to, subject, text, code } = entry.facts;
    const panel = byId(`inbox-${channel}`);
    byId("fill-note").textContent = "";
    const list = panel.querySelector(".messages");
    const about = make("p", "about", make("span", "", `To ${to}`), make("span", "", clock(entry.at)));
    const message = make("li", "message new", about);
    if (subject) message.append(make("strong", "", subject));
    message.append(make("p", "body", text));
    if (code) {
      const fill = make("button", "", `Fill in ${code}`);
      fill.addEventListener("click", () => fillIn(code));
      message.append(fill);
    }
    list?.prepend(message);
    panel.querySelector(".empty")?.setAttribute("hidden", "");
    panel.scrollTop = 0;
    const tab = byId(`tab-${channel}`);
    const count = tab.querySelector(".count");
    if (count) count.textContent = `(${list?.children.length})`;
    this.#open(tab);
  }

  /** @param {HTMLElement} tab */
  #open(tab) {
    for (const each of this.#tabs) {
      const selected = each === tab;
      each.setAttribute("aria-selected", String(selected));
      each.tabIndex = selected ? 0 : -1;
      byId(each.getAttribute("aria-controls") ?? "").hidden = !selected;
    }
    return tab;
  }
}

/**
 * Types a code into the page, as a phone that offers the code of a text does.
 * @param {string} code
 */
function fillIn(code) {
  const page = /** @type {HTMLIFrameElement} */ (byId("page")).contentDocument;
  /** @type {HTMLInputElement[]} */
  const inputs = [...(page?.querySelectorAll('[autocomplete="one-time-code"]') ?? [])];
  const input = inputs.find((each) => each.checkVisibility());
  byId("fill-note").textContent = input ? "" : "The page does not ask for a code just now.";
  if (!input) return;
  input.focus();
  input.value = code;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// ---------------------------------------------------------------- The User table

const STATUS_ICONS = { ACTIVE: "good", PENDING: "waits", DISABLED: "bad", DELETED: "bad" };

class Rows {
  #body = byId("rows");
  /** @type {Map<string, HTMLElement>} by id */
  #rows = new Map();

  clear() {
    this.#rows.clear();
    this.#body.replaceChildren();
    byId("rows-empty").hidden = false;
  }

  /** @param {Entry} entry */
  add(entry) {
    /** @type {Record<string, string>} */
    const row = entry.facts.row;
    const status = row.status ?? "";
    const symbol = STATUS_ICONS[/** @type {keyof typeof STATUS_ICONS} */ (status)] ?? "plain";
    const who = [row.phone_number, row.email].filter(Boolean).join(", ") || row.username || "";
    const id = make("code", "", `${row.id.slice(0, 8)}…`);
    id.title = row.id;
    const line = make("tr", "new", make("th", "", who));
    line.firstElementChild?.setAttribute("scope", "row");
    line.append(make("td", "", make("span", `status ${status}`, icon(symbol), status)));
    for (const moment of [row.created_at, row.last_sign_in_at]) line.append(make("td", "", moment ? clock(moment) : "–"));
    line.append(make("td", "", id));
    this.#rows.get(row.id)?.remove();
    this.#rows.set(row.id, line);
    this.#body.prepend(line);
    byId("rows-empty").hidden = true;
  }
}

// ---------------------------------------------------------------- Scenes

class Scenes {
  /** @type {Map<string, HTMLElement>} by name */
  #buttons = new Map();
  #playing = "";

  async load() {
    /** @type {{ name: string, title: string, description: string }[]} */
    const scenes = await (await fetch("/scenes")).json();
    for (const { name, title, description } of scenes) {
      const heading = make("span", "title", icon("scene"), title);
      const button = make("button", "", heading, make("span", "description", description));
      button.addEventListener("click", () => {
        if (!this.#playing) void fetch(`/scenes/${name}`, { method: "POST" });
      });
      this.#buttons.set(name, button);
      byId("scenes").append(button);
    }
    this.#show();
  }

  clear() {
    this.#playing = "";
    this.#show();
  }

  /** @param {Entry} entry */
  add(entry) {
    if (entry.facts.state === "begins") this.#playing = entry.facts.name;
    if (entry.facts.state === "ends") this.#playing = "";
    this.#show();
  }

  #show() {
    for (const [name, button] of this.#buttons) {
      button.setAttribute("aria-disabled", String(this.#playing !== ""));
      button.classList.toggle("playing", name === this.#playing);
    }
  }
}

// ---------------------------------------------------------------- What the server tells

const timeline = new Timeline();
const inboxes = new Inboxes();
const rows = new Rows();
const scenes = new Scenes();
let shown = "";

const events = new EventSource("/events");
events.addEventListener("begin", (event) => {
  const { timeline: name } = JSON.parse(event.data);
  byId("connection").textContent = "";
  if (name === shown) return;
  // Another demonstration than before: the page is still set up for the one that is gone.
  if (shown !== "") /** @type {HTMLIFrameElement} */ (byId("page")).contentWindow?.location.reload();
  shown = name;
  for (const place of [timeline, inboxes, rows, scenes]) place.clear();
});
events.addEventListener("message", (event) => {
  /** @type {Entry} */
  const entry = JSON.parse(event.data);
  timeline.add(entry);
  if (entry.kind === "message") inboxes.add(entry);
  if (entry.kind === "row") rows.add(entry);
  if (entry.kind === "scene") scenes.add(entry);
  announced.add(entry);
});
events.addEventListener("error", () => {
  byId("connection").textContent = "The connection is lost: is the demonstration still running?";
});
void scenes.load();
