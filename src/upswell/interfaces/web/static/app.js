// What pages do beyond links and forms: theme, copying the link, searching while one types, live progress, dropping files.
// Without this file every page still works; progress is then seen by loading the page again.
"use strict";

const root = document.documentElement;

function setTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
}

setTheme(localStorage.getItem("theme"));

const deeds = {
  theme() {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const shown = root.dataset.theme || (isDark ? "dark" : "light");
    const next = shown === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    setTheme(next);
  },
  async copy(button) {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy the address bar";
    }
    setTimeout(() => { button.textContent = said; }, 1500);
  },
};

for (const button of document.querySelectorAll("[data-does]")) {
  button.hidden = false;
  button.addEventListener("click", () => deeds[button.dataset.does](button));
}

// Searching while one types: the same address as the form's, of which only the results are put in place.
for (const form of document.querySelectorAll("form[data-live]")) {
  let waiting, asked = 0;
  const show = async () => {
    const mine = ++asked;
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    const address = `${form.getAttribute("action")}?${query}`;
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(form.dataset.live);
    if (!found) return;
    document.getElementById(form.dataset.live).replaceWith(found);
    history.replaceState(null, "", address);
  };
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => { show().catch(() => form.requestSubmit()); }, 200);
  });
}

// Live progress: lines are added as they come; the last one leads on.
for (const log of document.querySelectorAll("[data-progress]")) {
  const source = new EventSource(log.dataset.progress);
  let shown = Number(log.dataset.shown || 0);
  source.addEventListener("line", (event) => {
    const said = JSON.parse(event.data);
    if (said.number <= shown) return;
    shown = said.number;
    log.append(`${said.text}\n`);
    log.scrollTop = log.scrollHeight;
  });
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });
  addEventListener("pagehide", () => source.close());
}

// A file may be dropped anywhere on its field's frame.
for (const zone of document.querySelectorAll("[data-drop]")) {
  const field = zone.querySelector("input[type=file]");
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) {
        field.files = event.dataTransfer.files;
        field.dispatchEvent(new Event("change"));
      }
    });
  }
}
