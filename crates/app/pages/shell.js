// The shell of every page: language and light.

import { h, translate } from "/assets/dom.js";
import { lang, speak } from "/assets/words.js";

const keep = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* a private window keeps nothing */ } },
};

function light(theme) {
  document.documentElement.dataset.theme = theme;
}

export function shell() {
  speak(keep.get("lang") ?? (document.documentElement.lang.startsWith("zh") ? "zh" : "en"));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  light(keep.get("theme") ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => { if (!keep.get("theme")) light(dark.matches ? "dark" : "light"); });
  const here = document.documentElement.dataset.page;
  const pages = [["theatre", "/", "theatreLink"], ["desk", "/desk", "deskLink"], ["merchant", "/merchant", "merchantLink"], ["ops", "/ops", "opsLink"]];
  document.getElementById("tools").append(
    ...pages.filter(([page]) => page !== here && !(page === "theatre" && here === "gate")).map(([, href, word]) => h("a", { class: "nav", href, w: word })),
    h("button", { class: "btn", id: "lang", w: "language", wt: "languageName", onclick: () => {
      speak(lang() === "zh" ? "en" : "zh");
      keep.set("lang", lang());
      named();
    } }),
    h("button", { class: "btn", id: "theme", wl: "theme", onclick: () => {
      const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      keep.set("theme", theme);
      light(theme);
    } }, h("span", { "aria-hidden": "true" }, "◐")));
  named();
}

function named() {
  document.documentElement.lang = lang() === "zh" ? "zh-CN" : "en";
  translate();
}
