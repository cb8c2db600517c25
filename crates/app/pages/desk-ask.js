// Asking the desk's doors. A session that is over is told at once; who signs in again is back where they were, and a question that
// only looks is asked again. What does something is never sent twice by itself.

import { both, h, sheet, toast } from "/assets/dom.js";
import { pair } from "/assets/words.js";

let who = null;
let again = null;
let rest = 0;

// A counter that was left shows nothing: when the session has rested too long the page covers itself, asked or not.
function rested() {
  clearTimeout(rest);
  if (who) rest = setTimeout(() => { const { name } = who; who = null; signInAgain(name); }, who.idle_minutes * 60_000);
}

export const signed = () => who;

async function send(method, path, body) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && who) headers["x-csrf-token"] = who.csrf;
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  if (answer.status < 400) rested();
  return { status: answer.status, value: await answer.json().catch(() => null) };
}

// Somebody is there.
export const stir = rested;

// A look that nobody asked for: it keeps no counter open, and whoever looks says what a failure means.
export async function peek(path) {
  try {
    const answer = await fetch(path, { cache: "no-store" });
    return { status: answer.status, value: await answer.json().catch(() => null) };
  } catch {
    return { status: 0, value: null };
  }
}

export function words(value) {
  return value?.title ? { zh: value.title_zh ?? value.title, en: value.title } : pair("stopped");
}

// The answer's value, or null once the reason was shown in `place`.
export async function ask(method, path, body, place, looks = method === "GET") {
  let answer;
  try {
    answer = await send(method, path, body);
  } catch {
    place.replaceChildren(h("div", { class: "refused", role: "alert" }, both("p", pair("stoppedNet"))));
    return null;
  }
  // Of another tab's newer session: this page learns its second secret and asks once more.
  if (answer.status === 403 && answer.value?.reason === "csrf" && await remembered() && looks) return ask(method, path, body, place, false);
  if (answer.status === 401) {
    const name = who?.name;
    who = null;
    rested();
    if (!await signInAgain(name)) return null;
    if (looks) return ask(method, path, body, place, false);
    place.replaceChildren(h("div", { class: "refused", role: "alert" }, both("p", pair("overWhat"))));
    return null;
  }
  if (answer.status >= 400) {
    place.replaceChildren(h("div", { class: "refused", role: "alert" }, both("p", words(answer.value))));
    return null;
  }
  return answer.value;
}

// Whether a session is there already.
export async function remembered() {
  const answer = await send("GET", "/api/v1/session").catch(() => null);
  if (answer === null) return null;
  who = answer.status === 200 ? answer.value : null;
  return who;
}

export async function signOut() {
  await send("DELETE", "/api/v1/session").catch(() => null);
  who = null;
  rested();
  toast(pair("signedOut"));
}

export function signInForm(done, name = "") {
  const field = (word, attrs) => h("label", {}, h("span", { w: word }), h("input", { required: word !== "code", ...attrs }));
  const wrong = h("div", { role: "alert", class: "wrong" });
  const form = h("form", { class: "fields", id: "sign-in" },
    field("person", { name: "name", autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: "32", value: name }),
    field("password", { name: "password", type: "password", autocomplete: "current-password", maxlength: "128" }),
    field("code", { name: "code", autocomplete: "one-time-code", inputmode: "numeric", maxlength: "6" }),
    wrong, h("button", { class: "btn main", w: "signIn" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const { name: person, password, code } = form.elements;
    let answer;
    try {
      answer = await send("POST", "/api/v1/session", { name: person.value, password: password.value, code: code.value });
    } catch {
      answer = { status: 0, value: null };
    }
    button.disabled = false;
    password.value = code.value = "";
    if (answer.status !== 200) {
      wrong.replaceChildren(both("p", answer.status ? words(answer.value) : pair("stoppedNet")));
      return password.focus();
    }
    who = answer.value;
    rested();
    done();
  });
  return form;
}

// One dialog, however many questions find the session over at once.
function signInAgain(name) {
  again ??= new Promise((done) => {
    // Somebody else at this counter begins with a page of their own.
    const form = signInForm(() => { if (name && who.name !== name) location.reload(); done(true); box.close(); }, name ?? "");
    const box = sheet(h("h2", { w: "over" }), h("p", { w: "overWhat" }), form);
    box.id = "over";
    document.body.classList.add("over");
    box.addEventListener("close", () => {
      // Closed without signing in: the page begins anew, and knows nothing.
      if (!who) location.reload();
      document.body.classList.remove("over");
      done(false);
    });
    form.querySelector(name ? "[name=password]" : "[name=name]").focus();
  }).finally(() => { again = null; });
  return again;
}
