import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./design/tokens.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startI18n } from "./i18n";
import { readItem, writeItem } from "./lib/storage";

const RELOADED = "fieldroom.reloadedAt";

// A new release has other files: a page that was open before gets it by loading again, once.
window.addEventListener("vite:preloadError", () => {
  if (Date.now() - Number(readItem(sessionStorage, RELOADED)) < 10_000) return;
  writeItem(sessionStorage, RELOADED, String(Date.now()));
  window.location.reload();
});

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root.");

await startI18n();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
